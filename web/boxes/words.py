"""What the pages of boxes call things, and a catalogue as it is laid out: by item, missing pieces in their place."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.boxes.models import BOX_STATE_LABELS, RETENTION_LABELS, Classified
from app.boxes.papers import item_of
from app.core.media import SHORT
from app.plans.models import EVIDENCE_KIND_LABELS

WORDS: dict[str, Any] = {
    "states": BOX_STATE_LABELS,
    "state_kinds": {"open": "info", "sealed": "ok", "handed_over": "mute", "voided": "bad"},
    "retentions": RETENTION_LABELS,
    "kinds": {kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
    "short": SHORT,
    "by": {Classified.AREA.value: "每个领域一盒", Classified.ITEM.value: "每项任务一盒"},
}
LABELS = {
    "plan_id": "方案",
    "unit_id": "单位",
    "name": "盒名",
    "category": "类别",
    "item_ids": "任务项",
    "by": "分盒方式",
    "title": "材料名称",
    "kind": "资料类别",
    "made_by": "形成单位",
    "pages": "页数",
    "copies": "份数",
    "plan_item_id": "任务项",
    "document_number": "文号",
    "evidence_on": "日期",
    "year": "年度",
    "retention": "保管期限",
    "location": "存放位置",
    "kinds": "资料类别",
    "from_on": "形成日期起",
    "to_on": "形成日期止",
    "to": "移交给",
    "on": "移交日期",
    "note": "理由",
    "evidence_id": "资料",
    "assignment_id": "任务",
    "entries": "目录",
    "missing": "缺件",
}


def bands(
    entries: Sequence[dict[str, Any]], missing: Sequence[dict[str, Any]], order: Iterable[int]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """(item, its rows) in the plan's order; what is missing stands behind the last of its kind, without a number."""
    found: dict[int | None, tuple[str, list[dict[str, Any]]]] = {}
    for row in entries:
        found.setdefault(row["plan_item_id"], (item_of(row), []))[1].append(row)
    for gap in missing:
        rows = found.setdefault(gap["plan_item_id"], (item_of(gap), []))[1]
        last = max((n for n, row in enumerate(rows, 1) if row["kind"] == gap["kind"]), default=len(rows))
        rows.insert(last, gap)
    place = {item: n for n, item in enumerate(order)}
    known = sorted(found, key=lambda item: place.get(item, len(place)) if item is not None else len(place) + 1)
    return [found[item] for item in known]
