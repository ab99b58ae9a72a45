"""Archive boxes, their catalogues (档案盒目录, with the columns of DOMAIN §6), what is missing and what may go in.

The catalogue that goes out with a box's ZIP says where each file lies in it, and is made with that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.appointments.holders import RESPONSIBLE, with_responsible
from app.assignments.models import ASSIGNMENT_STATE_LABELS
from app.assignments.words import dated
from app.boxes import ledger, queries, wanting
from app.boxes.models import BOX_STATE_LABELS, RETENTION_LABELS
from app.core.operation import Reader
from app.core.params import read_params
from app.core.tables import Column, Row, Shown, Table, at_minute, figure, joined, labelled, of_list
from app.evidence.queries import present
from app.evidence.tables import EVIDENCE
from app.plans.models import EVIDENCE_KIND_LABELS

BOXES = of_list(
    "档案盒",
    (
        Column("盒号", "number", width=12),
        Column("盒名", "name", width=30),
        Column("分项", "category", width=20),
        Column("领域", "area_title", width=24),
        Column("单位", "unit_name", width=24),
        Column("方案", "plan_title", width=30),
        Column("件数", "entry_count", figure, 8),
        Column("保管期限", "retention", labelled(RETENTION_LABELS), 10),
        Column("存放位置", "location", width=20),
        Column("状态", "state", labelled(BOX_STATE_LABELS), 10),
        Column("封盒人", "sealed_by_name"),
        Column("封盒时间", "sealed_at", at_minute, 17),
        Column("移交给", "handed_over_to", width=20),
        Column("移交日期", "handed_over_on"),
    ),
    queries.LIST,
    queries.present,
    queries.with_counts,
)
_LINES = (
    Column("盒号", "box_number", width=10),
    Column("盒名", "box_name", width=20),
    Column("分项", "classified", width=28),
    Column("材料名称", "title", width=36),
    Column("文号", "document_number"),
    Column("日期", "evidence_on"),
    Column("形成单位", "unit_name", width=20),
    Column("页数", "pages", figure, 6),
    Column("份数", "copies", figure, 6),
    Column("保管期限", "retention", labelled(RETENTION_LABELS), 10),
    Column("存放位置", "location", width=16),
    Column("电子件", "filename", width=28),
)
CATALOGUE = Table(
    "档案盒目录", _LINES, {}, ledger.nothing_asked, ledger.of_one, within=lambda see, asked, box_id: box_id
)
CATALOGUES = Table("档案盒目录", _LINES, BOXES.parsers, BOXES.asked, ledger.of_all, size=ledger.size)
_kinds = joined(labelled(EVIDENCE_KIND_LABELS))
MISSING = of_list(
    "缺少的材料",
    (
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("序号", "item_number", width=8),
        Column("重点任务", "item_title", width=40),
        Column("周期", "period", lambda period, known: dated(period), 16),
        Column("状态", "state", labelled(ASSIGNMENT_STATE_LABELS), 10),
        Column("应有材料", "required_evidence", _kinds, 24),
        Column("缺少", "missing", _kinds, 24),
    ),
    wanting.LIST,
    wanting.present,
    with_responsible,
)
CANDIDATES = of_list("可装盒的材料", EVIDENCE.columns, queries.CANDIDATES, present, within=queries.for_box)
CANDIDATES = replace(CANDIDATES, parsers={n: p for n, p in CANDIDATES.parsers.items() if n in queries.ASKED})


# 缺件表: a line for each unit of a plan, a column for each of its items

_OF_PLAN = {name: wanting.PARSERS[name] for name in ("plan_id", "unit_id")}
_WHOLE = (
    Column("单位", "unit_name", width=24),
    Column("应有", "required", figure, 8),
    Column("缺", "missing", figure, 8),
)


def _asked(params: Mapping[str, str]) -> dict[str, Any]:
    return read_params(params, _OF_PLAN)


def _with_items(see: Reader, asked: dict[str, Any]) -> Sequence[Shown]:
    items = wanting.items_of(see, asked.get("plan_id"))
    return [*_WHOLE, *(Column(f"第{item.number}项 {item.title}", f"item_{item.id}", figure, 12) for item in items)]


def _completeness(see: Reader, asked: dict[str, Any]) -> Iterator[Sequence[Row]]:
    nothing = {f"item_{item.id}": None for item in wanting.items_of(see, asked.get("plan_id"))}
    for units in wanting.by_unit(see, asked):
        yield [
            unit | nothing | {f"item_{cell['plan_item_id']}": cell["missing"] for cell in unit["items"]}
            for unit in units
        ]


COMPLETENESS = Table(
    "缺件表",
    _WHOLE,
    _OF_PLAN,
    _asked,
    _completeness,
    notes=lambda see: ("任务项下是缺的件数：0 为齐，空白为该单位没有这一项",),
    fitted=_with_items,
)
