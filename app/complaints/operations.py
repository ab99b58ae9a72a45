"""Every write of those who handle complaints."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.complaints import identities, inspecting, intake, team, telling
from app.complaints.handlers import HANDLING
from app.complaints.models import (
    COMPLAINT,
    MESSAGE,
    NEVER,
    Assignment,
    Category,
    Complaint,
    ComplaintPatch,
    Conclusion,
    MessageKind,
    Prolongation,
    Saying,
    ToRectify,
)
from app.complaints.rules import (
    CLOSE_WITHIN,
    IMPARTIAL,
    INVESTIGATING,
    OUTSIDE,
    PROLONGED_BY,
    RECEIVED,
    WORKFLOW,
)
from app.core.audit import record
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.identity.access import resolve
from app.identity.models import USER
from app.rectifications import operations as rectifications
from app.rectifications.models import RectificationCreate, Source
from app.units.groups import absence, exists_on
from app.units.models import UnitKind
from app.units.operations import unit_of_district

NOT_TO_THEM = "不能交给被反映的单位、它的上级或被反映人办理，请另选"


def _change(tx: Tx, row: Any, **values: Any) -> None:
    changing(tx, Complaint, row).sqlmodel_update(values)
    tx.session.flush()


# Steps


@operation("complaint.accept")
def accept(tx: Tx, complaint_id: int, note: str | None = None) -> int:
    """From now on 60 days run until it is concluded."""
    row = WORKFLOW.guard(tx, complaint_id, "accept", note)
    due = tx.today + timedelta(days=CLOSE_WITHIN)
    WORKFLOW.step(tx, row, "accept", note, accepted_on=tx.today, due_on=due, conclude_by=due)
    return complaint_id


@operation("complaint.reject")
def reject(tx: Tx, complaint_id: int, note: str | None = None) -> int:
    """Not this bureau's to look into, or nothing to look into; the reporter reads why."""
    row = WORKFLOW.guard(tx, complaint_id, "reject", note)
    WORKFLOW.step(tx, row, "reject", note, conclusion=note, due_on=NEVER, ended_on=tx.today)
    return complaint_id


@operation("complaint.transfer")
def transfer(tx: Tx, complaint_id: int, note: str | None = None) -> int:
    """To whoever is in charge of such matters; the reporter reads to whom."""
    row = WORKFLOW.guard(tx, complaint_id, "transfer", note)
    WORKFLOW.step(tx, row, "transfer", note, conclusion=note, due_on=NEVER, ended_on=tx.today)
    return complaint_id


@operation("complaint.investigate")
def investigate(tx: Tx, complaint_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, complaint_id, "investigate", note)
    if row.handling_unit_id is None:
        raise Conflict("还没有交办：请先确定承办单位", code="incomplete")
    WORKFLOW.step(tx, row, "investigate", note)
    return complaint_id


@operation("complaint.reply")
def reply(tx: Tx, complaint_id: int, note: str | None = None) -> int:
    """The reporter reads result and conclusion by their receipt from now on."""
    row = WORKFLOW.guard(tx, complaint_id, "reply", note)
    WORKFLOW.step(tx, row, "reply", note, replied_on=tx.today, due_on=NEVER)
    return complaint_id


@operation("complaint.archive")
def archive(tx: Tx, complaint_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, complaint_id, "archive", note)
    if row.archived_on is not None:
        raise Conflict("这一件已经归档", code="archived")
    tx.reason = note
    _change(tx, row, archived_on=tx.today)
    return complaint_id


STEPS = {
    "accept": accept,
    "reject": reject,
    "transfer": transfer,
    "investigate": investigate,
    "reply": reply,
    "archive": archive,
}


# What takes more than a note


@operation("complaint.edit")
def edit(tx: Tx, complaint_id: int, given: ComplaintPatch, version: int | None = None) -> int:
    """Whom it is really about. Who handles it now and must not any more is taken off it. 422 for the discipline team
    and its people: such a complaint is handed on."""
    row = WORKFLOW.guard(tx, complaint_id, "edit")
    complaint = changing(tx, Complaint, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "category")
    unit = None
    if (unit_id := changes.get("unit_id")) is not None:
        unit = unit_of_district(tx, unit_id)
    if (user_id := changes.get("accused_user_id")) is not None:
        _user_of_district(tx, user_id, "accused_user_id")
    team.refuse_found(tx, unit, user_id)
    if changes.get("category") == Category.HARM and row.category != Category.HARM and row.state == RECEIVED:
        due = min(row.due_on, intake.accept_by(tx, Category.HARM, tx.today))
        changes |= {"due_on": due, "accept_by": due}
    complaint.sqlmodel_update(changes)
    tx.session.flush()
    if not _may_be_handled_by(tx, complaint_id, row.handling_unit_id, row.handler_id):
        complaint.sqlmodel_update({"handling_unit_id": None, "handler_id": None})
        tx.session.flush()
    return complaint_id


@operation("complaint.assign")
def assign(tx: Tx, complaint_id: int, given: Assignment) -> int:
    """To a unit, and to one of its people where the reporter may have to be known."""
    row = WORKFLOW.guard(tx, complaint_id, "assign")
    unit = unit_of_district(tx, given.handling_unit_id, "handling_unit_id")
    if unit.kind not in HANDLING:
        raise invalid("handling_unit_id", "承办的须是股室、二级单位或派驻组")
    if not exists_on(unit, tx.today):
        when = absence(unit, tx.today)
        raise invalid("handling_unit_id", f"{unit.name}{when}，没有人能办理，请选择在用的承办单位")
    if given.handler_id is not None:
        _user_of_district(tx, given.handler_id, "handler_id")
    if not _may_be_handled_by(tx, complaint_id, given.handling_unit_id, None):
        raise invalid("handling_unit_id", NOT_TO_THEM)
    if not _may_be_handled_by(tx, complaint_id, given.handling_unit_id, given.handler_id):
        raise invalid("handler_id", f"承办人须是承办单位的人；{NOT_TO_THEM}")
    if row.handling_unit_id != given.handling_unit_id:
        telling.assigned(tx, complaint_id, given.handling_unit_id)
    _change(tx, row, handling_unit_id=given.handling_unit_id, handler_id=given.handler_id)
    return complaint_id


