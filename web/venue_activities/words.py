"""Words of the pages of venue activities."""

from typing import Any

from app.venue_activities.models import CHECK_RESULT_LABELS, VENUE_KIND_LABELS, VENUE_STATE_LABELS

WORDS: dict[str, Any] = {
    "venue_kinds": {kind.value: label for kind, label in VENUE_KIND_LABELS.items()},
    "results": {result.value: label for result, label in CHECK_RESULT_LABELS.items()},
    "states": VENUE_STATE_LABELS,
    "state_kinds": {"registered": "warn", "approved": "info", "held": "ok", "refused": "bad", "cancelled": "mute"},
}
LABELS = {
    "unit_id": "单位",
    "kind": "类别",
    "topic": "主题",
    "host": "主办",
    "speaker": "主讲人",
    "speaker_unit": "主讲人单位",
    "place": "地点",
    "held_on": "举办日期",
    "begins": "开始时间",
    "audience": "参加对象",
    "expected": "预计人数",
    "checked_by": "内容审核人",
    "checked_on": "审核日期",
    "check_result": "审核结果",
    "attended": "到场人数",
    "evidence": "资料",
    "note": "意见",
    "office_id": "审批股室",
}
