"""Words of briefs' pages."""

from typing import Any

from app.briefs.models import BRIEF_KIND_LABELS, BRIEF_SOURCE_LABELS, BRIEF_STATE_LABELS

WORDS: dict[str, Any] = {
    "brief_kinds": {kind.value: label for kind, label in BRIEF_KIND_LABELS.items()},
    "brief_sources": {source.value: label for source, label in BRIEF_SOURCE_LABELS.items()},
    "states": {state.value: label for state, label in BRIEF_STATE_LABELS.items()},
    "state_kinds": {"draft": "mute", "submitted": "warn", "selected": "info", "declined": "bad", "promoted": "ok"},
}
LABELS = {
    "unit_id": "单位",
    "office_id": "审阅股室",
    "kind": "类别",
    "title": "标题",
    "text": "正文",
    "written_on": "日期",
    "link": "链接",
    "plan_id": "方案",
    "plan_item_id": "任务项",
    "promoted_from": "来源",
    "note": "意见",
    "evidence": "资料",
    "written_from": "起",
    "written_to": "止",
}
