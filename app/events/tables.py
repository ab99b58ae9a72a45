"""The audit log as a table. What can be checked by itself is another file: ``/events/export``."""

from typing import Any

import pydantic_core

from app.core.audit import Outcome
from app.core.calendar import SHANGHAI
from app.core.tables import Column, figure, labelled, of_list
from app.events import queries, words

OUTCOME_LABELS = {Outcome.DONE: "已办成", Outcome.REFUSED: "被拒绝"}


def _second(at: Any, _known: Any = None) -> str:
    return str(at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"))


def _fields(fields: dict[str, Any] | None, _known: Any = None) -> str:
    return "" if fields is None else pydantic_core.to_json(fields).decode()


def _operation(name: str, _known: Any = None) -> str:
    return words.operation(name)


def _noun(name: str, _known: Any = None) -> str:
    return words.noun(name)


EVENTS = of_list(
    "审计日志",
    (
        Column("编号", "id", figure, 10),
        Column("时间", "at", _second, 20),
        Column("操作人", "user_name"),
        Column("操作", "operation", _operation, 20),
        Column("对象", "resource", _noun, 16),
        Column("对象编号", "resource_id", figure, 10),
        Column("结果", "outcome", labelled(OUTCOME_LABELS), 10),
        Column("原因", "code", width=18),
        Column("改动前", "before", _fields, 40),
        Column("改动后", "after", _fields, 40),
        Column("说明", "reason", _fields, 20),
        Column("请求号", "request_id", width=20),
        Column("操作代码", "operation", width=28),
    ),
    queries.LIST,
    queries.present,
)
