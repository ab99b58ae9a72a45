"""Words and colours that the pages of assignments share."""

from typing import Any

from app.assignments.models import ACTIVITY_KIND_LABELS, ASSIGNMENT_STATE_LABELS
from app.core.media import ACCEPT, SHORT
from app.extensions.models import EXTENSION_STATE_LABELS
from app.plans.models import CADENCE_LABELS, EVIDENCE_KIND_LABELS, ROLE_WORDS

WORDS: dict[str, Any] = {
    "states": {state.value: label for state, label in ASSIGNMENT_STATE_LABELS.items()},
    "state_kinds": {
        "pending": "mute",
        "in_progress": "info",
        "submitted": "warn",
        "completed": "ok",
        "declined": "bad",
        "waived": "mute",
        "cancelled": "mute",
    },
    "lamps": {"green": "ok", "amber": "warn", "red": "bad", "done": "done", "none": "none"},
    "role_words": {role.value: words for role, words in ROLE_WORDS.items()},
    "cadences": {cadence.value: label for cadence, label in CADENCE_LABELS.items()},
    "kinds": {kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
    "activities": {kind.value: label for kind, label in ACTIVITY_KIND_LABELS.items()},
    "extension_states": {state.value: label for state, label in EXTENSION_STATE_LABELS.items()},
    "extension_kinds": {"requested": "warn", "approved": "ok", "refused": "bad"},
    "accept": ACCEPT,
    "short": SHORT,
}
LABELS = {
    "text": "进展情况",
    "percent": "完成进度",
    "reported_on": "进展日期",
    "place": "活动地点",
    "participants": "参加人数",
    "activity": "活动类别",
    "note": "意见",
    "deadline_on": "延至",
    "reason": "延期理由",
    "level": "程度",
    "action": "批量办理",
    "ids": "所选任务",
    "kind": "资料类别",
    "file": "印证资料",
}
