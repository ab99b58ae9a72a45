"""Every write to actions: proposed, approved, served, performed, replied to, closed."""

from typing import Any

import sqlalchemy as sa

from app.accountability import answering, papers, triggers
from app.accountability.ladder import cite
from app.accountability.models import (
    ACTION,
    ACTION_KIND_LABELS,
    FORMER_PAPER,
    SANCTIONS_OF_PERSONS,
    TO_PERFORM,
    AccountabilityAction,
    ActionCreate,
    ActionKind,
    ActionPatch,
    Cited,
)
from app.accountability.papers import REPLY_WITHIN
from app.accountability.rules import APPROVED, PROPOSERS, WITHDRAWN, WORKFLOW
from app.accountability.triggers import Found
from app.appointments.models import APPOINTMENT
from app.core.bulk_steps import in_bulk
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.documents import operations as documents
from app.documents.drafting import addressed
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.units.succession import stand_ins


@operation("accountability_action.propose")
def create(tx: Tx, given: ActionCreate) -> int:
    """By hand, citing what gives rise to it; a leader approves. Not about one's own unit, nor one that is gone."""
    require(tx.actor, *PROPOSERS)
    unit = addressed(tx, given.unit_id, "unit_id")
    if not tx.actor.is_stranger_to(unit.id):
        raise Forbidden("不能对本单位提出问责，请由他人提出")
    person = _person(tx, given)
    check_person(given.kind, person)
    gone = stand_ins(tx)
    found = [(each.kind, _found(tx, each, unit, gone)) for each in given.triggers]
    fields = given.model_dump(include={"unit_id", "kind", "appointment_id", "reason"})
    made = tx.add(AccountabilityAction(**fields, person=person, proposed_by=tx.actor.user_id))
    assert made.id is not None
    cite(tx, made.id, list(dict.fromkeys(found)))
    return made.id


def _found(tx: Tx, cited: Cited, unit: Any, gone: answering.Gone) -> Found:
    source = triggers.find(cited.kind, "triggers")
    for found in answering.found_of(tx, source, unit.id, gone, cited.source_id):
        return found
    raise invalid("triggers", f"{unit.name}没有这一{source.label}，或已办结，请重新选择")


def _person(tx: Tx, given: ActionCreate) -> str | None:
    if given.appointment_id is None:
        return given.person
    row = tx.connection.execute(
        sa.select(APPOINTMENT.c.name).where(
            APPOINTMENT.c.id == given.appointment_id, APPOINTMENT.c.unit_id == given.unit_id
        )
    ).one_or_none()
    if row is None:
        raise invalid("appointment_id", "这个单位没有这一任职，请重新选择")
    name: str = row.name
    return name


def check_person(kind: ActionKind, person: str | None) -> None:
    """422 where a sanction of persons names none, or another one does."""
    if kind in SANCTIONS_OF_PERSONS and not person:
        raise invalid("person", f"{ACTION_KIND_LABELS[kind]}针对个人，请选择或填写被问责人")
    if kind not in SANCTIONS_OF_PERSONS and person:
        raise invalid("person", f"{ACTION_KIND_LABELS[kind]}针对单位，请不要填写被问责人")


@operation("accountability_action.edit")
def edit(tx: Tx, action_id: int, given: ActionPatch, version: int | None = None) -> int:
    """Another kind, person or reason, before a leader approves it; what it cites stays."""
    row = WORKFLOW.guard(tx, action_id, "edit")
    action = changing(tx, AccountabilityAction, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "kind", "reason")
    person = changes.get("person", row.person)
    check_person(ActionKind(changes.get("kind", row.kind)), person)
    if person != row.person:
        changes["appointment_id"] = None
    action.sqlmodel_update(changes)
    tx.session.flush()
    return action_id


# Steps


@operation("accountability_action.approve")
def approve(tx: Tx, action_id: int, note: str | None = None) -> int:
    row = WORKFLOW.guard(tx, action_id, "approve", note)
    WORKFLOW.step(tx, row, "approve", note, approved_by=tx.actor.user_id, approved_at=tx.now)
    return action_id


@operation("accountability_action.withdraw")
def withdraw(tx: Tx, action_id: int, note: str | None = None) -> int:
    """Before its unit knows of it; its paper is served no more."""
    row = WORKFLOW.guard(tx, action_id, "withdraw", note)
    WORKFLOW.step(tx, row, "withdraw", note)
    return action_id


@operation("accountability_action.draw_up")
def draw_up(tx: Tx, action_id: int, note: str | None = None) -> int:
    """Its paper, from what it cites: a draft to be looked through, approved and served as any document is. One that was
    voided stays a paper of it, and is held back as long as the new one."""
    row = WORKFLOW.guard(tx, action_id, "draw_up", note)
    action = changing(tx, AccountabilityAction, row)
    kind = ActionKind(row.kind)
    if kind not in papers.PAPERS:
        raise Conflict(f"{ACTION_KIND_LABELS[kind]}没有公文，直接送达", code="no_paper")
    if not papers.may_draw_up(kind, papers.state_of(tx, row.document_id)):
        raise Conflict("这一项已有公文，请修改那一份，或先作废", code="paper_exists")
    if row.document_id is not None:
        former = {"district_id": row.district_id, "action_id": action_id, "document_id": row.document_id}
        tx.connection.execute(sa.insert(FORMER_PAPER).values(former))
    action.document_id = documents.draw_up(tx, papers.PAPERS[kind], papers.drawn_up(tx, row))
    tx.session.flush()
    return action_id


