"""The matters of appraisals: what an office is to enter, what a unit got, what is held against it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.appraisals.deduction_models import APPEAL, APPEAL_STATE_LABELS, DEDUCTION, AppealState
from app.appraisals.models import (
    CRITERION,
    CRITERION_STATE_LABELS,
    RESULT,
    RESULT_STATE_LABELS,
    ROUND,
    CriterionState,
    ResultState,
)
from app.core.operation import Reader
from app.core.within import many, within
from app.indicators.amounts import written
from app.my_work import words
from app.my_work.kinds import CONFIRM_POINTS, DECIDE_APPEAL, ENTER_POINTS
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
_IDS = many("matter_ids")
_CRITERIA = (
    sa.select(
        *(CRITERION.c[name] for name in ("id", "name", "office_id", "state")),
        ROUND.c.title,
        UNIT.c.name.label("office"),
    )
    .join(ROUND, ROUND.c.id == CRITERION.c.appraisal_id)
    .join(UNIT, UNIT.c.id == CRITERION.c.office_id)
    .where(within(CRITERION.c.id, _IDS))
)
_RESULTS = (
    sa.select(
        *(RESULT.c[name] for name in ("id", "unit_id", "unit_name", "score", "state", "appeal_until")), ROUND.c.title
    )
    .join(ROUND, ROUND.c.id == RESULT.c.appraisal_id)
    .where(within(RESULT.c.id, _IDS))
)
_APPEALS = (
    sa.select(
        *(APPEAL.c[name] for name in ("id", "unit_id", "state", "created_at")),
        DEDUCTION.c.points,
        CRITERION.c.name,
        UNIT.c.name.label("unit_name"),
    )
    .join(DEDUCTION, DEDUCTION.c.id == APPEAL.c.deduction_id)
    .join(CRITERION, CRITERION.c.id == DEDUCTION.c.criterion_id)
    .join(UNIT, UNIT.c.id == APPEAL.c.unit_id)
    .where(within(APPEAL.c.id, _IDS))
)


def to_enter(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_CRITERIA, {"matter_ids": ids}):
        found[row.id] = {
            "resource": "appraisal-criteria",
            "id": row.id,
            "unit_id": row.office_id,
            "unit_name": row.office,
            "title": f"作风考核 · {words.short(row.title)}：{row.name}",
            "why": f"{row.office}负责录入这项指标的扣分，没有扣分的也请标明录入完毕",
            "state": row.state,
            "state_label": CRITERION_STATE_LABELS[CriterionState(row.state)],
            "action": "finish",
            "verb": "录入",
        }
    return found


def to_confirm(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_RESULTS, {"matter_ids": ids}):
        found[row.id] = {
            "resource": "appraisal-results",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"作风考核 · {row.unit_name}：{words.short(row.title)}",
            "why": f"{row.unit_name}得 {written(row.score)} 分，有异议可在 {row.appeal_until} 前申诉",
            "state": row.state,
            "state_label": RESULT_STATE_LABELS[ResultState(row.state)],
            "action": "confirm",
            "verb": "核对",
        }
    return found


def to_decide(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_APPEALS, {"matter_ids": ids}):
        asked = words.ago(see, row.created_at, "提出")
        found[row.id] = {
            "resource": "appraisal-appeals",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"考核申诉 · {row.unit_name}：{row.name}",
            "why": f"{row.unit_name}对扣 {written(row.points)} 分有异议，由{words.judge(see)}处理，{asked}",
            "state": row.state,
            "state_label": APPEAL_STATE_LABELS[AppealState(row.state)],
            "action": "uphold",
            "verb": "处理",
        }
    return found


LOADERS: dict[int, Callable[[Reader, list[int]], Details]] = {
    ENTER_POINTS: to_enter,
    CONFIRM_POINTS: to_confirm,
    DECIDE_APPEAL: to_decide,
}
