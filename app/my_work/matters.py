"""The matters that wait for a person, as one statement: what, in which group, since when, until when.

Each branch takes its rows by the resource's own rule and state, so a matter is here exactly while its step is
allowed. Groups come in a fixed order and each matter is in the first that fits.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.accountability.models import ACTION, TO_PERFORM, ActionState
from app.accountability.rules import AWAITING_REPLY
from app.accountability.rules import POLICY as ACTIONS
from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.breakdowns.models import BREAKDOWN, STEP, BreakdownState
from app.breakdowns.rules import OPEN as TASK_OPEN
from app.breakdowns.rules import POLICY as BREAKDOWNS
from app.briefs.models import BRIEF, BriefState
from app.briefs.rules import POLICY as BRIEFS
from app.complaints.models import COMPLAINT
from app.complaints.rules import POLICY as COMPLAINTS
from app.core.operation import Reader, Sight
from app.core.policy import DISTRICT_WIDE, OFFICES, OWN, Actor, Role, Roles, bound
from app.core.within import many, within
from app.documents.models import DOCUMENT, DocumentState
from app.documents.rules import POLICY as DOCUMENTS
from app.documents.rules import revise
from app.extensions.models import EXTENSION, ExtensionState
from app.extensions.rules import POLICY as EXTENSIONS
from app.filings.models import FILING, FilingState
from app.filings.rules import POLICY as FILINGS
from app.identity.access import resolve
from app.inspections.models import INSPECTION, InspectionState
from app.inspections.rules import POLICY as INSPECTIONS
from app.integrity_risks.models import RISK, RiskState
from app.integrity_risks.round_models import ROUND as RISK_ROUND
from app.integrity_risks.round_queries import to_report
from app.integrity_risks.rules import FILERS as RISK_FILERS
from app.integrity_risks.rules import POLICY as RISKS
from app.major_decisions import flags
from app.major_decisions.models import DECISION, DecisionState
from app.major_decisions.queries import UNANSWERED
from app.major_decisions.rules import POLICY as DECISIONS
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS

GROUPS = {"overdue": "逾期", "soon": "三日内", "acknowledge": "待签收", "review": "待审核", "rectify": "待整改"}
OVERDUE, SOON, ACKNOWLEDGE, REVIEW, RECTIFY = range(5)
TODAY = sa.bindparam("matters_today", type_=sa.Date)
AMBER = sa.bindparam("matters_amber", type_=sa.Date)
NEVER = date(9999, 12, 31)
"""The key of what has no deadline, as ``deadline_key`` says it."""

(
    CARRY_OUT,
    JUDGE,
    DECIDE,
    IMPROVE,
    VERIFY,
    EXTEND,
    INSPECT,
    RECEIPT,
    APPROVE,
    REVISE,
    LOOK_THROUGH,
    MEND,
    SEARCH,
    RATE,
    MEND_RISK,
    RATE_AGAIN,
    DISCLOSE,
    ANSWER,
    CHECK,
    APPROVE_ACTION,
    SERVE_ACTION,
    PERFORM_ACTION,
    REPLY_TO_ACTION,
    CLOSE_ACTION,
    TAKE_UP,
    HANDLE,
    CONFIRM,
    REDRAW,
    FINISH,
    CHOOSE,
) = range(30)
"""Kinds of matters: what the person is to do."""


def binds(see: Reader) -> dict[str, Any]:
    """The actor's parameters, today, the last day that counts as within three workdays, and the rounds of the search
    for integrity risks in which a unit of theirs is asked and has not reported: a group's rule tells who is asked."""
    last = see.workdays.last_within(see.today, see.settings.lamp_days)
    rounds = sorted({each.round_id for each in to_report(see)})
    return {**see.actor.binds, "matters_today": see.today, "matters_amber": last, "matters_rounds": rounds}


