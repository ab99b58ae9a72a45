"""Robots as a table."""

from app.core.tables import Column, at_minute, figure, labelled, of_list, yes_no
from app.robots import queries
from app.robots.models import KIND_LABELS, MESSAGE_STATE_LABELS, STATE_LABELS, WHY_LABELS
from app.webhooks.models import FAULT_LABELS

ROBOTS = of_list(
    "群机器人",
    (
        Column("名称", "name", width=24),
        Column("单位", "unit_name", width=24),
        Column("类别", "kind", labelled(KIND_LABELS), 10),
        Column("主机", "host", width=24),
        Column("加签", "signed", yes_no, 8),
        Column("状态", "state", labelled(STATE_LABELS), 8),
        Column("停用原因", "why", labelled(WHY_LABELS), 28),
        Column("最近一条", "last_state", labelled(MESSAGE_STATE_LABELS), 14),
        Column("时间", "last_at", at_minute, 17),
        Column("未送达原因", "last_fault", labelled(FAULT_LABELS), 30),
        Column("错误码", "last_errcode", figure, 10),
        Column("建立时间", "created_at", at_minute, 17),
    ),
    queries.LIST,
    queries.present,
)