def _may_be_handled_by(tx: Tx, complaint_id: int, unit_id: int | None, user_id: int | None) -> bool:
    """By the same rules as it is read: about the bureau's own by the discipline team alone, by nobody it concerns."""
    mine = COMPLAINT.c.id == complaint_id
    unit = None
    if unit_id is not None:
        unit = unit_of_district(tx, unit_id, "handling_unit_id")
        outside = tx.connection.execute(sa.select(COMPLAINT.c.unit_id, OUTSIDE).where(mine), tx.actor.binds).one()
        if unit.kind != UnitKind.DISCIPLINE_TEAM and not outside[1]:
            return False
        if unit_id == outside[0]:
            return False
    if user_id is None:
        return True
    handler = resolve(tx.connection, user_id, tx.today)
    if handler is None or unit is None:
        return False
    of_team = unit.kind == UnitKind.DISCIPLINE_TEAM
    if not (handler.has(Role.DISCIPLINE) if of_team else unit_id in handler.offices):
        return False
    impartial = sa.select(COMPLAINT.c.id).where(mine, IMPARTIAL)
    return tx.connection.execute(impartial, handler.binds).first() is not None


def _user_of_district(tx: Tx, user_id: int, field: str) -> None:
    known = sa.select(USER.c.id).where(USER.c.id == user_id, USER.c.district_id == tx.actor.district_id)
    if tx.connection.execute(known).first() is None:
        raise invalid(field, f"没有编号为 {user_id} 的用户，请重新选择")


@operation("complaint.ask")
def ask(tx: Tx, complaint_id: int, given: Saying) -> int:
    """A question that the reporter reads by their receipt."""
    return _say(tx, complaint_id, "ask", MessageKind.QUESTION, given)


@operation("complaint.remark")
def remark(tx: Tx, complaint_id: int, given: Saying) -> int:
    """A note that no reporter sees."""
    return _say(tx, complaint_id, "remark", MessageKind.NOTE, given)


def _say(tx: Tx, complaint_id: int, action: str, kind: MessageKind, given: Saying) -> int:
    row = WORKFLOW.guard(tx, complaint_id, action)
    values = {"district_id": row.district_id, "complaint_id": complaint_id, "kind": kind, "text": given.text}
    tx.connection.execute(sa.insert(MESSAGE).values(**values, said_on=tx.today, user_id=tx.actor.user_id))
    if row.answered:
        _change(tx, row, answered=False)
    else:
        record(tx, "complaint", complaint_id)
    return complaint_id


@operation("complaint.prolong")
def prolong(tx: Tx, complaint_id: int, given: Prolongation) -> int:
    """Once, by 30 days at most, with a reason."""
    row = WORKFLOW.guard(tx, complaint_id, "prolong", given.note)
    if row.extended_days:
        raise Conflict(f"已延长 {row.extended_days} 日，只能延长一次，最多 {PROLONGED_BY} 日", code="prolonged")
    tx.reason = given.note
    due = row.due_on + timedelta(days=given.days)
    _change(tx, row, extended_days=given.days, due_on=due, conclude_by=due)
    return complaint_id


@operation("complaint.conclude")
def conclude(tx: Tx, complaint_id: int, given: Conclusion) -> int:
    """What was found, in words for the reporter; it is replied within 15 workdays."""
    row = WORKFLOW.guard(tx, complaint_id, "conclude")
    due = tx.workdays.add(tx.today, tx.settings.complaint_reply_workdays)
    said = {"result": given.result, "conclusion": given.conclusion, "answered": False}
    WORKFLOW.step(tx, row, "conclude", given.note, **said, concluded_on=tx.today, due_on=due, reply_by=due)
    if row.rectification_id is not None:
        rectifications.disclose_source(tx, row.rectification_id, Source.COMPLAINT)
    return complaint_id


@operation("complaint.identify")
def identify(tx: Tx, complaint_id: int, note: str | None = None) -> dict[str, str]:
    """Who reported it: for the handler that was named, with a reason; each time is an event."""
    if tx.actor.token_id is not None:
        WORKFLOW.find(tx, complaint_id)
        raise Forbidden("举报人身份只由承办人登录后查看，令牌不能查看", code="session_required")
    row = WORKFLOW.guard(tx, complaint_id, "identify", note)
    found = identities.opened(tx, complaint_id)
    record(tx, "complaint", row.id, reason=note)
    return found


@operation("complaint.rectify")
def rectify(tx: Tx, complaint_id: int, given: ToRectify) -> int:
    """The unit complained of, or the one in its place, has to put something right: it reads the problem, and nothing of
    the complaint; as long as this is looked into, not even that somebody complained."""
    row = WORKFLOW.guard(tx, complaint_id, "rectify")
    if row.rectification_id is not None:
        raise Conflict("这一件已移交整改", code="rectifying")
    fields = {"problem": given.problem, "deadline_on": given.deadline_on}
    source = Source.ASSIGNED if row.state == INVESTIGATING else Source.COMPLAINT
    unit_id = inspecting.answering(tx, row.unit_id)
    made = rectifications.create_for(tx, unit_id, RectificationCreate(source=source, **fields))
    _change(tx, row, rectification_id=made)
    return complaint_id
