"""The matters of the integrity mechanisms."""

from functools import partial
from typing import Any

import sqlalchemy as sa

from app.accountability.models import ACTION, TO_PERFORM, ActionState
from app.accountability.rules import AWAITING_REPLY
from app.accountability.rules import POLICY as ACTIONS
from app.appraisals.deduction_models import APPEAL, AppealState
from app.appraisals.models import CRITERION, RESULT, CriterionState, ResultState
from app.appraisals.rules import APPEALS, CRITERIA, RESULTS
from app.assignments.models import ASSIGNMENT
from app.breakdowns.models import BREAKDOWN, STEP, BreakdownState
from app.breakdowns.rules import OPEN as TASK_OPEN
from app.breakdowns.rules import POLICY as BREAKDOWNS
from app.briefs.models import BRIEF, BriefState
from app.briefs.rules import POLICY as BRIEFS
from app.calendars.models import TERM
from app.cases.models import CASE
from app.cases.rules import OPEN as CASES_OPEN
from app.cases.rules import POLICY as CASES
from app.complaints.models import COMPLAINT
from app.complaints.rules import POLICY as COMPLAINTS
from app.core.policy import ENTRUSTED, OFFICES, OWN, Role, Roles, among, in_district
from app.core.within import many, within
from app.integrity_risks.models import MEASURE, RISK, MeasureState, RiskState
from app.integrity_risks.round_models import ROUND as RISK_ROUND
from app.integrity_risks.rules import MEASURES
from app.integrity_risks.rules import POLICY as RISKS
from app.liaison_visits.models import MATTER as LIAISON_MATTER
from app.liaison_visits.models import VISIT as LIAISON_VISIT
from app.liaison_visits.models import MatterState, VisitState
from app.liaison_visits.pairs import followed, made, paired, required
from app.liaison_visits.rules import MATTERS as LIAISON_MATTERS
from app.liaison_visits.rules import POLICY as LIAISON_VISITS
from app.major_decisions import flags
from app.major_decisions.models import DECISION, DecisionResult, DecisionState
from app.major_decisions.queries import UNANSWERED
from app.major_decisions.rules import POLICY as DECISIONS
from app.my_work import campaigns, indicators
from app.my_work.kinds import (
    ACKNOWLEDGE,
    AMBER,
    ANSWER,
    ANSWER_MATTER,
    APPROVE_ACTION,
    APPROVE_VENUE,
    CHECK,
    CHECK_VENUE,
    CHOOSE,
    CLOSE_ACTION,
    CLOSE_MATTER,
    CONFIRM,
    CONFIRM_POINTS,
    CONFIRM_VISIT,
    DECIDE_APPEAL,
    DISCLOSE,
    ENTER_POINTS,
    EXECUTE,
    FINISH,
    FINISH_MEASURE,
    HANDLE,
    HANDLE_CASE,
    MEND_RISK,
    MEND_VISIT,
    PERFORM_ACTION,
    RATE,
    RATE_AGAIN,
    RECONVENE,
    RECTIFY,
    REDRAW,
    REPLY_TO_ACTION,
    REPORT_VENUE,
    REVIEW,
    SEARCH,
    SERVE_ACTION,
    SOON,
    TAKE_UP,
    TODAY,
    VISIT_SCHOOL,
    branch,
)
from app.units.models import LIAISON
from app.units.reviewing import CARRIERS
from app.venue_activities.models import ACTIVITY, VenueState
from app.venue_activities.rules import POLICY as ACTIVITIES


