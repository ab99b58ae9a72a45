"""Reads of rounds: the list, one with its figures, and how each unit that is asked stands.

Who is asked is told by the group's rule over the units as they stand today (of a closed round: on its last day);
whoever reported in the round is shown too, though a unit has left the group since.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.core.calendar import today_of
from app.core.db import unbounded
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, by_id, equals, one_of
from app.core.params import parse_choice, parse_number
from app.core.policy import BUSINESS, DISTRICT_WIDE, OFFICES, OWN, Policy, Role, Roles, in_district
from app.core.within import many, within
from app.integrity_risks.heads import readable_heads
from app.integrity_risks.models import RISK
from app.integrity_risks.queries import AT, OCCASION, SOURCE, STANDS
from app.integrity_risks.queries import LIST as RISKS
from app.integrity_risks.round_models import NIL, ROUND, RoundState, Standing
from app.integrity_risks.rules import OPEN, POLICY, ROUND_WORKFLOW, ROUNDS
from app.notifications.queries import titled
from app.units import groups
from app.units.models import GROUP, UNIT
from app.units.reviewing import CARRIERS
from app.units.succession import standing

REVIEWING = UNIT.alias("reviewing")
_NAMES = (
    *("id", "version", "year", "title", "deadline_on", "unit_group_id", "office_id", "state", "closed_at"),
    *("created_at", "updated_at"),
)
_COLUMNS = [
    *(ROUND.c[name] for name in _NAMES),
    GROUP.c.name.label("unit_group_name"),
    REVIEWING.c.name.label("office_name"),
]
_SOURCE = ROUND.join(GROUP, GROUP.c.id == ROUND.c.unit_group_id).outerjoin(
    REVIEWING, REVIEWING.c.id == ROUND.c.office_id
)
LIST = Listing(
    policy=ROUNDS,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(ROUND)},
    filters={
        "year": equals(ROUND.c.year, "year", parse_number(1949, 2199)),
        "state": one_of(ROUND.c.state, "state", RoundState),
    },
    search=[ROUND.c.title],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    names = (*_NAMES, "unit_group_name", "office_name")
    return {name: getattr(row, name) for name in names} | {"allowed_actions": ROUND_WORKFLOW.allowed_actions(row)}


# How units stand

_ROUND = sa.bindparam("f_round", type_=sa.BigInteger)
_POINT = RISK.alias("point")
_OF_UNIT = sa.select(sa.literal(1)).where(_POINT.c.round_id == _ROUND, _POINT.c.unit_id == UNIT.c.id)
_ANY = _OF_UNIT.correlate(UNIT).exists()
_SUBMITTED = _OF_UNIT.where(_POINT.c.submitted_at.is_not(None)).correlate(UNIT).exists()
_NIL_OF_UNIT = sa.and_(NIL.c.round_id == _ROUND, NIL.c.unit_id == UNIT.c.id)
_NOTHING = NIL.c.id.is_not(None)
STANDINGS = {
    Standing.RISKS.value: _SUBMITTED,
    Standing.NIL.value: sa.and_(sa.not_(_SUBMITTED), _NOTHING),
    Standing.MISSING.value: sa.and_(sa.not_(_SUBMITTED), sa.not_(_NOTHING)),
}
_STANDING = sa.case(*((condition, sa.literal_column(f"'{name}'", sa.String)) for name, condition in STANDINGS.items()))
_COUNT = (
    sa.select(sa.func.count())
    .where(_POINT.c.round_id == _ROUND, _POINT.c.unit_id == UNIT.c.id)
    .correlate(UNIT)
    .scalar_subquery()
)
_LOOKED_AT = ROUND.alias("looked_at")


def _seen(roles: Roles) -> sa.ColumnElement[bool]:
    """Whose risk points of the round an actor may see, found or not: the same rule, asked of units."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(UNIT)
    own = within(UNIT.c.id, OWN)
    if Role.OFFICE not in roles:
        return sa.and_(in_district(UNIT), own)
    reviewed = sa.select(sa.literal(1)).where(_LOOKED_AT.c.id == _ROUND, within(_LOOKED_AT.c.office_id, OFFICES))
    return sa.and_(in_district(UNIT), sa.or_(own, reviewed.exists()))


UNITS = Listing(
    policy=Policy(UNIT, _seen),
    source=UNIT.outerjoin(NIL, _NIL_OF_UNIT),
    columns=[
        *(UNIT.c[name] for name in ("id", "code", "name")),
        _STANDING.label("standing"),
        _COUNT.label("risk_count"),
        NIL.c.note.label("nil_note"),
    ],
    sorts={"id": by_id(UNIT, descending=False)},
    filters={
        "standing": Filter(STANDINGS, parse_choice(list(STANDINGS))),
        "unit_id": equals(UNIT.c.id, "unit_id"),
        "round": Filter(sa.true()),
        "members": Filter(sa.or_(within(UNIT.c.id, many("f_members")), _ANY, _NOTHING)),
    },
    search=[UNIT.c.name, UNIT.c.code],
)
_OURS = ("round", "members", "updated_since")
"""What the question itself says, and what is not of the reports."""
ASKED = {name: parse for name, parse in UNITS.parsers.items() if name not in _OURS}


def members_of(see: Reader, row: Any) -> list[int]:
    day = see.today if row.closed_at is None else today_of(row.closed_at)
    return groups.members(see, [row.unit_group_id], day)[row.unit_group_id]


def narrowed(asked: Asked, row: Any, members: list[int]) -> Asked:
    """To the units of that round."""
    for name in _OURS:
        if name in asked.filters or (name == "updated_since" and asked.updated_since is not None):
            raise invalid(name, "没有这个参数，请去掉")
    return replace(asked, filters={**asked.filters, "round": row.id, "members": members})


