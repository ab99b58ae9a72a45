"""Who sees a breakdown: whoever sees its assignment. Its unit makes it, the assignment's reviewer confirms it."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.assignments.models import ASSIGNMENT, OPEN_STATES
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.breakdowns.models import BREAKDOWN, BREAKDOWN_STATE_LABELS, BreakdownState
from app.core.policy import (
    BUSINESS,
    DISTRICT_WIDE,
    OWN,
    USER,
    Policy,
    Role,
    Roles,
    also_in_district,
    among,
    in_district,
    never,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow

MAKERS = (Role.OFFICE, Role.SCHOOL)
OPEN = among(ASSIGNMENT.c.state, *OPEN_STATES)


def of_assignment(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The breakdown's assignment meets these."""
    row = sa.select(sa.literal(1)).select_from(ASSIGNMENT).where(ASSIGNMENT.c.id == BREAKDOWN.c.assignment_id)
    return row.where(*conditions).correlate(BREAKDOWN).exists()


def read(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(BREAKDOWN)
    if Role.OFFICE in roles:
        return sa.and_(in_district(BREAKDOWN), of_assignment(ASSIGNMENTS.read(roles)))
    return sa.and_(also_in_district(BREAKDOWN), within(BREAKDOWN.c.unit_id, OWN))


def carry_out(roles: Roles) -> ColumnElement[bool]:
    """The unit's own, whatever has become of the assignment."""
    if roles.isdisjoint(MAKERS):
        return sa.false()
    return sa.and_(also_in_district(BREAKDOWN), within(BREAKDOWN.c.unit_id, OWN))


def draw_up(roles: Roles) -> ColumnElement[bool]:
    """While the assignment is open."""
    return sa.and_(carry_out(roles), of_assignment(OPEN)) if not roles.isdisjoint(MAKERS) else sa.false()


def review(roles: Roles) -> ColumnElement[bool]:
    """Whoever reviews the assignment, while it is open; never the person who submitted."""
    may = ASSIGNMENTS.may(roles, "review")
    if isinstance(may, sa.False_):
        return sa.false()
    by_me = sa.func.coalesce(BREAKDOWN.c.submitted_by, 0) == USER
    return sa.and_(in_district(BREAKDOWN), of_assignment(OPEN, may), sa.not_(by_me))


def own_by(roles: Roles) -> sa.Column[int] | None:
    return BREAKDOWN.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None


POLICY = Policy(
    BREAKDOWN,
    read,
    {"draw_up": draw_up, "carry_out": carry_out, "review": review, "by_itself": lambda roles: never()},
    own_by,
)
DRAFT, SUBMITTED, SENT_BACK, CONFIRMED, SUPERSEDED = (state.value for state in BreakdownState)
WORKING = (DRAFT, SUBMITTED, SENT_BACK)
WORKFLOW = Workflow(
    "breakdown",
    BreakdownState,
    BREAKDOWN_STATE_LABELS,
    POLICY,
    Transition("edit", (DRAFT, SENT_BACK), None, "修改", "draw_up"),
    Transition("submit", (DRAFT, SENT_BACK), SUBMITTED, "提交审核", "draw_up"),
    Transition("withdraw", (SUBMITTED,), DRAFT, "撤回", "draw_up"),
    Transition("delete", (DRAFT,), None, "删除草稿", "carry_out", danger=True),
    Transition("confirm", (SUBMITTED,), CONFIRMED, "确认", "review"),
    Transition("send_back", (SUBMITTED,), SENT_BACK, "退回", "review", note=True, danger=True),
    Transition("mark", (CONFIRMED,), None, "标记步骤", "carry_out"),
    Transition("supersede", (CONFIRMED,), SUPERSEDED, "被新版取代", "by_itself"),
)
