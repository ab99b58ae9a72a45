from app.core.words import Words
from app.venue_activities.models import CHECK_RESULT_LABELS, VENUE_KIND_LABELS
from app.venue_activities.rules import WORKFLOW

WORDS = Words(
    resources={"venue_activity": "阵地活动", "venue_reviewer": "活动审批分工"},
    workflows=(WORKFLOW,),
    operations={"venue_activity.create": "登记活动", "venue_reviewer.put": "设置审批股室"},
    fields={
        "attended": "到场人数",
        "audience": "参加对象",
        "begins": "开始时间",
        "check_result": "审核结果",
        "checked_by": "内容审核人",
        "checked_on": "审核日期",
        "decided_at": "审批时间",
        "decided_by": "审批人",
        "expected": "预计人数",
        "held_on": "举办日期",
        "host": "主办",
        "place": "地点",
        "registered_by": "登记人",
        "speaker": "主讲人",
        "speaker_unit": "主讲人单位",
        "topic": "主题",
        "venue_reviewer.office_id": "审批股室",
    },
    values={
        "check_result": CHECK_RESULT_LABELS,
        "venue_activity.kind": VENUE_KIND_LABELS,
        "venue_reviewer.kind": VENUE_KIND_LABELS,
    },
)
