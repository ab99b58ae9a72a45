"""The queue as a table."""

from typing import Any

from app.core.tables import Column, at_minute, figure, labelled, of_list
from app.jobs import queries
from app.jobs.models import ERROR_LABELS, STATE_LABELS


def _error(value: str | None, _known: Any = None) -> str:
    return ERROR_LABELS.get(value, value) if value else ""


JOBS = of_list(
    "后台工作",
    (
        Column("编号", "id", figure, 10),
        Column("工作", "label", width=24),
        Column("状态", "state", labelled(STATE_LABELS), 10),
        Column("次数", "attempts", figure, 8),
        Column("下次办理", "due_at", at_minute, 17),
        Column("办理期限", "lease_until", at_minute, 17),
        Column("最近一次错误", "error", _error, 24),
        Column("提交时间", "created_at", at_minute, 17),
        Column("结束时间", "finished_at", at_minute, 17),
        Column("工作代码", "kind", width=24),
    ),
    queries.LIST,
    queries.present,
)
