"""Every write to documents: drawing one up, editing it, its number, its service, its receipts, its end."""

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa

from app.core.audit import record
from app.core.errors import Conflict, FieldError, Invalid, invalid
from app.core.numbers import next_number
from app.core.operation import Tx, operation
from app.core.policy import OWN, Role, require
from app.core.within import within
from app.core.workflow import changing, expect_version
from app.documents import addressing, circulars, drafting
from app.documents.drafting import Draft
from app.documents.merging import merged
from app.documents.models import (
    CITATION,
    CITED,
    COPY,
    DOCUMENT,
    DOCUMENT_KIND_LABELS,
    LONGEST,
    RECIPIENT,
    TO_MANY,
    Document,
    DocumentCreate,
    DocumentKind,
    DocumentPatch,
    DocumentReceipt,
)
from app.documents.rules import APPROVED, CONFIDED, POLICY, WORKFLOW
from app.documents.series import WORDS, prefixes, series_of
from app.notifications.models import Kind
from app.notifications.operations import tell_person, tell_units_of
from app.notifications.rules import seen_by
from app.rectifications.models import RECTIFICATION
from app.units.models import UNIT
from app.units.operations import unit_of_district

RECEIPT_WITHIN = 2
"""Workdays in which a unit is to receipt what was served to it."""
seen_by("document", POLICY, by_all_of_a_unit=True)
DRAFTS: dict[DocumentKind, Callable[[Tx, DocumentCreate], Draft]] = {
    DocumentKind.RECTIFICATION_NOTICE: drafting.of_rectification,
    DocumentKind.URGING_ORDER: drafting.of_unit_late,
    DocumentKind.TALK_NOTICE: drafting.of_unit_to_talk,
    DocumentKind.TALK_RECORD: drafting.of_notice,
    DocumentKind.CIRCULAR: circulars.of_inspections,
}
NEEDED: dict[DocumentKind, dict[str, str]] = {
    DocumentKind.TALK_NOTICE: {
        "talk_with": "请填写约谈对象",
        "talk_on": "请填写约谈日期",
        "talk_time": "请填写约谈时间",
        "talk_place": "请填写约谈地点",
    },
}
NEEDED[DocumentKind.TALK_RECORD] = NEEDED[DocumentKind.TALK_NOTICE] | {
    "talk_by": "请填写约谈人",
    "talk_recorder": "请填写记录人",
}
"""What must be there before it is submitted."""


@operation("document.create")
def create(tx: Tx, given: DocumentCreate) -> int:
    """A draft with all that is known filled in."""
    require(tx.actor, Role.SUPERVISOR)
    if given.kind not in DRAFTS:
        raise invalid("kind", f"{DOCUMENT_KIND_LABELS[given.kind]}在它所属的事项里起草")
    if given.rectification_id is not None:
        _only_notice(tx, given)
    draft = DRAFTS[given.kind](tx, given)
    return _put(tx, given.kind, draft, None if given.kind == DocumentKind.TALK_RECORD else _drawn(given, draft))


@operation("document.create")
def draw_up(tx: Tx, kind: DocumentKind, draft: Draft) -> int:
    """A draft that another folder drew up, from what it knows: nothing of it is taken anew. Of a confided kind that
    folder has asked already who may."""
    if kind not in CONFIDED:
        require(tx.actor, Role.SUPERVISOR)
    return _put(tx, kind, draft, None)


def _put(tx: Tx, kind: DocumentKind, draft: Draft, drawn: dict[str, Any] | None) -> int:
    issuer = tx.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id == tx.actor.district_id)).scalar_one()
    document = Document(
        kind=kind,
        issuer=issuer,
        title=draft.title[:500],
        body="\n".join(draft.lines)[:LONGEST],
        unit_ids=draft.unit_ids,
        figures=draft.figures,
        printed_by=tx.connection.execute(_PRINTED, {"district": tx.actor.district_id}).scalar(),
        drafted_by=tx.actor.user_id,
        **draft.fields,
    )
    if drawn is not None:
        document.drawn, document.drawn_at = drawn, tx.now
    _check(tx, document, {name: getattr(document, name) for name in SPOKEN})
    made = tx.add(document)
    assert made.id is not None
    _cite(tx, made, draft.cites)
    return made.id


SPOKEN = ("title", "addressee", "body", "copy_others", "printed_by")
"""What a document says in its own words, on paper."""
CHECKS: dict[DocumentKind, Callable[[Tx, Any, dict[str, str | None]], None]] = {}
"""What a kind may not say: asked of what is spoken, at draft, edit, submission and approval; by the folders whose rows
such documents are about."""


def _check(tx: Tx, row: Any, spoken: dict[str, str | None]) -> None:
    if check := CHECKS.get(row.kind):
        check(tx, row, spoken)


