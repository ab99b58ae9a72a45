"""问责台账 and the ladder as tables."""

from typing import Any

from app.accountability import queries
from app.accountability.models import ACTION_KIND_LABELS, ACTION_STATE_LABELS
from app.appointments.holders import RESPONSIBLE
from app.core.operation import Reader
from app.core.tables import Column, figure, labelled, of_list, on_day, yes_no


def _cited(triggers: list[dict[str, Any]], _known: Any = None) -> str:
    return "；".join(each["said"] for each in triggers)


def _line(see: Reader, row: Any) -> dict[str, Any]:
    """Who proposed one of an earlier year, and when, is not known: somebody brought it in."""
    shown = queries.present(see, row)
    return shown | {"proposed_by_name": "补登", "created_at": None} if shown["is_past"] else shown


LEDGER = of_list(
    "问责台账",
    (
        Column("序号", "id", figure, 8),
        Column("被问责单位", "unit_name", width=24),
        Column("被问责人", "person", width=10),
        *RESPONSIBLE,
        Column("问责方式", "kind", labelled(ACTION_KIND_LABELS), 12),
        Column("问责情形", "triggers", _cited, 50),
        Column("事由", "reason", width=30),
        Column("提出人", "proposed_by_name", lambda name, known: name or "系统", 10),
        Column("提出日期", "created_at", on_day),
        Column("批准人", "approved_by_name", width=10),
        Column("批准日期", "approved_at", on_day),
        Column("文号", "document_number", width=20),
        Column("送达人", "served_by_name", width=10),
        Column("送达日期", "served_at", on_day),
        Column("答复期限", "reply_by"),
        Column("执行情况", "performance", width=30),
        Column("答复内容", "reply", width=40),
        Column("答复日期", "replied_at", on_day),
        Column("整改成效", "effect", width=40),
        Column("办结日期", "closed_at", on_day),
        Column("状态", "state", labelled(ACTION_STATE_LABELS), 10),
        Column("逾期未答复", "overdue", yes_no, 10),
    ),
    queries.LIST,
    _line,
    queries.complete,
)
RUNGS = of_list(
    "问责阶梯",
    (
        Column("情形", "trigger_label", width=16),
        Column("条件", "condition", width=24),
        Column("拟采取", "proposes", labelled(ACTION_KIND_LABELS), 12),
        Column("启用", "enabled", yes_no, 8),
    ),
    queries.RUNG_LIST,
    queries.present_rung,
)
