"""Labels and colours that the pages of inspections share."""

from typing import Any

from app.core.media import SHORT
from app.inspections.models import (
    FINDING_STATE_LABELS,
    INSPECTION_KIND_LABELS,
    INSPECTION_STATE_LABELS,
    MODE_LABELS,
    SEVERITY_LABELS,
    SEVERITY_WORKDAYS,
)
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units.models import KIND_LABELS, STAGE_LABELS

WORDS: dict[str, Any] = {
    "states": INSPECTION_STATE_LABELS,
    "state_kinds": {"planned": "mute", "ongoing": "info", "reported": "warn", "released": "ok", "cancelled": "mute"},
    "modes": MODE_LABELS,
    "mode_kinds": {"announced": "mute", "unannounced": "warn"},
    "inspection_kinds": INSPECTION_KIND_LABELS,
    "severities": SEVERITY_LABELS,
    "severity_kinds": {"minor": "mute", "major": "warn", "serious": "bad"},
    "severity_days": {severity.value: days for severity, days in SEVERITY_WORKDAYS.items()},
    "finding_states": FINDING_STATE_LABELS,
    "finding_kinds": {"draft": "mute", "issued": "info"},
    "unit_kinds": KIND_LABELS,
    "evidence_kinds": {kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
    "short": SHORT,
}
LABELS = {
    "title": "名称",
    "mode": "方式",
    "kind": "类别",
    "starts_on": "开始日期",
    "ends_on": "结束日期",
    "unit_ids": "被查单位",
    "unit_id": "检查单位",
    "sample/group_id": "从哪一组抽取",
    "sample/size": "抽取单位数",
    "sample/inspector_unit_id": "检查人员来自",
    "sample/team_size": "抽取检查人员",
    "team_unit_ids": "检查组单位",
    "team_user_ids": "检查组人员",
    "checklist_id": "检查表",
    "liaison_visit_id": "走访",
    "summary": "检查情况",
    "note": "说明",
    "reason": "重新抽取的原因",
    "category": "问题类别",
    "severity": "严重程度",
    "description": "问题描述",
    "correction": "整改要求",
    "basis": "依据",
    "deadline_on": "整改时限",
    "visited_on": "检查日期",
    "points": "检查内容",
    "file": "现场照片",
}


def stratum(key: str) -> str:
    """``school/junior+primary`` in people's words: 学校（小学、初中）."""
    kind, _, stages = key.partition("/")
    kinds = {each.value: label for each, label in KIND_LABELS.items()}
    named = [label for each, label in STAGE_LABELS.items() if each.value in stages.split("+")]
    return kinds[kind] + (f"（{'、'.join(named)}）" if named else "")
