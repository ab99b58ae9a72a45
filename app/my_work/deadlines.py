"""What a unit has to do until a day, one line for each resource: told of in notices as the day comes near, and shown in
the calendars of whoever has to do it."""

from dataclasses import replace
from datetime import date, datetime
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
from app.campaigns.models import CAMPAIGN, SELF_CHECK
from app.campaigns.rules import IN_TIME, OPEN, SELF_CHECKS
from app.core.operation import Reader, Sight, Tx
from app.core.policy import Actor, Policy, Role, bound
from app.core.within import many, within
from app.integrity_risks.models import MEASURE, RISK, MeasureState, RiskState
from app.integrity_risks.round_models import ROUND
from app.integrity_risks.round_queries import to_report
from app.integrity_risks.rules import MEASURES
from app.integrity_risks.rules import POLICY as RISKS
from app.liaison_visits.models import MATTER, MatterState
from app.liaison_visits.rules import MATTERS
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
    overdue."""

    resource: str
    title: str
    policy: Policy
    ground: str
    waits: sa.ColumnElement[bool]
    due: sa.ColumnElement[Any]
    unit_id: sa.ColumnElement[Any]
    lapses: bool


def _of(
    resource: str,
    title: str,
    policy: Policy,
    *waits: sa.ColumnElement[bool],
    ground: str = "carry_out",
    due: sa.ColumnElement[Any] | None = None,
    unit_id: sa.ColumnElement[Any] | None = None,
    lapses: bool = False,
) -> Deadline:
    """On the row's own ``deadline_on`` and of its own ``unit_id``, unless said."""
    day = policy.table.c.deadline_on if due is None else due
    unit = policy.table.c.unit_id if unit_id is None else unit_id
    return Deadline(resource, title, policy, ground, sa.and_(*waits), day, unit, lapses)


_WORKING = ASSIGNMENT.c.state.in_((AssignmentState.PENDING, AssignmentState.IN_PROGRESS))
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


notices.ALSO.update({each.resource: partial(_tell, each) for each in DEADLINES})


# The search for integrity risks: a group's rule tells who is asked


class RoundToReport(NamedTuple):
    id: int
    version: int
    updated_at: datetime
    deadline_on: date
    unit_id: int
    name: str


_ROUNDS = sa.select(*(ROUND.c[name] for name in ("id", "version", "updated_at", "deadline_on"))).where(
    within(ROUND.c.id, many("deadline_rounds"))
)


def rounds(see: Reader) -> list[RoundToReport]:
    """Those in which a unit of the actor's has not reported, once for each unit."""
    waiting = to_report(see)
    if not waiting:
        return []
    ids = sorted({each.round_id for each in waiting})
    found = {row.id: row for row in see.connection.execute(_ROUNDS, {"deadline_rounds": ids})}
    pairs = ((found[each.round_id], each) for each in waiting)
    return [
        RoundToReport(row.id, row.version, row.updated_at, row.deadline_on, each.unit_id, each.name)
        for row, each in pairs
    ]


def _tell_rounds(tx: Tx, kind: Kind, since: date, until: date) -> int:
    return sum(
        notices.tell_unit(tx, each.unit_id, kind, "risk_round", each.id, each.deadline_on)
        for each in rounds(_everyone(tx))
        if since <= each.deadline_on <= until
    )


def _everyone(tx: Tx) -> Sight:
    """All units of the district at once."""
    own = sa.select(UNIT.c.id).where(UNIT.c.district_id == tx.actor.district_id)
    units = frozenset(tx.connection.execute(own).scalars())
    actor = Actor(None, tx.actor.district_id, roles=frozenset({Role.SCHOOL}), units=units)
    return Sight(tx.connection, replace(actor, binds=bound(actor)), tx.settings, tx.now)


notices.ALSO["risk_round"] = _tell_rounds
