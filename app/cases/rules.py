"""Who knows of a case: its handlers, of the stationed team's own the discipline role; nobody of the unit concerned, nor
the person."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.cases.models import CASE, CASE_STATE_LABELS, CIRCULAR, HANDLER, OFFICE, CaseState
from app.complaints.models import COMPLAINT
from app.complaints.rules import MEANT
from app.core.policy import (
    BUSINESS,
    USER,
    Condition,
    Policy,
    Role,
    Roles,
    by,
    in_district,
    named_in,
    never,
    stranger_to,
)
from app.core.workflow import Transition, Workflow
from app.documents.models import DOCUMENT, DocumentKind
from app.documents.rules import CONFIDED, VOIDED, Confided, copied_to, served_to
from app.documents.rules import POLICY as DOCUMENTS
from app.evidence import targets

HANDLING = (Role.DISCIPLINE, Role.SUPERVISOR, Role.OFFICE)
"""Whoever handles a case holds one of these."""
_MINE = (
    sa.select(sa.literal(1)).where(HANDLER.c.case_file_id == CASE.c.id, HANDLER.c.user_id == USER).correlate(CASE)
).exists()


_COMPLAINED_OF = (sa.select(sa.literal(1)).where(COMPLAINT.c.id == CASE.c.complaint_id, MEANT).correlate(CASE)).exists()
IMPARTIAL = sa.and_(stranger_to(CASE.c.unit_id), sa.not_(_COMPLAINED_OF), sa.not_(named_in(CASE.c.person_folded)))
"""The actor neither has to do with the unit concerned, nor is the person, nor is called so; nor does the complaint that
it comes from mean them."""


def handle(roles: Roles) -> ColumnElement[bool]:
    """Its handlers, as long as they hold such a role, have none on the unit concerned and are not the person."""
    if roles.isdisjoint(HANDLING):
        return sa.false()
    return sa.and_(in_district(CASE), _MINE, IMPARTIAL)


def read(roles: Roles) -> ColumnElement[bool]:
    if Role.DISCIPLINE not in roles:
        return handle(roles)
    return sa.and_(in_district(CASE), sa.or_(_MINE, CASE.c.of_discipline), IMPARTIAL)


_UNDER_WAY = (
    sa.select(sa.literal(1)).where(DOCUMENT.c.case_file_id == CASE.c.id, DOCUMENT.c.state != VOIDED).correlate(CASE)
).exists()


def draw_up(roles: Roles) -> ColumnElement[bool]:
    """Its circular, where none is drawn up that was not voided."""
    return sa.and_(handle(roles), sa.not_(_UNDER_WAY))


POLICY = Policy(CASE, read, {"handle": handle, "assign": read, "draw_up": draw_up, "by_itself": lambda roles: never()})
"""Whoever reads it may add a handler: of the stationed team's own any of the team, so that none is left to nobody."""
CLUE, PRELIMINARY, FILED, CONCLUDED, CIRCULATED, CLOSED = (state.value for state in CaseState)
UNDER_WAY = (CLUE, PRELIMINARY, FILED)
OPEN = (*UNDER_WAY, CONCLUDED)
WORKFLOW = Workflow(
    "case_file",
    CaseState,
    CASE_STATE_LABELS,
    POLICY,
    Transition("edit", UNDER_WAY, None, "修改", "handle"),
    Transition("link_evidence", UNDER_WAY, None, "上传资料", "handle"),
    Transition("add_note", OPEN, None, "记录核查", "handle"),
    Transition("add_handler", OPEN, None, "增加承办人", "assign"),
    Transition("remove_handler", OPEN, None, "移出承办人", "handle"),
    Transition("examine", (CLUE,), PRELIMINARY, "开始初核", "handle"),
    Transition("file", (PRELIMINARY,), FILED, "立案", "handle"),
    Transition("conclude", (FILED,), CONCLUDED, "结案", "handle"),
    Transition("draw_up", (CONCLUDED,), None, "起草通报", "draw_up"),
    Transition("circulate", (CONCLUDED,), CIRCULATED, "通报", "by_itself"),
    Transition("recall", (CIRCULATED,), CONCLUDED, "通报作废", "by_itself"),
    Transition("close", (CLUE, PRELIMINARY), CLOSED, "不予立案", "handle", note=True, danger=True),
    Transition("reopen", (CLOSED,), CLUE, "重新办理", "handle", note=True),
)
"""With the service of its document a case is circulated; with the end of that it is so no more."""
targets.register("cases", "案件线索", POLICY, workflow=WORKFLOW, title=CASE.c.title, confidential=True)


def _of_case(rule: Condition) -> Condition:
    """Over documents: what the rule says of the case that one is about."""

    def condition(roles: Roles) -> ColumnElement[bool]:
        if roles.isdisjoint(HANDLING):
            return sa.false()
        mine = sa.select(CASE.c.id).where(rule(roles)).correlate(None)
        return DOCUMENT.c.case_file_id.in_(mine)

    return condition


CONFIDED[DocumentKind.CASE_CIRCULAR] = Confided(_of_case(read), _of_case(handle))


def _everyone(table: sa.Table) -> Condition:
    return lambda roles: sa.false() if roles.isdisjoint(BUSINESS) else in_district(table)


def _in_force(roles: Roles) -> ColumnElement[bool]:
    """What the district reads, unless its document was voided."""
    voided = sa.select(DOCUMENT.c.id).where(DOCUMENT.c.id == CIRCULAR.c.document_id, DOCUMENT.c.state == VOIDED)
    return sa.and_(_everyone(CIRCULAR)(roles), sa.not_(voided.correlate(CIRCULAR).exists()))


def _document(roles: Roles) -> ColumnElement[bool]:
    """Whoever may read its document, too."""
    return CIRCULAR.c.document_id.in_(sa.select(DOCUMENT.c.id).where(DOCUMENTS.read(roles)).correlate(None))


LABELS = {"document": "读取公文"}
CIRCULARS = Policy(CIRCULAR, _in_force, {"document": _document})


def _news(roles: Roles) -> ColumnElement[bool]:
    """To whomever its document was neither served nor copied: they are told of the document, and once is enough. Asked
    when a notice is read, as whose unit a document is for follows from the grants of that day."""
    had = sa.select(DOCUMENT.c.id).where(DOCUMENT.c.id == CIRCULAR.c.document_id, sa.or_(served_to(), copied_to()))
    return sa.and_(_in_force(roles), sa.not_(had.correlate(CIRCULAR).exists()))


NEWS = Policy(CIRCULAR, _news)
OFFICES = Policy(OFFICE, _everyone(OFFICE), {"edit": by(Role.SUPERVISOR, OFFICE)})
