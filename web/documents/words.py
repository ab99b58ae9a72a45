"""What the pages of documents call things."""

from typing import Any

from app.documents.models import DOCUMENT_KIND_LABELS, DOCUMENT_STATE_LABELS

WORDS: dict[str, Any] = {
    "document_kinds": DOCUMENT_KIND_LABELS,
    "states": DOCUMENT_STATE_LABELS,
    "state_kinds": {
        "draft": "mute",
        "submitted": "warn",
        "approved": "info",
        "served": "info",
        "receipted": "ok",
        "voided": "bad",
    },
    "cited": {"assignments": "任务", "rectifications": "问题整改", "inspections": "督查", "plans": "方案"},
}
ABOUT = {
    "document_kinds": DOCUMENT_KIND_LABELS,
    "document_states": DOCUMENT_STATE_LABELS,
    "document_state_kinds": WORDS["state_kinds"],
}
"""For the pages of other resources, which show the documents about their row."""
LABELS = {
    "kind": "文种",
    "title": "标题",
    "addressee": "主送",
    "body": "正文",
    "unit_ids": "送达单位",
    "copy_unit_ids": "抄送",
    "copy_others": "抄送其他单位",
    "printed_by": "印发机关",
    "unit_id": "单位",
    "rectification_id": "问题",
    "assignment_ids": "任务",
    "inspection_ids": "督查",
    "notice_id": "约谈通知书",
    "plan_id": "方案",
    "talk_with": "约谈对象",
    "talk_on": "约谈日期",
    "talk_time": "约谈时间",
    "talk_place": "约谈地点",
    "talk_by": "约谈人",
    "talk_recorder": "记录人",
    "receiver": "签收人",
    "received_on": "签收日期",
    "note": "意见",
    "prefix": "机关代字",
}
