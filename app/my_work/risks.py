"""The matters of integrity risks, in full: one or two statements for each kind."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.core.calendar import today_of
from app.core.operation import Reader
from app.core.within import many, within
from app.integrity_risks.models import (
    MEASURE,
    MEASURE_STATE_LABELS,
    RISK,
    RISK_STATE_LABELS,
    MeasureState,
    RiskState,
)
from app.integrity_risks.round_models import ROUND, ROUND_STATE_LABELS, RoundState
from app.integrity_risks.round_queries import to_report
from app.my_work import words
from app.my_work.kinds import FINISH_MEASURE, MEND_RISK, RATE, RATE_AGAIN, SEARCH
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
NAMED = 2
"""So many units are named, of further ones how many there are."""
_ROUNDS = sa.select(ROUND.c.id, ROUND.c.title, ROUND.c.state).where(within(ROUND.c.id, many("matter_ids")))
_RISKS = (
    sa.select(
        *(RISK.c[name] for name in ("id", "unit_id", "department", "post", "risk_point", "state")),
        *(RISK.c[name] for name in ("submitted_at", "sent_back_at", "review_on")),
        UNIT.c.name.label("unit_name"),
    )
    .join(UNIT, UNIT.c.id == RISK.c.unit_id)
    .where(within(RISK.c.id, many("matter_ids")))
)
_MEASURES = (
    sa.select(
        *(MEASURE.c[name] for name in ("id", "text", "responsible_person", "state")),
        RISK.c.unit_id,
        RISK.c.risk_point,
        UNIT.c.name.label("unit_name"),
    )
    .select_from(MEASURE.join(RISK, RISK.c.id == MEASURE.c.risk_id).join(UNIT, UNIT.c.id == RISK.c.unit_id))
    .where(within(MEASURE.c.id, many("matter_ids")))
)


def to_search(see: Reader, ids: list[int]) -> Details:
    """One for all the person's units that have not reported in a round."""
    waiting = to_report(see)
    found: Details = {}
    for row in see.connection.execute(_ROUNDS, {"matter_ids": ids}):
        units = [each for each in waiting if each.round_id == row.id]
        named = "、".join(each.name for each in units[:NAMED])
        further = f"等 {len(units)} 个单位" if len(units) > NAMED else ""
        found[row.id] = {
            "resource": "risk-rounds",
            "id": row.id,
            "unit_id": units[0].unit_id,
            "unit_name": units[0].name,
            "title": f"廉政风险排查 · {words.short(row.title)}",
            "why": f"{named}{further}在排查范围内，尚未登记风险点，也没有零报告",
            "state": row.state,
            "state_label": ROUND_STATE_LABELS[RoundState(row.state)],
            "action": "report",
            "verb": "填报",
        }
    return found


def _risk(row: Any) -> dict[str, Any]:
    state = RiskState(row.state)
    return {
        "resource": "integrity-risks",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"廉政风险 · {row.unit_name}{row.department}：{words.short(row.risk_point)}",
        "state": state.value,
        "state_label": RISK_STATE_LABELS[state],
    }


def to_review(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_RISKS, {"matter_ids": ids}):
        closing = row.state == RiskState.CLOSING
        what, action = ("的销号申请", "close") if closing else ("的评定", "confirm")
        why = f"{row.unit_name}{what}由{words.judge(see)}审核，{words.ago(see, row.submitted_at, '提交')}"
        found[row.id] = _risk(row) | {"why": why, "action": action, "verb": "审核"}
    return found


def sent_back(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_RISKS, {"matter_ids": ids}):
        told = {"state_label": "待评定", "why": "从以前的轮次转入，请重新评分，核对措施后提交审核", "verb": "评定"}
        if row.sent_back_at is not None:
            day = words.month_day(today_of(row.sent_back_at))
            told = {"state_label": "已退回", "why": f"{day}退回，请按意见修改后再提交", "verb": "修改"}
        found[row.id] = _risk(row) | told | {"action": "edit"}
    return found


def to_rate_again(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_RISKS, {"matter_ids": ids}):
        why = f"{row.unit_name}{row.department}{row.post}，复评日期 {row.review_on} 已到，请重新评定"
        found[row.id] = _risk(row) | {"why": why, "action": "reassess", "verb": "复评"}
    return found


def to_finish(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_MEASURES, {"matter_ids": ids}):
        state = MeasureState(row.state)
        found[row.id] = {
            "resource": "risk-measures",
            "id": row.id,
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"防控措施 · {row.unit_name}：{words.short(row.text)}",
            "why": f"针对“{words.short(row.risk_point)}”的措施，责任人 {row.responsible_person}，请落实并附印证资料",
            "state": state.value,
            "state_label": MEASURE_STATE_LABELS[state],
            "action": "finish",
            "verb": "落实",
        }
    return found


LOADERS: dict[int, Callable[[Reader, list[int]], Details]] = {
    SEARCH: to_search,
    RATE: to_review,
    MEND_RISK: sent_back,
    RATE_AGAIN: to_rate_again,
    FINISH_MEASURE: to_finish,
}
