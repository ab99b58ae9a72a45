"""Who has filed what of what is asked: units × kinds, and who has nothing.

The groups' rules are applied to the units as they stand today, and the standing of every unit that the actor would see
a filing of is found in one pass. The table, its sums and the list of what is missing all come from that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import MAX_LIMIT, Asked, Filter, Listing, by_id, equals
from app.core.params import parse_choice, parse_id, parse_number, read_params
from app.core.policy import BUSINESS, DISTRICT_WIDE, Policy, Roles, among, in_district
from app.core.within import many, within
from app.filings.models import FILING, FilingKind, FilingState, Standing
from app.filings.owing import due_on
from app.filings.queries import requirements
from app.filings.rules import POLICY
from app.units import groups
from app.units.models import UNIT

UNITS_AT_ONCE = 50
_YEAR = parse_number(1949, 2199)
PARSERS = {"year": _YEAR, "unit_id": parse_id, "limit": parse_number(1, MAX_LIMIT), "after": parse_id}
_ORDER = {state: place for place, state in enumerate((FilingState.FILED, FilingState.SENT_BACK, FilingState.DRAFT))}


@dataclass
class Places:
    """What is asked in a year, of whom, and what there is of it."""

    asked: dict[FilingKind, Any]
    year: int
    today: date
    units: dict[FilingKind, list[int]] = field(default_factory=dict)
    """Of which units, in order of their ids, as far as the actor would see a filing of theirs."""
    members: dict[FilingKind, frozenset[int]] = field(default_factory=dict)
    held: dict[tuple[int, FilingKind], Any] = field(default_factory=dict)
    """The filing that stands for it: one that is filed, else sent back, else a draft."""

    def missing(self, kind: FilingKind) -> list[int]:
        return [unit_id for unit_id in self.units.get(kind, ()) if (unit_id, kind) not in self.held]

    def due(self, kind: FilingKind) -> date | None:
        return due_on(self.asked[kind], self.year) if kind in self.asked else None

    def late(self, kind: FilingKind) -> bool:
        due = self.due(kind)
        return due is not None and due < self.today


def places(see: Reader, year: int | None = None) -> Places:
    year = year or see.today.year
    asked = requirements(see)
    members = groups.members(see, [row.unit_group_id for row in asked.values()], see.today)
    found = Places(asked, year, see.today)
    for kind, row in asked.items():
        found.units[kind] = [unit_id for unit_id in members[row.unit_group_id] if _seen(see, row, unit_id)]
        found.members[kind] = frozenset(found.units[kind])
    for filing in see.connection.execute(_statement(see.actor.roles), see.actor.binds):
        kind = FilingKind(filing.kind)
        if kind in asked and (filing.year == year or not asked[kind].yearly):
            place = (filing.unit_id, kind)
            known = found.held.get(place)
            if known is None or _ORDER[filing.state] < _ORDER[known.state]:
                found.held[place] = filing
    return found


def _seen(see: Reader, requirement: Any, unit_id: int) -> bool:
    """As ``rules.read`` says of a filing of this unit and kind."""
    actor = see.actor
    if not actor.has(*BUSINESS):
        return False
    return actor.has(*DISTRICT_WIDE) or unit_id in actor.units or requirement.office_id in actor.offices


@cache
def _statement(roles: Roles) -> sa.Select[Any]:
    present = among(FILING.c.state, *_ORDER)
    names = ("id", "unit_id", "kind", "number", "year", "state", "reviewed_at")
    return sa.select(*(FILING.c[name] for name in names)).where(POLICY.read(roles), present).order_by(FILING.c.id)


# The table

_NAMED = sa.select(UNIT.c.id, UNIT.c.name, UNIT.c.kind).where(within(UNIT.c.id, many("named"))).order_by(UNIT.c.id)


@unbounded
def matrix(see: Reader, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """Units by the kinds asked of them; the sums are over all units, not the page's. ``year``: this one unless said."""
    asked = read_params(params, PARSERS)
    found = places(see, asked.get("year"))
    every = _units(found, asked.get("unit_id"))
    limit = asked.get("limit", UNITS_AT_ONCE)
    ids = [unit_id for unit_id in every if unit_id > asked.get("after", 0)]
    more, ids = len(ids) > limit, ids[:limit]
    return {
        "year": asked.get("year", see.today.year),
        "kinds": [_sums(found, kind) for kind in found.asked],
        "data": [_unit(found, row) for row in see.connection.execute(_NAMED, {"named": ids})],
        "next": ids[-1] if more else None,
    }


