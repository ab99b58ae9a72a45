"""Breakdowns, their steps and measures, and the assignments that have none, as tables."""

from typing import Any

from app.appointments.holders import LEADER, RESPONSIBLE, with_leader, with_responsible
from app.breakdowns import measure_list, queries, step_list
from app.breakdowns.models import BREAKDOWN_STATE_LABELS
from app.breakdowns.rules import CONFIRMED
from app.core.operation import Reader
from app.core.tables import Column, Row, figure, labelled, of_list, on_day
from app.units.models import KIND_LABELS

BREAKDOWNS = of_list(
    "任务分解",
    (
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("序号", "item_number", width=8),
        Column("任务", "item_title", width=40),
        Column("周期", "period"),
        Column("版次", "number", figure, 8),
        Column("状态", "state", labelled(BREAKDOWN_STATE_LABELS), 10),
        Column("步骤数", "step_count", figure, 8),
        Column("已完成", "done_count", figure, 8),
        Column("下一时限", "next_deadline_on"),
        Column("时限状态", "lamp_words"),
        Column("提交日期", "submitted_at", on_day),
        Column("提交人", "submitted_by_name"),
        Column("审核日期", "reviewed_at", on_day),
        Column("审核人", "reviewed_by_name"),
    ),
    queries.LIST,
    queries.present,
    with_responsible,
)


def _step(see: Reader, row: Any) -> Row:
    """Until its version serves a step has that version's state, from then on its own."""
    shown = step_list.present(see, row)
    serves = shown["state"] == CONFIRMED
    return shown | {"standing": shown["lamp_words"] if serves else BREAKDOWN_STATE_LABELS[shown["state"]]}


STEPS = of_list(
    "任务分解表",
    (
        Column("单位", "unit_name", width=24),
        LEADER,
        Column("序号", "item_number", width=8),
        Column("任务", "item_title", width=40),
        Column("周期", "period"),
        Column("版次", "number", figure, 8),
        Column("步骤", "text", width=40),
        Column("责任人", "person", width=12),
        Column("完成时限", "deadline_on"),
        Column("完成日期", "done_on"),
        Column("状态", "standing", width=14),
    ),
    step_list.LIST,
    _step,
    with_leader,
)
MEASURES = of_list(
    "考核指标表",
    (
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("序号", "item_number", width=8),
        Column("任务", "item_title", width=40),
        Column("周期", "period"),
        Column("版次", "number", figure, 8),
        Column("考核指标", "text", width=40),
        Column("权重（%）", "weight", figure, 10),
        Column("评分标准", "standard", width=40),
        Column("状态", "state", labelled(BREAKDOWN_STATE_LABELS), 10),
    ),
    measure_list.LIST,
    measure_list.present,
    with_responsible,
)
MISSING = of_list(
    "未分解任务",
    (
        Column("单位", "unit_name", width=24),
        *RESPONSIBLE,
        Column("单位类别", "unit_kind", labelled(KIND_LABELS), 10),
        Column("序号", "item_number", width=8),
        Column("任务", "item_title", width=40),
        Column("周期", "period"),
        Column("完成时限", "deadline_on"),
        Column("分解", "state", lambda value, known: BREAKDOWN_STATE_LABELS[value] if value else "未编制", 10),
    ),
    queries.MISSING,
    queries.present_missing,
    with_responsible,
)
