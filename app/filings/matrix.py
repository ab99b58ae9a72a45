"""Who has filed what of what is asked: units × kinds, and who has nothing.

The groups' rules are applied to the units as they stand today, and the standing of every unit that the actor would see
a filing of is found in one pass. The table, its sums and the list of what is missing all come from that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import MAX_LIMIT, Asked, Filter, Listing, by_id, equals
from app.core.params import parse_choice, parse_id, parse_number, read_params
from app.core.policy import BUSINESS, DISTRICT, DISTRICT_WIDE, Policy, Roles, among, in_district
from app.core.within import Days, day_for, many, within
from app.filings.models import FILING, NEVER_FILING, FilingKind, FilingState, Standing
from app.filings.owing import due_on, urgency
from app.filings.queries import requirements
from app.filings.rules import POLICY
from app.units import groups
from app.units.models import UNIT

UNITS_AT_ONCE = 50
_YEAR = parse_number(1949, 2199)
PARSERS = {"year": _YEAR, "unit_id": parse_id, "limit": parse_number(1, MAX_LIMIT), "after": parse_id}
_ORDER = {state: place for place, state in enumerate((FilingState.FILED, FilingState.SENT_BACK, FilingState.DRAFT))}
_MET = {FilingState.SENT_BACK: 1, FilingState.FILED: 2}


class Ask(NamedTuple):
    """Of what asks a unit for a kind the one that it does not meet and that ends first, and what there is of it."""

    requirement: Any
    due: date | None
    held: Any
    """The filing that stands for it: one that is filed, else sent back, else a draft."""

    @property
    def order(self) -> tuple[Any, ...]:
        """As ``owing`` has it: what is not on record comes first."""
        met = 0 if self.held is None else _MET.get(self.held.state, 0)
        return met, *urgency(self.due, self.requirement.id)

    def is_due(self, today: date) -> bool:
        """Its day has passed, or none was ever set. One that is asked yearly is due in no year before its first day."""
        if self.due is None:
            return self.requirement.deadline_on is None
        return self.due < today

    def late(self, today: date) -> bool:
        return self.order[0] == 0 and self.due is not None and self.due < today


@dataclass
class Places:
    """What is asked in a year, of whom, and what there is of it."""

    asked: dict[FilingKind, list[Any]]
    """The requirements of each kind."""
    year: int
    today: date
    of: dict[FilingKind, dict[int, Ask]] = field(default_factory=dict)
    """Of which units, in order of their ids, as far as the actor would see a filing of theirs."""

    def missing(self, kind: FilingKind) -> list[int]:
        return [unit_id for unit_id, ask in self.of.get(kind, {}).items() if ask.held is None]

    def of_unit(self, unit_id: int) -> dict[FilingKind, Ask]:
        return {kind: units[unit_id] for kind, units in self.of.items() if unit_id in units}


_NEVER = sa.select(UNIT.c.id).where(UNIT.c.district_id == DISTRICT, UNIT.c.kind.in_(NEVER_FILING))


def places(see: Reader, year: int | None = None) -> Places:
    year = year or see.today.year
    found = Places(requirements(see), year, see.today)
    every = [row for rows in found.asked.values() for row in rows]
    members = groups.members(see, [row.unit_group_id for row in every], see.today)
    never = set(see.connection.execute(_NEVER, see.actor.binds).scalars())
    held = _held(see)
    for kind, rows in found.asked.items():
        asking: dict[int, list[Any]] = {}
        for row in rows:
            for unit_id in members[row.unit_group_id]:
                asking.setdefault(unit_id, []).append(row)
        found.of[kind] = {
            unit_id: _ask(asking[unit_id], year, held.get((unit_id, kind), []))
            for unit_id in sorted(asking)
            if unit_id not in never and _seen(see, asking[unit_id], unit_id)
        }
    return found


def _held(see: Reader) -> dict[tuple[int, FilingKind], list[Any]]:
    """What there is of each place, what stands with the bureau first."""
    held: dict[tuple[int, FilingKind], list[Any]] = {}
    for filing in see.connection.execute(_statement(see.actor.roles), see.actor.binds):
        held.setdefault((filing.unit_id, FilingKind(filing.kind)), []).append(filing)
    for filings in held.values():
        filings.sort(key=lambda filing: _ORDER[filing.state])
    return held


def _ask(rows: list[Any], year: int, held: list[Any]) -> Ask:
    def ask(row: Any) -> Ask:
        serving = (filing for filing in held if filing.year == year or not row.yearly)
        return Ask(row, due_on(row, year), next(serving, None))

    return min((ask(row) for row in rows), key=lambda each: each.order)


def _seen(see: Reader, asking: list[Any], unit_id: int) -> bool:
    """As ``rules.read`` says of a filing of this unit and kind."""
    actor = see.actor
    if not actor.has(*BUSINESS):
        return False
    if actor.has(*DISTRICT_WIDE) or unit_id in actor.units:
        return True
    return any(row.office_id in actor.offices for row in asking)


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
    every = sorted({unit_id for units in found.of.values() for unit_id in units})
    return every if only is None else [unit_id for unit_id in every if unit_id == only]


def _sums(found: Places, kind: FilingKind) -> dict[str, Any]:
    asked = [
        {"requirement_id": row.id, "deadline_on": due_on(row, found.year)}
        | {name: getattr(row, name) for name in ("unit_group_name", "yearly", "deadline")}
        for row in found.asked[kind]
    ]
    return {"kind": kind, "asked": asked, "required": len(found.of[kind]), "missing": len(found.missing(kind))}


def _unit(found: Places, unit: Any) -> dict[str, Any]:
    cells = [_cell(kind, ask, ask.late(found.today)) for kind, ask in found.of_unit(unit.id).items()]
    return {"unit_id": unit.id, "unit_name": unit.name, "cells": cells}


def _cell(kind: FilingKind, ask: Ask, late: bool) -> dict[str, Any]:
    filing = ask.held
    asked = {"kind": kind, "requirement_id": ask.requirement.id, "deadline_on": ask.due, "overdue": late}
    if filing is None:
        return asked | {"standing": Standing.MISSING, "filing_id": None, "number": None, "reviewed": False}
    held = {"filing_id": filing.id, "number": filing.number, "reviewed": filing.reviewed_at is not None}
    return asked | {"standing": Standing(filing.state.value), **held}


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
        missing = found.missing(kind)
        dues = {unit_id: due for unit_id in missing if (due := found.of[kind][unit_id].due) is not None}
        named = {"missing_units": missing, "missing_kind": kind.value, "missing_dues": dues}
        return super().binds(see, asked) | named


MISSING = _Missing(
    policy=Policy(UNIT, _lacking),
    source=UNIT.outerjoin(_PARENT, _PARENT.c.id == UNIT.c.parent_id),
    columns=[
        *(UNIT.c[name] for name in ("id", "code", "name")),
        UNIT.c.kind.label("unit_kind"),
        _PARENT.c.name.label("parent_name"),
        _ASKED_KIND.label("kind"),
        day_for(UNIT.c.id, sa.bindparam("missing_dues", type_=Days())).label("deadline_on"),
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
