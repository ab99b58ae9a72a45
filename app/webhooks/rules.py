"""Webhooks are the security administrator's, as tokens are: both let the district's data out to other systems."""

from app.core.policy import Policy, Role, by
from app.core.workflow import Transition, Workflow
from app.webhooks.models import (
    DELIVERY,
    DELIVERY_STATE_LABELS,
    STATE_LABELS,
    WEBHOOK,
    DeliveryState,
    WebhookState,
)

POLICY = Policy(WEBHOOK, by(Role.SECADMIN, WEBHOOK), {"manage": by(Role.SECADMIN, WEBHOOK)})
DELIVERIES = Policy(DELIVERY, by(Role.SECADMIN, DELIVERY), {"manage": by(Role.SECADMIN, DELIVERY)})

ACTIVE, DISABLED = (state.value for state in WebhookState)
WORKFLOW = Workflow(
    "webhook",
    WebhookState,
    STATE_LABELS,
    POLICY,
    Transition("edit", (ACTIVE, DISABLED), None, "修改", "manage"),
    Transition("test", (ACTIVE,), None, "发送测试", "manage"),
    Transition("rotate", (ACTIVE, DISABLED), None, "更换密钥", "manage"),
    Transition("disable", (ACTIVE,), DISABLED, "停用", "manage", danger=True),
    Transition("enable", (DISABLED,), ACTIVE, "启用", "manage"),
)

WAITING, DELIVERED, FAILED = (state.value for state in DeliveryState)
RESENDING = Workflow(
    "webhook_delivery",
    DeliveryState,
    DELIVERY_STATE_LABELS,
    DELIVERIES,
    Transition("resend", (DELIVERED, FAILED), WAITING, "再次发送", "manage"),
)
