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


_YEAR = sa.bindparam("owed_year", type_=sa.Integer)
_SAME = (
    FILING.c.unit_id == UNIT.c.id,
    FILING.c.kind == REQUIREMENT.c.kind,
    sa.or_(REQUIREMENT.c.yearly.is_(sa.false()), FILING.c.year == _YEAR),
)
_ON_RECORD = sa.select(sa.literal(1)).where(*_SAME, FILING.c.state.in_(STANDING)).correlate(REQUIREMENT, UNIT).exists()
_DRAWN_UP = (
    sa.select(sa.func.max(FILING.c.id)).where(*_SAME, FILING.c.state == DRAFT).correlate(REQUIREMENT, UNIT)
).scalar_subquery()
_OWED = (
    sa.select(
        *(REQUIREMENT.c[name].label(f"asked_{name}") for name in ("id", "kind")),
        *(REQUIREMENT.c[name] for name in ("yearly", "deadline_on")),
        *(UNIT.c[name] for name in ("id", "name", "valid_from", "valid_to")),
        _DRAWN_UP.label("draft_id"),
    )
    .select_from(
        REQUIREMENT.join(GROUP, GROUP.c.id == REQUIREMENT.c.unit_group_id).join(
            UNIT, UNIT.c.district_id == REQUIREMENT.c.district_id
        )
    )
    .where(in_district(REQUIREMENT), within(UNIT.c.id, OWN), UNIT.c.kind.not_in(NEVER_FILING), sa.not_(_ON_RECORD))
    .where(groups.belonging(UNIT, GROUP.c.rule))
    .order_by(REQUIREMENT.c.id, UNIT.c.id)
)


def to_file(see: Reader) -> list[Owed]:
    """What the actor's own units owe this year, each unit a kind once: one statement."""
    if not see.actor.has(*CARRIERS):
        return []
    owed: dict[tuple[int, FilingKind], Owed] = {}
    for row in see.connection.execute(_OWED, {**see.actor.binds, "owed_year": see.today.year}):
        if not groups.exists_on(row, see.today):
            continue
        kind, due = FilingKind(row.asked_kind), due_on(row, see.today.year)
        asked = Owed(row.asked_id, kind, row.id, row.name, due, row.draft_id)
        known = owed.setdefault((row.id, kind), asked)
        if urgency(due, row.asked_id) < urgency(known.due, known.requirement_id):
            owed[row.id, kind] = asked
    return sorted(owed.values(), key=lambda each: (each.requirement_id, each.unit_id))
