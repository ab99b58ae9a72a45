"""Words of the pages of liaison visits."""

from typing import Any

from app.inspections.models import FINDING_STATE_LABELS, INSPECTION_STATE_LABELS
from app.liaison_visits.models import MATTER_STATE_LABELS, VISIT_STATE_LABELS

WORDS: dict[str, Any] = {
    "states": VISIT_STATE_LABELS,
    "state_kinds": {"recorded": "warn", "commented": "bad", "confirmed": "ok", "voided": "mute"},
    "inspection_states": INSPECTION_STATE_LABELS,
    "inspection_kinds": {
        "planned": "mute",
        "ongoing": "info",
        "reported": "warn",
        "released": "ok",
        "cancelled": "mute",
    },
    "finding_states": FINDING_STATE_LABELS,
    "finding_kinds": {"draft": "mute", "issued": "info"},
    "matter_states": MATTER_STATE_LABELS,
    "matter_state_kinds": {"open": "warn", "answered": "info", "closed": "ok", "cancelled": "mute"},
}
LABELS = {
    "liaison_id": "包联学校",
    "visited_on": "走访日期",
    "visitors": "走访人",
    "content": "走访内容",
    "problems": "发现的问题",
    "text": "督促事项",
    "deadline_on": "时限",
    "note": "说明",
    "visits": "次数",
}
