"""The breakdown of the period before: what a unit may begin with where an item comes again."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments import periods
from app.assignments.models import ASSIGNMENT
from app.breakdowns.models import BREAKDOWN, StepInput
from app.breakdowns.rules import CONFIRMED
from app.core.operation import Reader
from app.core.within import many, within
from app.plans.models import ITEM
from app.units.models import UNIT
from app.units.succession import merged_until


class Before(NamedTuple):
    """A version that served, the period it was of, and whose it was where a unit merged into the actor's had it."""

    id: int
    period: str
    measures: list[dict[str, Any]]
    former_unit_name: str | None


def _going_on() -> sa.CTE:
    """(``item_id``, ``earlier_id``): each item with itself and with those that it goes on from, edition by edition."""
    itself = sa.select(ITEM.c.id.label("item_id"), ITEM.c.id.label("earlier_id"))
    chain = itself.where(within(ITEM.c.id, many("items"))).cte(recursive=True)
    older = sa.select(chain.c.item_id, ITEM.c.continues_id).join_from(chain, ITEM, ITEM.c.id == chain.c.earlier_id)
    return chain.union(older.where(ITEM.c.continues_id.is_not(None)))


_ITEMS, _MERGED = _going_on(), merged_until(sa.bindparam("today", type_=sa.Date))
_UNITS = many("units")
_ITSELF = sa.select(UNIT.c.id.label("old_id"), UNIT.c.id.label("new_id")).where(within(UNIT.c.id, _UNITS))
_INTO = sa.select(_MERGED.c.old_id, _MERGED.c.new_id).where(within(_MERGED.c.new_id, _UNITS))
_BECAME = sa.union_all(_ITSELF, _INTO).subquery("became")
"""(``old_id``, ``new_id``): each of the units with itself, and with every one that became part of it."""
_SERVED = (
    sa.select(
        *(_ITEMS.c.item_id, _BECAME.c.new_id, _BECAME.c.old_id, UNIT.c.name, ASSIGNMENT.c.period),
        *(BREAKDOWN.c.id, BREAKDOWN.c.measures),
    )
    .select_from(
        _ITEMS.join(ASSIGNMENT, ASSIGNMENT.c.plan_item_id == _ITEMS.c.earlier_id)
        .join(BREAKDOWN, BREAKDOWN.c.assignment_id == ASSIGNMENT.c.id)
        .join(_BECAME, _BECAME.c.old_id == ASSIGNMENT.c.unit_id)
        .join(UNIT, UNIT.c.id == ASSIGNMENT.c.unit_id)
    )
    .where(BREAKDOWN.c.state == CONFIRMED)
)


def preceding(see: Reader, tasks: Sequence[Any]) -> dict[int, Before]:
    """Of the actor's own assignments: the newest of an earlier period, of the same item and unit; else that of a unit
    that was merged into it. One statement."""
    recurring = [task for task in tasks if periods.cadence_of(task.period) is not None]
    if not recurring:
        return {}
    items, units = ({getattr(task, name) for task in recurring} for name in ("plan_item_id", "unit_id"))
    binds = {"items": sorted(items), "units": sorted(units), "today": see.today}
    served: dict[tuple[int, int], list[Any]] = {}
    for row in see.connection.execute(_SERVED, binds):
        served.setdefault((row.item_id, row.new_id), []).append(row)
    found = {}
    for task in recurring:
        cadence = periods.cadence_of(task.period)
        earlier = [
            row
            for row in served.get((task.plan_item_id, task.unit_id), ())
            if row.period < task.period and periods.cadence_of(row.period) == cadence
        ]
        if earlier:
            row = max(earlier, key=lambda row: (row.old_id == row.new_id, row.period, row.id))
            former = None if row.old_id == row.new_id else row.name
            found[task.id] = Before(row.id, row.period, row.measures, former)
    return found


def moved(see: Reader, steps: Sequence[StepInput], old: str, task: Any) -> list[StepInput]:
    """The steps of a period before as new ones, each where it stood in its period, none after the task's deadline."""
    cadence = periods.cadence_of(task.period)
    assert cadence is not None
    terms = periods.terms(see)
    was, now = (periods.named(cadence, name, terms) for name in (old, task.period))

    def day(step: StepInput) -> date | None:
        if step.deadline_on is None:
            return None
        same = periods.moved(cadence, was, now, step.deadline_on)
        return same if task.deadline_on is None else min(same, task.deadline_on)

    return [step.model_copy(update={"line": None, "deadline_on": day(step)}) for step in steps]
