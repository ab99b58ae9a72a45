"""Whether each pair has made its visits of a term, and which schools nobody is paired with.

What a pair owes and has made is reckoned from its rows each time: nothing of it is stored.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.appointments import holders
from app.assignments.periods import Period, current, due, named, terms
from app.core.db import unbounded
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, by_id, equals
from app.core.params import read_params, takes
from app.core.policy import BUSINESS, DISTRICT_WIDE, OWN, Policy, Roles, among, in_district
from app.core.within import within
from app.liaison_visits.models import VisitState
from app.liaison_visits.pairs import followed, made, paired, required
from app.liaison_visits.queries import LIST
from app.liaison_visits.rules import COUNTED
from app.plans.models import Cadence
from app.units.models import LIAISON, SCHOOLS, UNIT

_TERM = re.compile(r"(?:19[5-9]\d|20\d\d|21[0-8]\d)-T[12]", re.ASCII)


@takes(type="string", pattern="^[0-9]{4}-T[12]$")
def parse_term(name: str, value: str) -> str:
    if not _TERM.fullmatch(value):
        raise invalid(name, "请按 2026-T1 的格式填写学期")
    return value


def term_of(see: Reader, name: str | None = None) -> Period:
    """The term of that name, or the one that goes on."""
    known = terms(see)
    return named(Cadence.TERMLY, name, known) if name else current(Cadence.TERMLY, see.today, known)


# The pairs

_SINCE, _UNTIL = sa.bindparam("term_since", type_=sa.Date), sa.bindparam("term_until", type_=sa.Date)
_REQUIRED, _MADE = required(_UNTIL), made(_SINCE, _UNTIL)
_UNSURE = {
    "unconfirmed": made(_SINCE, _UNTIL, only=VisitState.RECORDED),
    "disputed": made(_SINCE, _UNTIL, only=VisitState.COMMENTED),
}
"""Made as well, as the office says: the school has not confirmed it, or objects."""
OFFICE, SCHOOL = UNIT.alias("covering"), UNIT.alias("covered")


def _seen(roles: Roles) -> sa.ColumnElement[bool]:
    """The pairs whose visits the actor would see; of those that go on into another the last alone."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    standing = sa.and_(in_district(LIAISON), paired(_SINCE, _UNTIL), sa.not_(followed(_SINCE, _UNTIL)))
    if not roles.isdisjoint(DISTRICT_WIDE):
        return standing
    return sa.and_(standing, sa.or_(within(LIAISON.c.office_id, OWN), within(LIAISON.c.school_id, OWN)))


class _OfTerm(Listing):
    """The pairs of the term named, or of the one that goes on."""

    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        term = term_of(see, asked.filters.get("term"))
        return super().binds(see, asked) | {"term_since": term.starts_on, "term_until": term.ends_on}


STANDINGS = {"missing": _MADE < _REQUIRED, "none": _MADE == 0, "complete": _MADE >= _REQUIRED}


@takes(type="string", enum=list(STANDINGS))
def _standing(name: str, value: str) -> str:
    if value not in STANDINGS:
        raise invalid(name, f"没有这一选项，可选：{'、'.join(STANDINGS)}")
    return value


COVERAGE = _OfTerm(
    policy=Policy(LIAISON, _seen),
    source=LIAISON.join(OFFICE, OFFICE.c.id == LIAISON.c.office_id).join(SCHOOL, SCHOOL.c.id == LIAISON.c.school_id),
    columns=[
        *(LIAISON.c[name] for name in ("id", "office_id", "school_id", "valid_from", "valid_to")),
        OFFICE.c.name.label("office_name"),
        SCHOOL.c.name.label("school_name"),
        _REQUIRED.label("required"),
        _MADE.label("made"),
        *(count.label(name) for name, count in _UNSURE.items()),
    ],
    sorts={"id": by_id(LIAISON, descending=False)},
    filters={
        "term": Filter(sa.true(), parse_term),
        "standing": Filter(STANDINGS, _standing),
        "office_id": equals(LIAISON.c.office_id, "office_id"),
        "school_id": equals(LIAISON.c.school_id, "school_id"),
    },
    search=[OFFICE.c.name, SCHOOL.c.name],
)


