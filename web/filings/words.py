"""Words of filings' pages."""

from typing import Any

from app.filings.models import FILING_KIND_LABELS, FILING_STATE_LABELS, STANDING_LABELS, YEARLY

WORDS: dict[str, Any] = {
    "filing_kinds": {kind.value: label for kind, label in FILING_KIND_LABELS.items()},
    "states": FILING_STATE_LABELS,
    "state_kinds": {"draft": "mute", "filed": "ok", "sent_back": "bad", "superseded": "mute"},
    "standings": STANDING_LABELS,
    "yearly_kinds": [kind.value for kind in YEARLY],
    "once": "一个单位在几个单位组里的，同一类别只报送一次，按其中较早的截止日期。",
}
LABELS = {
    "unit_id": "单位",
    "kind": "类别",
    "title": "名称",
    "document_number": "文号",
    "adopted_on": "通过日期",
    "year": "年度",
    "note": "退回意见",
    "evidence": "文件",
    "unit_group_id": "单位组",
    "yearly": "每年报送",
    "deadline": "时限",
    "deadline_on": "截止日期",
    "office_id": "审核股室",
}
LAMPS = {"green": "ok", "amber": "warn", "red": "bad", "none": "none"}
