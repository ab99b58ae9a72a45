"""A workbook as a clerk keeps it, and what becomes of each part of it."""

import io
import zipfile
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from openpyxl import load_workbook  # type: ignore[import-untyped]

from tests.conftest import As
from tests.imports.tables import IMPORTS, looked_through
from tests.rezipped import Change

HEADS = ("序号", "单位编码", "单位名称", "类别", "启用日期", "学校标识码", "备注")
SHEET, STYLES, CHAIN = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/calcChain.xml"
OFFICE = "http://schemas.openxmlformats.org"
DAY_0 = 45000
"""2023-03-15, as a workbook counts."""


def kept_by_a_clerk() -> bytes:
    """A title over all columns, colours, widths, a drop-down, a filter, a formula, rules, a note, a second sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, other = book.add_worksheet("名录"), book.add_worksheet("说明")
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        blue = book.add_format({"font_color": "#0000FF", "border": 1, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy/m/d", "border": 1})
        sheet.merge_range("A1:G1", "青川区学校名录", head)
        sheet.write_row(1, 0, HEADS, head)
        for at, (name, kind) in enumerate((("青山小学", "学校"), ("红星小学", "学样"), ("白云小学", "学校")), 2):
            sheet.write_formula(at, 0, "=ROW()-2", blue, at - 1)
            sheet.write_row(at, 1, (f"N{at}", name, kind), blue)
            sheet.write_number(at, 4, DAY_0 + at, day)
            sheet.write_number(at, 5, 3136000000 + at, blue)
        sheet.write_rich_string(2, 6, "见", head, "附件", blue)
        sheet.write(5, 0, "填表人：张三", blue)
        sheet.set_column(2, 2, 31.5)
        sheet.set_row(1, 28)
        sheet.data_validation(2, 3, 100, 3, {"validate": "list", "source": ["学校", "幼儿园"]})
        sheet.conditional_format("D3:D100", {"type": "cell", "criteria": "==", "value": '"学样"', "format": head})
        sheet.autofilter("A2:G5")
        sheet.freeze_panes(2, 0)
        sheet.write_comment("C2", "写全称")
        sheet.protect("", {"autofilter": True})
        other.merge_range("A1:B2", "填表说明", head)
        other.write_formula("C3", "=名录!E3", day, DAY_0)
        book.define_name("各校", "=名录!$C$3:$C$5")
    return out.getvalue()


def listing(*places: str) -> dict[Any, Change]:
    """What is to be changed in a workbook so that it lists formulas in these cells, as Excel does for itself."""
    named = "".join(f'<c r="{place}" i="1"/>' for place in places)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    part = f'<Override PartName="/{CHAIN}" ContentType="{kind}"/></Types>'
    relation = f'<Relationship Id="rId99" Type="{OFFICE}/officeDocument/2006/relationships/calcChain"'
    return {
        CHAIN: f'<calcChain xmlns="{OFFICE}/spreadsheetml/2006/main">{named}</calcChain>'.encode(),
        "[Content_Types].xml": lambda types: types.replace(b"</Types>", part.encode()),
        "xl/_rels/workbook.xml.rels": lambda named: named.replace(
            b"</Relationships>", f'{relation} Target="calcChain.xml"/></Relationships>'.encode()
        ),
    }


def given_back(as_: As, content: bytes, name: str = "名录.xlsx") -> bytes:
    client = as_("sysadmin")
    run = looked_through(client, content, name)
    back: bytes = client.get(f"{IMPORTS}/{run['id']}/file").content
    return back


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def cells(content: bytes, sheet: str) -> dict[str, Any]:
    """Of each cell what it holds and how that looks."""
    looks = ("number_format", "font", "fill", "border", "alignment", "protection", "comment")
    return {
        cell.coordinate: (cell.value, cell.data_type, *(str(getattr(cell, each)) for each in looks))
        for row in load_workbook(io.BytesIO(content), rich_text=True)[sheet].iter_rows()
        for cell in row
    }


def around(content: bytes, sheet: str) -> dict[str, Any]:
    """What a sheet has beside its cells."""
    found = load_workbook(io.BytesIO(content))[sheet]
    return {
        "merged": sorted(map(str, found.merged_cells.ranges)),
        "widths": {name: each.width for name, each in found.column_dimensions.items()},
        "heights": {number: each.height for number, each in found.row_dimensions.items()},
        "choices": [(str(each.sqref), each.formula1) for each in found.data_validations.dataValidation],
        "rules": [(str(each.sqref), [rule.formula for rule in each.rules]) for each in found.conditional_formatting],
        "filter": found.auto_filter.ref,
        "frozen": found.freeze_panes,
        "locked": found.protection.sheet,
    }


def values(content: bytes, sheet: str = "名录") -> list[list[Any]]:
    return [list(row) for row in load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True)]