def _units(found: Places, only: int | None = None) -> list[int]:
    every = sorted({unit_id for units in found.units.values() for unit_id in units})
    return every if only is None else [unit_id for unit_id in every if unit_id == only]


def _sums(found: Places, kind: FilingKind) -> dict[str, Any]:
    row = found.asked[kind]
    figures = {"required": len(found.units[kind]), "missing": len(found.missing(kind))}
    until = {"deadline": row.deadline, "deadline_on": found.due(kind)}
    return {"kind": kind, "yearly": row.yearly, **until, **figures}


def _unit(found: Places, unit: Any) -> dict[str, Any]:
    asked = [kind for kind in found.asked if unit.id in found.members[kind]]
    cells = [_cell(kind, found.held.get((unit.id, kind)), found.late(kind)) for kind in asked]
    return {"unit_id": unit.id, "unit_name": unit.name, "cells": cells}


def _cell(kind: FilingKind, filing: Any, late: bool) -> dict[str, Any]:
    if filing is None:
        held: dict[str, Any] = {"filing_id": None, "number": None, "reviewed": False, "overdue": late}
        return {"kind": kind, "standing": Standing.MISSING, **held}
    standing = Standing(filing.state.value)
    held = {"filing_id": filing.id, "number": filing.number, "reviewed": filing.reviewed_at is not None}
    return {"kind": kind, "standing": standing, **held, "overdue": late and standing == Standing.DRAFT}


def whole(see: Reader, year: int | None = None, unit_id: int | None = None) -> Iterator[Sequence[dict[str, Any]]]:
    """All units of the table, for its files."""
    found = places(see, year)
    yield [_unit(found, row) for row in see.connection.execute(_NAMED, {"named": _units(found, unit_id)})]


# What is missing of one kind

_PARENT = UNIT.alias("above")
_ASKED_KIND = sa.cast(sa.bindparam("missing_kind", type_=sa.String), sa.String)


def _lacking(roles: Roles) -> sa.ColumnElement[bool]:
    return sa.and_(in_district(UNIT), within(UNIT.c.id, many("missing_units")))


class _AskedOfAll(Asked):
    """Also a page of it looks at all the groups' units."""

    @property
    def unbounded(self) -> bool:
        return True


class _Missing(Listing):
    """Which rows there are is told by the groups' rules, that is by their ids; the charter's unless a kind is named."""

    def asked(self, params: QueryParams | Mapping[str, str]) -> Asked:
        asked = super().asked(params)
        return _AskedOfAll(**{**vars(asked), "filters": {"kind": FilingKind.CHARTER.value, **asked.filters}})

    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        kind = FilingKind(asked.filters["kind"])
        found = places(see, asked.filters.get("year"))
        named = {"missing_units": found.missing(kind), "missing_kind": kind.value, "missing_due": found.due(kind)}
        return super().binds(see, asked) | named


MISSING = _Missing(
    policy=Policy(UNIT, _lacking),
    source=UNIT.outerjoin(_PARENT, _PARENT.c.id == UNIT.c.parent_id),
    columns=[
        *(UNIT.c[name] for name in ("id", "code", "name")),
        UNIT.c.kind.label("unit_kind"),
        _PARENT.c.name.label("parent_name"),
        _ASKED_KIND.label("kind"),
        sa.bindparam("missing_due", type_=sa.Date).label("deadline_on"),
    ],
    sorts={"id": by_id(UNIT, descending=False)},
    filters={
        "kind": Filter(sa.true(), parse_choice([kind.value for kind in FilingKind])),
        "year": Filter(sa.true(), _YEAR),
        "unit_id": equals(UNIT.c.id, "unit_id"),
    },
    search=[UNIT.c.name, UNIT.c.code],
)


def present_missing(see: Reader, row: Any) -> dict[str, Any]:
    names = ("id", "code", "name", "unit_kind", "parent_name", "kind", "deadline_on")
    overdue = row.deadline_on is not None and row.deadline_on < see.today
    return {name: getattr(row, name) for name in names} | {"overdue": overdue}