def for_round(see: Reader, asked: Asked, round_id: int) -> Asked:
    row = LIST.one(see, round_id)
    return narrowed(asked, row, members_of(see, row))


@unbounded
def units(see: Reader, round_id: int, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """How the units stand, in the order of the directory."""
    asked = UNITS.asked(params)
    body = UNITS.body(see, for_round(see, asked, round_id), present_unit)
    with_heads(see, body["data"])
    return body


def present_unit(_see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "code", "name", "standing", "risk_count", "nil_note")}


def with_heads(see: Reader, rows: list[dict[str, Any]]) -> None:
    heads = readable_heads(see, [row["id"] for row in rows])
    for row in rows:
        row["first_responsible_person"] = heads.get(row["id"])


# One


@cache
def _sums_statement(roles: Roles) -> sa.Select[Any]:
    assert UNITS.source is not None
    sums = sa.select(_STANDING.label("standing"), sa.func.count().label("units")).select_from(UNITS.source)
    return sums.where(*UNITS.where(roles, ("members", "round"))).group_by(_STANDING)


@unbounded
def one(see: Reader, round_id: int) -> dict[str, Any]:
    """A round with its figures."""
    row = LIST.one(see, round_id)
    return detail(see, row, members_of(see, row))


def detail(see: Reader, row: Any, members: list[int]) -> dict[str, Any]:
    asked = narrowed(UNITS.asked({}), row, members)
    binds = {**see.actor.binds, **UNITS.binds(see, asked)}
    found = {each.standing: each.units for each in see.connection.execute(_sums_statement(see.actor.roles), binds)}
    sums: dict[str, int] = {standing.value: int(found.get(standing.value, 0)) for standing in Standing}
    own = [{"id": each.unit_id, "name": each.name} for each in to_report(see) if each.round_id == row.id]
    points = RISKS.count(see, RISKS.asked({"round_id": str(row.id)}))
    figures = {"asked": sum(sums.values()), **sums, "risk_count": points, "own_missing": own}
    return present(see, row) | figures


# What waits for a person: rounds in which a unit of theirs has not reported


class ToReport(NamedTuple):
    round_id: int
    unit_id: int
    name: str
    deadline_on: date


_REPORTED = sa.or_(
    sa.select(sa.literal(1))
    .where(_POINT.c.round_id == ROUND.c.id, _POINT.c.unit_id == UNIT.c.id, _POINT.c.submitted_at.is_not(None))
    .correlate(ROUND, UNIT)
    .exists(),
    sa.select(sa.literal(1))
    .where(NIL.c.round_id == ROUND.c.id, NIL.c.unit_id == UNIT.c.id)
    .correlate(ROUND, UNIT)
    .exists(),
)
_UNREPORTED = (
    sa.select(
        ROUND.c.id.label("round_id"),
        ROUND.c.deadline_on,
        *(UNIT.c[name] for name in ("id", "name", "valid_from", "valid_to")),
    )
    .select_from(
        ROUND.join(GROUP, GROUP.c.id == ROUND.c.unit_group_id).join(UNIT, UNIT.c.district_id == ROUND.c.district_id)
    )
    .where(in_district(ROUND), ROUND.c.state == OPEN, within(UNIT.c.id, OWN), sa.not_(_REPORTED))
    .where(groups.belonging(UNIT, GROUP.c.rule))
    .order_by(ROUND.c.id, UNIT.c.id)
)


def to_report(see: Reader) -> list[ToReport]:
    """Rounds that are open and the actor's own units that are asked in them and have said nothing: one statement."""
    if not see.actor.has(*CARRIERS):
        return []
    rows = see.connection.execute(_UNREPORTED, see.actor.binds)
    return [
        ToReport(row.round_id, row.id, row.name, row.deadline_on) for row in rows if groups.exists_on(row, see.today)
    ]


def open_rounds(see: Reader) -> list[tuple[int, str]]:
    """For a form's list."""
    rows, _ = LIST.page(see, LIST.asked({"state": OPEN, "limit": "200"}))
    return [(row.id, row.title) for row in rows]


def every_round(see: Reader) -> list[tuple[int, str]]:
    rows, _ = LIST.page(see, LIST.asked({"limit": "200"}))
    return [(row.id, row.title) for row in rows]


# What may be carried over into a round

MOST_CARRIED = 200


@cache
def _to_carry_statement(roles: Roles) -> sa.Select[Any]:
    names = ("id", "unit_id", "department", "post", "risk_point", "level", "state")
    columns = [*(RISK.c[name] for name in names), AT.c.name.label("unit_name"), OCCASION.c.title.label("round_title")]
    earlier = RISK.c.round_id < sa.bindparam("row_id", type_=sa.BigInteger)
    rows = sa.select(*columns).select_from(SOURCE).where(POLICY.may(roles, "carry_out"), STANDS, earlier)
    return rows.order_by(RISK.c.unit_id, RISK.c.id).limit(MOST_CARRIED)


def to_carry(see: Reader, row: Any, members: list[int]) -> list[dict[str, Any]]:
    """The actor's own points of earlier rounds that still stand, of units that are asked now, or whose place one that
    is asked has taken."""
    if row.state != OPEN or not see.actor.has(*CARRIERS):
        return []
    binds = {**see.actor.binds, "row_id": row.id}
    found = [dict(each._mapping) for each in see.connection.execute(_to_carry_statement(see.actor.roles), binds)]
    asked = {unit_id: standing(see, unit_id) in members for unit_id in {each["unit_id"] for each in found}}
    return [each for each in found if asked[each["unit_id"]]]


titled(ROUND, sa.cast(ROUND.c.year, sa.String) + "年")
