"""Every step of the versions that are worked on or serve: the breakdown itself, line by line (任务分解表)."""

from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.breakdowns.models import BREAKDOWN, STEP, BreakdownState
from app.breakdowns.queries import present_step
from app.breakdowns.rules import POLICY, SUPERSEDED
from app.core.operation import Reader
from app.core.paging import Listing, by_id, equals, one_of
from app.core.policy import Policy, Roles
from app.plans.models import ITEM
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
AT, OF, TASK = UNIT.alias("at"), BREAKDOWN.alias("of_version"), ASSIGNMENT.alias("task")


def _read(roles: Roles) -> sa.ColumnElement[bool]:
    """Whoever sees the breakdown."""
    may = POLICY.read(roles)
    if isinstance(may, sa.False_):
        return may
    its = sa.select(sa.literal(1)).where(BREAKDOWN.c.id == STEP.c.breakdown_id, may)
    return sa.and_(its.correlate(STEP).exists(), OF.c.state != SUPERSEDED)


_OWN = ("id", "breakdown_id", "unit_id", "line", "text", "person", "deadline_on", "done_on")
_OF = ("assignment_id", "number", "state")
_TASK = ("plan_id", "plan_item_id", "period")
LIST = Listing(
    policy=Policy(STEP, _read),
    source=STEP.join(OF, OF.c.id == STEP.c.breakdown_id)
    .join(TASK, TASK.c.id == OF.c.assignment_id)
    .join(ITEM, ITEM.c.id == TASK.c.plan_item_id)
    .join(AT, AT.c.id == STEP.c.unit_id),
    columns=[
        *(STEP.c[name] for name in _OWN),
        *(OF.c[name] for name in _OF),
        *(TASK.c[name] for name in _TASK),
        ITEM.c.number.label("item_number"),
        ITEM.c.title.label("item_title"),
        AT.c.name.label("unit_name"),
    ],
    sorts={"id": by_id(STEP, descending=False)},
    filters={
        "unit_id": equals(STEP.c.unit_id, "unit_id"),
        "breakdown_id": equals(STEP.c.breakdown_id, "breakdown_id"),
        "plan_id": equals(TASK.c.plan_id, "plan_id"),
        "plan_item_id": equals(TASK.c.plan_item_id, "plan_item_id"),
        "state": one_of(OF.c.state, "state", BreakdownState),
    },
    search=[STEP.c.text, STEP.c.person, ITEM.c.title, AT.c.name],
)
_NAMES = ("id", "breakdown_id", "unit_id", *_OF, *_TASK, "item_number", "item_title", "unit_name")


def present(see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _NAMES} | present_step(see, row, row)
