"""The matters that are filings, in full: one statement for each kind."""

from typing import Any

import sqlalchemy as sa

from app.core.calendar import today_of
from app.core.operation import Reader
from app.core.within import many, within
from app.filings.models import (
    FILING,
    FILING_KIND_LABELS,
    FILING_STATE_LABELS,
    FilingKind,
    FilingState,
    Standing,
)
from app.filings.owing import to_file
from app.my_work import words
from app.my_work.kinds import FILE, LOOK_THROUGH, MEND
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
NAMED = 2
"""So many units are named, of further ones how many there are."""
_FILINGS = (
    sa.select(
        *(FILING.c[name] for name in ("id", "unit_id", "kind", "number", "title", "state", "filed_at", "updated_at")),
        UNIT.c.name.label("unit_name"),
    )
    .join(UNIT, UNIT.c.id == FILING.c.unit_id)
    .where(within(FILING.c.id, many("matter_ids")))
)


def _filing(row: Any) -> dict[str, Any]:
    state, called = FilingState(row.state), f"{row.unit_name}{FILING_KIND_LABELS[FilingKind(row.kind)]}"
    return {
        "resource": "filings",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"备案 · {called}" if row.title == called else f"备案 · {called}：{words.short(row.title)}",
        "state": state.value,
        "state_label": FILING_STATE_LABELS[state],
    }


def to_review(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_FILINGS, {"matter_ids": ids}):
        sent = words.ago(see, row.filed_at, "报送")
        why = f"{row.unit_name}报送第 {row.number} 版，由{words.judge(see)}审核，{sent}"
        found[row.id] = _filing(row) | {"state_label": "待审核", "why": why, "action": "confirm", "verb": "审核"}
    return found


def sent_back(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_FILINGS, {"matter_ids": ids}):
        why = f"{words.month_day(today_of(row.updated_at))}退回，请按意见修改后再报送"
        found[row.id] = _filing(row) | {"why": why, "action": "edit", "verb": "修改"}
    return found


def to_send_in(see: Reader, ids: list[int]) -> Details:
    """One for all the person's units that owe a filing by a requirement."""
    found: Details = {}
    every = to_file(see)
    for requirement_id in ids:
        owed = [each for each in every if each.requirement_id == requirement_id]
        names = list(dict.fromkeys(each.name for each in owed))  # One may owe it for this year and for the next.
        named = "、".join(names[:NAMED])
        further = f"等 {len(names)} 个单位" if len(names) > NAMED else ""
        drawn_up = all(each.draft_id is not None for each in owed)
        found[requirement_id] = {
            "resource": "filing-requirements",
            "id": requirement_id,
            "unit_id": owed[0].unit_id,
            "unit_name": owed[0].name,
            "title": f"备案 · {FILING_KIND_LABELS[owed[0].kind]}",
            "why": f"{named}{further}应报送备案，{'已有草稿，' if drawn_up else ''}尚未报送",
            "state": (Standing.DRAFT if drawn_up else Standing.MISSING).value,
            "state_label": "草稿" if drawn_up else "待报送",
            "action": "file",
            "verb": "报送",
        }
    return found


LOADERS = {FILE: to_send_in, LOOK_THROUGH: to_review, MEND: sent_back}
