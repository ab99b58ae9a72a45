from app.core.words import Words
from app.summaries.rules import WORKFLOW
from app.summaries.sections import LABELS

WORDS = Words(
    resources={"summary": "年度总结"},
    workflows=(WORKFLOW,),
    operations={"summary.create": "起草"},
    fields={
        "summary.plan_id": "方案",
        "frozen_at": "定稿时间",
        "frozen_by": "定稿人",
        "texts": "各节文字",
        **{f"summary.{key}": label for key, label in LABELS.items()},
    },
)