@operation("accountability_action.serve")
def serve(tx: Tx, action_id: int, note: str | None = None) -> int:
    """From here on its unit sees it and is to reply. Its paper is served along; 409 where that is not approved."""
    row = WORKFLOW.guard(tx, action_id, "serve", note)
    state = papers.state_of(tx, row.document_id)
    if not papers.may_serve(row.kind, state, papers.is_supervisions_own(tx, row.id)):
        what = "先起草公文，经局领导批准" if state is None else "公文还没有批准，或已作废；批准"
        raise Conflict(f"还不能送达：{what}后再送达", code="paper_needed")
    if row.document_id is not None:
        documents.serve_along(tx, row.document_id, (row.unit_id,))
    _put_in_force(tx, row, note)
    return action_id


def _put_in_force(tx: Tx, row: Any, note: str | None = None) -> None:
    """What is still to be done is replied to afterwards: until then no day runs."""
    reply_by = None if row.kind in TO_PERFORM else tx.workdays.add(tx.today, REPLY_WITHIN)
    WORKFLOW.step(tx, row, "serve", note, served_by=tx.actor.user_id, served_at=tx.now, reply_by=reply_by)
    tell_unit(tx, row.unit_id, Kind.GIVEN, "accountability_action", row.id, reply_by)


def paper_served(tx: Tx, document_id: int) -> tuple[int, ...]:
    """An action is served when its paper is. Its unit hears of the action alone: it replies on its page, which leads to
    the paper and its receipt; the paper's page leads to no action."""
    mine = sa.select(ACTION.c.id, ACTION.c.state).where(ACTION.c.document_id == document_id)
    found = tx.connection.execute(mine).one_or_none()
    if found is None:
        return ()
    if found.state == WITHDRAWN:
        raise Conflict("这份公文所属的问责已撤回，不能送达，请作废", code="withdrawn")
    if found.state != APPROVED:
        return ()
    row = WORKFLOW.find(tx, found.id)
    if not row.may_serve:
        raise Forbidden("这份公文随问责送达：督导问责由督导室送达，涉及本单位的由局领导送达")
    with tx.performing("accountability_action.serve"):
        _put_in_force(tx, row)
    return (row.unit_id,)


documents.WHEN_SERVED.append(paper_served)


@operation("accountability_action.perform")
def perform(tx: Tx, action_id: int, note: str | None = None) -> int:
    """What was done; the note says it: how the talk went, what was adjusted, to whom it was referred. What is to be
    done first is replied to from then on."""
    row = WORKFLOW.guard(tx, action_id, "perform", note)
    if row.performed_at is not None:
        raise Conflict("执行情况已经记录，等待单位答复", code="performed")
    begins = row.kind in TO_PERFORM
    reply_by = tx.workdays.add(tx.today, REPLY_WITHIN) if begins else row.reply_by
    WORKFLOW.step(tx, row, "perform", performance=note, performed_at=tx.now, reply_by=reply_by)
    if begins:
        tell_unit(tx, row.unit_id, Kind.SENT_AGAIN, "accountability_action", action_id, reply_by)
    return action_id


@operation("accountability_action.reply")
def reply(tx: Tx, action_id: int, note: str | None = None) -> int:
    """The unit's, in the note; its evidence is linked before. 409 where what is to be done was not recorded yet."""
    row = WORKFLOW.guard(tx, action_id, "reply", note)
    if row.kind in TO_PERFORM and row.performed_at is None:
        label = ACTION_KIND_LABELS[ActionKind(row.kind)]
        raise Conflict(f"还不能答复：{label}的执行情况记录以后再答复", code="not_performed")
    WORKFLOW.step(tx, row, "reply", reply=note, replied_by=tx.actor.user_id, replied_at=tx.now)
    return action_id


@operation("accountability_action.send_back")
def send_back(tx: Tx, action_id: int, note: str | None = None) -> int:
    """The reply does not answer: its unit replies anew, and has as long again."""
    row = WORKFLOW.guard(tx, action_id, "send_back", note)
    reply_by = tx.workdays.add(tx.today, REPLY_WITHIN)
    WORKFLOW.step(tx, row, "send_back", note, reply_by=reply_by)
    tell_unit(tx, row.unit_id, Kind.SENT_BACK, "accountability_action", row.id, reply_by)
    return action_id


@operation("accountability_action.close")
def close(tx: Tx, action_id: int, note: str | None = None) -> int:
    """With what came of it (整改落实情况和成效), in the note."""
    row = WORKFLOW.guard(tx, action_id, "close", note)
    WORKFLOW.step(tx, row, "close", effect=note, closed_by=tx.actor.user_id, closed_at=tx.now)
    return action_id


STEPS = {
    "approve": approve,
    "draw_up": draw_up,
    "serve": serve,
    "perform": perform,
    "reply": reply,
    "send_back": send_back,
    "close": close,
    "withdraw": withdraw,
}
BULK = {"approve": approve, "withdraw": withdraw}
bulk = in_bulk(WORKFLOW, BULK)
