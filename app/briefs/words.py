from app.briefs.models import BRIEF_KIND_LABELS, BRIEF_SOURCE_LABELS
from app.briefs.rules import WORKFLOW
from app.core.words import Words

WORDS = Words(
    resources={"brief": "简报", "brief_reviewer": "简报审阅分工"},
    workflows=(WORKFLOW,),
    operations={"brief_reviewer.create": "指定审阅股室", "brief_reviewer.delete": "取消审阅股室"},
    fields={
        "adopted_at": "采纳时间",
        "adopted_plan_id": "采纳的方案",
        "adopted_plan_item_id": "采纳的任务项",
        "decided_at": "选用时间",
        "decided_by": "办理人",
        "brief_reviewer.office_id": "审阅股室",
        "link": "链接",
        "plan_id": "方案",
        "promoted_at": "推广时间",
        "promoted_from": "来源",
        "promoted_from_id": "来源编号",
        "written_on": "日期",
    },
    values={
        "brief.kind": BRIEF_KIND_LABELS,
        "brief.promoted_from": BRIEF_SOURCE_LABELS,
        "brief_reviewer.kind": BRIEF_KIND_LABELS,
    },
)