_PRINTED = (
    sa.select(DOCUMENT.c.printed_by)
    .where(DOCUMENT.c.district_id == sa.bindparam("district"))
    .order_by(DOCUMENT.c.id.desc())
    .limit(1)
)
"""印发机关 of the last one: it is seldom another."""


def _drawn(given: DocumentCreate, draft: Draft) -> dict[str, Any]:
    asked = given.model_dump(mode="json", exclude_defaults=True)
    return {"from": asked, "title": draft.title[:500], "lines": draft.lines, "unit_ids": draft.unit_ids}


def _cite(tx: Tx, document: Document, cites: list[dict[str, int]]) -> None:
    if cites:
        mine = {"district_id": document.district_id, "document_id": document.id}
        tx.connection.execute(sa.insert(CITATION), [dict.fromkeys(CITED) | cited | mine for cited in cites])


def _only_notice(tx: Tx, given: DocumentCreate) -> None:
    """409 while another one is on its way. Two at once: the second waits here and then finds the first."""
    mine = RECTIFICATION.c.id == given.rectification_id
    tx.connection.execute(sa.select(RECTIFICATION.c.id).where(mine).with_for_update())
    under_way = sa.select(DOCUMENT.c.id).join(CITATION, CITATION.c.document_id == DOCUMENT.c.id)
    under_way = under_way.where(
        CITATION.c.rectification_id == given.rectification_id,
        DOCUMENT.c.district_id == tx.actor.district_id,
        DOCUMENT.c.kind == DocumentKind.RECTIFICATION_NOTICE,
        DOCUMENT.c.kind == given.kind,
        DOCUMENT.c.state.in_(["draft", "submitted", "approved", "served"]),
    )
    if tx.connection.execute(under_way).first():
        raise Conflict("这个问题已有一份整改通知书在办，请修改那一份，或先作废", code="notice_exists")


@operation("document.edit")
def edit(tx: Tx, document_id: int, given: DocumentPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, document_id, "edit")
    document = changing(tx, Document, row, version)
    changes = given.model_dump(exclude_unset=True)
    for name, words in {"title": "请填写标题", "body": "请填写正文", "unit_ids": "请选择送达单位"}.items():
        if name in changes and not changes[name]:
            raise invalid(name, words)
    if "unit_ids" in changes:
        changes["unit_ids"] = _addressees(tx, row, changes["unit_ids"])
    served = changes.get("unit_ids", row.unit_ids)
    if "copy_unit_ids" in changes:
        changes["copy_unit_ids"] = _copied(tx, row, changes["copy_unit_ids"] or [], served)
    elif "unit_ids" in changes:
        changes["copy_unit_ids"] = _not_served(row, served)
    _check(tx, row, {name: changes[name] for name in SPOKEN if name in changes})
    document.sqlmodel_update(changes)
    tx.session.flush()
    return document_id


def _addressees(tx: Tx, row: Any, unit_ids: list[int]) -> list[int]:
    chosen = list(dict.fromkeys(unit_ids))
    if set(chosen) == set(row.unit_ids):
        return list(row.unit_ids)
    if row.kind not in TO_MANY:
        raise invalid("unit_ids", f"{DOCUMENT_KIND_LABELS[row.kind]}只送达所涉单位，不能另选")
    for unit_id in chosen:
        if unit_id not in row.unit_ids:
            drafting.addressed(tx, unit_id, "unit_ids")
    return chosen


def _copied(tx: Tx, row: Any, unit_ids: list[int], served: list[int]) -> list[int]:
    """In the order chosen; whom it is served to has it already."""
    chosen = list(dict.fromkeys(unit_ids))
    for unit_id in chosen:
        if unit_id not in row.copy_unit_ids:
            unit_of_district(tx, unit_id, "copy_unit_ids")
    if having := [each for each in chosen if each in served or each == row.district_id]:
        name = tx.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id == having[0])).scalar_one()
        has_it = "是发文机关" if having[0] == row.district_id else "已是送达单位"
        raise invalid("copy_unit_ids", f"{name}{has_it}，不用再抄送，请取消选择")
    return chosen


def _not_served(row: Any, served: list[int]) -> list[int]:
    """Of those that it was to be copied to, whom it is not served to instead."""
    return [each for each in row.copy_unit_ids if each not in served]


