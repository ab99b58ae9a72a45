"""Tables as clerks send them: CSV, new and old workbooks."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from tests.walk.steps import API, ok

IMPORTS = f"{API}/imports"
HEADS = ("单位编码", "单位名称", "类别", "上级单位", "学段")
Cells = Sequence[Any]


def columns(words: str) -> list[str]:
    """A ledger's headings, as they stand one after another."""
    return words.split("|")


TASKS = columns("序号|重点任务|具体措施|成果形式|牵头股室|配合股室|责任领导|责任人|完成时限|进展|状态|印证材料|备注")
FINDINGS = columns("编号|督查时间|方式|被查单位|督查人|问题类别|问题描述|依据|严重程度|证据|整改要求|时限|签收")
RECTIFICATIONS = columns(
    "序号|问题来源|问题表现|原因|整改目标|整改措施|责任领导|责任单位|责任人|整改时限|整改情况|完成程度|验收意见|验收人|是否销号|"
    "销号日期"
)
"""The ledgers as they go out."""


def as_csv(*rows: Cells, heads: Cells = HEADS, encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode(encoding)


def as_xlsx(
    *rows: Cells, heads: Cells = HEADS, merged: Sequence[tuple[int, int, int, int, str]] = (), **options: Any
) -> bytes:
    """``merged``: (first row, first column, last row, last column, text), counted from 0."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([heads, *rows]):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
        for each in merged:
            sheet.merge_range(*each)
    return out.getvalue()


def send(client: Any, content: bytes, name: str = "单位名录.csv", **fields: str) -> Any:
    return client.post(IMPORTS, data={"resource": "units"} | fields, files={"file": (name, content)})


def looked_through(client: Any, content: bytes, name: str = "单位名录.csv", **fields: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(send(client, content, name, **fields), 201)
    return found


def rows_of(client: Any, run: dict[str, Any], **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(client.get(f"{IMPORTS}/{run['id']}/rows", params=params))["data"]
    return found


def counts(run: dict[str, Any]) -> tuple[int, ...]:
    """New, changed, unchanged, wrong."""
    return tuple(run[f"{kind}_count"] for kind in ("new", "changed", "unchanged", "wrong"))


def faults(rows: Sequence[dict[str, Any]]) -> list[tuple[int, str, str, list[str]]]:
    """(row, column, why, what may have been meant)."""
    return [(row["number"], f["column"], f["detail"], f["suggestions"]) for row in rows for f in row["faults"]]


def unit(client: Any, name: str) -> dict[str, Any]:
    found = [each for each in ok(client.get(f"{API}/units?q={name}"))["data"] if each["name"] == name]
    assert len(found) == 1, f"{name}: {len(found)}"
    return dict(ok(client.get(f"{API}/units/{found[0]['id']}")))
