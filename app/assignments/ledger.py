"""任务台账: its sums. Every figure is the number of rows that the list shows under the same filters."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.appointments.holders import Holder, readable
from app.assignments.models import ASSIGNMENT, OPEN_STATES, AssignmentState
from app.assignments.queries import LAMPS, LIST, lamp_binds
from app.core.calendar import Lamp, lamp
from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Asked
from app.core.policy import OWN, Roles
from app.core.within import within
from app.evidence.models import EVIDENCE, LINK
from app.plans.models import AREA, ITEM, PLAN, RESPONSIBILITY, PlanState, ResponsibilityRole
from app.plans.rules import POLICY as PLANS

_ROW = ASSIGNMENT.c
SAVED = ("lamp", "standing", "state", "awaits_decision", "own")
"""Filters that the saved ones above the ledger stand for."""


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.func.count().filter(condition)


def _in(*states: AssignmentState) -> ColumnElement[bool]:
    return _ROW.state.in_(states)


_TALLIES = {
    "all": sa.func.count(),
    "red": _times(LAMPS["red"]),
    "amber": _times(LAMPS["amber"]),
    "awaits_decision": _times(_ROW.awaits_decision.is_(sa.true())),
    "own": _times(within(_ROW.unit_id, OWN)),
}
"""Of the rows of each state."""


def without(asked: Asked, *names: str) -> Asked:
    kept = {name: value for name, value in asked.filters.items() if name not in names}
    return replace(asked, filters=kept, cursor=None)


def _filtered(statement: sa.Select[Any], roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    """Over the list's rows; joined only where a filter looks into other tables."""
    joined = not {"q", "area_id"}.isdisjoint(shape)
    source = LIST.source if joined and LIST.source is not None else ASSIGNMENT
    return statement.select_from(source).where(*LIST.where(roles, shape))


@unbounded
def tallies(see: Reader, asked: Asked) -> dict[str, int]:
    """How many rows each saved filter would show beside the other filters."""
    base = without(asked, *SAVED)
    statement = _tallies_statement(see.actor.roles, LIST.shape(base))
    binds = {**see.actor.binds, **lamp_binds(see), **LIST.binds(see, base)}
    rows = see.connection.execute(statement, binds).all()
    found = {name: sum(int(getattr(row, name)) for row in rows) for name in _TALLIES}
    return found | {state.value: sum(row.all for row in rows if row.state == state) for state in AssignmentState}


