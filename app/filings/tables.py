"""Filings, who has filed what, who has not, and what is asked, as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.appointments.holders import RESPONSIBLE, with_responsible, with_responsible_for_units
from app.core.operation import Reader
from app.core.params import read_params
from app.core.tables import Column, Row, Table, figure, labelled, of_list, on_day, yes_no
from app.filings import matrix, queries
from app.filings.models import FILING_KIND_LABELS, FILING_STATE_LABELS, STANDING_LABELS, FilingKind
from app.units.models import KIND_LABELS

FILINGS = of_list(
    "备案",
    (
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("类别", "kind", labelled(FILING_KIND_LABELS), 14),
        Column("版次", "number", figure, 8),
        Column("名称", "title", width=40),
        Column("文号", "document_number", width=20),
        Column("通过日期", "adopted_on"),
        Column("年度", "year", figure, 8),
        Column("状态", "state", labelled(FILING_STATE_LABELS), 10),
        Column("报送日期", "filed_at", on_day),
        Column("报送人", "filed_by_name"),
        Column("审核日期", "reviewed_at", on_day),
        Column("审核人", "reviewed_by_name"),
    ),
    queries.LIST,
    queries.present,
    with_responsible,
)
MISSING = of_list(
    "未备案单位",
    (
        Column("编码", "code", width=12),
        Column("单位", "name", width=24),
        *RESPONSIBLE,
        Column("单位类别", "unit_kind", labelled(KIND_LABELS), 10),
        Column("上级单位", "parent_name", width=24),
        Column("缺少", "kind", labelled(FILING_KIND_LABELS), 14),
        Column("截止日期", "deadline_on"),
        Column("逾期", "overdue", lambda overdue, known: "逾期" if overdue else "", 8),
    ),
    matrix.MISSING,
    matrix.present_missing,
    with_responsible_for_units,
)
REQUIREMENTS = of_list(
    "备案要求",
    (
        Column("类别", "kind", labelled(FILING_KIND_LABELS), 14),
        Column("单位组", "unit_group_name", width=24),
        Column("每年报送", "yearly", yes_no, 10),
        Column("时限", "deadline", width=30),
        Column("截止日期", "deadline_on"),
        Column("审核股室", "office_name", width=20),
    ),
    queries.REQUIREMENT_LIST,
    queries.present_requirement,
)


def _said(cell: dict[str, Any]) -> str:
    number = f"（第{cell['number']}版）" if cell["number"] else ""
    return STANDING_LABELS[cell["standing"]] + number + ("（逾期）" if cell["overdue"] else "")


_ASKED = {name: matrix.PARSERS[name] for name in ("year", "unit_id")}


def _asked(params: Mapping[str, str]) -> dict[str, Any]:
    return read_params(params, _ASKED)


def _pages(see: Reader, asked: dict[str, Any]) -> Iterator[Sequence[Row]]:
    nothing: dict[str, Any] = {kind.value: None for kind in FilingKind}
    for units in matrix.whole(see, **asked):
        yield [
            {"unit_name": unit["unit_name"], **nothing, **{cell["kind"]: _said(cell) for cell in unit["cells"]}}
            for unit in units
        ]


MATRIX = Table(
    "备案情况",
    (
        Column("单位", "unit_name", width=24),
        *(Column(label, kind.value, width=16) for kind, label in FILING_KIND_LABELS.items()),
    ),
    _ASKED,
    _asked,
    _pages,
)
"""A kind that is not asked of a unit stays empty."""
