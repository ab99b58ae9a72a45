"""The matters that are cases, in full; for their handlers alone."""

from typing import Any

import sqlalchemy as sa

from app.cases.models import CASE, CASE_CATEGORY_LABELS, CASE_STATE_LABELS, CaseCategory, CaseState
from app.core.operation import Reader
from app.core.within import many, within
from app.documents.models import DOCUMENT, DOCUMENT_STATE_LABELS, DocumentState
from app.my_work import words
from app.my_work.kinds import HANDLE_CASE
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
NEXT = {CaseState.CLUE: "examine", CaseState.PRELIMINARY: "file", CaseState.FILED: "conclude"}
NEXT |= {CaseState.CONCLUDED: "draw_up"}
_PAPER = (
    sa.select(sa.func.max(DOCUMENT.c.state))
    .where(DOCUMENT.c.case_file_id == CASE.c.id, DOCUMENT.c.state != DocumentState.VOIDED)
    .correlate(CASE)
    .scalar_subquery()
)
"""Of the one that is on its way, if any."""
_CASES = (
    sa.select(
        *(CASE.c[name] for name in ("id", "unit_id", "category", "title", "state", "created_at", "concluded_at")),
        UNIT.c.name.label("unit_name"),
        _PAPER.label("paper"),
    )
    .join(UNIT, UNIT.c.id == CASE.c.unit_id)
    .where(within(CASE.c.id, many("matter_ids")))
)


def _untold(paper: str | None) -> str:
    return f"，通报{DOCUMENT_STATE_LABELS[DocumentState(paper)]}" if paper else "，还没有通报"


def to_handle(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_CASES, {"matter_ids": ids}):
        state = CaseState(row.state)
        untold = state == CaseState.CONCLUDED
        since = words.ago(see, row.concluded_at, "结案") if untold else words.ago(see, row.created_at, "登记")
        found[row.id] = {
            "resource": "cases",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"{CASE_CATEGORY_LABELS[CaseCategory(row.category)]}线索 · {words.short(row.title)}",
            "why": f"由您承办，{since}{_untold(row.paper) if untold else ''}",
            "state": state.value,
            "state_label": CASE_STATE_LABELS[state],
            "action": None if row.paper else NEXT[state],
            "verb": "通报" if untold else "办理",
        }
    return found


LOADERS = {HANDLE_CASE: to_handle}
