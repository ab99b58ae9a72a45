"""Every read of documents: the list, one with its text and receipts, the paper it is printed from."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_number
from app.core.policy import DISTRICT_WIDE, OWN, Policy, Roles
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import holds, many, within
from app.documents.models import (
    CITATION,
    CITED,
    COPY,
    DOCUMENT,
    DOCUMENT_KIND_LABELS,
    RECIPIENT,
    DocumentKind,
    DocumentState,
)
from app.documents.paper import MOST_NAMED, Paper, number_of, paper_of
from app.documents.rules import POLICY, WORKFLOW
from app.identity.models import USER
from app.inspections.models import INSPECTION
from app.inspections.rules import POLICY as INSPECTIONS
from app.notifications.queries import by_id_alone, titled
from app.plans.models import ITEM, PLAN
from app.plans.rules import POLICY as PLANS
from app.rectifications.models import RECTIFICATION
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.models import UNIT

DRAFTER, APPROVER, NOTICE = USER.alias("drafter"), USER.alias("approver"), DOCUMENT.alias("notice")
_NAMES = (
    *("id", "version", "kind", "state", "title", "issuer", "addressee", "notice_id", "submitted_at"),
    *("approved_at", "served_at", "reply_by", "created_at", "updated_at"),
)
_TEXT = (
    *("body", "copy_unit_ids", "copy_others", "printed_by", "figures", "drawn_at"),
    *("talk_with", "talk_on", "talk_time", "talk_place", "talk_by", "talk_recorder"),
)
_OWN_NUMBER, _NOTICES = ("prefix", "year", "number"), ("notice_prefix", "notice_year", "notice_number")
_COLUMNS = [
    *(DOCUMENT.c[name] for name in (*_NAMES, *_OWN_NUMBER, "unit_ids")),
    *(NOTICE.c[name].label(f"notice_{name}") for name in _OWN_NUMBER),
    DRAFTER.c.name.label("drafted_by_name"),
    APPROVER.c.name.label("approved_by_name"),
]
_SOURCE = (
    DOCUMENT.outerjoin(DRAFTER, DRAFTER.c.id == DOCUMENT.c.drafted_by)
    .outerjoin(APPROVER, APPROVER.c.id == DOCUMENT.c.approved_by)
    .outerjoin(NOTICE, NOTICE.c.id == DOCUMENT.c.notice_id)
)
WRITTEN = (
    DOCUMENT.c.prefix + "〔" + sa.cast(DOCUMENT.c.year, sa.String) + "〕" + sa.cast(DOCUMENT.c.number, sa.String) + "号"
)
"""发文字号 as people look for it."""


def _cites(name: str) -> Filter:
    """Documents about that row, where the actor may read it."""
    _, table, policy, _ = CITABLE[name]
    asked = sa.bindparam(f"f_{name}", type_=sa.BigInteger)

    def condition(roles: Roles) -> sa.ColumnElement[bool]:
        row = sa.select(sa.literal(1)).select_from(CITATION.join(table, table.c.id == CITATION.c[name]))
        mine = sa.and_(CITATION.c.document_id == DOCUMENT.c.id, CITATION.c[name] == asked, policy.read(roles))
        return row.where(mine).correlate(DOCUMENT).exists()

    return Filter(condition)


CITABLE: dict[str, tuple[str, sa.Table, Policy, sa.ColumnElement[str]]] = {
    "assignment_id": (
        "assignments",
        ASSIGNMENT,
        ASSIGNMENTS,
        sa.select(ITEM.c.title).where(ITEM.c.id == ASSIGNMENT.c.plan_item_id).correlate(ASSIGNMENT).scalar_subquery(),
    ),
    "rectification_id": ("rectifications", RECTIFICATION, RECTIFICATIONS, RECTIFICATION.c.problem),
    "inspection_id": ("inspections", INSPECTION, INSPECTIONS, INSPECTION.c.title),
    "plan_id": ("plans", PLAN, PLANS, PLAN.c.title),
}
"""What a document may be about: (its plural noun, table, rule, what it is called)."""


def _addressed(roles: Roles) -> sa.ColumnElement[bool]:
    """Served or copied to that unit, or to be; of a unit's own people, to one of theirs."""
    asked = sa.bindparam("f_unit_id", type_=sa.BigInteger)
    wide = bool(roles & DISTRICT_WIDE)
    found: list[sa.ColumnElement[bool]] = []
    for table in (RECIPIENT, COPY):
        mine = sa.select(table.c.document_id).where(table.c.unit_id == asked).correlate(None)
        found.append(DOCUMENT.c.id.in_(mine if wide else mine.where(within(table.c.unit_id, OWN))))
    if wide:
        chosen = sa.or_(holds(DOCUMENT.c.unit_ids, asked), holds(DOCUMENT.c.copy_unit_ids, asked))
        found.append(sa.and_(DOCUMENT.c.served_at.is_(None), chosen))
    return sa.or_(*found)


LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(DOCUMENT)},
    filters={
        "kind": one_of(DOCUMENT.c.kind, "kind", DocumentKind),
        "state": one_of(DOCUMENT.c.state, "state", DocumentState),
        "year": equals(DOCUMENT.c.year, "year", parse_number(1949, 2199)),
        "unit_id": Filter(_addressed, description="主送（送达）或抄送这一单位的公文，还没有送达的按拟定的单位"),
        "notice_id": equals(DOCUMENT.c.notice_id, "notice_id"),
        **{name: _cites(name) for name in CITED},
    },
    search=[DOCUMENT.c.title, WRITTEN],
    detail=[DOCUMENT.c[name] for name in (*_TEXT, "sent_back_at", "unit_names")],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, "drafted_by_name", "approved_by_name")}
    names = _NOTICES if row.kind == DocumentKind.TALK_RECORD else _OWN_NUMBER
    return shown | {
        "number": number_of(*(getattr(row, name) for name in names)),
        "recipient_count": len(row.unit_ids),
        "receipt_count": 0,
        "allowed_actions": WORKFLOW.allowed_actions(row),
    }


def _of_ones_drafts(roles: Roles) -> sa.ColumnElement[bool]:
    """Whoever draws a document up sees all its receipts, also without seeing those of the district."""
    mine = sa.select(DOCUMENT.c.id).where(POLICY.may(roles, "draft")).correlate(None)
    return RECIPIENT.c.document_id.in_(mine)


@cache
def _counts_statement(roles: Roles) -> sa.Select[Any]:
    own = [] if roles & DISTRICT_WIDE else [sa.or_(within(RECIPIENT.c.unit_id, OWN), _of_ones_drafts(roles))]
    counts = sa.func.count().label("units"), sa.func.count(RECIPIENT.c.receipted_at).label("receipts")
    mine = sa.select(RECIPIENT.c.document_id, *counts).where(within(RECIPIENT.c.document_id, many("documents")), *own)
    return mine.group_by(RECIPIENT.c.document_id)


def with_counts(see: Reader, documents: Sequence[dict[str, Any]]) -> None:
    """Give presented documents the counts of those receipts that the actor may see: one statement for them all."""
    ids = [document["id"] for document in documents]
    binds = {**see.actor.binds, "documents": ids}
    rows = see.connection.execute(_counts_statement(see.actor.roles), binds).all() if ids else []
    counted = {row.document_id: row for row in rows}
    for document in documents:
        if row := counted.get(document["id"]):
            document |= {"recipient_count": row.units, "receipt_count": row.receipts}
        elif document["served_at"]:
            document["recipient_count"] = 0  # It was copied to the actor's units, which are not told of the others.


# One


def one(see: Reader, document_id: int) -> dict[str, Any]:
    """A document with its text, to whom it goes, and what it is about as far as the actor may read that."""
    return _shown(see, LIST.one(see, document_id))


def _shown(see: Reader, row: Any) -> dict[str, Any]:
    recipients = _recipients(see, row)
    return present(see, row) | {
        **{name: getattr(row, name) for name in _TEXT},
        "unit_ids": [each["unit_id"] for each in recipients],
        "recipients": recipients,
        "recipient_count": len(recipients),
        "receipt_count": sum(each["receipted_at"] is not None for each in recipients),
        "citations": _citations(see, row.id),
        "sent_back": _sent_back(see, row) if row.sent_back_at else None,
    }


@cache
def _recipients_statement(all_units: bool) -> sa.Select[Any]:
    names = ("receiver", "received_on", "opinion", "receipted_at")
    mine = sa.and_(RECIPIENT.c.unit_id == UNIT.c.id, RECIPIENT.c.document_id == sa.bindparam("document"))
    own = [] if all_units else [within(UNIT.c.id, OWN)]
    columns = [UNIT.c.id.label("unit_id"), UNIT.c.name.label("unit_name"), *(RECIPIENT.c[name] for name in names)]
    return (
        sa.select(*columns).select_from(UNIT.outerjoin(RECIPIENT, mine)).where(within(UNIT.c.id, many("units")), *own)
    )


def _recipients(see: Reader, row: Any) -> list[dict[str, Any]]:
    """In the order of the document; to a unit's own people, their units alone."""
    statement = _recipients_statement(bool(see.actor.roles & DISTRICT_WIDE) or row.may_draft)
    binds = {**see.actor.binds, "document": row.id, "units": row.unit_ids}
    found = {each.unit_id: each for each in see.connection.execute(statement, binds)}
    return [dict(found[unit_id]._mapping) for unit_id in row.unit_ids if unit_id in found]


