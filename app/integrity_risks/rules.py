"""Who sees a risk, who fills it in, and who reviews it; never its own unit nor the person who submitted it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.operation import Tx
from app.core.policy import (
    BUSINESS,
    DISTRICT,
    OFFICES,
    Condition,
    Policy,
    Role,
    Roles,
    by,
    in_district,
    never,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.evidence import targets
from app.integrity_risks.models import MEASURE, MEASURE_STATE_LABELS, RISK, RISK_STATE_LABELS, MeasureState, RiskState
from app.integrity_risks.round_models import ROUND, ROUND_STATE_LABELS, RoundState
from app.units.reviewing import Reviewed

_REVIEWED = sa.select(ROUND.c.id).where(ROUND.c.district_id == DISTRICT, within(ROUND.c.office_id, OFFICES))
"""The rounds that the actor's offices review."""

# Rounds


def _everyone(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(ROUND)


OPEN, CLOSED = (state.value for state in RoundState)
ROUNDS = Policy(ROUND, _everyone, {"supervise": by(Role.SUPERVISOR, ROUND)})
ROUND_WORKFLOW = Workflow(
    "risk_round",
    RoundState,
    ROUND_STATE_LABELS,
    ROUNDS,
    Transition("edit", (OPEN,), None, "修改", "supervise"),
    Transition("close", (OPEN,), CLOSED, "结束排查", "supervise"),
    Transition("reopen", (CLOSED,), OPEN, "重启", "supervise", note=True),
)

# Risks


REVIEWED = Reviewed(RISK, RISK.c.submitted_by, RISK.c.round_id.in_(_REVIEWED.correlate(None)))
POLICY = REVIEWED.policy({"by_itself": lambda roles: never()})
IDENTIFIED, ASSESSED, CONTROLLED, DUE, CLOSING, STRUCK_OFF, CARRIED_OVER = (state.value for state in RiskState)
STANDING = (CONTROLLED, DUE)
WORKFLOW = Workflow(
    "integrity_risk",
    RiskState,
    RISK_STATE_LABELS,
    POLICY,
    Transition("edit", (IDENTIFIED,), None, "修改", "carry_out"),
    Transition("add_measure", (IDENTIFIED, *STANDING), None, "增加措施", "carry_out"),
    Transition("submit", (IDENTIFIED,), ASSESSED, "提交审核", "carry_out"),
    Transition("delete", (IDENTIFIED,), None, "删除", "carry_out", danger=True),
    Transition("confirm", (ASSESSED,), CONTROLLED, "审核通过", "review"),
    Transition("close", (CLOSING,), STRUCK_OFF, "销号", "review"),
    Transition("send_back", (ASSESSED, CLOSING), IDENTIFIED, "退回", "review", note=True, danger=True),
    Transition("fall_due", (CONTROLLED,), DUE, "到期复评", "by_itself"),
    Transition("reassess", STANDING, IDENTIFIED, "复评", "carry_out"),
    Transition("request_close", (*STANDING, IDENTIFIED), CLOSING, "申请销号", "carry_out", note=True),
    Transition("carry_over", STANDING, CARRIED_OVER, "转入下轮", "carry_out"),
    Transition("take_back", (CARRIED_OVER,), CONTROLLED, "不再转入", "by_itself"),
)

# Measures


def _of_risk(condition: Condition, *states: str) -> Condition:
    """The measure's risk is one of which the condition holds."""

    def of_risk(roles: Roles) -> ColumnElement[bool]:
        allowed = condition(roles)
        if isinstance(allowed, sa.False_):
            return allowed
        its = sa.select(sa.literal(1)).where(RISK.c.id == MEASURE.c.risk_id, allowed)
        if states:
            its = its.where(RISK.c.state.in_([sa.literal_column(f"'{state}'") for state in states]))
        return sa.and_(in_district(MEASURE), its.correlate(MEASURE).exists())

    return of_risk


IN_PROGRESS, DONE = (state.value for state in MeasureState)
MEASURES = Policy(MEASURE, _of_risk(REVIEWED.read), {"carry_out": _of_risk(REVIEWED.carry_out, IDENTIFIED, *STANDING)})
"""While its risk is with the reviewers a measure stays as it is."""
MEASURE_WORKFLOW = Workflow(
    "risk_measure",
    MeasureState,
    MEASURE_STATE_LABELS,
    MEASURES,
    Transition("edit", (IN_PROGRESS,), None, "修改", "carry_out"),
    Transition("link_evidence", (IN_PROGRESS,), None, "上传资料", "carry_out"),
    Transition("delete", (IN_PROGRESS,), None, "删除", "carry_out", danger=True),
    Transition("finish", (IN_PROGRESS,), DONE, "落实", "carry_out"),
    Transition("resume", (DONE,), IN_PROGRESS, "恢复落实", "carry_out"),
)


def _proven(tx: Tx, measure_id: int) -> Any:
    """Whose risk it is, to whom the evidence belongs."""
    return WORKFLOW.find(tx, MEASURE_WORKFLOW.guard(tx, measure_id, "link_evidence").risk_id)


targets.register("risk-measures", "防控措施", MEASURES, workflow=MEASURE_WORKFLOW, guard=_proven, title=MEASURE.c.text)
