"""Imports and their rows as tables. A row's own file, with all its columns, is given back by ``outgoing``."""

from typing import Any

from app.core.tables import Column, at_minute, figure, labelled, of_list, part_of
from app.imports import queries
from app.imports.models import KIND_LABELS, STATE_LABELS
from app.imports.rules import POLICY


def _what(resource: str, _known: Any = None) -> str:
    return queries.labels().get(resource, resource)


RUNS = of_list(
    "导入记录",
    (
        Column("文件名", "filename", width=30),
        Column("内容", "resource", _what),
        Column("状态", "state", labelled(STATE_LABELS), 10),
        Column("行数", "row_count", figure, 8),
        Column("新增", "new_count", figure, 8),
        Column("更新", "changed_count", figure, 8),
        Column("不变", "unchanged_count", figure, 8),
        Column("错误", "wrong_count", figure, 8),
        Column("已写入", "written_count", figure, 8),
        Column("导入时间", "created_at", at_minute, 17),
        Column("写入时间", "committed_at", at_minute, 17),
    ),
    queries.LIST,
    queries.present,
)


def _cells(cells: list[str], _known: Any = None) -> str:
    return " | ".join(cells)


def _changes(changes: dict[str, list[str]], _known: Any = None) -> str:
    return "；".join(f"{old or '（空）'} → {new}" for old, new in changes.values())


def _faults(faults: list[dict[str, Any]], _known: Any = None) -> str:
    return "；".join(fault["detail"] for fault in faults)


ROWS = of_list(
    "导入的行",
    (
        Column("行号", "number", figure, 8),
        Column("结果", "kind", labelled(KIND_LABELS), 8),
        Column("内容", "cells", _cells, 60),
        Column("改动", "changes", _changes, 40),
        Column("错误原因", "faults", _faults, 40),
        Column("提示", "remarks", _faults, 30),
    ),
    queries.ROW_LIST,
    queries.present_row,
    within=part_of(POLICY, "import_id"),
)
