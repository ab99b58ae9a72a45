"""Who sees a document, who draws it up, who approves it, and whose receipt it waits for."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import BUSINESS, DISTRICT_WIDE, OWN, USER, Condition, Policy, Role, Roles, among, in_district
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.documents.models import COPY, DOCUMENT, DOCUMENT_STATE_LABELS, RECIPIENT, DocumentKind, DocumentState


class Confided(NamedTuple):
    """Over documents: who knows of what such a one is about, and who handles that."""

    read: Condition
    handle: Condition


CONFIDED: dict[DocumentKind, Confided] = {}
"""Kinds about what few may know of, put here by the folder that says who. Until it is served, such a document exists
for them alone, and whoever handles its matter does what the supervision office and the leaders do with the others."""
HELD_BACK: list[ColumnElement[bool]] = []
"""Over documents: papers of what the actor must not know of before its service, put here by the folder that says so."""


def _known_to_all() -> ColumnElement[bool]:
    return sa.and_(sa.not_(among(DOCUMENT.c.kind, *CONFIDED)), *(sa.not_(papers) for papers in HELD_BACK))


def _by_kind(roles: Roles, others: ColumnElement[bool]) -> ColumnElement[bool]:
    """``others`` of what everyone may know of; of the confided kinds, whoever handles their matter."""
    confided = (sa.and_(DOCUMENT.c.kind == kind, rule.handle(roles)) for kind, rule in CONFIDED.items())
    return sa.and_(in_district(DOCUMENT), sa.or_(sa.and_(_known_to_all(), others), *confided))


def _held_by(roles: Roles, *ours: Role) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(ours) else sa.true()


def served_to(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """It was served to a unit of the actor. Nobody is a recipient before."""
    mine = sa.select(RECIPIENT.c.document_id).where(within(RECIPIENT.c.unit_id, OWN), *conditions)
    return DOCUMENT.c.id.in_(mine.correlate(None))


def copied_to() -> ColumnElement[bool]:
    """It was copied to a unit of the actor. Nobody has a copy before its service, so that what is confided may be
    copied, too: whoever handles the matter chooses these readers as they choose whom it is served to, and another
    approves the choice. Served, a circular of a case is no secret: the whole district reads what it says."""
    mine = sa.select(COPY.c.document_id).where(within(COPY.c.unit_id, OWN))
    return DOCUMENT.c.id.in_(mine.correlate(None))


def read(roles: Roles) -> ColumnElement[bool]:
    """District-wide roles all but what is confided to others, or held back from them, and not served; a unit what was
    served or copied to it."""
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    known = sa.or_(served_to(), copied_to())
    if not roles.isdisjoint(DISTRICT_WIDE):
        known = sa.or_(_known_to_all(), DOCUMENT.c.served_at.is_not(None))
    confided = (sa.and_(DOCUMENT.c.kind == kind, rule.read(roles)) for kind, rule in CONFIDED.items())
    return sa.and_(in_district(DOCUMENT), sa.or_(known, *confided))


def draft(roles: Roles) -> ColumnElement[bool]:
    return _by_kind(roles, _held_by(roles, Role.SUPERVISOR))


def refresh(roles: Roles) -> ColumnElement[bool]:
    """Of what was drawn up from data; a 约谈记录 is written by hand."""
    return sa.and_(draft(roles), DOCUMENT.c.drawn_at.is_not(None))


def approve(roles: Roles) -> ColumnElement[bool]:
    """A leader, of what is confided another who handles it; never the person who drew it up or who submitted it."""
    others = [sa.func.coalesce(DOCUMENT.c[name], 0) != USER for name in ("drafted_by", "submitted_by")]
    return sa.and_(_by_kind(roles, _held_by(roles, Role.LEADER)), *others)


def withdraw(roles: Roles) -> ColumnElement[bool]:
    """Whoever submitted it, as long as they may draw it up."""
    return sa.and_(draft(roles), sa.func.coalesce(DOCUMENT.c.submitted_by, 0) == USER)


def revise(roles: Roles) -> ColumnElement[bool]:
    """What a leader sent back waits for whoever drew it up; what a system drew up, for the whole office."""
    return sa.and_(draft(roles), sa.func.coalesce(DOCUMENT.c.drafted_by, USER) == USER)


def void(roles: Roles) -> ColumnElement[bool]:
    return _by_kind(roles, _held_by(roles, Role.SUPERVISOR, Role.LEADER))


def answer(roles: Roles) -> ColumnElement[bool]:
    """A unit that it was served to and that has not yet receipted it."""
    if roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        return sa.false()
    return sa.and_(in_district(DOCUMENT), served_to(RECIPIENT.c.receipted_at.is_(None)))


POLICY = Policy(
    DOCUMENT,
    read,
    {
        "draft": draft,
        "refresh": refresh,
        "approve": approve,
        "withdraw": withdraw,
        "void": void,
        "answer": answer,
    },
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
    Transition("withdraw", (SUBMITTED,), DRAFT, "撤回", "withdraw"),
    Transition("approve", (SUBMITTED,), APPROVED, "批准", "approve"),
    Transition("send_back", (SUBMITTED,), DRAFT, "退回", "approve", note=True, danger=True),
    Transition("serve", (APPROVED,), SERVED, "送达", "draft"),
    Transition("receipt", (SERVED,), RECEIPTED, "回执", "answer"),
    Transition("void", (DRAFT, SUBMITTED, APPROVED, SERVED, RECEIPTED), VOIDED, "作废", "void", note=True, danger=True),
)
