"""The matters that are major decisions, in full: one statement for each kind."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.within import many, within
from app.major_decisions import flags
from app.major_decisions.models import (
    CATEGORY_LABELS,
    DECISION,
    FLAG_LABELS,
    STATE_LABELS,
    DecisionCategory,
    DecisionState,
)
from app.my_work import words
from app.my_work.kinds import ANSWER, CHECK, DISCLOSE, EXECUTE, RECONVENE
from app.units.models import UNIT

Details = dict[int, dict[str, Any]]
_NAMES = (
    *("id", "unit_id", "year", "number", "category", "subject", "state", "decided_on"),
    *("disclose_by", "disclosed_from", "undisclosed_reason", "result", "deadline_on"),
)
_DECISIONS = (
    sa.select(*(DECISION.c[name] for name in _NAMES), *flags.COLUMNS, UNIT.c.name.label("unit_name"))
    .join(UNIT, UNIT.c.id == DECISION.c.unit_id)
    .where(within(DECISION.c.id, many("matter_ids")))
)


def _decision(row: Any) -> dict[str, Any]:
    """Of a matter about people the number stands for the subject: their names go no further than its own page."""
    category, state = DecisionCategory(row.category), DecisionState(row.state)
    about = f"{row.year}-{row.number:03}" if category == DecisionCategory.PERSONNEL else words.short(row.subject)
    return {
        "resource": "major-decisions",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"三重一大 · {row.unit_name}{CATEGORY_LABELS[category]}：{about}",
        "state": state.value,
        "state_label": STATE_LABELS[state],
    }


def to_disclose(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_DECISIONS, {"matter_ids": ids}):
        why = f"{words.month_day(row.decided_on)}作出决定，请公示或写明不公示的理由"
        found[row.id] = _decision(row) | {"why": why, "action": "disclose", "verb": "公示"}
    return found


def to_answer(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_DECISIONS, {"matter_ids": ids}):
        why = f"{row.unit_name}有监督意见尚未答复"
        found[row.id] = _decision(row) | {"why": why, "action": "answer", "verb": "答复"}
    return found


def to_check(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_DECISIONS, {"matter_ids": ids}):
        said = "、".join(FLAG_LABELS[flag] for flag in flags.flags_of(row, see.today))
        why = f"{row.unit_name}的事项由{words.judge(see)}监督，疑点：{said}"
        found[row.id] = _decision(row) | {"why": why, "action": "check", "verb": "核查"}
    return found


def to_execute(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_DECISIONS, {"matter_ids": ids}):
        why = f"{words.month_day(row.decided_on)}作出决定，请在时限前执行，并填写执行情况"
        found[row.id] = _decision(row) | {"why": why, "action": "execute", "verb": "执行"}
    return found


def to_reconvene(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_DECISIONS, {"matter_ids": ids}):
        why = f"{words.month_day(row.decided_on)}暂缓，请再次上会；不再推进的请了结"
        found[row.id] = _decision(row) | {"why": why, "action": "reconvene", "verb": "再次上会"}
    return found


LOADERS = {
    DISCLOSE: to_disclose,
    EXECUTE: to_execute,
    ANSWER: to_answer,
    RECONVENE: to_reconvene,
    CHECK: to_check,
}
