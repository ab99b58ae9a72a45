"""The matters that are breakdowns and their steps, in full: one statement for each kind."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.breakdowns.models import BREAKDOWN, BREAKDOWN_STATE_LABELS, STEP, BreakdownState
from app.core.calendar import today_of
from app.core.operation import Reader
from app.core.within import many, within
from app.my_work import words
from app.my_work.kinds import CONFIRM, FINISH, REDRAW
from app.plans.models import ITEM
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
_SOURCE = (
    BREAKDOWN.join(ASSIGNMENT, ASSIGNMENT.c.id == BREAKDOWN.c.assignment_id)
    .join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
    .join(UNIT, UNIT.c.id == BREAKDOWN.c.unit_id)
)
_NAMED = (
    *(BREAKDOWN.c[name] for name in ("unit_id", "number", "state", "submitted_at", "updated_at")),
    UNIT.c.name.label("unit_name"),
    ITEM.c.number.label("item_number"),
    ITEM.c.title.label("item_title"),
)
_BREAKDOWNS = sa.select(BREAKDOWN.c.id, *_NAMED).select_from(_SOURCE).where(within(BREAKDOWN.c.id, many("matter_ids")))
_STEPS = (
    sa.select(STEP.c.id.label("step_id"), STEP.c.text, STEP.c.person, BREAKDOWN.c.id, *_NAMED)
    .select_from(_SOURCE.join(STEP, STEP.c.breakdown_id == BREAKDOWN.c.id))
    .where(within(STEP.c.id, many("matter_ids")))
)


def _breakdown(row: Any) -> dict[str, Any]:
    state = BreakdownState(row.state)
    return {
        "resource": "breakdowns",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"任务分解 · {row.unit_name}第{row.item_number}项：{words.short(row.item_title)}",
        "state": state.value,
        "state_label": BREAKDOWN_STATE_LABELS[state],
    }


def to_review(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_BREAKDOWNS, {"matter_ids": ids}):
        sent = words.ago(see, row.submitted_at, "提交")
        why = f"{row.unit_name}的分解第 {row.number} 版由{words.judge(see)}审核，{sent}"
        found[row.id] = _breakdown(row) | {"why": why, "action": "confirm", "verb": "审核"}
    return found


def sent_back(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_BREAKDOWNS, {"matter_ids": ids}):
        why = f"{words.month_day(today_of(row.updated_at))}退回，请按意见修改后再提交"
        found[row.id] = _breakdown(row) | {"why": why, "action": "edit", "verb": "修改"}
    return found


def near(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_STEPS, {"matter_ids": ids}):
        title = f"步骤 · {row.unit_name}：{words.short(row.text)}"
        why = f"第{row.item_number}项“{words.short(row.item_title)}”的步骤，责任人 {row.person}"
        told = {"title": title, "why": why, "state_label": "未完成", "action": "mark", "verb": "标记完成"}
        found[row.step_id] = _breakdown(row) | told
    return found


LOADERS: dict[int, Callable[[Reader, list[int]], Details]] = {CONFIRM: to_review, REDRAW: sent_back, FINISH: near}
