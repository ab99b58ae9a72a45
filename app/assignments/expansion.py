"""Who must do what by when: a plan's responsibilities expanded to units, as the directory stands on a day."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments.periods import Stated
from app.core.operation import Reader
from app.plans.models import ITEM, PLAN, RESPONSIBILITY, Cadence, ResponsibilityRole
from app.units.groups import exists_on, members
from app.units.models import GROUP, UNIT

STRENGTH = {role: rank for rank, role in enumerate(ResponsibilityRole)}


class Duty(NamedTuple):
    """A unit's part in an item. ``via`` is the group whose rule took it in; None where the plan names it."""

    role: ResponsibilityRole
    counted: bool
    via: str | None


class Expanded(NamedTuple):
    """An item and its units' parts."""

    item_id: int
    cadence: Cadence
    stated: Stated
    duties: dict[int, Duty]
    begins_on: date | None
    """The first day of the plan's year: no period that ended before is its work."""


_ITEMS = (
    sa.select(
        *(ITEM.c[name] for name in ("id", "cadence", "deadline_on", "deadline_kind", "deadline_text")),
        *(ITEM.c.for_information, PLAN.c.year),
    )
    .join_from(ITEM, PLAN, PLAN.c.id == ITEM.c.plan_id)
    .where(ITEM.c.plan_id == sa.bindparam("plan"))
    .order_by(ITEM.c.position, ITEM.c.id)
)
_NAMED = (
    sa.select(
        RESPONSIBILITY.c.plan_item_id,
        RESPONSIBILITY.c.role,
        RESPONSIBILITY.c.unit_id,
        RESPONSIBILITY.c.unit_group_id,
        GROUP.c.name.label("group_name"),
    )
    .outerjoin_from(RESPONSIBILITY, GROUP, GROUP.c.id == RESPONSIBILITY.c.unit_group_id)
    .where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"), RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)
_UNITS = sa.select(UNIT.c.id, UNIT.c.name, UNIT.c.kind, UNIT.c.valid_from, UNIT.c.valid_to).where(
    UNIT.c.district_id == sa.bindparam("district")
)


def directory(see: Reader) -> dict[int, Any]:
    """The district's units by id, whether they exist today or not."""
    rows = see.connection.execute(_UNITS, {"district": see.actor.district_id}).all()
    return {row.id: row for row in rows}


def expand(see: Reader, plan_id: int, units: dict[int, Any]) -> list[Expanded]:
    """Every item of the plan with the units that exist today; a unit met twice keeps the strongest role."""
    named = see.connection.execute(_NAMED, {"plan": plan_id}).all()
    groups = members(see, {row.unit_group_id for row in named if row.unit_group_id}, see.today)
    standing = {unit_id for unit_id, unit in units.items() if exists_on(unit, see.today)}
    by_item: dict[int, list[Any]] = {}
    for row in named:
        by_item.setdefault(row.plan_item_id, []).append(row)
    found = []
    for item in see.connection.execute(_ITEMS, {"plan": plan_id}).all():
        duties = {} if item.for_information else _duties(by_item.get(item.id, ()), groups, standing)
        stated = Stated(item.deadline_on, item.deadline_kind, item.deadline_text)
        begins_on = date(item.year, 1, 1) if item.year else None
        found.append(Expanded(item.id, Cadence(item.cadence), stated, duties, begins_on))
    return found


def _duties(named: Sequence[Any], groups: dict[int, list[int]], standing: set[int]) -> dict[int, Duty]:
    parts: dict[int, tuple[ResponsibilityRole, str | None]] = {}
    for row in named:
        role, via = ResponsibilityRole(row.role), row.group_name if row.unit_group_id else None
        for unit_id in groups.get(row.unit_group_id, ()) if row.unit_group_id else (row.unit_id,):
            if unit_id not in standing:
                continue
            held = parts.get(unit_id)
            if held is None or STRENGTH[role] < STRENGTH[held[0]]:
                parts[unit_id] = (role, via)
    counting = counting_role(role for role, _ in parts.values())
    return {unit_id: Duty(role, role == counting, via) for unit_id, (role, via) in parts.items()}


def counting_role(roles: Iterable[ResponsibilityRole]) -> ResponsibilityRole:
    """Lead rows alone count in completion rates, or all responsible ones where none leads (DOMAIN §4, 5)."""
    return ResponsibilityRole.LEAD if ResponsibilityRole.LEAD in roles else ResponsibilityRole.RESPONSIBLE
