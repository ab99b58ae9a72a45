"""Who sees a document, who draws it up, who approves it, and whose receipt it waits for."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import BUSINESS, DISTRICT_WIDE, OWN, USER, Policy, Role, Roles, in_district
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.documents.models import DOCUMENT, DOCUMENT_STATE_LABELS, RECIPIENT, DocumentState


def served_to(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """It was served to a unit of the actor. Nobody is a recipient before."""
    mine = sa.select(RECIPIENT.c.document_id).where(within(RECIPIENT.c.unit_id, OWN), *conditions)
    return DOCUMENT.c.id.in_(mine.correlate(None))


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all; a unit what was served to it."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if not roles.isdisjoint(DISTRICT_WIDE):
        return in_district(DOCUMENT)
    return sa.and_(in_district(DOCUMENT), served_to())


def draft(roles: Roles) -> ColumnElement[bool]:
    return in_district(DOCUMENT) if Role.SUPERVISOR in roles else sa.false()


def refresh(roles: Roles) -> ColumnElement[bool]:
    """Of what was drawn up from data; a 约谈记录 is written by hand."""
    return sa.and_(draft(roles), DOCUMENT.c.drawn_at.is_not(None))


def approve(roles: Roles) -> ColumnElement[bool]:
    """A leader, but never the person who drew it up or who submitted it."""
    if Role.LEADER not in roles:
        return sa.false()
    others = [sa.func.coalesce(DOCUMENT.c[name], 0) != USER for name in ("drafted_by", "submitted_by")]
    return sa.and_(in_district(DOCUMENT), *others)


def revise(roles: Roles) -> ColumnElement[bool]:
    """What a leader sent back waits for whoever drew it up; what a system drew up, for the whole office."""
    return sa.and_(draft(roles), sa.func.coalesce(DOCUMENT.c.drafted_by, USER) == USER)


def void(roles: Roles) -> ColumnElement[bool]:
    return in_district(DOCUMENT) if roles & {Role.SUPERVISOR, Role.LEADER} else sa.false()


def answer(roles: Roles) -> ColumnElement[bool]:
    """A unit that it was served to and that has not yet receipted it."""
    if roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        return sa.false()
    return sa.and_(in_district(DOCUMENT), served_to(RECIPIENT.c.receipted_at.is_(None)))


POLICY = Policy(
    DOCUMENT, read, {"draft": draft, "refresh": refresh, "approve": approve, "void": void, "answer": answer}
)
DRAFT, SUBMITTED, APPROVED, SERVED, RECEIPTED, VOIDED = (state.value for state in DocumentState)
WORKFLOW = Workflow(
    "document",
    DocumentState,
    DOCUMENT_STATE_LABELS,
    POLICY,
    Transition("edit", (DRAFT,), None, "修改", "draft"),
    Transition("refresh", (DRAFT,), None, "更新数据", "refresh"),
    Transition("submit", (DRAFT,), SUBMITTED, "送审", "draft"),
    Transition("approve", (SUBMITTED,), APPROVED, "批准", "approve"),
    Transition("send_back", (SUBMITTED,), DRAFT, "退回", "approve", note=True, danger=True),
    Transition("serve", (APPROVED,), SERVED, "送达", "draft"),
    Transition("receipt", (SERVED,), RECEIPTED, "回执", "answer"),
    Transition("void", (DRAFT, SUBMITTED, APPROVED, SERVED, RECEIPTED), VOIDED, "作废", "void", note=True, danger=True),
)
