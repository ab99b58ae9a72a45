"""What comes again by itself: each kind of work once a period, however many instances look.

A period of a kind is claimed by its row, in the transaction that puts in the jobs: one for each bureau. From then on
they are jobs like all others.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.calendar import SHANGHAI, now
from app.core.db import insert_or_ignore
from app.core.operation import Tx
from app.installation import Installation, bureaus
from app.jobs import queue
from app.jobs.models import JOB, RUN, JobState
from app.jobs.registry import Kind, Work, register

LOOK_S = 20
KEPT = timedelta(days=30)
"""How long it is remembered what was done; a period is over long before."""


class Period(NamedTuple):
    """Stretches of time, one after the other. ``name(at)``: of the one that an instant lies in; ``next(at)``: when the
    one behind it begins."""

    name: Callable[[datetime], str]
    next: Callable[[datetime], datetime]


SCHEDULES: dict[str, Period] = {}
_CLAIMED = sa.select(RUN.c.id).where(RUN.c.kind == sa.bindparam("kind"), RUN.c.period == sa.bindparam("period"))


def _next_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


hourly = Period(lambda at: at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H"), _next_hour)


def daily_from(hour: int) -> Period:
    """A day that begins at that hour in Asia/Shanghai."""

    def begun(at: datetime) -> datetime:
        return at.astimezone(SHANGHAI) - timedelta(hours=hour)

    def following(at: datetime) -> datetime:
        midnight = begun(at).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1, hours=hour)

    return Period(lambda at: begun(at).strftime("%Y-%m-%d"), following)


def schedule(name: str, label: str, period: Period, run: Callable[[Work], object]) -> None:
    """The work's subject is a bureau, and it acts as the installation within it. What fails comes again next time."""
    register(name, Kind(lambda work: _once(run, work), lambda work, why: None, label))
    SCHEDULES[name] = period


def _once(run: Callable[[Work], object], work: Work) -> None:
    run(work)


def performing(act: Callable[[Tx], object]) -> Callable[[Work], object]:
    """Work that is one operation."""
    return lambda work: work.installation.perform(work.actor, act)


def emptying(act: Callable[[Tx], int]) -> Callable[[Work], object]:
    """Work that is one operation over and over, each time in a transaction of its own, until it finds nothing more."""

    def run(work: Work) -> None:
        while work.installation.perform(work.actor, act):
            pass

    return run


def put_due(do: Installation) -> bool:
    """Put in what is due and nobody has put in; always False: the next look has time."""
    at = now()
    for kind, each in SCHEDULES.items():
        period = each.name(at)
        if do.database.read_now(_is_claimed, kind, period):
            continue
        do.database.write_now(lambda connection, kind=kind, period=period: claim(connection, kind, period, at))  # type: ignore[misc]
    return False


def _is_claimed(connection: Connection, kind: str, period: str) -> bool:
    return connection.execute(_CLAIMED, {"kind": kind, "period": period}).first() is not None


def claim(connection: Connection, kind: str, period: str, at: datetime) -> bool:
    """Whoever inserts the row puts in the jobs; of two at once the second waits for the first, and finds it there."""
    row = insert_or_ignore(connection, RUN).values(kind=kind, period=period, claimed_at=at).returning(RUN.c.id)
    if connection.execute(row).scalar_one_or_none() is None:
        return False
    for bureau in bureaus(connection):
        queue.put(connection, kind, bureau, at, district_id=bureau)
    return True


def prune(tx: Tx) -> None:
    """What was done, or failed, a month ago is forgotten."""
    over = JOB.c.state.in_([JobState.DONE, JobState.FAILED])
    tx.connection.execute(sa.delete(JOB).where(over, JOB.c.finished_at < tx.now - KEPT))
    tx.connection.execute(sa.delete(RUN).where(RUN.c.claimed_at < tx.now - KEPT))
