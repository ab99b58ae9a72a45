"""Who sees what of an appraisal: how a round judges, all; what a unit got and why, the bureau and the unit once it is
published, and a deduction also the office that entered it. Nobody decides on what their own unit holds against it, nor
on what they entered themselves."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Row

from app.appraisals.deduction_models import (
    APPEAL,
    APPEAL_STATE_LABELS,
    DEDUCTION,
    DEDUCTION_STATE_LABELS,
    AppealState,
    DeductionState,
)
from app.appraisals.models import (
    APPRAISAL_STATE_LABELS,
    CRITERION,
    CRITERION_STATE_LABELS,
    RESULT,
    RESULT_STATE_LABELS,
    ROUND,
    Appraisal,
    AppraisalState,
    CriterionState,
    ResultState,
)
from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.policy import (
    BUSINESS,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    USER,
    Condition,
    Policy,
    Role,
    Roles,
    by,
    in_district,
    never,
    stranger_to,
)
from app.core.within import within
from app.core.workflow import LOST, Transition, Workflow, find
from app.evidence import targets
from app.units.reviewing import CARRIERS, SUPERVISION


def _everyone(table: sa.Table) -> Condition:
    return lambda roles: sa.false() if roles.isdisjoint(BUSINESS) else in_district(table)


def _round(table: sa.Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The row's round is one of which these hold."""
    its = sa.select(sa.literal(1)).where(ROUND.c.id == table.c.appraisal_id, *conditions)
    return its.correlate(table).exists()


def _in_state(table: sa.Table, *states: str) -> ColumnElement[bool]:
    return _round(table, ROUND.c.state.in_([sa.literal_column(f"'{state}'") for state in states]))


OPEN, SCORED, APPEALING, FROZEN = (state.value for state in AppraisalState)
PUBLISHED = (APPEALING, FROZEN)
POLICY = Policy(ROUND, _everyone(ROUND), {"supervise": by(Role.SUPERVISOR, ROUND)})
WORKFLOW = Workflow(
    "appraisal",
    AppraisalState,
    APPRAISAL_STATE_LABELS,
    POLICY,
    Transition("edit", (OPEN,), None, "修改", "supervise"),
    Transition("add_criterion", (OPEN,), None, "增加指标", "supervise"),
    Transition("score", (OPEN,), SCORED, "评分", "supervise"),
    Transition("reopen", (SCORED,), OPEN, "退回修改", "supervise", note=True),
    Transition("publish", (SCORED,), APPEALING, "公布评分", "supervise"),
    Transition("withdraw", (APPEALING,), OPEN, "撤回公布", "supervise", note=True, danger=True),
    Transition("delete", (OPEN,), None, "删除", "supervise", danger=True),
    Transition("freeze", (APPEALING,), FROZEN, "冻结", "supervise", danger=True),
)


def held(tx: Tx, appraisal_id: int, state: str = OPEN) -> Appraisal:
    """The round, standing as it is until the end: it is not scored while its criteria or deductions change, nor frozen
    while something is held against them. 409 where it has gone on meanwhile."""
    tx.connection.execute(sa.select(ROUND.c.id).where(ROUND.c.id == appraisal_id).with_for_update())
    found = tx.session.get(Appraisal, appraisal_id, populate_existing=True)
    assert found is not None
    if found.state != state:
        raise Conflict(LOST, code="lost_race")
    return found


# Criteria


def _supervise(roles: Roles) -> ColumnElement[bool]:
    if Role.SUPERVISOR not in roles:
        return sa.false()
    return sa.and_(in_district(CRITERION), _in_state(CRITERION, OPEN))


def _by_office(table: sa.Table) -> Condition:
    """The office that enters, while the round is open."""

    def enter(roles: Roles) -> ColumnElement[bool]:
        if Role.OFFICE not in roles:
            return sa.false()
        mine = within(sa.func.coalesce(table.c.office_id, 0), OFFICES)
        return sa.and_(in_district(table), mine, _in_state(table, OPEN))

    return enter


