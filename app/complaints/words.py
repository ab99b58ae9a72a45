from app.complaints.models import CATEGORY_LABELS, CHANNEL_LABELS, RESULT_LABELS, SATISFACTION_LABELS
from app.complaints.rules import WORKFLOW
from app.core.words import Words

WORDS = Words(
    resources={"complaint": "信访举报"},
    workflows=(WORKFLOW,),
    operations={
        "complaint.count": "计次",
        "complaint.look": "举报人查询",
        "complaint.submit": "举报人提交",
        "complaint.register": "登记信访举报",
        "complaint.bring_in": "补登",
        "complaint.answer": "举报人补充",
        "complaint.add_file": "举报人补交材料",
        "complaint.rate": "举报人评价",
    },
    fields={
        "accept_by": "受理时限",
        "accepted_on": "受理日期",
        "accused_user_id": "被反映人账号",
        "answered": "举报人有新答复",
        "archived_on": "归档日期",
        "complaint.category": "类别",
        "conclusion": "结论",
        "conclude_by": "办结时限",
        "concluded_on": "办结日期",
        "ended_on": "终止日期",
        "due_on": "时限",
        "extended_days": "延长天数",
        "handler_id": "承办人",
        "handling_unit_id": "承办单位",
        "rectification_id": "整改",
        "replied_on": "答复日期",
        "reply_by": "答复时限",
        "complaint.result": "结果",
        "complaint.is_past": "补登",
        "satisfaction": "满意度",
    },
    values={
        "complaint.category": CATEGORY_LABELS,
        "complaint.result": RESULT_LABELS,
        "channel": CHANNEL_LABELS,
        "satisfaction": SATISFACTION_LABELS,
    },
)
