from app.core.words import Words
from app.webhooks.models import WHY_LABELS
from app.webhooks.rules import RESENDING, WORKFLOW

WORDS = Words(
    resources={"webhook": "推送", "webhook_delivery": "推送记录"},
    workflows=(WORKFLOW, RESENDING),
    operations={"webhook.try": "发送"},
    fields={
        "attempts": "发送次数",
        "delivery_id": "推送记录",
        "due_at": "下次发送",
        "finished_at": "结束时间",
        "resources": "内容",
        "url": "地址",
        "why": "停用原因",
    },
    values={"why": WHY_LABELS},
)