def _branch(
    kind: int,
    table: sa.Table,
    otherwise: int,
    ground: ColumnElement[bool],
    *conditions: ColumnElement[bool],
    due: str | None = "deadline_key",
    since: str = "submitted_at",
) -> list[sa.Select[Any]]:
    """The rows of one kind, in group ``otherwise`` unless their deadline presses; none without a ground to act.

    ``due`` None: without a deadline.
    """
    if isinstance(ground, sa.False_):
        return []
    deadline = table.c[due] if due else sa.literal(NEVER, sa.Date)
    columns = [
        sa.literal(kind, sa.Integer).label("kind"),
        table.c.id,
        sa.case((deadline < TODAY, OVERDUE), (deadline <= AMBER, SOON), else_=otherwise).label("grp"),
        deadline.label("due"),
        table.c[since].label("since"),
    ]
    return [sa.select(*columns).where(*conditions, ground)]


def _assignments(roles: Roles) -> list[sa.Select[Any]]:
    state, may = ASSIGNMENT.c.state, partial(ASSIGNMENTS.may, roles)
    unsigned, open_states = state == AssignmentState.PENDING, (AssignmentState.PENDING, AssignmentState.IN_PROGRESS)
    # The states by themselves: an index over unit and state leads to the rows, where an OR of both would not.
    waiting = sa.and_(state.in_(open_states), sa.or_(unsigned, ASSIGNMENT.c.deadline_key <= AMBER))
    sent, declined = state == AssignmentState.SUBMITTED, state == AssignmentState.DECLINED
    return [
        *_branch(CARRY_OUT, ASSIGNMENT, ACKNOWLEDGE, may("carry_out"), waiting, since="created_at"),
        *_branch(JUDGE, ASSIGNMENT, REVIEW, may("review"), sent),
        *_branch(DECIDE, ASSIGNMENT, REVIEW, may("supervise"), declined, since="updated_at"),
    ]


def _rectifications(roles: Roles) -> list[sa.Select[Any]]:
    state, may = RECTIFICATION.c.state, partial(RECTIFICATIONS.may, roles)
    working = state.in_([RectificationState.PENDING, RectificationState.IN_PROGRESS])
    return [
        *_branch(IMPROVE, RECTIFICATION, RECTIFY, may("carry_out"), working, since="created_at"),
        *_branch(VERIFY, RECTIFICATION, REVIEW, may("verify"), state == RectificationState.SUBMITTED),
    ]


def _others(roles: Roles) -> list[sa.Select[Any]]:
    decide = EXTENSIONS.may(roles, "decide")
    asked = EXTENSION.c.state == ExtensionState.REQUESTED
    ending = sa.and_(INSPECTION.c.state == InspectionState.ONGOING, INSPECTION.c.ends_on <= AMBER)
    inspect = INSPECTIONS.may(roles, "inspect")
    paper = DOCUMENT.c.state
    served, sent = paper == DocumentState.SERVED, paper == DocumentState.SUBMITTED
    answer, approve = DOCUMENTS.may(roles, "answer"), DOCUMENTS.may(roles, "approve")
    back = sa.and_(paper == DocumentState.DRAFT, DOCUMENT.c.sent_back_at.is_not(None))
    return [
        *_branch(EXTEND, EXTENSION, REVIEW, decide, asked, due="from_deadline_on", since="created_at"),
        *_branch(INSPECT, INSPECTION, SOON, inspect, ending, due="ends_on", since="updated_at"),
        *_branch(RECEIPT, DOCUMENT, ACKNOWLEDGE, answer, served, due="reply_by", since="served_at"),
        *_branch(APPROVE, DOCUMENT, REVIEW, approve, sent, due=None),
        *_branch(REVISE, DOCUMENT, REVIEW, revise(roles), back, due=None, since="sent_back_at"),
    ]


def _filings(roles: Roles) -> list[sa.Select[Any]]:
    """To be looked through by someone else, or to be mended by the unit; neither has a deadline of its own."""
    state, may = FILING.c.state, partial(FILINGS.may, roles)
    unread = sa.and_(state == FilingState.FILED, FILING.c.reviewed_at.is_(None))
    returned = state == FilingState.SENT_BACK
    return [
        *_branch(LOOK_THROUGH, FILING, REVIEW, may("review"), unread, due=None, since="filed_at"),
        *_branch(MEND, FILING, RECTIFY, may("carry_out"), returned, due=None, since="updated_at"),
    ]


