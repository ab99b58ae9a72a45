"""What a unit has to do until a day, one line for each resource: told of in notices as the day comes near, and shown in
the calendars of whoever has to do it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.accountability.models import ACTION, TO_PERFORM, ActionState
from app.accountability.rules import AWAITING_REPLY
from app.accountability.rules import POLICY as ACTIONS
from app.appraisals.models import RESULT, ResultState
from app.appraisals.rules import RESULTS
from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.breakdowns.models import BREAKDOWN, STEP, BreakdownState
from app.breakdowns.rules import OPEN as TASK_OPEN
from app.breakdowns.rules import POLICY as BREAKDOWNS
from app.breakdowns.rules import of_assignment
from app.campaigns.models import CAMPAIGN, SELF_CHECK
from app.campaigns.rules import IN_TIME, OPEN, SELF_CHECKS
from app.core.operation import Reader, Sight, Tx
from app.core.policy import Actor, Policy, Role, bound
from app.documents.models import DOCUMENT, RECIPIENT, DocumentState
from app.filings.models import REQUIREMENT
from app.filings.owing import to_file
from app.indicators.awaited import awaited
from app.indicators.models import INDICATOR
from app.integrity_risks.models import MEASURE, RISK, MeasureState, RiskState
from app.integrity_risks.round_models import ROUND
from app.integrity_risks.round_queries import to_report
from app.integrity_risks.rules import MEASURES
from app.integrity_risks.rules import POLICY as RISKS
from app.liaison_visits.models import MATTER, MatterState
from app.liaison_visits.rules import MATTERS
from app.major_decisions.flags import UNEXECUTED
from app.major_decisions.models import DECISION, DecisionState
from app.major_decisions.rules import POLICY as DECISIONS
from app.notifications import operations as notices
from app.notifications.models import Kind
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.models import UNIT


class Deadline(NamedTuple):
    """``title``: in a calendar, before the unit's name and the number. ``ground``: of the policy, for whoever has to do
    it. ``waits``: while it is with its unit; what was handed in waits for others. ``lapses``: after its day nothing is
    overdue. ``apart``: a row may have several such days, each told of by itself."""

    resource: str
    title: str
    policy: Policy
    ground: str
    waits: sa.ColumnElement[bool]
    due: sa.ColumnElement[Any]
    unit_id: sa.ColumnElement[Any]
    lapses: bool
    apart: bool


def _of(
    resource: str,
    title: str,
    policy: Policy,
    *waits: sa.ColumnElement[bool],
    ground: str = "carry_out",
    due: sa.ColumnElement[Any] | None = None,
    unit_id: sa.ColumnElement[Any] | None = None,
    lapses: bool = False,
    apart: bool = False,
) -> Deadline:
    """On the row's own ``deadline_on`` and of its own ``unit_id``, unless said."""
    day = policy.table.c.deadline_on if due is None else due
    unit = policy.table.c.unit_id if unit_id is None else unit_id
    return Deadline(resource, title, policy, ground, sa.and_(*waits), day, unit, lapses, apart)


_WORKING = ASSIGNMENT.c.state.in_((AssignmentState.PENDING, AssignmentState.IN_PROGRESS))
_SERVING = sa.and_(BREAKDOWN.c.state == BreakdownState.CONFIRMED, of_assignment(TASK_OPEN))
_STEP_UNDONE = sa.and_(STEP.c.breakdown_id == BREAKDOWN.c.id, STEP.c.done_on.is_(None))
_MENDING = RECTIFICATION.c.state.in_((RectificationState.PENDING, RectificationState.IN_PROGRESS))
_ASKED = sa.and_(SELF_CHECK.c.campaign_id == CAMPAIGN.c.id, SELF_CHECK.c.state.in_(OPEN), IN_TIME)
_UNDONE = sa.and_(ACTION.c.state == ActionState.SERVED, ACTION.c.kind.in_(TO_PERFORM), ACTION.c.performed_at.is_(None))
_UNANSWERED = sa.and_(ACTION.c.state.in_(AWAITING_REPLY), sa.not_(_UNDONE))
_STANDING = RISK.c.state.in_((RiskState.CONTROLLED, RiskState.DUE_FOR_REVIEW))
_CONTROLLING = sa.and_(MEASURE.c.risk_id == RISK.c.id, MEASURE.c.state == MeasureState.IN_PROGRESS)
_BY_ITSELF = MEASURE.c.assignment_id.is_(None)
"""What is done by an assignment has that one's deadline."""
DEADLINES = (
    _of("assignment", "任务到期", ASSIGNMENTS, _WORKING, ASSIGNMENT.c.awaits_decision.is_(sa.false())),
    _of("breakdown", "分解步骤到期", BREAKDOWNS, _SERVING, _STEP_UNDONE, due=STEP.c.deadline_on, apart=True),
    _of("rectification", "整改到期", RECTIFICATIONS, _MENDING),
    _of(
        "liaison_matter",
        "督促事项答复到期",
        MATTERS,
        MATTER.c.state == MatterState.OPEN,
        ground="answer",
        unit_id=MATTER.c.school_id,
    ),
    _of("self_check", "专项自查到期", SELF_CHECKS, _ASKED, due=CAMPAIGN.c.self_check_to),
    _of("accountability_action", "问责答复到期", ACTIONS, _UNANSWERED, due=ACTION.c.reply_by),
    _of("risk_measure", "防控措施到期", MEASURES, _CONTROLLING, _STANDING, _BY_ITSELF, unit_id=RISK.c.unit_id),
    _of("integrity_risk", "廉政风险复评到期", RISKS, _STANDING, due=RISK.c.review_on),
    _of(
        "major_decision",
        "三重一大公示到期",
        DECISIONS,
        DECISION.c.state == DecisionState.DECIDED,
        due=DECISION.c.disclose_by,
    ),
    _of("major_decision", "三重一大执行到期", DECISIONS, UNEXECUTED, apart=True),
    _of(
        "appraisal_result",
        "考核申诉截止",
        RESULTS,
        RESULT.c.state == ResultState.SHOWN,
        due=RESULT.c.appeal_until,
        lapses=True,
    ),
)


