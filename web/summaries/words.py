"""Words of summaries' pages."""

from typing import Any

from app.summaries.models import SUMMARY_STATE_LABELS
from app.summaries.sections import LABELS as SECTIONS

WORDS: dict[str, Any] = {
    "states": SUMMARY_STATE_LABELS,
    "state_kinds": {"draft": "warn", "frozen": "ok"},
    "headings": SECTIONS,
}
LABELS = {**SECTIONS, "plan_id": "方案", "note": "原因", "number": "定稿次数"}