def _risks(roles: Roles) -> list[sa.Select[Any]]:
    """To be searched for by the unit, reviewed by someone else, mended, and rated anew once their day has come."""
    state, may = RISK.c.state, partial(RISKS.may, roles)
    asked = within(RISK_ROUND.c.id, many("matters_rounds")) if not roles.isdisjoint(RISK_FILERS) else sa.false()
    returned = sa.and_(state == RiskState.IDENTIFIED, RISK.c.sent_back_at.is_not(None))
    due = state == RiskState.DUE_FOR_REVIEW
    return [
        *_branch(SEARCH, RISK_ROUND, RECTIFY, asked, due="deadline_on", since="created_at"),
        *_branch(RATE, RISK, REVIEW, may("review"), state == RiskState.ASSESSED, due=None),
        *_branch(MEND_RISK, RISK, RECTIFY, may("carry_out"), returned, due=None, since="sent_back_at"),
        *_branch(RATE_AGAIN, RISK, RECTIFY, may("carry_out"), due, due="review_on", since="updated_at"),
    ]


def _decisions(roles: Roles) -> list[sa.Select[Any]]:
    """For its unit to disclose or to answer; for whoever supervises it to look at, as long as a flag is new."""
    may, due = partial(DECISIONS.may, roles), DECISION.c.disclose_by
    undisclosed = sa.and_(DECISION.c.state == DecisionState.DECIDED, due.is_not(None), due <= AMBER)
    elsewhere = sa.or_(DECISION.c.state != DecisionState.DECIDED, due.is_(None), due > AMBER)
    asked = sa.and_(UNANSWERED, elsewhere)
    suspicious = flags.how_many(TODAY) > DECISION.c.flags_seen
    return [
        *_branch(DISCLOSE, DECISION, SOON, may("carry_out"), undisclosed, due="disclose_by", since="updated_at"),
        *_branch(ANSWER, DECISION, RECTIFY, may("carry_out"), asked, due=None, since="updated_at"),
        *_branch(CHECK, DECISION, REVIEW, may("supervise"), suspicious, due=None, since="updated_at"),
    ]


def _accountability(roles: Roles) -> list[sa.Select[Any]]:
    """Each in turn waits for a leader, for who serves it, for its unit, and for who closes it."""
    state, may = ACTION.c.state, partial(ACTIONS.may, roles)
    proposed, approved = state == ActionState.PROPOSED, state == ActionState.APPROVED
    undone = sa.and_(state == ActionState.SERVED, ACTION.c.kind.in_(TO_PERFORM))
    unanswered = sa.and_(state.in_(AWAITING_REPLY), sa.not_(undone))
    return [
        *_branch(APPROVE_ACTION, ACTION, REVIEW, may("approve"), proposed, due=None, since="created_at"),
        *_branch(SERVE_ACTION, ACTION, REVIEW, may("serve"), approved, due=None, since="approved_at"),
        *_branch(PERFORM_ACTION, ACTION, REVIEW, may("serve"), undone, due=None, since="served_at"),
        *_branch(REPLY_TO_ACTION, ACTION, RECTIFY, may("carry_out"), unanswered, due="reply_by", since="served_at"),
        *_branch(
            CLOSE_ACTION, ACTION, REVIEW, may("judge"), state == ActionState.REPLIED, due=None, since="replied_at"
        ),
    ]


def _complaints(roles: Roles) -> list[sa.Select[Any]]:
    """To be accepted and given to someone, or to be handled by the unit it was given to."""
    state, may, handling = COMPLAINT.c.state, partial(COMPLAINTS.may, roles), COMPLAINT.c.handling_unit_id
    waits = sa.or_(state == "received", sa.and_(state == "accepted", handling.is_(None)))
    mine = within(sa.func.coalesce(handling, 0), OFFICES)
    working = sa.and_(state.in_(["accepted", "investigating", "concluded"]), mine)
    return [
        *_branch(TAKE_UP, COMPLAINT, ACKNOWLEDGE, may("direct"), waits, due="due_on", since="updated_at"),
        *_branch(HANDLE, COMPLAINT, REVIEW, may("handle"), working, due="due_on", since="updated_at"),
    ]


def _breakdowns(roles: Roles) -> list[sa.Select[Any]]:
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
        *_branch(CONFIRM, BREAKDOWN, REVIEW, may("review"), sent, due=None),
        *_branch(REDRAW, BREAKDOWN, RECTIFY, may("draw_up"), returned, due=None, since="updated_at"),
        *_branch(FINISH, STEP, SOON, of_mine, near, due="deadline_on", since="created_at"),
    ]


