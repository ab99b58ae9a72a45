"""Words of complaints' pages."""

from typing import Any

from app.complaints.models import (
    CATEGORY_LABELS,
    CHANNEL_LABELS,
    COMPLAINT_STATE_LABELS,
    MESSAGE_KIND_LABELS,
    RESULT_LABELS,
    SATISFACTION_LABELS,
)
from app.complaints.stages import STAGE_LABELS

WORDS: dict[str, Any] = {
    "categories": {each.value: label for each, label in CATEGORY_LABELS.items()},
    "channels": CHANNEL_LABELS,
    "states": COMPLAINT_STATE_LABELS,
    "state_kinds": {
        "received": "warn",
        "accepted": "info",
        "not_accepted": "mute",
        "transferred": "mute",
        "investigating": "info",
        "concluded": "warn",
        "replied": "ok",
    },
    "message_kinds": MESSAGE_KIND_LABELS,
    "stages": STAGE_LABELS,
    "results": {each.value: label for each, label in RESULT_LABELS.items()},
    "satisfactions": {each.value: label for each, label in SATISFACTION_LABELS.items()},
    "lamps": {"green": "ok", "amber": "warn", "red": "bad", "done": "done", "none": "none"},
}
LABELS = {
    "unit_id": "被反映单位",
    "unit_named": "单位名称",
    "accused": "被反映人",
    "accused_user_id": "被反映人账号",
    "category": "类别",
    "text": "内容",
    "name": "您的姓名",
    "contact": "电话或邮箱",
    "bureau_id": "教育局",
    "handling_unit_id": "承办单位",
    "handler_id": "承办人",
    "days": "延长天数",
    "note": "理由",
    "channel": "渠道",
    "received_on": "收到日期",
    "result": "结果",
    "conclusion": "结论",
    "problem": "问题",
    "deadline_on": "整改时限",
}
