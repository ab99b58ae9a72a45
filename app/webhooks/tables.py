"""Webhooks and what was sent, as tables."""

from app.core.tables import Column, at_minute, figure, labelled, of_list, plain, yes_no
from app.webhooks import queries
from app.webhooks.models import DELIVERY_STATE_LABELS, FAULT_LABELS, STATE_LABELS, WHY_LABELS
from app.webhooks.subjects import LABELS, SUBJECTS


def _resources(nouns: list[str] | None, _known: object = None) -> str:
    return "全部" if nouns is None else "、".join(LABELS[noun] for noun in nouns)


WEBHOOKS = of_list(
    "推送",
    (
        Column("名称", "name", width=24),
        Column("单位", "unit_name", width=24),
        Column("含下级", "recursive", yes_no, 8),
        Column("地址", "url", plain, 48),
        Column("内容", "resources", _resources, 30),
        Column("状态", "state", labelled(STATE_LABELS), 8),
        Column("停用原因", "why", labelled(WHY_LABELS), 28),
        Column("未送达自", "failing_since", at_minute, 17),
        Column("建立时间", "created_at", at_minute, 17),
    ),
    queries.LIST,
    queries.present,
)
DELIVERIES = of_list(
    "推送记录",
    (
        Column("推送", "webhook_name", width=24),
        Column("消息编号", "message_id", width=38),
        Column("事项", "type", width=24),
        Column("对象", "resource", labelled({name: each.label for name, each in SUBJECTS.items()})),
        Column("编号", "resource_id", figure, 10),
        Column("发生时间", "happened_at", at_minute, 17),
        Column("状态", "state", labelled(DELIVERY_STATE_LABELS), 8),
        Column("次数", "attempts", figure, 8),
        Column("答复", "status", figure, 8),
        Column("未送达原因", "fault", labelled(FAULT_LABELS), 30),
        Column("用时（毫秒）", "duration_ms", figure, 12),
        Column("送达或放弃", "finished_at", at_minute, 17),
    ),
    queries.SENT,
    queries.present_sent,
)
