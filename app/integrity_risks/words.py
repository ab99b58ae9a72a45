from app.core.words import Words
from app.integrity_risks.models import RISK_LEVEL_LABELS, SOURCE_KIND_LABELS
from app.integrity_risks.rules import MEASURE_WORKFLOW, ROUND_WORKFLOW, WORKFLOW

WORDS = Words(
    resources={
        "risk_round": "廉政风险排查",
        "risk_nil_report": "零报告",
        "integrity_risk": "廉政风险",
        "risk_measure": "防控措施",
    },
    workflows=(ROUND_WORKFLOW, WORKFLOW, MEASURE_WORKFLOW),
    operations={"risk_nil_report.create": "零报告", "risk_round.carry_over": "转入以前的风险点"},
    fields={
        "by_rule": "按规则定级",
        "department": "部门",
        "duty_item": "职权事项",
        "integrity_risk.continues_id": "以前的风险点",
        "impact": "危害程度",
        "integrity_risk.post": "岗位",
        "integrity_risk.source": "风险来源",
        "level": "等级",
        "likelihood": "可能性",
        "manifestation": "表现形式",
        "rating_count": "评定次数",
        "review_on": "复评日期",
        "reviewed_at": "审核时间",
        "reviewed_by": "审核人",
        "risk_id": "廉政风险",
        "risk_measure.assignment_id": "任务",
        "risk_measure.text": "防控措施",
        "risk_point": "风险点",
        "risk_round.office_id": "审核股室",
        "risk_round.unit_group_id": "排查单位",
        "round_id": "排查轮次",
        "sent_back_at": "退回时间",
        "submitted_by": "提交人",
        "unrated": "待重新评分",
    },
    values={"integrity_risk.source": SOURCE_KIND_LABELS, "integrity_risk.level": RISK_LEVEL_LABELS},
)