@operation("document.refresh")
def refresh(tx: Tx, document_id: int, note: str | None = None) -> int:
    """Drawn up once more from what is known now; what was written by hand stays. 409 where nothing is left to say."""
    row = WORKFLOW.guard(tx, document_id, "refresh", note)
    document = changing(tx, Document, row)
    drawn = row.drawn
    given = DocumentCreate.model_validate(drawn["from"])
    draft = _drawn_up(tx, given)
    lines = merged(drawn["lines"], row.body.split("\n"), draft.lines)
    body = "\n".join(lines)
    if len(body) > LONGEST:
        raise Conflict(f"更新后正文超过 {LONGEST} 字，请先精简正文再更新", code="too_long")
    known = _drawn(given, draft)
    for name in ("title", "unit_ids"):
        if getattr(row, name) == drawn[name]:
            setattr(document, name, known[name])
    document.copy_unit_ids = _not_served(row, document.unit_ids)
    document.sqlmodel_update({"body": body, "figures": draft.figures, "drawn": known, "drawn_at": tx.now})
    tx.session.flush()
    tx.connection.execute(sa.delete(CITATION).where(CITATION.c.document_id == document_id))
    _cite(tx, document, draft.cites)
    return document_id


def _drawn_up(tx: Tx, given: DocumentCreate) -> Draft:
    """Of named assignments, those that are late still."""
    if given.assignment_ids:
        given = given.model_copy(update={"assignment_ids": drafting.still_late(tx, given.assignment_ids)})
        if not given.assignment_ids:
            raise Conflict("没有更新数据：所列任务都已办结，不再需要督办，可以作废这份草稿", code="nothing_left")
    try:
        return DRAFTS[given.kind](tx, given)
    except Invalid as problem:
        raise Conflict(f"没有更新数据：{problem.detail}", code="nothing_left") from None


@operation("document.submit")
def submit(tx: Tx, document_id: int, note: str | None = None) -> int:
    """To a leader, whole: what an approved paper must say is there. From here on it is not edited."""
    row = WORKFLOW.guard(tx, document_id, "submit", note)
    _whole(tx, row, "送审")
    by = {"submitted_by": tx.actor.user_id, "submitted_at": tx.now}
    WORKFLOW.step(tx, row, "submit", note, sent_back_at=None, **by)
    return document_id


@operation("document.withdraw")
def withdraw(tx: Tx, document_id: int, note: str | None = None) -> int:
    """By whoever submitted it, until it is decided: a draft again, which nobody sent back."""
    row = WORKFLOW.guard(tx, document_id, "withdraw", note)
    WORKFLOW.step(tx, row, "withdraw", note, submitted_at=None)
    return document_id


def _whole(tx: Tx, row: Any, act: str) -> None:
    needed = NEEDED.get(row.kind, {}) | {"unit_ids": "请选择送达单位"}
    missing = [FieldError(f"/{name}", words) for name, words in needed.items() if not getattr(row, name)]
    if missing:
        detail = "；".join(error.detail for error in missing)
        raise Conflict(f"还不能{act}：{detail}", code="incomplete", errors=missing)
    addressing.refuse_gone(tx, row, act)
    _check(tx, row, {name: getattr(row, name) for name in SPOKEN})


@operation("document.send_back")
def send_back(tx: Tx, document_id: int, note: str | None = None) -> int:
    """By a leader, who says what to mend: a draft again, of whoever drew it up."""
    row = WORKFLOW.guard(tx, document_id, "send_back", note)
    WORKFLOW.step(tx, row, "send_back", note, sent_back_at=tx.now)
    _tell_drafter(tx, row, Kind.SENT_BACK)
    return document_id


@operation("document.approve")
def approve(tx: Tx, document_id: int, note: str | None = None, version: int | None = None) -> int:
    """By a leader, or another of those to whom it is confided. From here on the text stands, under the next number of
    its series; what fails gives none. 412 where the text is not the one that was read: it was withdrawn and changed."""
    row = WORKFLOW.guard(tx, document_id, "approve", note)
    expect_version(row, version)
    _whole(tx, row, "批准")
    given: dict[str, Any] = {"approved_by": tx.actor.user_id, "approved_at": tx.now}
    given["unit_names"] = addressing.named(tx, row.unit_ids, row.copy_unit_ids)
    if row.kind in WORDS:
        year = tx.today.year
        given |= {"prefix": prefixes(tx)[row.kind], "year": year, "number": next_number(tx, series_of(row.kind), year)}
    WORKFLOW.step(tx, row, "approve", note, **given)
    _tell_drafter(tx, row, Kind.APPROVED)
    return document_id


def _tell_drafter(tx: Tx, row: Any, kind: Kind) -> None:
    """What a system drew up is nobody's."""
    if row.drafted_by is not None:
        tell_person(tx, row.drafted_by, kind, "document", row.id)


@operation("document.serve")
def serve(tx: Tx, document_id: int, note: str | None = None) -> int:
    """From here on its units see it, and their receipt is waited for; those that it is copied to see it, too. What was
    merged into another meanwhile, that one takes in its place, and the step says so; 409 ``unit_gone`` where no unit is
    left."""
    row = WORKFLOW.guard(tx, document_id, "serve", note)
    _put_in_force(tx, row, note)
    _tell_units(tx, row, {unit_id for told in WHEN_SERVED for unit_id in told(tx, document_id)})
    return document_id