def _tell(each: Deadline, tx: Tx, kind: Kind, since: date, until: date) -> int:
    if each.lapses and kind == Kind.OVERDUE:
        return 0
    which = (each.waits, each.due.between(since, until))
    return notices.tell_units_of(tx, each.policy.table, kind, each.resource, each.due, *which, unit_id=each.unit_id)


def _tell_all(resource: str, tx: Tx, kind: Kind, since: date, until: date) -> int:
    return sum(_tell(each, tx, kind, since, until) for each in DEADLINES if each.resource == resource)


notices.ALSO.update({each.resource: partial(_tell_all, each.resource) for each in DEADLINES})


# Documents: one goes to several units, each of which receipts it for itself


def _tell_documents(tx: Tx, kind: Kind, since: date, until: date) -> int:
    due = DOCUMENT.c.reply_by
    unreceipted = sa.and_(RECIPIENT.c.document_id == DOCUMENT.c.id, RECIPIENT.c.receipted_at.is_(None))
    which = (DOCUMENT.c.state == DocumentState.SERVED, unreceipted, due.between(since, until))
    return notices.tell_units_of(tx, DOCUMENT, kind, "document", due, *which, unit_id=RECIPIENT.c.unit_id)


notices.ALSO["document"] = _tell_documents


# What a group's rule asks of a unit: as long as it has said nothing, no row tells of it


class Missing(NamedTuple):
    """``period``: of what is asked for in each of several."""

    row_id: int
    unit_id: int
    name: str
    due_on: date
    period: str = ""


class Expected(NamedTuple):
    """``missing``: of the reader's own units, once for each."""

    resource: str
    title: str
    table: sa.Table
    missing: Callable[[Reader], Iterable[Missing]]


def _rounds(see: Reader) -> Iterable[Missing]:
    return (Missing(each.round_id, each.unit_id, each.name, each.deadline_on) for each in to_report(see))


def _figures(see: Reader) -> Iterable[Missing]:
    return (Missing(each.indicator_id, each.unit_id, each.unit_name, each.due_on, each.period) for each in awaited(see))


def _filings(see: Reader) -> Iterable[Missing]:
    for each in to_file(see):
        if each.due:
            yield Missing(each.requirement_id, each.unit_id, each.name, each.due, str(each.year))


EXPECTED = (
    Expected("risk_round", "廉政风险排查到期", ROUND, _rounds),
    Expected("indicator", "指标填报到期", INDICATOR, _figures),
    Expected("filing_requirement", "备案报送到期", REQUIREMENT, _filings),
)


def _tell_missing(each: Expected, tx: Tx, kind: Kind, since: date, until: date) -> int:
    found = (one for one in each.missing(_everyone(tx)) if since <= one.due_on <= until)
    return notices.tell_each(tx, kind, each.resource, ((one.unit_id, one.row_id, one.due_on) for one in found))


def _everyone(tx: Tx) -> Sight:
    """All units of the district at once."""
    own = sa.select(UNIT.c.id).where(UNIT.c.district_id == tx.actor.district_id)
    units = frozenset(tx.connection.execute(own).scalars())
    actor = Actor(None, tx.actor.district_id, roles=frozenset({Role.SCHOOL}), units=units)
    return Sight(tx.connection, replace(actor, binds=bound(actor)), tx.settings, tx.now)


notices.ALSO.update({each.resource: partial(_tell_missing, each) for each in EXPECTED})
