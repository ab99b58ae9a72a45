"""Who reads a plan and who may change it: drafts are for supervisor and leader, issued plans for the district."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from app.core.policy import BUSINESS, DISTRICT, Policy, Role, Roles
from app.core.workflow import Transition, Workflow
from app.plans.models import ITEM, PLAN, PLAN_STATE_LABELS, PlanState

_DRAFT, _ISSUED = (PlanState.DRAFT,), (PlanState.ISSUED,)
DRAFT_READERS = frozenset({Role.SUPERVISOR, Role.LEADER})


def _readable(plan: FromClause, roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    here = plan.c.district_id == DISTRICT
    return here if roles & DRAFT_READERS else sa.and_(here, plan.c.state != PlanState.DRAFT)


def read(roles: Roles) -> ColumnElement[bool]:
    return _readable(PLAN, roles)


def manage(roles: Roles) -> ColumnElement[bool]:
    return PLAN.c.district_id == DISTRICT if Role.SUPERVISOR in roles else sa.false()


POLICY = Policy(PLAN, read, {"manage": manage})

WORKFLOW = Workflow(
    "plan",
    PlanState,
    PLAN_STATE_LABELS,
    POLICY,
    Transition("edit", _DRAFT, None, "修改", "manage"),
    Transition("resolve", _DRAFT, None, "对应单位", "manage"),
    Transition("table_rows", _DRAFT, None, "改用表格行", "manage"),
    Transition("edit_items", (*_DRAFT, *_ISSUED), None, "设置任务", "manage"),
    Transition("issue", _DRAFT, PlanState.ISSUED, "印发", "manage"),
    Transition("delete", _DRAFT, None, "删除草稿", "manage", danger=True),
    # Dispatch and withdrawal concern assignments: their operations live in app.assignments.
    Transition("dispatch", _ISSUED, None, "下发", "manage"),
    Transition("archive", _ISSUED, PlanState.ARCHIVED, "归档", "manage"),
    Transition("withdraw", _ISSUED, PlanState.WITHDRAWN, "停止执行", "manage", danger=True),
)

# An alias: a statement that also selects from plan would otherwise take the inner one for its own.
_OF = PLAN.alias("plan_of_item")


def read_item(roles: Roles) -> ColumnElement[bool]:
    """An item is read with its plan."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    here = ITEM.c.district_id == DISTRICT
    if roles & DRAFT_READERS:
        return here
    return sa.and_(here, ITEM.c.plan_id.in_(sa.select(_OF.c.id).where(_readable(_OF, roles))))


def edit_item(roles: Roles) -> ColumnElement[bool]:
    return ITEM.c.district_id == DISTRICT if Role.SUPERVISOR in roles else sa.false()


ITEMS = Policy(ITEM, read_item, {"edit": edit_item})