@lru_cache(maxsize=256)
def _tallies_statement(roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    columns: list[ColumnElement[Any]] = [count.label(name) for name, count in _TALLIES.items()]
    columns.append(sa.type_coerce(_ROW.state, sa.String).label("state"))
    return _filtered(sa.select(*columns), roles, shape).group_by(_ROW.state)


def plans(see: Reader) -> list[dict[str, Any]]:
    """Plans to choose from, newest first: all but drafts."""
    return [dict(row._mapping) for row in see.connection.execute(_plans_statement(see.actor.roles), see.actor.binds)]


@cache
def _plans_statement(roles: Roles) -> sa.Select[Any]:
    columns = sa.select(PLAN.c.id, PLAN.c.title, PLAN.c.state)
    return columns.where(PLANS.read(roles), PLAN.c.state != PlanState.DRAFT).order_by(PLAN.c.id.desc()).limit(100)


# By item


@cache
def _sums() -> list[ColumnElement[Any]]:
    due = sa.not_(_in(AssignmentState.CANCELLED, AssignmentState.WAIVED))
    percent = sa.case((_ROW.state == AssignmentState.COMPLETED, 100), else_=_ROW.percent)
    return [
        _times(due).label("due"),
        *(_times(_ROW.state == state).label(state.value) for state in AssignmentState),
        sa.func.coalesce(sa.func.sum(sa.case((due, percent), else_=0)), 0).label("percents"),
        sa.func.min(sa.case((_in(*OPEN_STATES), _ROW.deadline_on))).label("next_deadline_on"),
        sa.func.max(_ROW.deadline_on).label("last_deadline_on"),
    ]


_ITEMS = (
    sa.select(ITEM.c.id, ITEM.c.number, ITEM.c.title, AREA.c.title.label("area_title"))
    .outerjoin_from(ITEM, AREA, AREA.c.id == ITEM.c.area_id)
    .where(ITEM.c.plan_id == sa.bindparam("plan"))
    .order_by(ITEM.c.position, ITEM.c.id)
)
_NAMED = (
    sa.select(*(RESPONSIBILITY.c[name] for name in ("plan_item_id", "name", "is_group", "role", "unit_id")))
    .where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"), RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)


@unbounded
def by_item(see: Reader, asked: Asked) -> list[dict[str, Any]]:
    """The plan's items with the sums of their rows and who answers for them. ``asked`` names the plan, its saved
    filters are left out.

    An item's lamp is its worst open row's; its state that of the row that is furthest behind.
    """
    plan = {"plan": asked.filters["plan_id"]}
    base = without(asked, *SAVED)
    statement = _items_statement(see.actor.roles, LIST.shape(base))
    found = see.connection.execute(statement, {**see.actor.binds, **LIST.binds(see, base)})
    sums = {row.plan_item_id: row for row in found}
    names: dict[int, list[Any]] = {}
    for row in see.connection.execute(_NAMED, plan):
        names.setdefault(row.plan_item_id, []).append(row)
    rows = see.connection.execute(_ITEMS, plan).all()
    items = [_item(see, item, sums[item.id], names.get(item.id, [])) for item in rows if item.id in sums]
    _with_holders(see, items, asked.filters.get("unit_id"))
    return items


@lru_cache(maxsize=256)
def _items_statement(roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    return _filtered(sa.select(_ROW.plan_item_id, *_sums()), roles, shape).group_by(_ROW.plan_item_id)


def matching(items: list[dict[str, Any]], **chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Those whose ``lamp`` or ``state`` is among the chosen."""
    return [item for item in items if all(item[name] in values for name, values in chosen.items())]


_IN_FULL = sa.select(
    ITEM.c.id, ITEM.c.measures, ITEM.c.required_evidence, ITEM.c.deadline_on.label("planned_on"), ITEM.c.deadline_text
).where(ITEM.c.plan_id == sa.bindparam("plan"))


def in_full(see: Reader, asked: Asked) -> list[dict[str, Any]]:
    """``by_item`` of a plan that the actor reads, with what the printed ledger has beside: the item's text and own
    deadline, and how many pieces of evidence its rows have.
    """
    plan_id = asked.filters["plan_id"]
    items = by_item(see, asked)
    texts = {row.id: dict(row._mapping) for row in see.connection.execute(_IN_FULL, {"plan": plan_id})}
    base = without(asked, *SAVED)
    statement = _evidence_statement(see.actor.roles, LIST.shape(base))
    counted = see.connection.execute(statement, {**see.actor.binds, **LIST.binds(see, base)})
    pieces = {row.plan_item_id: row.pieces for row in counted}
    return [texts[item["id"]] | item | {"evidence_count": pieces.get(item["id"], 0)} for item in items]


def _with_holders(see: Reader, items: list[dict[str, Any]], unit_id: int | None) -> None:
    """责任领导 and 责任人 of the units that answer for each item; of one unit alone where the rows are all its own."""
    for item in items:
        item["answering_units"] = [unit_id] if unit_id else item["answering_units"]
    held = readable(see, {each for item in items for each in item["answering_units"]})
    for item in items:
        both = [held[each] for each in item["answering_units"]]
        item["responsible_leaders"] = _names(each.leader for each in both)
        item["responsible_persons"] = _names(each.person for each in both)


def _names(holders: Iterable[Holder | None]) -> list[str]:
    return list(dict.fromkeys(each.name for each in holders if each))


@lru_cache(maxsize=256)
def _evidence_statement(roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    """Of each item: pieces linked to rows that the actor reads, each once."""
    rows = _filtered(sa.select(_ROW.id, _ROW.plan_item_id), roles, shape).subquery()
    linked = rows.join(LINK, sa.and_(LINK.c.target == "assignments", LINK.c.target_id == rows.c.id))
    linked = linked.join(EVIDENCE, sa.and_(EVIDENCE.c.id == LINK.c.evidence_id, EVIDENCE.c.voided_at.is_(None)))
    pieces = sa.func.count(EVIDENCE.c.id.distinct()).label("pieces")
    return sa.select(rows.c.plan_item_id, pieces).select_from(linked).group_by(rows.c.plan_item_id)


def _item(see: Reader, item: Any, sums: Any, named: list[Any]) -> dict[str, Any]:
    colour, words, short = _lamp(see, sums)
    offices = [row.name for row in named if not row.is_group] or [row.name for row in named]
    return {
        "id": item.id,
        "number": item.number,
        "title": item.title,
        "area_title": item.area_title,
        "offices": offices,
        "named": [(row.name, row.role) for row in named],
        "answering_units": _answering(named),
        "due": int(sums.due),
        "completed": int(sums.completed),
        "percent": round(int(sums.percents) / int(sums.due)) if sums.due else 0,
        "deadline_on": sums.next_deadline_on or sums.last_deadline_on,
        "state": _state(sums),
        "lamp": colour,
        "lamp_words": words,
        "lamp_short": short,
    }


def _answering(named: list[Any]) -> list[int]:
    """The units that lead, or, where the plan names no lead, are responsible."""
    for role in (ResponsibilityRole.LEAD, ResponsibilityRole.RESPONSIBLE):
        if units := [row.unit_id for row in named if row.role == role and row.unit_id]:
            return units
        if any(row.role == role for row in named):
            return []
    return []


def _lamp(see: Reader, sums: Any) -> Lamp:
    if not sum(getattr(sums, state) for state in OPEN_STATES):
        return Lamp("done", "办结", "办结") if sums.completed else Lamp("none", "不计时限", "不计时限")
    return lamp(sums.next_deadline_on, see.today, see.workdays, see.settings.lamp_days)


def _state(sums: Any) -> str:
    """All waiting for receipt: 待签收; all done: 办结; all that is open handed in: 待审核; else 办理中."""
    if sums.due == 0:
        return AssignmentState.WAIVED if sums.waived else AssignmentState.CANCELLED
    if sums.completed == sums.due:
        return AssignmentState.COMPLETED
    if sums.pending + sums.declined == sums.due:
        return AssignmentState.PENDING
    if sums.submitted + sums.completed == sums.due:
        return AssignmentState.SUBMITTED
    return AssignmentState.IN_PROGRESS