_CITED = sa.select(*(CITATION.c[name] for name in CITED)).where(CITATION.c.document_id == sa.bindparam("document"))


@cache
def _cited_statement(name: str, roles: Roles) -> sa.Select[Any]:
    _, table, policy, title = CITABLE[name]
    ids = sa.select(CITATION.c[name]).where(CITATION.c.document_id == sa.bindparam("document"))
    return (
        sa.select(table.c.id, title.label("title")).where(table.c.id.in_(ids), policy.read(roles)).order_by(table.c.id)
    )


def _citations(see: Reader, document_id: int) -> list[dict[str, Any]]:
    rows = see.connection.execute(_CITED, {"document": document_id}).all()
    found: list[dict[str, Any]] = []
    for name in CITED:
        if any(getattr(row, name) is not None for row in rows):
            binds = {**see.actor.binds, "document": document_id}
            readable = see.connection.execute(_cited_statement(name, see.actor.roles), binds)
            found += [{"resource": CITABLE[name][0], "id": each.id, "title": each.title} for each in readable]
    return found


def _sent_back(see: Reader, row: Any) -> dict[str, Any] | None:
    """Who sent it back, when and why: its last event of that kind. None where the log holds it no more."""
    entry = next(iter(timeline(see, "document", row.id, {"document.send_back": ("退回", "back")})), None)
    return None if entry is None else {"who": entry.who, "at": entry.at, "note": entry.note}


_UNITS = sa.select(UNIT.c.id, UNIT.c.name).where(within(UNIT.c.id, many("units")))


def printed(see: Reader, document_id: int) -> tuple[dict[str, Any], Paper]:
    """A document, and as it is printed: the same for everyone who may read it."""
    row = LIST.one(see, document_id)
    first = row.unit_ids[: MOST_NAMED + 1]
    rows = see.connection.execute(_UNITS, {"units": [*first, *row.copy_unit_ids]})
    kept = row.unit_names or {}
    names = {each.id: kept.get(str(each.id), each.name) for each in rows}
    shown = _shown(see, row)
    return shown, paper_of(shown, *([names[unit_id] for unit_id in ids] for ids in (first, row.copy_unit_ids)))


_LABELS = labels_of(WORKFLOW, create=("起草", "")) | {
    "document.approve": ("批准", "accept"),
    "document.serve": ("送达", "submit"),
    "document.receipt": ("回执", "accept"),
    "document.void": ("作废", "back"),
}
_FOR_UNITS = {name: _LABELS[name] for name in ("document.approve", "document.serve", "document.void")}
"""A unit is told nothing of the others' receipts."""


def history(see: Reader, document_id: int) -> list[Entry]:
    """What happened to a document that the actor may read, newest first."""
    in_full = see.actor.roles & DISTRICT_WIDE or LIST.one(see, document_id).may_draft
    return timeline(see, "document", document_id, _LABELS if in_full else _FOR_UNITS)


def of(see: Reader, **cited: int) -> list[dict[str, Any]]:
    """The newest documents about one row: ``of(see, rectification_id=7)``."""
    asked = LIST.asked({name: str(row_id) for name, row_id in cited.items()})
    return [present(see, row) for row in LIST.page(see, asked)[0]]


# What notices call one: 督办单（青教督〔2026〕5号）; not by its title, which a person wrote

_KIND = sa.case(*((DOCUMENT.c.kind == kind, label) for kind, label in DOCUMENT_KIND_LABELS.items()))
titled(DOCUMENT, _KIND + sa.func.coalesce("（" + WRITTEN + "）", " " + by_id_alone(DOCUMENT)))


# What waits in a calendar

_TO_RECEIPT = (
    sa.select(DOCUMENT.c.id, DOCUMENT.c.version, DOCUMENT.c.updated_at, DOCUMENT.c.reply_by, UNIT.c.name)
    .add_columns(RECIPIENT.c.unit_id)
    .select_from(
        DOCUMENT.join(RECIPIENT, RECIPIENT.c.document_id == DOCUMENT.c.id).join(UNIT, UNIT.c.id == RECIPIENT.c.unit_id)
    )
    .where(
        DOCUMENT.c.state == DocumentState.SERVED,
        DOCUMENT.c.reply_by >= sa.bindparam("since"),
        RECIPIENT.c.receipted_at.is_(None),
        within(RECIPIENT.c.unit_id, OWN),
    )
    .order_by(DOCUMENT.c.reply_by, DOCUMENT.c.id, RECIPIENT.c.unit_id)
)


def to_receipt(see: Reader, since: date, most: int) -> Sequence[Any]:
    """Those that wait for a receipt of the actor's units, once for each unit."""
    return see.connection.execute(_TO_RECEIPT.limit(most), {**see.actor.binds, "since": since}).all()