COMPUTED, WAITING, ENTERED = (state.value for state in CriterionState)
CRITERIA = Policy(CRITERION, _everyone(CRITERION), {"supervise": _supervise, "enter": _by_office(CRITERION)})
CRITERION_WORKFLOW = Workflow(
    "appraisal_criterion",
    CriterionState,
    CRITERION_STATE_LABELS,
    CRITERIA,
    Transition("edit", (COMPUTED, WAITING, ENTERED), None, "修改", "supervise"),
    Transition("delete", (COMPUTED, WAITING, ENTERED), None, "删除", "supervise", danger=True),
    Transition("enter", (WAITING,), None, "录入扣分", "enter"),
    Transition("prove", (WAITING,), None, "补依据", "enter"),
    Transition("finish", (WAITING,), ENTERED, "录入完毕", "enter"),
    Transition("resume", (ENTERED,), WAITING, "恢复录入", "enter"),
)

# What units got


def _carry_out(table: sa.Table, *states: str) -> Condition:
    def carry_out(roles: Roles) -> ColumnElement[bool]:
        if roles.isdisjoint(CARRIERS):
            return sa.false()
        return sa.and_(in_district(table), within(table.c.unit_id, OWN), _in_state(table, *states))

    return carry_out


def _read_result(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(RESULT)
    mine = sa.and_(within(RESULT.c.unit_id, OWN), _in_state(RESULT, *PUBLISHED))
    shown = sa.and_(_in_state(RESULT, FROZEN), _round(RESULT, ROUND.c.shows_ranking.is_(sa.true())))
    return sa.and_(in_district(RESULT), sa.or_(mine, shown))


SHOWN, CONFIRMED = (state.value for state in ResultState)
RESULTS = Policy(RESULT, _read_result, {"carry_out": _carry_out(RESULT, *PUBLISHED)})
RESULT_WORKFLOW = Workflow(
    "appraisal_result",
    ResultState,
    RESULT_STATE_LABELS,
    RESULTS,
    Transition("confirm", (SHOWN,), CONFIRMED, "确认", "carry_out"),
)

# Deductions, and what is held against them


def _read_of(table: sa.Table) -> Condition:
    def read(roles: Roles) -> ColumnElement[bool]:
        if roles.isdisjoint(BUSINESS):
            return sa.false()
        if not roles.isdisjoint(DISTRICT_WIDE):
            return in_district(table)
        grounds = [sa.and_(within(table.c.unit_id, OWN), _in_state(table, *PUBLISHED))]
        if Role.OFFICE in roles:
            grounds.append(within(sa.func.coalesce(table.c.office_id, 0), OFFICES))
        return sa.and_(in_district(table), sa.or_(*grounds))

    return read


_UNOPPOSED = sa.not_(
    sa.select(sa.literal(1)).where(APPEAL.c.deduction_id == DEDUCTION.c.id).correlate(DEDUCTION).exists()
)


def _appeal(roles: Roles) -> ColumnElement[bool]:
    return sa.and_(_carry_out(DEDUCTION, APPEALING)(roles), _UNOPPOSED)


STANDING, VOIDED = (state.value for state in DeductionState)
DEDUCTIONS = Policy(
    DEDUCTION,
    _read_of(DEDUCTION),
    {"enter": _by_office(DEDUCTION), "appeal": _appeal, "by_itself": lambda roles: never()},
)
DEDUCTION_WORKFLOW = Workflow(
    "appraisal_deduction",
    DeductionState,
    DEDUCTION_STATE_LABELS,
    DEDUCTIONS,
    Transition("edit", (STANDING,), None, "修改", "enter"),
    Transition("link_evidence", (STANDING,), None, "上传依据", "enter"),
    Transition("delete", (STANDING,), None, "删除", "enter", danger=True),
    Transition("appeal", (STANDING,), None, "申诉", "appeal"),
    Transition("void", (STANDING,), VOIDED, "撤销扣分", "by_itself"),
)
WHILE_ENTERING = frozenset({"edit", "link_evidence", "delete"})
"""What the office does with a deduction until it says that it is done."""


def still_entering(tx: Tx, criterion_id: int) -> Row[Any]:
    """The criterion; 409 once its office has said that it is done."""
    criterion = find(tx, CRITERIA, criterion_id)
    CRITERION_WORKFLOW.admit(criterion, "enter")
    return criterion


def _to_prove(tx: Tx, deduction_id: int) -> Row[Any]:
    row = DEDUCTION_WORKFLOW.guard(tx, deduction_id, "link_evidence")
    held(tx, row.appraisal_id)
    still_entering(tx, row.criterion_id)
    return row


_ITS_CRITERION = sa.select(CRITERION.c.name).where(CRITERION.c.id == DEDUCTION.c.criterion_id).correlate(DEDUCTION)
targets.register(
    "appraisal-deductions",
    "考核扣分",
    DEDUCTIONS,
    guard=_to_prove,
    is_open=sa.and_(
        DEDUCTION.c.state == STANDING,
        _in_state(DEDUCTION, OPEN),
        _ITS_CRITERION.where(CRITERION.c.state == WAITING).exists(),
    ),
    title=_ITS_CRITERION.scalar_subquery(),
)


def _decide(roles: Roles) -> ColumnElement[bool]:
    """The supervisor; of what the supervision office entered, and of what is taken off from itself, a leader too."""
    supervisions = sa.or_(*(APPEAL.c[name].in_(SUPERVISION) for name in ("unit_id", "office_id")))
    grounds: list[ColumnElement[bool]] = []
    if Role.SUPERVISOR in roles:
        grounds.append(sa.not_(APPEAL.c.unit_id.in_(SUPERVISION)))
    if Role.LEADER in roles:
        grounds.append(supervisions)
    if not grounds:
        return sa.false()
    by_me = [sa.func.coalesce(APPEAL.c[name], 0) == USER for name in ("entered_by", "submitted_by")]
    return sa.and_(
        in_district(APPEAL),
        sa.or_(*grounds),
        stranger_to(APPEAL.c.unit_id),
        *(sa.not_(mine) for mine in by_me),
        _in_state(APPEAL, APPEALING),
    )


def _read_appeal(roles: Roles) -> ColumnElement[bool]:
    """A unit keeps what it said, and what became of it, also where the scores were withdrawn."""
    known = _read_of(APPEAL)(roles)
    if roles.isdisjoint(CARRIERS) or not roles.isdisjoint(DISTRICT_WIDE):
        return known
    return sa.or_(known, sa.and_(in_district(APPEAL), within(APPEAL.c.unit_id, OWN)))


PENDING, UPHELD, DISMISSED, LAPSED = (state.value for state in AppealState)
APPEALS = Policy(
    APPEAL,
    _read_appeal,
    {"carry_out": _carry_out(APPEAL, APPEALING), "decide": _decide, "by_itself": lambda roles: never()},
)
APPEAL_WORKFLOW = Workflow(
    "appraisal_appeal",
    AppealState,
    APPEAL_STATE_LABELS,
    APPEALS,
    Transition("edit", (PENDING,), None, "修改", "carry_out"),
    Transition("link_evidence", (PENDING,), None, "上传资料", "carry_out"),
    Transition("uphold", (PENDING,), UPHELD, "申诉成立", "decide", note=True),
    Transition("dismiss", (PENDING,), DISMISSED, "申诉不成立", "decide", note=True, danger=True),
    Transition("lapse", (PENDING,), LAPSED, "终止", "by_itself"),
)
targets.register(
    "appraisal-appeals",
    "考核申诉",
    APPEALS,
    workflow=APPEAL_WORKFLOW,
    title=sa.select(CRITERION.c.name)
    .join(DEDUCTION, DEDUCTION.c.criterion_id == CRITERION.c.id)
    .where(DEDUCTION.c.id == APPEAL.c.deduction_id)
    .correlate(APPEAL)
    .scalar_subquery(),
)
