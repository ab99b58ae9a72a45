"""Words of the pages of campaigns."""

from typing import Any

from app.campaigns.models import CAMPAIGN_STATE_LABELS, PHASES, SELF_CHECK_STATE_LABELS

WORDS: dict[str, Any] = {
    "states": {state.value: label for state, label in CAMPAIGN_STATE_LABELS.items()},
    "state_kinds": {
        **{phase.value: "info" for phase in PHASES},
        "draft": "mute",
        "closed": "ok",
        "cancelled": "mute",
    },
    "phases": [(phase.value, CAMPAIGN_STATE_LABELS[phase]) for phase in PHASES],
    "check_states": {state.value: label for state, label in SELF_CHECK_STATE_LABELS.items()},
    "check_kinds": {"pending": "mute", "submitted": "warn", "sent_back": "bad", "confirmed": "ok"},
    "severities": [("minor", "一般"), ("major", "较重"), ("serious", "严重")],
    "open_states": "pending,in_progress,submitted",
}
LABELS = {
    "unit_id": "股室",
    "title": "名称",
    "basis": "依据",
    "purpose": "目的",
    "fees": "涉及收费",
    "unit_group_id": "单位组",
    "unit_ids": "单位",
    "office_ids": "参加股室",
    "leading_group_id": "领导小组",
    "leading_group/name": "领导小组名称",
    "leading_group/leader": "组长",
    "leading_group/deputies": "副组长",
    "leading_group/members": "成员",
    **{
        f"{phase}_{end}": f"{CAMPAIGN_STATE_LABELS[phase]}{words}"
        for phase in PHASES
        for end, words in (("from", "开始"), ("to", "结束"))
    },
    "conclusion": "总结",
    "text": "小结",
    "inspection_id": "督查",
    "note": "说明",
    "situation": "自查情况",
    "has_problem": "有没有问题",
    "problem": "问题",
    "amount_involved": "涉及金额",
    "amount_returned": "已清退金额",
    "evidence": "资料",
}
