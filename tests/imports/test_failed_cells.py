"""A formula that failed is no empty cell: its row says so, and nothing is written as if it had not been given."""

import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from tests.conftest import As
from tests.imports.tables import HEADS, as_csv, counts, faults, looked_through, rows_of, send
from tests.imports.test_files import ROW, SHEET
from tests.rezipped import rezipped

OTHER = ("N2", "红星小学", "学校", "实验小学", "小学")
WORDS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
Lines = Sequence[Any]


def computed(*lines: Lines, merged: str = "", before: Lines | None = None) -> bytes:
    """A workbook where each error is what a formula came to; ``before``: a sheet of its own ahead of the table."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        if before:
            book.add_worksheet("说明").write_row(0, 0, before)
        sheet = book.add_worksheet("名录")
        for number, line in enumerate(lines):
            for at, cell in enumerate(line):
                if cell in WORDS:
                    sheet.write_formula(number, at, f'=IF(A1="a<b",VLOOKUP({number},Z:Z,1,0),NA())', None, cell)
                elif cell:
                    sheet.write(number, at, cell)
        if merged:
            sheet.merge_range(merged, "")
            sheet.write_formula(merged.split(":")[0], "=NA()", None, "#N/A")
    return out.getvalue()


def test_a_failed_formula_makes_its_row_wrong_and_says_how_to_mend_it(as_: As, browse: As) -> None:
    client = as_("sysadmin")
    wrong = [[f"N{n}", f"第{n}小学", "学校", "实验小学", word] for n, word in enumerate(WORDS, 10)]
    run = looked_through(client, computed(HEADS, ROW, *wrong, OTHER, before=["填写说明"]), "名录.xlsx")
    assert counts(run) == (2, 0, 0, len(WORDS))
    found = faults(rows_of(client, run))
    assert [(number, column) for number, column, _, _ in found] == [(n, "stages") for n in range(3, 3 + len(WORDS))]
    for word, (_, _, why, _) in zip(WORDS, found, strict=True):
        assert f"公式错误 {word}，" in why and "请在表格里改正公式，或把算对的内容复制后选择性粘贴为数值" in why
    assert "公式错误 #REF!" in browse("sysadmin").get(f"/imports/{run['id']}").text
    # As it is sent straight away: the row, the column and the value are named, and nothing is written.
    refused = send(client, computed(HEADS, ROW, wrong[0]), "名录.xlsx", mode="commit")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["detail"].startswith("第 3 行 学段：这一格是公式错误 #N/A")


def test_a_required_cell_that_failed_is_not_called_missing_and_can_be_put_right_on_the_page(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, computed(HEADS, ["N1", "#N/A", "学校", "", ""]), "名录.xlsx")
    ((number, column, why, _),) = faults(rows_of(client, run))
    assert (number, column) == (2, "name") and "#N/A" in why
    (row,) = rows_of(client, run)
    put = {"column": "name", "value": "青山小学"}
    mended = client.post(f"/api/v1/import-rows/{row['id']}/correct", json=put)
    assert mended.status_code == 200, mended.text
    assert [each["faults"] for each in rows_of(client, run)] == [[]]


def test_the_same_word_in_a_csv_or_pasted_as_text_is_no_content_either(as_: As) -> None:
    client = as_("sysadmin")
    run = looked_through(client, as_csv(ROW, ("N3", "#N/A", "学校", "", "")))
    assert counts(run) == (1, 0, 0, 1) and faults(rows_of(client, run))[0][:2] == (3, "name")


def test_a_formula_drawn_down_beyond_the_last_row_is_told_and_stops_nothing(as_: As) -> None:
    client, heads = as_("sysadmin"), ("序号", *HEADS)
    drawn = [["", "", "#N/A"], ["3", "", "#N/A", "", "#REF!"], *[["", "", "#N/A"]] * 5]
    run = looked_through(client, computed(heads, ["1", *ROW], ["2", *OTHER], *drawn), "名录.xlsx")
    assert counts(run) == (2, 0, 0, 0)
    assert run["notes"] == [
        "第 4 行、第 5 行、第 6 行、第 7 行、第 8 行等 7 行只有公式错误（如 #N/A），没有作为内容读取；"
        "如有内容，请改正公式后重新上传"
    ]


def test_a_failed_heading_is_named(as_: As) -> None:
    refused = send(as_("sysadmin"), computed(["名录"], [*HEADS[:4], "#REF!"], ROW), "名录.xlsx")
    assert refused.status_code == 422
    assert "第 2 行的表头里，第 5 列是公式错误 #REF!，请在表格里改正公式" in refused.json()["detail"]


def test_what_failed_in_a_merged_cell_belongs_to_each_row_and_in_an_unread_column_to_none(as_: As) -> None:
    client = as_("sysadmin")
    lines: tuple[Lines, ...] = ([*HEADS, "核对"], [*ROW[:4], "", "#N/A"], [*OTHER[:4], "", "#REF!"])
    run = looked_through(client, computed(*lines, merged="E2:E3"), "名录.xlsx")
    assert [fault[:2] for fault in faults(rows_of(client, run))] == [(2, "stages"), (3, "stages")]
    assert counts(looked_through(client, computed(*lines), "名录.xlsx")) == (2, 0, 0, 0)


@pytest.mark.parametrize("at", [-20, 0, 20])
def test_a_failed_cell_is_found_wherever_the_sheet_is_cut_into_pieces(as_: As, at: int) -> None:
    """The sheet is gone through a piece at a time; other programs write other quotes."""
    content = computed(HEADS, ["N1", "#N/A", "学校", "", ""])

    def moved(sheet: bytes) -> bytes:
        cell = sheet.index(b'<c r="B2"')
        start = sheet.index(b"<sheetData>")
        return sheet[:start] + b" " * ((1 << 20) - cell + at) + sheet[start:]

    client = as_("sysadmin")
    run = looked_through(client, rezipped(content, {SHEET: moved}), "名录.xlsx")
    assert "公式错误 #N/A" in faults(rows_of(client, run))[0][2]
    quoted = rezipped(content, {SHEET: lambda sheet: sheet.replace(b't="e"', b"t='e'")})
    assert "公式错误 #N/A" in faults(rows_of(client, looked_through(client, quoted, "名录.xlsx")))[0][2]


def test_what_a_cell_says_of_xml_is_text(as_: As) -> None:
    said = '<c r="A2" t="e"><v>#N/A</v></c>'
    run = looked_through(as_("sysadmin"), computed(HEADS, ["N1", said, "学校", "", ""]), "名录.xlsx")
    assert counts(run) == (1, 0, 0, 0)
