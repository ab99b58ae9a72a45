from app.accountability.models import ACTION_KIND_LABELS
from app.accountability.rules import WORKFLOW
from app.core.words import Words

WORDS = Words(
    resources={"accountability_action": "问责", "accountability_rung": "问责阶梯"},
    workflows=(WORKFLOW,),
    operations={
        "accountability_action.bring_in": "补登",
        "accountability_action.propose": "提出",
        "accountability_action.run": "按阶梯提出",
        "accountability_rung.lay_down": "建立默认阶梯",
    },
    fields={
        "appointment_id": "任职",
        "approved_at": "批准时间",
        "approved_by": "批准人",
        "accountability_action.closed_at": "办结时间",
        "closed_by": "办结人",
        "document_id": "公文",
        "effect": "整改成效",
        "enabled": "启用",
        "is_past": "以前年度",
        "past_number": "文号",
        "performance": "执行情况",
        "performed_at": "执行时间",
        "person": "被问责人",
        "proposed": "提出项数",
        "proposed_by": "提出人",
        "proposes": "拟采取",
        "replied_at": "答复时间",
        "replied_by": "答复人",
        "reply": "答复",
        "accountability_action.reply_by": "答复期限",
        "rung_id": "阶梯",
        "served_at": "送达时间",
        "served_by": "送达人",
        "threshold": "条件数值",
        "trigger": "情形",
    },
    values={"accountability_action.kind": ACTION_KIND_LABELS, "accountability_rung.proposes": ACTION_KIND_LABELS},
)