def _briefs(roles: Roles) -> list[sa.Select[Any]]:
    """Among those the bureau chooses; what was declined is only told of."""
    return _branch(CHOOSE, BRIEF, REVIEW, BRIEFS.may(roles, "choose"), BRIEF.c.state == BriefState.SUBMITTED, due=None)


@cache
def _branches(roles: Roles) -> list[sa.Select[Any]]:
    parts = (
        *(_assignments, _rectifications, _others, _filings, _breakdowns, _briefs),
        *(_risks, _decisions, _accountability, _complaints),
    )
    return [branch for part in parts for branch in part(roles)]


@cache
def _all(roles: Roles) -> sa.Subquery | None:
    branches = _branches(roles)
    return sa.union_all(*branches).subquery("matters") if branches else None


@cache
def first_statement(roles: Roles) -> sa.Select[Any] | None:
    """The first ``n`` of each group, each with its group's figures: how many, the earliest deadline, how many due
    today, since when the oldest waits. One pass over the matters gives both."""
    matters = _all(roles)
    if matters is None:
        return None
    row, group = matters.c, matters.c.grp
    figures = {
        "pieces": sa.func.count(),
        "earliest": sa.func.min(row.due),
        "today": sa.func.sum(sa.case((row.due == TODAY, 1), else_=0)),
        "oldest": sa.func.min(row.since),
    }
    order = [row.due, row.kind, row.id]
    ranked = sa.select(
        *row,
        sa.func.row_number().over(partition_by=group, order_by=order).label("place"),
        *(figure.over(partition_by=group).label(name) for name, figure in figures.items()),
    ).subquery("ranked")
    return sa.select(ranked).where(ranked.c.place <= sa.bindparam("n")).order_by(ranked.c.grp, ranked.c.place)


@cache
def total_statement(roles: Roles) -> sa.Select[Any] | None:
    matters = _all(roles)
    return None if matters is None else sa.select(sa.func.count()).select_from(matters)


@cache
def group_statement(roles: Roles, after: bool) -> sa.Select[Any] | None:
    """A page of one group, in the same order, after the key of a cursor."""
    matters = _all(roles)
    if matters is None:
        return None
    order = [matters.c.due, matters.c.kind, matters.c.id]
    statement = sa.select(matters).where(matters.c.grp == sa.bindparam("chosen")).order_by(*order)
    if after:
        seen = [sa.bindparam(f"after_{name}", type_=kind) for name, kind in _KEY.items()]
        statement = statement.where(sa.tuple_(*order) > sa.tuple_(*seen))
    return statement.limit(sa.bindparam("n"))


_KEY: Mapping[str, Any] = {"due": sa.Date, "kind": sa.Integer, "id": sa.BigInteger}


@cache
def waiting_statement(roles: Roles, most: int) -> sa.Select[Any] | None:
    """How many matters there are, counted up to ``most`` of each kind."""
    branches = [branch.limit(most).subquery() for branch in _branches(roles)]
    if not branches:
        return None
    counts = [sa.select(sa.func.count()).select_from(branch).scalar_subquery() for branch in branches]
    total = counts[0]
    for count in counts[1:]:
        total = total + count  # type: ignore[assignment]
    return sa.select(total)


# Seen through one of several grants


def narrowed(see: Reader, unit_id: int) -> Sight | None:
    """The same person through one grant alone: a unit's, or (the district's id) those for the whole district."""
    actor = see.actor
    if unit_id == actor.district_id and actor.has(*DISTRICT_WIDE):
        wide = replace(
            actor, roles=actor.roles & DISTRICT_WIDE, units=frozenset(), offices=frozenset(), paired=frozenset()
        )
        return _sight(see, replace(wide, home_units=()))
    if unit_id not in actor.home_units or actor.user_id is None:
        return None
    one = resolve(see.connection, actor.user_id, see.today, unit_id)
    if one is None:
        return None
    return _sight(see, replace(one, roles=one.roles & actor.roles & {Role.OFFICE, Role.SCHOOL}))


def _sight(see: Reader, actor: Actor) -> Sight:
    return Sight(see.connection, replace(actor, binds=bound(actor)), see.settings, see.now)
