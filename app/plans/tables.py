"""Plans and their items as tables."""

from typing import Any

from app.core.operation import Reader
from app.core.tables import Column, Row, figure, joined, labelled, of_list
from app.plans import queries
from app.plans.cells import ItemCells
from app.plans.models import CADENCE_LABELS, EVIDENCE_KIND_LABELS, PLAN_STATE_LABELS, ROLE_WORDS, PlanState

PLANS = of_list(
    "工作方案",
    (
        Column("标题", "title", width=40),
        Column("年度", "year", figure, 8),
        Column("文号", "document_number", width=20),
        Column("版次", "edition", figure, 8),
        Column("印发单位", "issuer_name", width=20),
        Column("状态", "state", labelled(PLAN_STATE_LABELS), 10),
        Column("印发日期", "issued_on"),
        Column("来源文件", "source_name", width=24),
    ),
    queries.LIST,
    queries.present,
)


def _responsible(named: list[dict[str, Any]], _known: Any = None) -> str:
    """In the plan's own words and order, with what each is to do."""
    kept = (each for each in named if each["dropped_reason"] is None)
    return "、".join(f"{each['name']}（{ROLE_WORDS[each['role']]}）" for each in kept)


def _titles(see: Reader) -> dict[int, str]:
    """As an import knows them again: of several of one title each by its edition."""
    return ItemCells(see, *PlanState).titles


def _plan(plan_id: int, titles: dict[int, str]) -> str:
    return titles.get(plan_id, "")


def _present(see: Reader, row: Any) -> Row:
    shown = queries.present_item(see, row)
    return shown | {"area": " ".join(part for part in (row.area_number, row.area_title) if part)}


ITEMS = of_list(
    "方案任务",
    (
        Column("方案", "plan_id", _plan, 24),
        Column("序号", "number", width=8),
        Column("方面", "area", width=24),
        Column("重点任务", "title", width=40),
        Column("具体措施", "measures", width=60),
        Column("责任单位", "responsibilities", _responsible, 36),
        Column("周期", "cadence", labelled(CADENCE_LABELS), 10),
        Column("完成时限", "deadline_on"),
        Column("时限原文", "deadline_text", width=20),
        Column("成果形式", "required_evidence", joined(labelled(EVIDENCE_KIND_LABELS))),
        Column("权重", "weight", figure, 8),
    ),
    queries.ITEM_LIST,
    _present,
    queries.with_responsibilities,
    known=_titles,
)
