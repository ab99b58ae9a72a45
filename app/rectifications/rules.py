"""Who sees a rectification, who puts it right, and who verifies it; the verifier is never the rectifier."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import (
    BUSINESS,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    PAIRED,
    USER,
    Policy,
    Role,
    Roles,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.inspections.models import FINDING, INSPECTION
from app.inspections.rules import IN_TEAM
from app.rectifications.models import RECTIFICATION, RECTIFICATION_STATE_LABELS, RectificationState
from app.units.reviewing import SUPERVISION

KNOWN_TO_OFFICES: list[ColumnElement[bool]] = []
"""Which further ones an office knows. ``campaigns`` says it here when it is imported."""


def _inspected_by_us() -> ColumnElement[bool]:
    row = sa.select(sa.literal(1)).select_from(FINDING.join(INSPECTION, INSPECTION.c.id == FINDING.c.inspection_id))
    ours = sa.or_(within(INSPECTION.c.unit_id, OFFICES), IN_TEAM)
    return row.where(FINDING.c.id == RECTIFICATION.c.finding_id, ours).correlate(RECTIFICATION).exists()


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all; a unit its own; an office also its paired schools', what its inspections found, and what
    further grounds give it."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(RECTIFICATION)
    grounds: list[ColumnElement[bool]] = [within(RECTIFICATION.c.unit_id, OWN)]
    if Role.OFFICE in roles:
        grounds += [within(RECTIFICATION.c.unit_id, PAIRED), _inspected_by_us(), *KNOWN_TO_OFFICES]
    return sa.and_(in_district(RECTIFICATION), sa.or_(*grounds))


def carry_out(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        return sa.false()
    return sa.and_(in_district(RECTIFICATION), within(RECTIFICATION.c.unit_id, OWN))


def verify(roles: Roles) -> ColumnElement[bool]:
    """The supervisor; of the supervision office's own a leader; never its unit, nor the person who submitted it."""
    supervisions_own = RECTIFICATION.c.unit_id.in_(SUPERVISION)
    grounds = []
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(supervisions_own))
    if Role.LEADER in roles:
        grounds.append(supervisions_own)
    if not grounds:
        return sa.false()
    submitter = sa.func.coalesce(RECTIFICATION.c.submitted_by, 0) == USER
    return sa.and_(
        in_district(RECTIFICATION), sa.or_(*grounds), stranger_to(RECTIFICATION.c.unit_id), sa.not_(submitter)
    )


POLICY = Policy(RECTIFICATION, read, {"carry_out": carry_out, "verify": verify})
PENDING, IN_PROGRESS, SUBMITTED, CLOSED = (state.value for state in RectificationState)
WORKING = (PENDING, IN_PROGRESS)
WORKFLOW = Workflow(
    "rectification",
    RectificationState,
    RECTIFICATION_STATE_LABELS,
    POLICY,
    Transition("start", (PENDING,), IN_PROGRESS, "开始整改", "carry_out"),
    Transition("edit", WORKING, None, "填写整改", "carry_out"),
    Transition("link_evidence", WORKING, None, "上传资料", "carry_out"),
    # From pending what is to be put right at once (立行立改) alone: ``operations.submit``, ``queries.present``.
    Transition("submit", (IN_PROGRESS, PENDING), SUBMITTED, "提交验收", "carry_out"),
    Transition("request_extension", WORKING, None, "申请延期", "carry_out"),
    Transition("close", (SUBMITTED,), CLOSED, "销号", "verify"),
    Transition("send_back", (SUBMITTED,), IN_PROGRESS, "退回", "verify", note=True, danger=True),
    Transition("reopen", (CLOSED,), IN_PROGRESS, "重启", "verify", note=True, danger=True),
)
targets.register("rectifications", "问题整改", POLICY, workflow=WORKFLOW, title=RECTIFICATION.c.problem)