@operation("document.serve")
def serve_along(tx: Tx, document_id: int, told: Collection[int]) -> None:
    """With what it is the paper of, by whoever may serve that; nothing where it was served already. It is approved.
    The units ``told`` hear of that matter."""
    row = tx.connection.execute(sa.select(DOCUMENT).where(DOCUMENT.c.id == document_id)).one()
    if row.state == APPROVED:
        _put_in_force(tx, row)
        _tell_units(tx, row, told)


def _put_in_force(tx: Tx, row: Any, note: str | None = None) -> None:
    served, copied = addressing.standing(tx, row)
    changed: dict[str, Any] = {"unit_ids": served} if served != row.unit_ids else {}
    changed |= {"copy_unit_ids": copied} if copied != row.copy_unit_ids else {}
    if changed:
        # 主送 and 抄送 name who takes it by now, not whom a leader approved: the step says for whom.
        instead = addressing.in_words(tx, [*row.unit_ids, *row.copy_unit_ids])
        note = " ".join(filter(None, [note, *instead]))
        changed["unit_names"] = addressing.named(tx, served, copied) | (row.unit_names or {})
    reply_by = tx.workdays.add(tx.today, RECEIPT_WITHIN)
    WORKFLOW.step(tx, row, "serve", note, served_at=tx.now, reply_by=reply_by, **changed)
    mine = {"district_id": row.district_id, "document_id": row.id}
    for table, unit_ids in ((RECIPIENT, served), (COPY, copied)):
        if unit_ids:
            tx.connection.execute(sa.insert(table), [mine | {"unit_id": unit_id} for unit_id in unit_ids])


def _tell_units(tx: Tx, row: Any, told: Collection[int]) -> None:
    """The people of each unit that has it, but of those that were ``told`` of what it is the paper of."""
    for table, kind, deadline_on in ((RECIPIENT, Kind.GIVEN, DOCUMENT.c.reply_by), (COPY, Kind.PUBLISHED, None)):
        which = (DOCUMENT.c.id == row.id, table.c.document_id == DOCUMENT.c.id, table.c.unit_id.not_in(sorted(told)))
        tell_units_of(tx, DOCUMENT, kind, "document", deadline_on, *which, unit_id=table.c.unit_id)


WHEN_SERVED: list[Callable[[Tx, int], Collection[int]]] = []
"""Told of each document that is served, in the same transaction: by folders whose rows it is the paper of. They answer
which units they told of their row, to act there: these get no second notice, of the paper."""
WHEN_VOIDED: list[Callable[[Tx, int], None]] = []
"""The same of each that is voided."""


@operation("document.receipt")
def receipt(tx: Tx, document_id: int, given: DocumentReceipt) -> int:
    """The actor's units took it; with the last unit's receipt the document is receipted."""
    # Two units at once: each would find the other still missing, and the document would wait for ever.
    tx.connection.execute(sa.select(DOCUMENT.c.id).where(DOCUMENT.c.id == document_id).with_for_update())
    row = WORKFLOW.guard(tx, document_id, "receipt", given.note)
    received_on = given.received_on or tx.today
    if received_on > tx.today:
        raise invalid("received_on", "签收日期还没有到，请填写实际收到的日期")
    waiting = sa.and_(RECIPIENT.c.document_id == row.id, RECIPIENT.c.receipted_at.is_(None))
    mine = sa.update(RECIPIENT).where(waiting, within(RECIPIENT.c.unit_id, OWN))
    told = {"receiver": given.receiver, "received_on": received_on, "opinion": given.note or None}
    taken = mine.values(**told, receipted_at=tx.now, receipted_by=tx.actor.user_id).returning(RECIPIENT.c.unit_id)
    units = sorted(tx.connection.execute(taken, tx.actor.binds).scalars())
    if tx.connection.execute(sa.select(RECIPIENT.c.id).where(waiting)).first():
        record(tx, "document", row.id, after={"unit_ids": units}, reason=given.note or None)
    else:
        WORKFLOW.step(tx, row, "receipt", given.note or None)
    return document_id


@operation("document.void")
def void(tx: Tx, document_id: int, note: str | None = None) -> int:
    """Its number is never given again; whoever it was served to sees that it holds no more."""
    row = WORKFLOW.guard(tx, document_id, "void", note)
    WORKFLOW.step(tx, row, "void", note)
    for told in WHEN_VOIDED:
        told(tx, document_id)
    return document_id


ON_VERSION = ("approve",)
STEPS = {
    "refresh": refresh,
    "submit": submit,
    "withdraw": withdraw,
    "approve": approve,
    "send_back": send_back,
    "serve": serve,
    "void": void,
}
