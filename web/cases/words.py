"""Words of the pages of cases."""

from typing import Any

from app.cases.models import CASE_CATEGORY_LABELS, CASE_SOURCE_LABELS, CASE_STATE_LABELS
from web.documents.words import ABOUT

WORDS: dict[str, Any] = ABOUT | {
    "categories": {category.value: label for category, label in CASE_CATEGORY_LABELS.items()},
    "sources": {source.value: label for source, label in CASE_SOURCE_LABELS.items()},
    "states": CASE_STATE_LABELS,
    "state_kinds": {
        "clue": "warn",
        "preliminary": "info",
        "filed": "info",
        "concluded": "ok",
        "circulated": "ok",
        "closed": "mute",
    },
}
LABELS = {
    "category": "类别",
    "source": "来源",
    "title": "线索",
    "text": "主要问题",
    "unit_id": "涉及单位",
    "person": "当事人",
    "finding_id": "督查问题",
    "complaint_id": "信访举报",
    "conclusion": "结论",
    "measures": "处理措施",
    "user_id": "承办人",
    "note": "说明",
    "office_id": "承办股室",
}
