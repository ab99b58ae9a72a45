"""What is asked of a unit and is not on record: until when, and of whom it waits.

A kind may be asked of several groups. A unit that is in more than one of them owes it once: by the requirement that it
does not meet and that ends first.
"""

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.policy import OWN, in_district
from app.core.within import within
from app.filings.models import FILING, NEVER_FILING, REQUIREMENT, FilingKind
from app.filings.rules import DRAFT, STANDING
from app.units import groups
from app.units.models import GROUP, UNIT
from app.units.reviewing import CARRIERS


class Owed(NamedTuple):
    """A filing that a unit has not sent in, be it drawn up or not."""

    requirement_id: int
    kind: FilingKind
    unit_id: int
    name: str
    year: int
    """In which it is asked for."""
    due: date | None
    draft_id: int | None


def due_on(requirement: Any, year: int) -> date | None:
    """The last day for what is asked in that year: of what is asked yearly the same day of each year from the first
    on."""
    first: date | None = requirement.deadline_on
    if first is None or not requirement.yearly or year == first.year:
        return first
    if year < first.year:
        return None
    return first.replace(year=year, day=28 if (first.month, first.day) == (2, 29) else first.day)


def urgency(due: date | None, requirement_id: int) -> tuple[date, int]:
    """The order of what asks a unit for the same kind: the earlier day first, none last."""
    return due or date.max, requirement_id


_FIRST, _LAST = (sa.bindparam(name, type_=sa.Integer) for name in ("owed_year", "owed_until_year"))
_YEARS = sa.union(*(sa.select(sa.cast(each, sa.Integer).label("year")) for each in (_FIRST, _LAST))).subquery("years")
_SAME = (
    FILING.c.unit_id == UNIT.c.id,
    FILING.c.kind == REQUIREMENT.c.kind,
    sa.or_(REQUIREMENT.c.yearly.is_(sa.false()), FILING.c.year == _YEARS.c.year),
)
_ON_RECORD = (
    sa.select(sa.literal(1)).where(*_SAME, FILING.c.state.in_(STANDING)).correlate(REQUIREMENT, UNIT, _YEARS).exists()
)
_DRAWN_UP = (
    sa.select(sa.func.max(FILING.c.id)).where(*_SAME, FILING.c.state == DRAFT).correlate(REQUIREMENT, UNIT, _YEARS)
).scalar_subquery()
_OWED = (
    sa.select(
        *(REQUIREMENT.c[name].label(f"asked_{name}") for name in ("id", "kind")),
        *(REQUIREMENT.c[name] for name in ("yearly", "deadline_on")),
        *(UNIT.c[name] for name in ("id", "name", "valid_from", "valid_to")),
        _DRAWN_UP.label("draft_id"),
        _YEARS.c.year,
    )
    .select_from(
        REQUIREMENT.join(GROUP, GROUP.c.id == REQUIREMENT.c.unit_group_id)
        .join(UNIT, UNIT.c.district_id == REQUIREMENT.c.district_id)
        .join(_YEARS, sa.or_(REQUIREMENT.c.yearly, _YEARS.c.year == _FIRST))
    )
    .where(in_district(REQUIREMENT), within(UNIT.c.id, OWN), UNIT.c.kind.not_in(NEVER_FILING), sa.not_(_ON_RECORD))
    .where(groups.belonging(UNIT, GROUP.c.rule))
    .order_by(REQUIREMENT.c.id, UNIT.c.id, _YEARS.c.year)
)


def to_file(see: Reader) -> list[Owed]:
    """What the actor's own units owe this year, and what is asked for in the next and falls due in the days that are
    told of ahead: each unit a kind once for a year, by one statement."""
    if not see.actor.has(*CARRIERS):
        return []
    soon = see.workdays.last_within(see.today, see.settings.lamp_days)
    years = {"owed_year": see.today.year, "owed_until_year": soon.year}
    owed: dict[tuple[int, FilingKind, int], Owed] = {}
    for row in see.connection.execute(_OWED, {**see.actor.binds, **years}):
        kind, due = FilingKind(row.asked_kind), due_on(row, row.year)
        ahead = row.year > see.today.year and (due is None or due > soon)
        if ahead or not groups.exists_on(row, see.today):
            continue
        asked = Owed(row.asked_id, kind, row.id, row.name, row.year, due, row.draft_id)
        known = owed.setdefault((row.id, kind, row.year), asked)
        if urgency(due, row.asked_id) < urgency(known.due, known.requirement_id):
            owed[row.id, kind, row.year] = asked
    return sorted(owed.values(), key=lambda each: (each.requirement_id, each.unit_id, each.year))
