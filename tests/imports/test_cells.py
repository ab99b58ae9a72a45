"""Cells that stand where or as nobody expects them: read as people mean them, or named by row and column."""

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from tests.conftest import As
from tests.imports.tables import HEADS, IMPORTS, as_csv, as_xlsx, counts, faults, looked_through, rows_of, send
from tests.imports.test_files import ROW
from tests.walk.steps import API

DAYS = (*HEADS[:3], "启用日期")


def drawn(draw: Any, **options: Any) -> bytes:
    """A workbook as ``draw(book, sheet)`` makes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options}) as book:
        draw(book, book.add_worksheet())
    return out.getvalue()


def hidden(book: Any, sheet: Any) -> None:
    for at, cells in enumerate((HEADS, ROW, ("N2", "红星小学", "学校", "实验小学", "小学"))):
        sheet.write_row(at, 0, cells)
    sheet.set_row(1, None, None, {"hidden": True})
    sheet.set_column(0, 0, None, None, {"hidden": True})


def test_hidden_rows_and_columns_are_read_and_shown(as_: As) -> None:
    """A filter hides rows that belong to the table all the same: nothing is left out, and nothing is written unseen."""
    run = looked_through(as_("sysadmin"), drawn(hidden), "a.xlsx")
    rows = rows_of(as_("sysadmin"), run)
    assert [(row["number"], row["cells"][0], row["cells"][1]) for row in rows] == [
        (2, "N1", "青山小学"),
        (3, "N2", "红星小学"),
    ]


def on_a_hidden_sheet(book: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ("单位名称", "类别"))
    sheet.write_row(1, 0, ("藏起小学", "学校"))
    other = book.add_worksheet()
    other.write_row(0, 0, HEADS)
    other.write_row(1, 0, ROW)
    other.activate()
    sheet.hide()


def test_a_hidden_sheet_is_no_part_of_the_table(as_: As) -> None:
    run = looked_through(as_("sysadmin"), drawn(on_a_hidden_sheet), "a.xlsx")
    assert [row["cells"][1] for row in rows_of(as_("sysadmin"), run)] == ["青山小学"]


def test_days_are_the_same_whichever_day_a_workbook_counts_from(as_: As) -> None:
    client = as_("sysadmin")
    for options in ({}, {"date_1904": True}):
        run = looked_through(
            client, as_xlsx(("N1", "青山小学", "学校", date(2024, 2, 29)), heads=DAYS, **options), "a.xlsx"
        )
        assert rows_of(client, run)[0]["cells"][3] == "2024-02-29", options


def test_a_day_that_is_none_is_named_at_its_row_and_column(as_: As) -> None:
    client = as_("sysadmin")
    for content, name in ((as_csv, "a.csv"), (as_xlsx, "a.xlsx")):
        table = content((*ROW[:3], "2024-02-29"), ("N2", "红星小学", "学校", "2024-02-30"), heads=DAYS)
        found = faults(rows_of(client, looked_through(client, table, name)))
        assert found == [(3, "valid_from", "没有这一天，2 月只有 29 天", [])], name
        refused = send(client, table, name, mode="commit").json()
        assert refused["errors"][0]["pointer"] == "/rows/3/valid_from"
        assert refused["errors"][0]["detail"].startswith("第 3 行 启用日期：没有这一天")


def test_rows_longer_or_shorter_than_the_head_are_named(as_: As) -> None:
    client = as_("sysadmin")
    for content, name in ((as_csv, "a.csv"), (as_xlsx, "a.xlsx")):
        run = looked_through(client, content((*ROW, "多", "余"), ("N3",)), name)
        assert faults(rows_of(client, run)) == [
            (2, "", "这一行比表头多出 2 格，请核对是否错列", []),
            (3, "name", "单位名称必须填写", []),
            (3, "kind", "类别必须填写", []),
        ], name


@pytest.mark.parametrize("first", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1"])
def test_what_looks_like_a_formula_stays_text(as_: As, first: str) -> None:
    """Kept as typed (spaces around apart), and escaped where a spreadsheet would compute it."""
    client = as_("sysadmin")
    run = looked_through(client, as_csv(("N1", f"{first}小学", "学校", "", "")), mode="commit")
    name = rows_of(client, run)[0]["cells"][1]
    assert name == f"{first}小学".strip()
    assert f"'{name}," in client.get(f"{IMPORTS}/{run['id']}/file").content.decode("utf-8-sig")


def formulas(book: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, HEADS[:3])
    sheet.write_string(1, 0, "N1")
    sheet.write_string(1, 1, "=1+1小学")
    sheet.write_string(1, 2, "学校")
    sheet.write_string(2, 0, "N2")
    sheet.write_formula(2, 1, '="红"&"星小学"', None, "红星小学")
    sheet.write_string(2, 2, "学校")


def test_of_a_workbooks_formula_its_result_is_read_and_a_text_that_looks_like_one_stays(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, drawn(formulas), "a.xlsx", mode="commit")
    assert [row["cells"][1] for row in rows_of(client, run)] == ["=1+1小学", "红星小学"]
    exported = client.get(f"{API}/units.csv", params={"q": "=1+1小学"}).content.decode("utf-8-sig")
    assert "'=1+1小学" in exported
    again = looked_through(client, exported.encode(), "a.csv")
    assert counts(again) == (0, 0, 1, 0)


def test_what_is_merged_across_stands_in_its_first_column(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, as_xlsx(ROW[:3], ("N2",), merged=[(2, 1, 2, 2, "红星小学")]), "a.xlsx")
    assert faults(rows_of(client, run)) == [(3, "kind", "类别必须填写", [])]


def test_what_a_workbook_computes_is_read_as_it_shows(as_: As) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADS)
        sheet.write_row(1, 1, ROW[1:])
        sheet.write_formula(1, 0, "=8.1+8.2", None, 8.1 + 8.2)

    run = looked_through(as_("sysadmin"), drawn(draw), "a.xlsx")
    assert [row["cells"][0] for row in rows_of(as_("sysadmin"), run)] == ["16.3"]


def test_the_rows_of_a_csv_are_counted_as_a_spreadsheet_counts_them(as_: As) -> None:
    """A cell of several lines is in one row."""
    content = as_csv(("N1", "青山\n小学", "学校", "", ""), (), ("N2", "红星小学", "学样", "", ""))
    run = looked_through(as_("sysadmin"), content, "a.csv")
    assert faults(rows_of(as_("sysadmin"), run, kind="wrong"))[-1][:2] == (4, "kind")
