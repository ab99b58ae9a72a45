"""The dashboard's statements: sums over one plan's counted rows, as far as the actor sees them.

They cost what the plan holds, whatever else the table holds: each takes the plan's rows by its index. Who leads
counts (``counted``): lead rows, or all responsible ones where none leads.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.assignments.models import ASSIGNMENT, OPEN_STATES, AssignmentState
from app.assignments.queries import LAMPS, STANDINGS
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.core.policy import Roles
from app.dashboard.days import shanghai_day
from app.plans.models import AREA, ITEM
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.models import UNIT

# Aliases: the rules bring the plain tables with them.
OF_UNIT, OF_ITEM, OF_AREA = UNIT.alias("of_unit"), ITEM.alias("of_item"), AREA.alias("of_area")
PLAN = sa.bindparam("figures_plan", type_=sa.BigInteger)
TODAY = sa.bindparam("figures_today", type_=sa.Date)
_ROW = ASSIGNMENT.c
_DONE = _ROW.state == AssignmentState.COMPLETED
PARTS = ("completed", "waived", "running", "soon", "late")
"""What 应办 is made of, in the order of the stacked bars."""


def times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _counted(roles: Roles) -> list[ColumnElement[bool]]:
    return [_ROW.plan_id == PLAN, _ROW.counted.is_(sa.true()), STANDINGS["due"], ASSIGNMENTS.read(roles)]


def _parts() -> list[ColumnElement[int]]:
    standings = [times(STANDINGS[name]).label(name) for name in PARTS]
    declined = times(_ROW.state == AssignmentState.DECLINED).label("declined")
    untimed = times(sa.and_(LAMPS["none"], STANDINGS["running"], _ROW.state != AssignmentState.DECLINED))
    return [sa.func.count().label("due"), *standings, declined, untimed.label("untimed")]


@cache
def by_unit(roles: Roles) -> sa.Select[Any]:
    """Of each unit: its parts; due and on time done; handed in and sent back."""
    ran_out = sa.and_(_ROW.deadline_on < TODAY, _ROW.state != AssignmentState.WAIVED)
    in_time = sa.and_(_DONE, shanghai_day(_ROW.completed_at) <= _ROW.deadline_on)
    more: list[Any] = [
        times(ran_out).label("ran_out"),
        times(sa.and_(ran_out, in_time)).label("in_time"),
        sa.func.coalesce(sa.func.sum(_ROW.submit_count), 0).label("submits"),
        sa.func.coalesce(sa.func.sum(_ROW.send_back_count), 0).label("send_backs"),
    ]
    unit = [OF_UNIT.c.id.label("unit_id"), OF_UNIT.c.name.label("unit_name"), OF_UNIT.c.kind.label("unit_kind")]
    source = ASSIGNMENT.join(OF_UNIT, OF_UNIT.c.id == _ROW.unit_id)
    return (
        sa.select(*unit, *_parts(), *more)
        .select_from(source)
        .where(*_counted(roles))
        .group_by(*OF_UNIT.c["id", "name", "kind"])
    )


@cache
def by_area(roles: Roles) -> sa.Select[Any]:
    """Of each area of the plan: its parts; one without area stands for items beside them."""
    area = [OF_AREA.c.id.label("area_id"), OF_AREA.c.number, OF_AREA.c.title]
    source = ASSIGNMENT.join(OF_ITEM, OF_ITEM.c.id == _ROW.plan_item_id).outerjoin(
        OF_AREA, OF_AREA.c.id == OF_ITEM.c.area_id
    )
    keys = OF_AREA.c["id", "number", "title", "position"]
    items = sa.func.count(sa.distinct(_ROW.plan_item_id)).label("items")
    statement = sa.select(*area, items, *_parts()).select_from(source).where(*_counted(roles)).group_by(*keys)
    return statement.order_by(sa.func.coalesce(OF_AREA.c.position, 10**6), OF_AREA.c.id)


@cache
def signed(roles: Roles) -> sa.Select[Any]:
    """Rows by unit, day of dispatch and day of acknowledgement: few groups, from which the rate is reckoned."""
    days = [shanghai_day(_ROW.created_at), shanghai_day(_ROW.acknowledged_at)]
    columns = [_ROW.unit_id, days[0].label("sent_on"), days[1].label("signed_on"), sa.func.count().label("rows")]
    left_out = [_ROW.state.not_in([AssignmentState.WAIVED, AssignmentState.DECLINED])]
    return sa.select(*columns).where(*_counted(roles), *left_out).group_by(_ROW.unit_id, *days)


@cache
def by_day(roles: Roles, ticks: int) -> sa.Select[Any]:
    """Up to each tick: how many were completed, and how many deadlines had asked for; and what was late a week ago."""
    columns: list[Any] = []
    for n in range(ticks):
        tick = sa.bindparam(f"tick_{n}", type_=sa.Date)
        columns.append(times(sa.and_(_DONE, shanghai_day(_ROW.completed_at) <= tick)).label(f"done_{n}"))
        columns.append(times(_ROW.deadline_on <= tick).label(f"asked_{n}"))
    before = sa.bindparam("week_ago", type_=sa.Date)
    still_open = sa.or_(_ROW.state.in_(OPEN_STATES), sa.and_(_DONE, shanghai_day(_ROW.completed_at) > before))
    sent = shanghai_day(_ROW.created_at) <= before
    late_then = times(sa.and_(_ROW.deadline_on < before, still_open, sent)).label("late_then")
    counted = [*_counted(roles), _ROW.state != AssignmentState.WAIVED]
    return sa.select(sa.func.count().label("whole"), late_then, *columns).where(*counted)


@cache
def rectified(roles: Roles) -> sa.Select[Any]:
    """Of each unit: rectifications closed, and those closed or past their deadline."""
    row = RECTIFICATION.c
    closed = row.state == RectificationState.CLOSED
    columns = [
        row.unit_id,
        times(closed).label("closed"),
        times(sa.or_(closed, row.deadline_on < TODAY)).label("asked"),
    ]
    return sa.select(*columns).where(RECTIFICATIONS.read(roles)).group_by(row.unit_id)
