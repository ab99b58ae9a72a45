"""Every read of the queue for its administrator."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.paging import Listing, by_id, one_of
from app.core.policy import DISTRICT, Role, require
from app.core.workflow import find
from app.jobs.models import JOB, RUN, JobState
from app.jobs.registry import KINDS, label_of
from app.jobs.rules import POLICY
from app.jobs.schedules import SCHEDULES
from app.jobs.standing import idle_since

LIST = Listing(
    policy=POLICY,
    columns=list(JOB.c),
    sorts={"id": by_id(JOB)},
    filters={"state": one_of(JOB.c.state, "state", JobState)},
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    """``version`` is always 1: a job is not edited."""
    shown = {name: getattr(row, name) for name in ("id", "kind", "state", "attempts", "error", "created_at")}
    shown |= {"label": label_of(row.kind), "version": 1, "finished_at": row.finished_at}
    shown["due_at"] = row.due_at if row.state == JobState.WAITING else None
    shown["lease_until"] = row.lease_until if row.state == JobState.RUNNING else None
    may_retry = row.state == JobState.FAILED and row.kind in KINDS
    return shown | {"allowed_actions": ["retry"] if may_retry else []}


def one(see: Any, job_id: int) -> dict[str, Any]:
    return present(see, find(see, POLICY, job_id))


_LAST = sa.select(RUN.c.kind, sa.func.max(RUN.c.claimed_at).label("at")).group_by(RUN.c.kind)
_NEWEST = sa.select(sa.func.max(JOB.c.id)).where(JOB.c.district_id == DISTRICT).group_by(JOB.c.kind)
_STATES = sa.select(JOB.c.kind, JOB.c.state).where(JOB.c.id.in_(_NEWEST))


def standing(see: Reader) -> dict[str, Any]:
    """What recurs, and whether anybody works. System administrators alone."""
    require(see.actor, Role.SYSADMIN)
    last = {row.kind: row.at for row in see.connection.execute(_LAST)}
    states = {row.kind: row.state for row in see.connection.execute(_STATES, see.actor.binds)}
    return {
        "idle_since": idle_since(see.connection, see.now),
        "worker": see.settings.worker,
        "schedules": [
            {"kind": kind, "label": label_of(kind), "last_at": last.get(kind), "state": states.get(kind)}
            | {"next_at": period.next(see.now)}
            for kind, period in SCHEDULES.items()
        ],
    }
