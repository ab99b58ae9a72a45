"""Rounds, the ranking, what was taken off, and what is held against it, as tables."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.appointments.holders import RESPONSIBLE, with_responsible
from app.appraisals import deduction_queries, queries
from app.appraisals.deduction_models import APPEAL_STATE_LABELS, CITED_LABELS, DEDUCTION_STATE_LABELS
from app.appraisals.models import APPRAISAL_STATE_LABELS, CRITERION_STATE_LABELS, RESULT_STATE_LABELS, SOURCE_LABELS
from app.appraisals.rules import POLICY
from app.core.operation import Reader
from app.core.paging import Asked
from app.core.tables import Cell, Column, at_minute, figure, labelled, of_list, on_day, part_of

ROUNDS = of_list(
    "作风考核",
    (
        Column("年度", "year", figure, 8),
        Column("名称", "title", width=40),
        Column("起始日期", "starts_on"),
        Column("截止日期", "ends_on"),
        Column("方案", "plan_title", width=30),
        Column("参加单位", "unit_group_name", width=24),
        Column("状态", "state", labelled(APPRAISAL_STATE_LABELS), 10),
        Column("申诉截止", "appeal_until"),
        Column("冻结时间", "frozen_at", at_minute, 18),
    ),
    queries.LIST,
    queries.present,
)


def _items(detail: Any, _known: Any = None) -> str:
    """按期办结率 32/40（80%（4/5））, one a line."""
    lines = []
    for each in detail:
        so = f"：{each['figure']}" if each["figure"] else ""
        lines.append(f"{each['name']} {each['score']}/{each['weight']}{so}")
    return "\n".join(lines)


_SCORE = (
    Column("名次", "rank", figure, 8),
    Column("单位", "unit_name", width=24),
    *RESPONSIBLE,
    Column("得分", "score", width=10),
    Column("满分", "full", figure, 8),
)
_STAND = (
    Column("单位确认", "state", labelled(RESULT_STATE_LABELS), 10),
    Column("冻结时间", "frozen_at", at_minute, 18),
)


def _points_of(criterion_id: int) -> Callable[[Any, Any], Cell]:
    def show(detail: Any, _known: Any = None) -> Cell:
        score = next((each["score"] for each in detail if each["criterion_id"] == criterion_id), None)
        if score is None:
            return ""
        points = Decimal(score)
        return int(points) if points == points.to_integral_value() else float(points)

    return show


def _by_criterion(see: Reader, asked: Asked) -> tuple[Column, ...]:
    """Of one round each criterion has a column of its own; rounds have different ones."""
    of = asked.filters.get("appraisal_id")
    if of is None:
        return (*_SCORE, Column("各项得分", "detail", _items, 40), *_STAND)
    each = queries.criteria_of(see, of)
    columns = (Column(f"{one['name']}（{one['weight']}）", "detail", _points_of(one["id"]), 12) for one in each)
    return (*_SCORE, *columns, *_STAND)


RANKING = of_list(
    "作风考核排名",
    (*_SCORE, Column("各项得分", "detail", _items, 40), *_STAND),
    queries.RESULT_LIST,
    queries.present_result,
    with_responsible,
    fitted=_by_criterion,
)
CRITERIA = of_list(
    "作风考核指标",
    (
        Column("序号", "id", figure, 8),
        Column("指标", "name", width=24),
        Column("满分", "weight", figure, 8),
        Column("数据来源", "source", labelled(SOURCE_LABELS), 14),
        Column("计分办法", "formula", width=44),
        Column("录入股室", "office_name"),
        Column("扣分标准", "standard", width=50),
        Column("状态", "state", labelled(CRITERION_STATE_LABELS), 10),
        Column("每项扣分", "each", width=10),
        Column("应有篇数", "required", figure, 10),
        Column("年度", "appraisal_year", figure, 8),
        Column("考核", "appraisal_title", width=30),
    ),
    queries.CRITERION_LIST,
    queries.present_criterion,
    within=part_of(POLICY, "appraisal_id"),
)
DEDUCTIONS = of_list(
    "考核扣分",
    (
        Column("序号", "id", figure, 8),
        Column("年度", "appraisal_year", figure, 8),
        Column("考核", "appraisal_title", width=30),
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("指标", "criterion_name", width=20),
        Column("扣分", "points", width=8),
        Column("原因", "reason", width=50),
        Column("依据", "cited", labelled(CITED_LABELS), 10),
        Column("依据编号", "cited_id", figure, 10),
        Column("材料份数", "evidence_count", figure, 10),
        Column("录入股室", "office_name"),
        Column("状态", "state", labelled(DEDUCTION_STATE_LABELS), 10),
    ),
    deduction_queries.LIST,
    deduction_queries.present,
    with_responsible,
)
APPEALS = of_list(
    "考核申诉",
    (
        Column("考核", "appraisal_title", width=30),
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("指标", "criterion_name", width=20),
        Column("扣分", "points", width=8),
        Column("扣分原因", "deduction", width=50),
        Column("申诉理由", "reason", width=50),
        Column("提出日期", "created_at", on_day),
        Column("状态", "state", labelled(APPEAL_STATE_LABELS), 10),
        Column("处理意见", "decision", width=40),
        Column("处理人", "decided_by_name"),
        Column("处理日期", "decided_at", on_day),
    ),
    deduction_queries.APPEAL_LIST,
    deduction_queries.present_appeal,
    with_responsible,
)