def present_pair(_see: Reader, row: Any) -> dict[str, Any]:
    names = ("id", "office_id", "office_name", "school_id", "school_name", "valid_from", "valid_to", "required", "made")
    return {name: getattr(row, name) for name in (*names, *_UNSURE)} | {"missing": max(row.required - row.made, 0)}


with_responsible = partial(holders.with_responsible, unit="office_id")


# The schools that nobody is paired with

_TODAY = sa.bindparam("unpaired_today", type_=sa.Date)
_PARENT = UNIT.alias("above_unpaired")


def _unpaired(roles: Roles) -> sa.ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    begun = sa.or_(UNIT.c.valid_from.is_(None), UNIT.c.valid_from <= _TODAY)
    exists = sa.and_(begun, sa.or_(UNIT.c.valid_to.is_(None), UNIT.c.valid_to >= _TODAY))
    pair = sa.select(sa.literal(1)).where(LIAISON.c.school_id == UNIT.c.id, paired(_TODAY, _TODAY))
    lonely = sa.not_(pair.correlate(UNIT).exists())
    found = sa.and_(in_district(UNIT), among(UNIT.c.kind, *SCHOOLS), exists, lonely)
    return found if not roles.isdisjoint(DISTRICT_WIDE) else sa.and_(found, within(UNIT.c.id, OWN))


class _Today(Listing):
    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        return super().binds(see, asked) | {"unpaired_today": see.today}


UNPAIRED = _Today(
    policy=Policy(UNIT, _unpaired),
    source=UNIT.outerjoin(_PARENT, _PARENT.c.id == UNIT.c.parent_id),
    columns=[*(UNIT.c[name] for name in ("id", "code", "name")), _PARENT.c.name.label("parent_name")],
    sorts={"id": by_id(UNIT, descending=False)},
    search=[UNIT.c.name, UNIT.c.code],
)


def present_unpaired(_see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "code", "name", "parent_name")}


# The figures above both

PARSERS = {"term": parse_term}


@cache
def _sums(roles: Roles) -> sa.Select[Any]:
    """The pairs of a term, and of how many each standing holds: as many as the list by that standing has rows."""
    columns: list[sa.ColumnElement[Any]] = [sa.func.count().label("pairs")]
    columns += [sa.func.count(sa.case((STANDINGS[name], 1))).label(name) for name in ("missing", "none")]
    return sa.select(*columns).select_from(LIAISON).where(_seen(roles))


@cache
def _of_offices(roles: Roles) -> sa.Select[Any]:
    """The same, of each office."""
    sums = _sums(roles).join(OFFICE, OFFICE.c.id == LIAISON.c.office_id)
    who = OFFICE.c.id.label("office_id"), OFFICE.c.name.label("office_name")
    return sums.add_columns(*who).group_by(OFFICE.c.id, OFFICE.c.name).order_by(OFFICE.c.id)


@unbounded
def summary(see: Reader, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """Of a term: how many pairs, how many behind, how many without any, and how many visits were made."""
    term = term_of(see, read_params(params, PARSERS).get("term"))
    between = {"term_since": term.starts_on, "term_until": term.ends_on}
    sums = see.connection.execute(_sums(see.actor.roles), {**see.actor.binds, **between}).one()
    days = {"since": str(term.starts_on), "until": str(term.ends_on)}
    return {
        "term": term.name,
        "starts_on": term.starts_on,
        "ends_on": term.ends_on,
        "pairs": sums.pairs,
        "missing": sums.missing,
        "none": sums.none,
        "visits": LIST.count(see, LIST.asked({**days, "state": ",".join(COUNTED)})),
        "unpaired": UNPAIRED.count(see, UNPAIRED.asked({})),
        "offices": [
            dict(row._mapping)
            for row in see.connection.execute(_of_offices(see.actor.roles), {**see.actor.binds, **between})
        ],
    }


def term_choices(see: Reader) -> list[str]:
    """The terms of the last two years, the newest first."""
    since = see.today - timedelta(days=700)
    return [term.name for term in reversed(due(Cadence.TERMLY, since, see.today, terms(see)))]
