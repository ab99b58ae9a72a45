"""The columns of a catalogue's table, and which of them a row may change."""

from typing import Any

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from app.boxes.correcting import LINE
from app.boxes.importing.known import Known
from app.boxes.models import RETENTION_LABELS
from app.core.models import Name
from app.core.models import whole as within_bounds
from app.imports.columns import Column, choice, day, labelled, plain, text, whole, words_of
from app.imports.forms import filled

CHANGED = (*LINE, "location")
"""What a row may change: of its piece, and of its box."""
FIXED = {
    "box_name": "盒名请在页面上“修改”",
    "classified": "分项请在页面上“整理目录”",
    "unit_name": "形成单位不能改",
    "filename": "电子件请在资料的页面上更新",
}
"""What the ledger shows, and a row only repeats: it tells apart pieces of one title."""
ORDER = ("box_name", "filename", "unit_name", "classified", "document_number", "evidence_on", *LINE[2:], "location")
"""By what a row is held to mean a piece, the surest first."""


def _unit(cell: str, known: Known) -> int:
    return known.units.unit(cell)


def _unit_name(unit_id: Any, known: Known) -> str:
    return known.units.title(unit_id)


class _Fields(TypedDict, total=False):
    document_number: Name
    pages: within_bounds(1, 9999)  # type: ignore[valid-type]
    copies: within_bounds(1, 999)  # type: ignore[valid-type]
    location: Name


FIELDS: TypeAdapter[_Fields] = TypeAdapter(_Fields)
COLUMNS = (
    Column("box_number", "盒号", ("档案盒号", "案卷号"), text, plain, required=True, example="2023-012", width=10),
    Column("unit", "装盒单位", ("立卷单位", "单位"), _unit, _unit_name, hint="几个单位的盒号相同时填写", width=20),
    filled("box_name", "盒名", "案卷题名", "盒题名", width=20),
    filled("classified", "分项", "类目", "分类", hint="照台账填写", width=28),
    filled("title", "材料名称", "题名", "文件题名", "材料题名", required=True, example="议事规则", width=36),
    filled("document_number", "文号", "发文字号", "文件编号"),
    Column("evidence_on", "日期", ("形成日期", "文件日期", "成文日期"), day, plain, example="2023-10-09"),
    filled("unit_name", "形成单位", "责任者", "来源单位", hint="照台账填写", width=20),
    Column("pages", "页数", ("页码数", "张数"), whole("请填写 1 到 9999 的整数", after="页"), plain, width=6),
    Column("copies", "份数", ("件数", "数量"), whole("请填写 1 到 999 的整数", after="份"), plain, width=6),
    Column(
        "retention",
        "保管期限",
        ("期限", "保管年限"),
        choice(RETENTION_LABELS),
        labelled(RETENTION_LABELS),
        choices=words_of(RETENTION_LABELS),
        width=10,
    ),
    filled("location", "存放位置", "位置", "存放地点", hint="同一盒的各行一致", width=16),
    filled("filename", "电子件", "文件名", "电子文件", hint="照台账填写", width=28),
)
