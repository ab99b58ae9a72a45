"""Exports as a table."""

from typing import Any

from app.core.tables import Column, at_minute, figure, labelled, of_list
from app.exports import queries
from app.exports.models import FORMS, STATE_LABELS, ExportFormat


def _filters(filters: dict[str, str], _known: Any = None) -> str:
    return "；".join(f"{name}={value}" for name, value in filters.items())


def _format(name: ExportFormat, _known: Any = None) -> str:
    return FORMS[name].label


RUNS = of_list(
    "导出记录",
    (
        Column("内容", "title", width=24),
        Column("筛选条件", "filters", _filters, 40),
        Column("格式", "format", _format, 8),
        Column("状态", "state", labelled(STATE_LABELS), 10),
        Column("行数", "read_count", figure, 10),
        Column("发起时间", "created_at", at_minute, 17),
        Column("完成时间", "finished_at", at_minute, 17),
        Column("保存到", "expires_at", at_minute, 17),
        Column("说明", "problem", width=40),
    ),
    queries.LIST,
    queries.present,
)