def risks(roles: Roles) -> list[sa.Select[Any]]:
    """To be searched for by the unit, reviewed by someone else, mended, and rated anew once their day has come; and
    what is done against them when its day is near."""
    state, may = RISK.c.state, partial(RISKS.may, roles)
    asked = within(RISK_ROUND.c.id, many("matters_rounds")) if not roles.isdisjoint(CARRIERS) else sa.false()
    carried = sa.and_(RISK.c.continues_id.is_not(None), RISK.c.rating_count == 0)
    returned = sa.and_(state == RiskState.IDENTIFIED, sa.or_(RISK.c.sent_back_at.is_not(None), carried))
    due, sent = state == RiskState.DUE_FOR_REVIEW, among(state, RiskState.ASSESSED, RiskState.CLOSING)
    going_on = MEASURE.c.state == MeasureState.IN_PROGRESS, MEASURE.c.deadline_on <= AMBER
    finish, day = MEASURES.may(roles, "carry_out"), {"due": "deadline_on", "since": "created_at"}
    return [
        *branch(SEARCH, RISK_ROUND, RECTIFY, asked, due="deadline_on", since="created_at"),
        *branch(RATE, RISK, REVIEW, may("review"), sent, due=None),
        *branch(MEND_RISK, RISK, RECTIFY, may("carry_out"), returned, due=None, since="updated_at"),
        *branch(RATE_AGAIN, RISK, RECTIFY, may("carry_out"), due, due="review_on", since="updated_at"),
        *branch(FINISH_MEASURE, MEASURE, SOON, finish, *going_on, **day),
    ]


def decisions(roles: Roles) -> list[sa.Select[Any]]:
    """For its unit to disclose, to execute, to answer or to bring before a meeting again; for whoever supervises it to
    look at, as long as a flag is new."""
    may, due = partial(DECISIONS.may, roles), DECISION.c.disclose_by
    undisclosed = sa.and_(DECISION.c.state == DecisionState.DECIDED, due.is_not(None), due <= AMBER)
    day = DECISION.c.deadline_on
    unexecuted = sa.and_(DECISION.c.state == DecisionState.DISCLOSED, day.is_not(None), day <= AMBER)
    asked = sa.and_(UNANSWERED, sa.not_(sa.or_(undisclosed, unexecuted)))
    put_off = DECISION.c.state == DecisionState.DECIDED, DECISION.c.result == DecisionResult.DEFERRED
    deferred = sa.and_(*put_off, sa.not_(UNANSWERED))
    suspicious = flags.how_many(TODAY) > DECISION.c.flags_seen
    return [
        *branch(DISCLOSE, DECISION, SOON, may("carry_out"), undisclosed, due="disclose_by", since="updated_at"),
        *branch(EXECUTE, DECISION, SOON, may("carry_out"), unexecuted, due="deadline_on", since="updated_at"),
        *branch(ANSWER, DECISION, RECTIFY, may("carry_out"), asked, due=None, since="updated_at"),
        *branch(RECONVENE, DECISION, RECTIFY, may("carry_out"), deferred, due=None, since="updated_at"),
        *branch(CHECK, DECISION, REVIEW, may("supervise"), suspicious, due=None, since="updated_at"),
    ]


def accountability(roles: Roles) -> list[sa.Select[Any]]:
    """Each in turn waits for a leader, for who serves it, for its unit, and for who closes it."""
    state, may = ACTION.c.state, partial(ACTIONS.may, roles)
    proposed, approved = state == ActionState.PROPOSED, state == ActionState.APPROVED
    undone = sa.and_(state == ActionState.SERVED, ACTION.c.kind.in_(TO_PERFORM), ACTION.c.performed_at.is_(None))
    unanswered = sa.and_(state.in_(AWAITING_REPLY), sa.not_(undone))
    return [
        *branch(APPROVE_ACTION, ACTION, REVIEW, may("approve"), proposed, due=None, since="created_at"),
        *branch(SERVE_ACTION, ACTION, REVIEW, may("serve"), approved, due=None, since="approved_at"),
        *branch(PERFORM_ACTION, ACTION, REVIEW, may("serve"), undone, due=None, since="served_at"),
        *branch(REPLY_TO_ACTION, ACTION, RECTIFY, may("carry_out"), unanswered, due="reply_by", since="served_at"),
        *branch(CLOSE_ACTION, ACTION, REVIEW, may("judge"), state == ActionState.REPLIED, due=None, since="replied_at"),
    ]


