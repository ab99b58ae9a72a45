from app.core.words import Words
from app.liaison_visits.rules import MATTER_WORKFLOW, WORKFLOW

WORDS = Words(
    resources={"liaison_visit": "包联走访", "liaison_matter": "督促事项", "liaison_quota": "走访次数"},
    workflows=(WORKFLOW, MATTER_WORKFLOW),
    operations={
        "liaison_visit.create": "记录走访",
        "liaison_matter.create": "提出督促事项",
        "liaison_quota.put": "设置走访次数",
    },
    fields={
        "liaison_matter.answer": "答复",
        "answered_at": "答复时间",
        "liaison_matter.closed_at": "办结时间",
        "confirmed_at": "确认时间",
        "liaison_visit.content": "走访内容",
        "liaison_id": "包联",
        "liaison_visit_id": "走访",
        "liaison_visit.problems": "发现的问题",
        "recorded_by": "记录人",
        "school_id": "学校（园）",
        "visited_on": "走访日期",
        "visitors": "走访人",
        "visits": "每学期次数",
    },
)
