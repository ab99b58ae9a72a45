"""The matters that are documents, in full."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.policy import OWN
from app.core.within import many, within
from app.documents.models import (
    DOCUMENT,
    DOCUMENT_KIND_LABELS,
    DOCUMENT_STATE_LABELS,
    RECIPIENT,
    DocumentKind,
    DocumentState,
)
from app.identity.models import USER
from app.my_work import words
from app.my_work.kinds import APPROVE, RECEIPT, REVISE
from app.units.models import UNIT

IDS = many("matter_ids")
Details = dict[int, dict[str, Any]]

_ADDRESSED = (
    sa.select(
        *(DOCUMENT.c[name] for name in ("id", "kind", "state", "title", "issuer", "reply_by")),
        RECIPIENT.c.unit_id,
        UNIT.c.name.label("unit_name"),
    )
    .select_from(
        DOCUMENT.join(RECIPIENT, RECIPIENT.c.document_id == DOCUMENT.c.id).join(UNIT, UNIT.c.id == RECIPIENT.c.unit_id)
    )
    .where(within(DOCUMENT.c.id, IDS), within(RECIPIENT.c.unit_id, OWN), RECIPIENT.c.receipted_at.is_(None))
    .order_by(RECIPIENT.c.id)
)


def to_receipt(see: Reader, ids: list[int]) -> Details:
    """One for all the person's units: one receipt serves them."""
    found: Details = {}
    for row in see.connection.execute(_ADDRESSED, {**see.actor.binds, "matter_ids": ids}):
        state = DocumentState(row.state)
        shown = {
            "resource": "documents",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"{DOCUMENT_KIND_LABELS[DocumentKind(row.kind)]} · {words.short(row.title)}",
            "why": f"{row.issuer}送达{row.unit_name}，请在 {row.reply_by} 前回执",
            "state": state.value,
            "state_label": DOCUMENT_STATE_LABELS[state],
            "action": "receipt",
            "verb": "回执",
        }
        found.setdefault(row.id, shown)
    return found


_SUBMITTER = USER.alias("submitter")
_PAPERS = (
    sa.select(
        *(DOCUMENT.c[name] for name in ("id", "district_id", "kind", "state", "title", "submitted_at", "sent_back_at")),
        UNIT.c.name.label("unit_name"),
        _SUBMITTER.c.name.label("submitted_by_name"),
    )
    .select_from(
        DOCUMENT.join(UNIT, UNIT.c.id == DOCUMENT.c.district_id).outerjoin(
            _SUBMITTER, _SUBMITTER.c.id == DOCUMENT.c.submitted_by
        )
    )
    .where(within(DOCUMENT.c.id, IDS))
)


def _paper(row: Any) -> dict[str, Any]:
    state = DocumentState(row.state)
    return {
        "resource": "documents",
        "id": row.id,
        "unit_id": row.district_id,
        "unit_name": row.unit_name,
        "title": f"{DOCUMENT_KIND_LABELS[DocumentKind(row.kind)]} · {words.short(row.title)}",
        "state": state.value,
        "state_label": DOCUMENT_STATE_LABELS[state],
    }


def to_approve(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_PAPERS, {"matter_ids": ids}):
        who = row.submitted_by_name or "督查室"
        by = "另一名承办人" if row.kind == DocumentKind.CASE_CIRCULAR else "局领导"
        why = f"{who}{words.ago(see, row.submitted_at, '送审')}，由{by}批准"
        found[row.id] = _paper(row) | {"why": why, "action": "approve", "verb": "审批"}
    return found


def sent_back(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_PAPERS, {"matter_ids": ids}):
        by = "承办人" if row.kind == DocumentKind.CASE_CIRCULAR else "局领导"
        why = f"{by}{words.ago(see, row.sent_back_at, '退回')}，请修改后再送审"
        found[row.id] = _paper(row) | {"why": why, "action": "edit", "verb": "修改"}
    return found


LOADERS = {RECEIPT: to_receipt, APPROVE: to_approve, REVISE: sent_back}
