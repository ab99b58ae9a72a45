from app.breakdowns.rules import WORKFLOW
from app.core.words import Words

WORDS = Words(
    resources={"breakdown": "任务分解", "breakdown_measure": "自定考核指标"},
    workflows=(WORKFLOW,),
    fields={
        "breakdown.measures": "考核指标",
        "breakdown.number": "版次",
        "done_on": "完成日期",
        "line": "步骤",
        "steps": "步骤",
        "submitted_by": "提交人",
    },
)
