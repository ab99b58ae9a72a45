"""Words of breakdowns' pages."""

from typing import Any

from app.breakdowns.models import BREAKDOWN_STATE_LABELS

# Names of their own: the assignment's page shows breakdowns beside its own words.
WORDS: dict[str, Any] = {
    "breakdown_states": {state.value: label for state, label in BREAKDOWN_STATE_LABELS.items()},
    "breakdown_kinds": {
        "draft": "mute",
        "submitted": "warn",
        "sent_back": "bad",
        "confirmed": "ok",
        "superseded": "mute",
    },
    "step_states": [(state.value, label) for state, label in BREAKDOWN_STATE_LABELS.items() if state != "superseded"],
    "step_lamps": {"green": "ok", "amber": "warn", "red": "bad", "done": "done", "none": "none"},
}
STEP_LABELS = {"text": "步骤", "person": "责任人", "deadline_on": "完成时限", "line": "步骤"}
MEASURE_LABELS = {"text": "考核指标", "weight": "权重", "standard": "评分标准"}
LABELS = {
    "assignment_id": "任务",
    "take_previous": "沿用上一周期",
    "steps": "步骤",
    "measures": "考核指标",
    "note": "退回意见",
    "done_on": "完成日期",
}
