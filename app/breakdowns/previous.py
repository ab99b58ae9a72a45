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


class Before(NamedTuple):
    """A version that served, and the period it was of."""

    id: int
    period: str
    measures: list[dict[str, Any]]


def _going_on() -> sa.CTE:
    """(``item_id``, ``earlier_id``): each item with itself and with those that it goes on from, edition by edition."""
    itself = sa.select(ITEM.c.id.label("item_id"), ITEM.c.id.label("earlier_id"))
    chain = itself.where(within(ITEM.c.id, many("items"))).cte(recursive=True)
    older = sa.select(chain.c.item_id, ITEM.c.continues_id).join_from(chain, ITEM, ITEM.c.id == chain.c.earlier_id)
    return chain.union(older.where(ITEM.c.continues_id.is_not(None)))


_ITEMS = _going_on()
_SERVED = (
    sa.select(_ITEMS.c.item_id, ASSIGNMENT.c.unit_id, ASSIGNMENT.c.period, BREAKDOWN.c.id, BREAKDOWN.c.measures)
    .select_from(
        _ITEMS.join(ASSIGNMENT, ASSIGNMENT.c.plan_item_id == _ITEMS.c.earlier_id).join(
            BREAKDOWN, BREAKDOWN.c.assignment_id == ASSIGNMENT.c.id
        )
    )
    .where(within(ASSIGNMENT.c.unit_id, many("units")), BREAKDOWN.c.state == CONFIRMED)
)


def preceding(see: Reader, tasks: Sequence[Any]) -> dict[int, Before]:
    """Of the actor's own assignments: the newest of an earlier period, of the same item and unit. One statement."""
    recurring = [task for task in tasks if periods.cadence_of(task.period) is not None]
    if not recurring:
        return {}
    binds = {"items": sorted({t.plan_item_id for t in recurring}), "units": sorted({t.unit_id for t in recurring})}
    served: dict[tuple[int, int], list[Any]] = {}
    for row in see.connection.execute(_SERVED, binds):
        served.setdefault((row.item_id, row.unit_id), []).append(row)
    found = {}
    for task in recurring:
        cadence = periods.cadence_of(task.period)
        earlier = [
            row
            for row in served.get((task.plan_item_id, task.unit_id), ())
            if row.period < task.period and periods.cadence_of(row.period) == cadence
        ]
        if earlier:
            row = max(earlier, key=lambda row: str(row.period))
            found[task.id] = Before(row.id, row.period, row.measures)
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
