"""Who belongs to a group: its rule over the district's units as they stand on a day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.within import many, within
from app.units.models import GROUP, UNIT

_UNITS = sa.select(
    UNIT.c.id, UNIT.c.kind, UNIT.c.stages, UNIT.c.ownership, UNIT.c.parent_id, UNIT.c.valid_from, UNIT.c.valid_to
).where(UNIT.c.district_id == sa.bindparam("district"))
_RULES = sa.select(GROUP.c.id, GROUP.c.rule).where(
    GROUP.c.district_id == sa.bindparam("district"), within(GROUP.c.id, many("groups"))
)


def exists_on(unit: Any, day: date) -> bool:
    """A unit whose ``valid_to`` has passed keeps its history and gets nothing new."""
    return (unit.valid_from is None or unit.valid_from <= day) and (unit.valid_to is None or day <= unit.valid_to)


def members(see: Reader, group_ids: Iterable[int], day: date) -> dict[int, list[int]]:
    """Group id → ids of the units that belong on ``day``, in order of their ids."""
    wanted = sorted(set(group_ids))
    if not wanted:
        return {}
    district = {"district": see.actor.district_id}
    units = [u for u in see.connection.execute(_UNITS, district).all() if exists_on(u, day)]
    parents = {unit.id: unit.parent_id for unit in units}
    rules = see.connection.execute(_RULES, {**district, "groups": wanted}).all()
    return {row.id: sorted(u.id for u in units if belongs(u, row.rule, parents)) for row in rules}


def members_by_day(see: Reader, group_id: int, days: Iterable[date]) -> dict[date, frozenset[int]]:
    """Who belongs on each of some days, in two statements however many."""
    district = {"district": see.actor.district_id}
    units = see.connection.execute(_UNITS, district).all()
    rules = see.connection.execute(_RULES, {**district, "groups": [group_id]}).all()
    found = {}
    for day in days:
        standing = [unit for unit in units if exists_on(unit, day)]
        parents = {unit.id: unit.parent_id for unit in standing}
        found[day] = frozenset(u.id for u in standing for row in rules if belongs(u, row.rule, parents))
    return found


def belongs(unit: Any, rule: Mapping[str, Any], parents: Mapping[int, int | None]) -> bool:
    """Excluded before included before the rule's own conditions, every one of which must hold."""
    if unit.id in rule.get("excludes", ()):
        return False
    if unit.id in rule.get("includes", ()):
        return True
    kinds, stages = rule.get("kinds") or (), rule.get("stages") or ()
    ownership, above = rule.get("ownership"), rule.get("under_unit_id")
    if not (kinds or stages or ownership or above):
        return False
    return (
        (not kinds or unit.kind in kinds)
        and (not stages or not set(stages).isdisjoint(unit.stages))
        and (not ownership or unit.ownership == ownership)
        and (not above or _is_beneath(unit.id, above, parents))
    )


def _is_beneath(unit_id: int, above: int, parents: Mapping[int, int | None]) -> bool:
    seen: set[int] = set()
    here: int | None = unit_id
    while here is not None and here not in seen:
        if here == above:
            return True
        seen.add(here)
        here = parents.get(here)
    return False


def asked_on(row: Any, day: date) -> bool:
    """Whether a unit that was read with its group's ``rule`` and with ``above_parent_id`` belongs on ``day``: the
    directory has three levels at most beneath which a rule may look, the bureau, a central school, its schools."""
    parents = {row.id: row.parent_id} | ({row.parent_id: row.above_parent_id} if row.parent_id else {})
    return exists_on(row, day) and belongs(row, row.rule, parents)