def complaints(roles: Roles) -> list[sa.Select[Any]]:
    """To be accepted and given to someone, or to be handled by the unit it was given to."""
    state, may, handling = COMPLAINT.c.state, partial(COMPLAINTS.may, roles), COMPLAINT.c.handling_unit_id
    waits = sa.or_(state == "received", sa.and_(state == "accepted", handling.is_(None)))
    mine = within(sa.func.coalesce(handling, 0), ENTRUSTED)
    working = sa.and_(state.in_(["accepted", "investigating", "concluded"]), mine)
    return [
        *branch(TAKE_UP, COMPLAINT, ACKNOWLEDGE, may("direct"), waits, due="due_on", since="updated_at"),
        *branch(HANDLE, COMPLAINT, REVIEW, may("handle"), working, due="due_on", since="updated_at"),
    ]


def breakdowns(roles: Roles) -> list[sa.Select[Any]]:
    """To be confirmed, to be drawn up anew, and steps whose day is near."""
    state, may = BREAKDOWN.c.state, partial(BREAKDOWNS.may, roles)
    sent, returned = state == BreakdownState.SUBMITTED, state == BreakdownState.SENT_BACK
    own = may("carry_out")
    serving = sa.select(sa.literal(1)).select_from(
        BREAKDOWN.join(ASSIGNMENT, ASSIGNMENT.c.id == BREAKDOWN.c.assignment_id)
    )
    serving = serving.where(BREAKDOWN.c.id == STEP.c.breakdown_id, state == BreakdownState.CONFIRMED, TASK_OPEN, own)
    of_mine = own if isinstance(own, sa.False_) else serving.correlate(STEP).exists()
    # The unit by the step itself: an index over unit and day leads to the few that are near.
    near = sa.and_(within(STEP.c.unit_id, OWN), STEP.c.done_on.is_(None), STEP.c.deadline_on <= AMBER)
    return [
        *branch(CONFIRM, BREAKDOWN, REVIEW, may("review"), sent, due=None),
        *branch(REDRAW, BREAKDOWN, RECTIFY, may("draw_up"), returned, due=None, since="updated_at"),
        *branch(FINISH, STEP, SOON, of_mine, near, due="deadline_on", since="created_at"),
    ]


def briefs(roles: Roles) -> list[sa.Select[Any]]:
    """Among those the bureau chooses; what was declined is only told of."""
    return branch(CHOOSE, BRIEF, REVIEW, BRIEFS.may(roles, "choose"), BRIEF.c.state == BriefState.SUBMITTED, due=None)


def _missing_visits(roles: Roles) -> list[sa.Select[Any]]:
    """Pairs that owe visits when a term of the bureau's table nears its end; due on its last day. The usual division,
    where there is no table, ends in the holidays: nobody is pressed by it."""
    if Role.OFFICE not in roles:
        return []
    since, until = TERM.c.starts_on, TERM.c.ends_on
    near = sa.and_(since <= TODAY, until >= TODAY, until <= sa.bindparam("matters_term_near", type_=sa.Date))
    columns = [
        sa.literal(VISIT_SCHOOL, sa.Integer).label("kind"),
        LIAISON.c.id,
        sa.case((until <= AMBER, SOON), else_=RECTIFY).label("grp"),
        until.label("due"),
        LIAISON.c.updated_at.label("since"),
    ]
    owing = sa.and_(paired(TODAY, TODAY), sa.not_(followed(TODAY, TODAY)), made(since, until, TODAY) < required(until))
    pairs = LIAISON.join(TERM, TERM.c.district_id == LIAISON.c.district_id)
    mine = sa.and_(in_district(LIAISON), within(LIAISON.c.office_id, OFFICES))
    return [sa.select(*columns).select_from(pairs).where(mine, near, owing)]


