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


def approve(roles: Roles) -> ColumnElement[bool]:
    """A leader, but never the person who drew it up."""
    if Role.LEADER not in roles:
        return sa.false()
    return sa.and_(in_district(DOCUMENT), sa.func.coalesce(DOCUMENT.c.drafted_by, 0) != USER)


def void(roles: Roles) -> ColumnElement[bool]:
    return in_district(DOCUMENT) if roles & {Role.SUPERVISOR, Role.LEADER} else sa.false()


def answer(roles: Roles) -> ColumnElement[bool]:
    """A unit that it was served to and that has not yet receipted it."""
    if roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        return sa.false()
    return sa.and_(in_district(DOCUMENT), served_to(RECIPIENT.c.receipted_at.is_(None)))


POLICY = Policy(DOCUMENT, read, {"draft": draft, "approve": approve, "void": void, "answer": answer})
DRAFT, APPROVED, SERVED, RECEIPTED, VOIDED = (state.value for state in DocumentState)
WORKFLOW = Workflow(
    "document",
    DocumentState,
    DOCUMENT_STATE_LABELS,
    POLICY,
    Transition("edit", (DRAFT,), None, "修改", "draft"),
    Transition("approve", (DRAFT,), APPROVED, "批准", "approve"),
    Transition("serve", (APPROVED,), SERVED, "送达", "draft"),
    Transition("receipt", (SERVED,), RECEIPTED, "回执", "answer"),
    Transition("void", (DRAFT, APPROVED, SERVED, RECEIPTED), VOIDED, "作废", "void", note=True, danger=True),
)
