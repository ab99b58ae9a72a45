"""The main job's matters: assignments, rectifications, what belongs to them, documents, filings."""

from functools import partial
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, SENT_AT, AssignmentState
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.core.policy import Roles
from app.core.within import Days, day_for, many, within
from app.documents.models import DOCUMENT, DocumentState
from app.documents.rules import POLICY as DOCUMENTS
from app.documents.rules import revise
from app.extensions.models import EXTENSION, ExtensionState
from app.extensions.rules import POLICY as EXTENSIONS
from app.filings.models import FILING, REQUIREMENT, FilingState
from app.filings.rules import POLICY as FILINGS
from app.inspections.models import INSPECTION, InspectionState
from app.inspections.rules import POLICY as INSPECTIONS
from app.my_work.kinds import (
    ACKNOWLEDGE,
    AMBER,
    APPROVE,
    CARRY_OUT,
    DECIDE,
    DECIDE_LEFT,
    EXTEND,
    FILE,
    IMPROVE,
    INSPECT,
    JUDGE,
    LOOK_THROUGH,
    MEND,
    OVERDUE,
    RECEIPT,
    RECTIFY,
    REVIEW,
    REVISE,
    SOON,
    TODAY,
    VERIFY,
    branch,
)
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.reviewing import CARRIERS

_RETIRED = ASSIGNMENT.alias("retired")
_LEFT = sa.select(_RETIRED.c.id).where(
    _RETIRED.c.retire_event_id.is_not(None), _RETIRED.c.awaits_decision.is_(sa.true())
)
"""待处置: found by the event that took their unit off, which an index holds for those few; most rows are at work."""


def assignments(roles: Roles) -> list[sa.Select[Any]]:
    state, may = ASSIGNMENT.c.state, partial(ASSIGNMENTS.may, roles)
    unsigned, open_states = state == AssignmentState.PENDING, (AssignmentState.PENDING, AssignmentState.IN_PROGRESS)
    # The states by themselves: an index over unit and state leads to the rows, where an OR of both would not.
    waiting = sa.and_(state.in_(open_states), sa.or_(unsigned, ASSIGNMENT.c.deadline_key <= AMBER))
    sent, declined = state == AssignmentState.SUBMITTED, state == AssignmentState.DECLINED
    left = sa.and_(ASSIGNMENT.c.id.in_(_LEFT), state == AssignmentState.IN_PROGRESS)
    return [
        *branch(CARRY_OUT, ASSIGNMENT, ACKNOWLEDGE, may("carry_out"), waiting, since=SENT_AT),
        *branch(JUDGE, ASSIGNMENT, REVIEW, may("review"), sent),
        *branch(DECIDE, ASSIGNMENT, REVIEW, may("supervise"), declined, since="updated_at"),
        *branch(DECIDE_LEFT, ASSIGNMENT, REVIEW, may("supervise"), left, since="updated_at"),
    ]


def rectifications(roles: Roles) -> list[sa.Select[Any]]:
    state, may = RECTIFICATION.c.state, partial(RECTIFICATIONS.may, roles)
    working = state.in_([RectificationState.PENDING, RectificationState.IN_PROGRESS])
    return [
        *branch(IMPROVE, RECTIFICATION, RECTIFY, may("carry_out"), working, since="created_at"),
        *branch(VERIFY, RECTIFICATION, REVIEW, may("verify"), state == RectificationState.SUBMITTED),
    ]


def others(roles: Roles) -> list[sa.Select[Any]]:
    decide = EXTENSIONS.may(roles, "decide")
    asked = EXTENSION.c.state == ExtensionState.REQUESTED
    ending = sa.and_(INSPECTION.c.state == InspectionState.ONGOING, INSPECTION.c.ends_on <= AMBER)
    inspect = INSPECTIONS.may(roles, "inspect")
    paper = DOCUMENT.c.state
    served, sent = paper == DocumentState.SERVED, paper == DocumentState.SUBMITTED
    answer, approve = DOCUMENTS.may(roles, "answer"), DOCUMENTS.may(roles, "approve")
    back = sa.and_(paper == DocumentState.DRAFT, DOCUMENT.c.sent_back_at.is_not(None))
    return [
        *branch(EXTEND, EXTENSION, REVIEW, decide, asked, due="from_deadline_on", since="created_at"),
        *branch(INSPECT, INSPECTION, SOON, inspect, ending, due="ends_on", since="updated_at"),
        *branch(RECEIPT, DOCUMENT, ACKNOWLEDGE, answer, served, due="reply_by", since="served_at"),
        *branch(APPROVE, DOCUMENT, REVIEW, approve, sent, due=None),
        *branch(REVISE, DOCUMENT, REVIEW, revise(roles), back, due=None, since="sent_back_at"),
    ]


OWED_UNTIL = sa.bindparam("matters_owed_until", type_=Days())
"""By requirement until when a filing is owed by it: the day depends on the year."""


def _owed_filings(roles: Roles) -> list[sa.Select[Any]]:
    """One for all the person's units that owe a filing by a requirement."""
    if roles.isdisjoint(CARRIERS):
        return []
    due = day_for(REQUIREMENT.c.id, OWED_UNTIL)
    columns = [
        sa.literal(FILE, sa.Integer).label("kind"),
        REQUIREMENT.c.id,
        sa.case((due < TODAY, OVERDUE), (due <= AMBER, SOON), else_=RECTIFY).label("grp"),
        due.label("due"),
        REQUIREMENT.c.created_at.label("since"),
    ]
    return [sa.select(*columns).where(within(REQUIREMENT.c.id, many("matters_filings")))]


def filings(roles: Roles) -> list[sa.Select[Any]]:
    """To be sent in by the unit; to be looked through by someone else, or to be mended by the unit: these two have no
    deadline of their own."""
    state, may = FILING.c.state, partial(FILINGS.may, roles)
    unread = sa.and_(state == FilingState.FILED, FILING.c.reviewed_at.is_(None))
    returned = state == FilingState.SENT_BACK
    return [
        *_owed_filings(roles),
        *branch(LOOK_THROUGH, FILING, REVIEW, may("review"), unread, due=None, since="filed_at"),
        *branch(MEND, FILING, RECTIFY, may("carry_out"), returned, due=None, since="updated_at"),
    ]


PARTS = (assignments, rectifications, others, filings)
