from app.core.words import Words
from app.filings.rules import WORKFLOW

WORDS = Words(
    resources={"filing": "备案", "filing_requirement": "备案要求"},
    workflows=(WORKFLOW,),
    fields={
        "adopted_on": "通过日期",
        "deadline": "时限",
        "filing_requirement.deadline_on": "截止日期",
        "filed_at": "报送时间",
        "filed_by": "报送人",
        "office_id": "审核股室",
        "reviewed_at": "审核时间",
        "reviewed_by": "审核人",
        "unit_group_id": "单位组",
        "year": "年度",
        "yearly": "每年报送",
    },
)
