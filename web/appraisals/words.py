"""Words of appraisals' pages."""

from typing import Any

from app.appraisals.deduction_models import APPEAL_STATE_LABELS, CITED_LABELS, DEDUCTION_STATE_LABELS
from app.appraisals.models import (
    APPRAISAL_STATE_LABELS,
    CRITERION_STATE_LABELS,
    RESULT_STATE_LABELS,
    SOURCE_LABELS,
)

WORDS: dict[str, Any] = {
    "states": APPRAISAL_STATE_LABELS,
    "state_kinds": {"open": "info", "scored": "warn", "appeal": "warn", "frozen": "ok"},
    "sources": {source.value: label for source, label in SOURCE_LABELS.items()},
    "criterion_states": CRITERION_STATE_LABELS,
    "criterion_kinds": {"computed": "mute", "waiting": "warn", "entered": "ok"},
    "result_states": RESULT_STATE_LABELS,
    "result_kinds": {"shown": "warn", "confirmed": "ok"},
    "deduction_states": DEDUCTION_STATE_LABELS,
    "deduction_kinds": {"standing": "mute", "voided": "ok"},
    "appeal_states": APPEAL_STATE_LABELS,
    "appeal_kinds": {"pending": "warn", "upheld": "ok", "dismissed": "bad", "lapsed": "mute"},
    "cited_labels": {cited.value: label for cited, label in CITED_LABELS.items()},
}
LABELS = {
    "year": "年度",
    "title": "名称",
    "starts_on": "起始日期",
    "ends_on": "截止日期",
    "plan_id": "方案",
    "unit_group_id": "参加单位",
    "appeal_workdays": "申诉工作日",
    "shows_ranking": "公布排名",
    "name": "指标",
    "weight": "满分",
    "source": "数据来源",
    "each": "每逾期一项扣",
    "required": "应有篇数",
    "office_id": "录入股室",
    "standard": "扣分标准",
    "unit_id": "单位",
    "unit_ids": "单位",
    "evidence_id": "依据材料",
    "points": "扣分",
    "reason": "理由",
    "cited": "依据",
    "cited_id": "依据编号",
    "note": "原因",
    "evidence": "资料",
}
FAILED = {
    "deductions": "没有录入成功",
    "enter": "没有录入成功",
    "prove": "没有关联成功",
    "finish": "没有办成",
    "resume": "没有办成",
    "delete": "没有删除",
}
"""What did not happen to a criterion, by the end of the address; else it was not saved."""
