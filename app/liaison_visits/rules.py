"""Who sees a visit, who records it and who confirms it: the paired office the one, the school the other, and nobody
both."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import (
    BUSINESS,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    Condition,
    Policy,
    Role,
    Roles,
    also_in_district,
    by,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.liaison_visits.models import (
    MATTER,
    MATTER_STATE_LABELS,
    QUOTA,
    VISIT,
    VISIT_STATE_LABELS,
    MatterState,
    VisitState,
)


def _read(table: sa.Table) -> Condition:
    """District-wide roles all; the office and the school their own."""

    def read(roles: Roles) -> ColumnElement[bool]:
        if roles.isdisjoint(BUSINESS):
            return sa.false()
        if not roles.isdisjoint(DISTRICT_WIDE):
            return in_district(table)
        return sa.and_(also_in_district(table), sa.or_(within(table.c.unit_id, OWN), within(table.c.school_id, OWN)))

    return read


def _of_office(table: sa.Table) -> Condition:
    def visit(roles: Roles) -> ColumnElement[bool]:
        if Role.OFFICE not in roles:
            return sa.false()
        return sa.and_(also_in_district(table), within(table.c.unit_id, OFFICES), stranger_to(table.c.school_id))

    return visit


def _of_school(table: sa.Table) -> Condition:
    def answer(roles: Roles) -> ColumnElement[bool]:
        if Role.SCHOOL not in roles:
            return sa.false()
        return sa.and_(also_in_district(table), within(table.c.school_id, OWN), stranger_to(table.c.unit_id))

    return answer


POLICY = Policy(VISIT, _read(VISIT), {"visit": _of_office(VISIT), "answer": _of_school(VISIT)})
RECORDED, COMMENTED, CONFIRMED, VOIDED = (state.value for state in VisitState)
COUNTED = (RECORDED, COMMENTED, CONFIRMED)
WORKFLOW = Workflow(
    "liaison_visit",
    VisitState,
    VISIT_STATE_LABELS,
    POLICY,
    Transition("edit", (RECORDED, COMMENTED), None, "修改", "visit"),
    Transition("link_evidence", (RECORDED, COMMENTED), None, "上传资料", "visit"),
    Transition("urge", COUNTED, None, "提出督促事项", "visit"),
    Transition("confirm", (RECORDED, COMMENTED), CONFIRMED, "确认", "answer"),
    Transition("comment", (RECORDED,), COMMENTED, "提出意见", "answer", note=True),
    Transition("resubmit", (COMMENTED,), RECORDED, "再送确认", "visit"),
    Transition("void", (RECORDED, COMMENTED), VOIDED, "作废", "visit", note=True, danger=True),
)
targets.register("liaison-visits", "包联走访", POLICY, workflow=WORKFLOW, title=VISIT.c.visitors)

MATTERS = Policy(MATTER, _read(MATTER), {"visit": _of_office(MATTER), "answer": _of_school(MATTER)})
OPEN, ANSWERED, CLOSED, CANCELLED = (state.value for state in MatterState)
MATTER_WORKFLOW = Workflow(
    "liaison_matter",
    MatterState,
    MATTER_STATE_LABELS,
    MATTERS,
    Transition("answer", (OPEN,), ANSWERED, "答复", "answer", note=True),
    Transition("close", (ANSWERED,), CLOSED, "办结", "visit"),
    Transition("send_back", (ANSWERED,), OPEN, "退回", "visit", note=True, danger=True),
    Transition("cancel", (OPEN,), CANCELLED, "撤回", "visit", note=True, danger=True),
)


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(QUOTA)


QUOTAS = Policy(QUOTA, _everyone, {"edit": by(Role.SUPERVISOR, QUOTA)})
