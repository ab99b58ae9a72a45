"""The matters that are liaison visits and what was urged on them, in full: one statement for each kind."""

from typing import Any

import sqlalchemy as sa

from app.core.calendar import today_of
from app.core.operation import Reader
from app.core.within import many, within
from app.liaison_visits.models import (
    MATTER,
    MATTER_STATE_LABELS,
    VISIT,
    VISIT_STATE_LABELS,
    MatterState,
    VisitState,
)
from app.my_work import words
from app.my_work.kinds import ANSWER_MATTER, CLOSE_MATTER, CONFIRM_VISIT, MEND_VISIT, VISIT_SCHOOL
from app.units.models import LIAISON, UNIT

Details = dict[int, dict[str, Any]]
OFFICE, SCHOOL = UNIT.alias("visiting"), UNIT.alias("visited")
_NAMED = [OFFICE.c.name.label("unit_name"), SCHOOL.c.name.label("school_name")]
IDS = many("matter_ids")


def _with_names(table: sa.Table, office: str, *names: str) -> sa.Select[Any]:
    source = table.join(OFFICE, OFFICE.c.id == table.c[office]).join(SCHOOL, SCHOOL.c.id == table.c.school_id)
    columns = [*(table.c[name] for name in ("id", "school_id", *names)), table.c[office].label("unit_id"), *_NAMED]
    return sa.select(*columns).select_from(source).where(within(table.c.id, IDS))


_PAIRS = _with_names(LIAISON, "office_id")
_VISITS = _with_names(VISIT, "unit_id", "visited_on", "visitors", "state", "created_at", "updated_at")
_MATTERS = _with_names(MATTER, "unit_id", "text", "state", "created_at", "answered_at")


def missing(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_PAIRS, {"matter_ids": ids}):
        found[row.id] = {
            "resource": "liaisons",
            "id": row.id,
            "page": f"/liaison-visits/new?liaison_id={row.id}",
            "unit_id": row.unit_id,
            "unit_name": row.unit_name,
            "title": f"本学期应走访 · {row.school_name}",
            "why": f"{row.unit_name}包联{row.school_name}，本学期走访次数还不够",
            "state": "missing",
            "state_label": "待走访",
            "action": "create",
            "verb": "记录走访",
        }
    return found


def _visit(row: Any) -> dict[str, Any]:
    state = VisitState(row.state)
    return {
        "resource": "liaison-visits",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"包联走访 · {row.school_name}（{words.month_day(row.visited_on)}）",
        "state": state.value,
        "state_label": VISIT_STATE_LABELS[state],
    }


def to_confirm(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_VISITS, {"matter_ids": ids}):
        why = f"{row.unit_name}（{words.short(row.visitors)}）记录，由{row.school_name}确认"
        found[row.id] = _visit(row) | {"why": why, "action": "confirm", "verb": "确认"}
    return found


def commented(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_VISITS, {"matter_ids": ids}):
        why = f"{row.school_name}{words.month_day(today_of(row.updated_at))}提出意见，请核实后再送确认"
        found[row.id] = _visit(row) | {"why": why, "action": "edit", "verb": "修改"}
    return found


def _matter(row: Any) -> dict[str, Any]:
    state = MatterState(row.state)
    return {
        "resource": "liaison-matters",
        "id": row.id,
        "unit_id": row.unit_id,
        "unit_name": row.unit_name,
        "title": f"督促事项 · {row.school_name}：{words.short(row.text)}",
        "state": state.value,
        "state_label": MATTER_STATE_LABELS[state],
    }


def to_answer(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_MATTERS, {"matter_ids": ids}):
        why = f"{row.unit_name}{words.month_day(today_of(row.created_at))}走访后提出，请在时限内答复"
        found[row.id] = _matter(row) | {"why": why, "action": "answer", "verb": "答复"}
    return found


def answered(see: Reader, ids: list[int]) -> Details:
    found: Details = {}
    for row in see.connection.execute(_MATTERS, {"matter_ids": ids}):
        why = f"{row.school_name}{words.ago(see, row.answered_at, '答复')}，由{row.unit_name}办结"
        found[row.id] = _matter(row) | {"why": why, "action": "close", "verb": "办结"}
    return found


LOADERS = {
    VISIT_SCHOOL: missing,
    CONFIRM_VISIT: to_confirm,
    MEND_VISIT: commented,
    ANSWER_MATTER: to_answer,
    CLOSE_MATTER: answered,
}