def liaison(roles: Roles) -> list[sa.Select[Any]]:
    """To be confirmed and answered by the school, mended and closed by the office, and visits still to be made."""
    visit, matter = LIAISON_VISIT.c.state, LIAISON_MATTER.c.state
    confirm, mend = LIAISON_VISITS.may(roles, "answer"), LIAISON_VISITS.may(roles, "visit")
    answer, close = LIAISON_MATTERS.may(roles, "answer"), LIAISON_MATTERS.may(roles, "visit")
    sent, back = visit == VisitState.RECORDED, visit == VisitState.COMMENTED
    urged, told = matter == MatterState.OPEN, matter == MatterState.ANSWERED
    return [
        *_missing_visits(roles),
        *branch(CONFIRM_VISIT, LIAISON_VISIT, ACKNOWLEDGE, confirm, sent, due=None, since="created_at"),
        *branch(MEND_VISIT, LIAISON_VISIT, RECTIFY, mend, back, due=None, since="updated_at"),
        *branch(ANSWER_MATTER, LIAISON_MATTER, RECTIFY, answer, urged, due="deadline_on", since="created_at"),
        *branch(CLOSE_MATTER, LIAISON_MATTER, REVIEW, close, told, due=None, since="answered_at"),
    ]


def venues(roles: Roles) -> list[sa.Select[Any]]:
    """To be approved once its content is checked, to be checked, or to be reported after its day; due on that day."""
    state, may = ACTIVITY.c.state, partial(ACTIVITIES.may, roles)
    asked = sa.and_(state == VenueState.REGISTERED, ACTIVITY.c.held_on >= TODAY)
    checked = sa.and_(*(ACTIVITY.c[name].is_not(None) for name in ("checked_by", "checked_on", "check_result")))
    over = sa.and_(state == VenueState.APPROVED, ACTIVITY.c.held_on < TODAY)
    day = {"due": "held_on", "since": "created_at"}
    return [
        *branch(APPROVE_VENUE, ACTIVITY, REVIEW, may("review"), asked, checked, **day),
        *branch(CHECK_VENUE, ACTIVITY, RECTIFY, may("carry_out"), asked, sa.not_(checked), **day),
        *branch(REPORT_VENUE, ACTIVITY, RECTIFY, may("carry_out"), over, **day),
    ]


def cases(roles: Roles) -> list[sa.Select[Any]]:
    """For their handlers, until they are circulated or not filed."""
    going_on = CASE.c.state.in_(CASES_OPEN)
    return branch(HANDLE_CASE, CASE, REVIEW, CASES.may(roles, "handle"), going_on, due=None, since="created_at")


def appraisals(roles: Roles) -> list[sa.Select[Any]]:
    """To be entered by an office, looked at by the unit until the last day for appeals, and decided."""
    waiting = CRITERION.c.state == CriterionState.WAITING
    shown = sa.and_(RESULT.c.state == ResultState.SHOWN, RESULT.c.appeal_until >= TODAY)
    pending = APPEAL.c.state == AppealState.PENDING
    enter, own, decide = CRITERIA.may(roles, "enter"), RESULTS.may(roles, "carry_out"), APPEALS.may(roles, "decide")
    return [
        *branch(ENTER_POINTS, CRITERION, RECTIFY, enter, waiting, due=None, since="created_at"),
        *branch(CONFIRM_POINTS, RESULT, ACKNOWLEDGE, own, shown, due="appeal_until", since="updated_at"),
        *branch(DECIDE_APPEAL, APPEAL, REVIEW, decide, pending, due=None, since="created_at"),
    ]


PARTS = (
    breakdowns,
    briefs,
    risks,
    decisions,
    accountability,
    complaints,
    liaison,
    venues,
    cases,
    appraisals,
    campaigns.matters,
    indicators.matters,
)
