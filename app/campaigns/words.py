from app.campaigns.models import CAMPAIGN_STATE_LABELS, PHASES
from app.campaigns.rules import SELF_CHECK_WORKFLOW, WORKFLOW
from app.core.words import Words

_ENDS = {"from": "开始", "to": "结束"}
WORDS = Words(
    resources={"campaign": "专项行动", "campaign_office": "专项行动参加股室", "self_check": "专项自查"},
    workflows=(WORKFLOW, SELF_CHECK_WORKFLOW),
    operations={
        "campaign.create": "拟定专项行动",
        "campaign.take_in": "纳入新设单位",
        "self_check.open": "布置自查",
    },
    fields={
        **{
            f"{phase}_{end}": f"{CAMPAIGN_STATE_LABELS[phase]}{words}日期"
            for phase in PHASES
            for end, words in _ENDS.items()
        },
        "amount_involved": "涉及金额",
        "amount_returned": "已清退金额",
        "campaign_id": "专项行动",
        "campaign.conclusion": "总结",
        "fees": "涉及收费",
        "has_problem": "发现问题",
        "leading_group_id": "领导小组",
        "problem": "问题",
        "purpose": "目的",
        "rectification_id": "整改",
        "situation": "自查情况",
        "summary_at": "报送小结时间",
        "campaign_office.summary": "小结",
        "unit_group_id": "单位组",
        "unit_ids": "选定的单位",
    },
)
