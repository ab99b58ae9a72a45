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

from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.calendars.models import TERM
from app.cases.models import CASE, CaseState
from app.cases.rules import POLICY as CASES
from app.core.operation import Reader, Sight
from app.core.policy import DISTRICT_WIDE, OFFICES, Actor, Role, Roles, bound, in_district
from app.core.within import within
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
from app.liaison_visits.coverage import made, paired, required
from app.liaison_visits.models import MATTER as LIAISON_MATTER
from app.liaison_visits.models import VISIT as LIAISON_VISIT
from app.liaison_visits.models import MatterState, VisitState
from app.liaison_visits.rules import MATTERS as LIAISON_MATTERS
from app.liaison_visits.rules import POLICY as LIAISON_VISITS
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.models import LIAISON
from app.venue_activities.models import ACTIVITY, VenueState
from app.venue_activities.rules import POLICY as ACTIVITIES

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
) = range(12)
"""Kinds of matters: what the person is to do."""
VISIT_SCHOOL, CONFIRM_VISIT, MEND_VISIT, ANSWER_MATTER, CLOSE_MATTER = range(40, 45)
APPROVE_VENUE, CHECK_VENUE, REPORT_VENUE = range(45, 48)
HANDLE_CASE = 48
TERM_NEAR = 20
"""Workdays before a term's end from which a missing liaison visit waits for its office."""


def binds(see: Reader) -> dict[str, Any]:
    """The actor's parameters, today, and the last day that counts as within three workdays."""
    last = see.workdays.last_within(see.today, see.settings.lamp_days)
    return {
        **see.actor.binds,
        "matters_today": see.today,
        "matters_amber": last,
        "matters_term_near": see.workdays.last_within(see.today, TERM_NEAR),
    }


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
    owing = sa.and_(paired(TODAY, TODAY), made(since, until) < required())
    pairs = LIAISON.join(TERM, TERM.c.district_id == LIAISON.c.district_id)
    mine = sa.and_(in_district(LIAISON), within(LIAISON.c.office_id, OFFICES))
    return [sa.select(*columns).select_from(pairs).where(mine, near, owing)]


def _liaison(roles: Roles) -> list[sa.Select[Any]]:
    """To be confirmed and answered by the school, mended and closed by the office, and visits still to be made."""
    visit, matter = LIAISON_VISIT.c.state, LIAISON_MATTER.c.state
    confirm, mend = LIAISON_VISITS.may(roles, "answer"), LIAISON_VISITS.may(roles, "visit")
    answer, close = LIAISON_MATTERS.may(roles, "answer"), LIAISON_MATTERS.may(roles, "visit")
    sent, back = visit == VisitState.RECORDED, visit == VisitState.COMMENTED
    urged, told = matter == MatterState.OPEN, matter == MatterState.ANSWERED
    return [
        *_missing_visits(roles),
        *_branch(CONFIRM_VISIT, LIAISON_VISIT, ACKNOWLEDGE, confirm, sent, due=None, since="created_at"),
        *_branch(MEND_VISIT, LIAISON_VISIT, RECTIFY, mend, back, due=None, since="updated_at"),
        *_branch(ANSWER_MATTER, LIAISON_MATTER, RECTIFY, answer, urged, due="deadline_on", since="created_at"),
        *_branch(CLOSE_MATTER, LIAISON_MATTER, REVIEW, close, told, due=None, since="answered_at"),
    ]


def _venues(roles: Roles) -> list[sa.Select[Any]]:
    """To be approved once its content is checked, to be checked, or to be reported after its day; due on that day."""
    state, may = ACTIVITY.c.state, partial(ACTIVITIES.may, roles)
    asked = sa.and_(state == VenueState.REGISTERED, ACTIVITY.c.held_on >= TODAY)
    checked = sa.and_(*(ACTIVITY.c[name].is_not(None) for name in ("checked_by", "checked_on", "check_result")))
    over = sa.and_(state == VenueState.APPROVED, ACTIVITY.c.held_on < TODAY)
    day = {"due": "held_on", "since": "created_at"}
    return [
        *_branch(APPROVE_VENUE, ACTIVITY, REVIEW, may("review"), asked, checked, **day),
        *_branch(CHECK_VENUE, ACTIVITY, RECTIFY, may("carry_out"), asked, sa.not_(checked), **day),
        *_branch(REPORT_VENUE, ACTIVITY, RECTIFY, may("carry_out"), over, **day),
    ]


def _cases(roles: Roles) -> list[sa.Select[Any]]:
    """For their handlers, until they are concluded or not filed."""
    going_on = CASE.c.state.in_([CaseState.CLUE, CaseState.PRELIMINARY, CaseState.FILED])
    return _branch(HANDLE_CASE, CASE, REVIEW, CASES.may(roles, "handle"), going_on, due=None, since="created_at")


@cache
def _branches(roles: Roles) -> list[sa.Select[Any]]:
    return [
        *_assignments(roles),
        *_rectifications(roles),
        *_others(roles),
        *_filings(roles),
        *_liaison(roles),
        *_venues(roles),
        *_cases(roles),
    ]


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
