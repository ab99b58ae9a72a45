"""The matters that wait for a person, as one statement: what, in which group, since when, until when.

Each branch takes its rows by the resource's own rule and state, so a matter is here exactly while its step is
allowed. Groups come in a fixed order and each matter is in the first that fits.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader, Sight
from app.core.policy import DISTRICT_WIDE, Actor, Role, Roles, bound
from app.filings.owing import to_file
from app.identity.access import resolve
from app.integrity_risks.round_queries import to_report
from app.my_work import indicators, main_job, mechanisms
from app.my_work.kinds import NEVER, TODAY

TERM_NEAR = 20
"""Workdays before a term's end from which a missing liaison visit waits for its office."""


def binds(see: Reader) -> dict[str, Any]:
    """The actor's parameters, today, the last day that counts as within three workdays, the last that is near a term's
    end, and the rounds of the search for integrity risks and the indicators of which a unit of theirs is asked and has
    not reported, and the filings that it owes: a group's rule tells who is asked."""
    return {
        **see.actor.binds,
        "matters_today": see.today,
        "matters_amber": see.workdays.last_within(see.today, see.settings.lamp_days),
        "matters_term_near": see.workdays.last_within(see.today, TERM_NEAR),
        "matters_rounds": sorted({each.round_id for each in to_report(see)}),
        **_owed(see),
        **indicators.binds(see),
    }


def _owed(see: Reader) -> dict[str, Any]:
    """The requirements by which a unit of theirs owes a filing, and until when."""
    until: dict[int, date] = {}
    for each in to_file(see):
        until[each.requirement_id] = min(until.get(each.requirement_id, NEVER), each.due or NEVER)
    return {"matters_filings": sorted(until), "matters_owed_until": until}


@cache
def _branches(roles: Roles) -> list[sa.Select[Any]]:
    return [branch for part in (*main_job.PARTS, *mechanisms.PARTS) for branch in part(roles)]


@cache
def _all(roles: Roles) -> sa.Subquery | None:
    branches = _branches(roles)
    return sa.union_all(*branches).subquery("matters") if branches else None


@cache
def first_statement(roles: Roles) -> sa.Select[Any] | None:
    """The first ``n`` of each group, each with its group's figures: how many, the earliest deadline, how many due
    today, since when the oldest waits. One pass over the matters gives both."""
    matters = _all(roles)
    if matters is None:
        return None
    row, group = matters.c, matters.c.grp
    figures = {
        "pieces": sa.func.count(),
        "earliest": sa.func.min(row.due),
        "today": sa.func.sum(sa.case((row.due == TODAY, 1), else_=0)),
        "oldest": sa.func.min(row.since),
    }
    order = [row.due, row.kind, row.id]
    ranked = sa.select(
        *row,
        sa.func.row_number().over(partition_by=group, order_by=order).label("place"),
        *(figure.over(partition_by=group).label(name) for name, figure in figures.items()),
    ).subquery("ranked")
    return sa.select(ranked).where(ranked.c.place <= sa.bindparam("n")).order_by(ranked.c.grp, ranked.c.place)


@cache
def total_statement(roles: Roles) -> sa.Select[Any] | None:
    matters = _all(roles)
    return None if matters is None else sa.select(sa.func.count()).select_from(matters)


@cache
def counts_statement(roles: Roles, left_out: frozenset[int]) -> sa.Select[Any] | None:
    """How many there are of each group, but for some kinds."""
    matters = _all(roles)
    if matters is None:
        return None
    counted = matters.c.kind.not_in([sa.literal_column(str(kind)) for kind in sorted(left_out)])
    return sa.select(matters.c.grp, sa.func.count().label("pieces")).where(counted).group_by(matters.c.grp)


@cache
def group_statement(roles: Roles, after: bool) -> sa.Select[Any] | None:
    """A page of one group, in the same order, after the key of a cursor."""
    matters = _all(roles)
    if matters is None:
        return None
    order = [matters.c.due, matters.c.kind, matters.c.id]
    statement = sa.select(matters).where(matters.c.grp == sa.bindparam("chosen")).order_by(*order)
    if after:
        seen = [sa.bindparam(f"after_{name}", type_=kind) for name, kind in _KEY.items()]
        statement = statement.where(sa.tuple_(*order) > sa.tuple_(*seen))
    return statement.limit(sa.bindparam("n"))


_KEY: Mapping[str, Any] = {"due": sa.Date, "kind": sa.Integer, "id": sa.BigInteger}


@cache
def waiting_statement(roles: Roles, most: int) -> sa.Select[Any] | None:
    """How many matters there are, counted up to ``most`` of each kind."""
    branches = [branch.limit(most).subquery() for branch in _branches(roles)]
    if not branches:
        return None
    counts = [sa.select(sa.func.count()).select_from(branch).scalar_subquery() for branch in branches]
    total = counts[0]
    for count in counts[1:]:
        total = total + count  # type: ignore[assignment]
    return sa.select(total)


# Seen through one of several grants


def narrowed(see: Reader, unit_id: int) -> Sight | None:
    """The same person through one grant alone: a unit's, or (the district's id) those for the whole district."""
    actor = see.actor
    if unit_id == actor.district_id and actor.has(*DISTRICT_WIDE):
        wide = replace(
            actor, roles=actor.roles & DISTRICT_WIDE, units=frozenset(), offices=frozenset(), paired=frozenset()
        )
        return _sight(see, replace(wide, home_units=()))
    if unit_id not in actor.home_units or actor.user_id is None:
        return None
    one = resolve(see.connection, actor.user_id, see.today, unit_id)
    if one is None:
        return None
    return _sight(see, replace(one, roles=one.roles & actor.roles & {Role.OFFICE, Role.SCHOOL}))


def _sight(see: Reader, actor: Actor) -> Sight:
    return Sight(see.connection, replace(actor, binds=bound(actor)), see.settings, see.now)
