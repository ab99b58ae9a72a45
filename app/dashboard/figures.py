"""The dashboard's statements: one plan's counted rows, as far as the actor sees them, in few groups.

They cost what the plan holds, whatever else the table holds: each takes the plan's rows by an index that covers it
where it can. Who leads counts (``counted``): lead rows, or all responsible ones where none leads.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.assignments.models import ASSIGNMENT, OPEN_STATES, SENT_AT, AssignmentState
from app.assignments.queries import STANDINGS
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.core.policy import Roles
from app.dashboard.days import shanghai_day
from app.plans.models import AREA, ITEM
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS

PLAN = sa.bindparam("figures_plan", type_=sa.BigInteger)
TODAY = sa.bindparam("figures_today", type_=sa.Date)
AMBER = sa.bindparam("figures_amber", type_=sa.Date)
_SINCE, _UNTIL = (sa.bindparam(f"figures_{end}", type_=RECTIFICATION.c.created_at.type) for end in ("since", "until"))
PARTS = ("completed", "waived", "running", "soon", "late")
"""What 应办 is made of, in the order of the stacked bars."""
_ROW = ASSIGNMENT.c
SENT_ON, DONE_ON = shanghai_day(SENT_AT), shanghai_day(_ROW.completed_at)


def _counted(roles: Roles) -> list[ColumnElement[bool]]:
    return [_ROW.plan_id == PLAN, _ROW.counted.is_(sa.true()), STANDINGS["due"], ASSIGNMENTS.read(roles)]


def _plain(column: sa.Column[Any]) -> ColumnElement[str]:
    return sa.type_coerce(column, sa.String).label(column.name)


@cache
def by_item(roles: Roles) -> sa.Select[Any]:
    keys = [_ROW.plan_item_id, _ROW.state, _ROW.deadline_on]
    columns = [_ROW.plan_item_id, _plain(_ROW.state), _ROW.deadline_on, sa.func.count().label("rows")]
    return sa.select(*columns).where(*_counted(roles)).group_by(*keys)


@cache
def by_unit(roles: Roles) -> sa.Select[Any]:
    """By unit, state, whether it awaits someone's decision, how the deadline stands, whether it was kept, and the days
    of dispatch and acknowledgement.

    ``deadline_on`` is one of a group's: all of them are past, near, or further off. By the deadline itself there would
    be almost as many groups as rows.
    """
    days = {"sent_on": SENT_ON, "signed_on": shanghai_day(_ROW.acknowledged_at), "in_time": _ROW.deadline_on >= DONE_ON}
    stands = sa.case((_ROW.deadline_on < TODAY, 1), (_ROW.deadline_on <= AMBER, 2), (_ROW.deadline_on > AMBER, 3))
    keys = [_ROW.unit_id, _ROW.state, _ROW.awaits_decision, stands]
    columns = [
        _ROW.unit_id,
        _ROW.awaits_decision,
        _plain(_ROW.state),
        sa.func.min(_ROW.deadline_on).label("deadline_on"),
        *(day.label(name) for name, day in days.items()),
        sa.func.count().label("rows"),
        sa.func.sum(_ROW.submit_count).label("submits"),
        sa.func.sum(_ROW.send_back_count).label("send_backs"),
    ]
    return sa.select(*columns).where(*_counted(roles)).group_by(*keys, *days.values())


@cache
def by_day(roles: Roles) -> sa.Select[Any]:
    """By state, deadline, and the days of dispatch and completion: how the plan went, over all units."""
    columns = [_plain(_ROW.state), _ROW.deadline_on, SENT_ON.label("sent_on"), DONE_ON.label("done_on")]
    counted = sa.select(*columns, sa.func.count().label("rows")).where(*_counted(roles))
    return counted.group_by(_ROW.state, _ROW.deadline_on, SENT_ON, DONE_ON)


AREAS = (
    sa.select(ITEM.c.id.label("item_id"), AREA.c.id, AREA.c.number, AREA.c.title)
    .select_from(ITEM.outerjoin(AREA, AREA.c.id == ITEM.c.area_id))
    .where(ITEM.c.plan_id == PLAN)
    .order_by(sa.func.coalesce(AREA.c.position, 10**6), AREA.c.id)
)


@cache
def rectified(roles: Roles, of_year: bool = False) -> sa.Select[Any]:
    """Of each unit: rectifications closed, and those closed or past their deadline; of all, or of a year's."""
    row = RECTIFICATION.c
    closed = row.state == RectificationState.CLOSED
    counts = [
        sa.func.sum(sa.case((condition, 1), else_=0)).label(name)
        for name, condition in {"closed": closed, "asked": sa.or_(closed, row.deadline_on < TODAY)}.items()
    ]
    begun = [row.created_at >= _SINCE, row.created_at < _UNTIL] if of_year else []
    return sa.select(row.unit_id, *counts).where(RECTIFICATIONS.read(roles), *begun).group_by(row.unit_id)


# Sums over those groups


@dataclass(frozen=True)
class Calendar:
    """Today, the last day that is amber, a week ago, and by when what was sent on a day is to be acknowledged."""

    today: date
    amber: date
    week_ago: date
    sign_by: dict[date, date]


@dataclass
class Tally:
    """What a unit, an area or the whole plan comes to."""

    due: int = 0
    parts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    declined: int = 0
    untimed: int = 0
    ran_out: int = 0
    in_time: int = 0
    submits: int = 0
    send_backs: int = 0
    sign_due: int = 0
    signed: int = 0

    @property
    def to_do(self) -> int:
        """What rates are taken of: waived rows do not count."""
        return self.due - self.parts["waived"]


def standing(row: Any, calendar: Calendar) -> str:
    """Which part a row is of; the same as ``STANDINGS`` says in SQL."""
    if row.state == AssignmentState.COMPLETED:
        return "completed"
    if row.state == AssignmentState.WAIVED:
        return "waived"
    if row.state not in OPEN_STATES or row.deadline_on is None or row.deadline_on > calendar.amber:
        return "running"
    return "late" if row.deadline_on < calendar.today else "soon"


def add(tally: Tally, row: Any, calendar: Calendar) -> None:
    tally.due += row.rows
    tally.parts[standing(row, calendar)] += row.rows
    if row.state == AssignmentState.DECLINED:
        tally.declined += row.rows
    elif row.state in OPEN_STATES and row.deadline_on is None:
        tally.untimed += row.rows


def add_conduct(tally: Tally, row: Any, calendar: Calendar) -> None:
    """How it was done: in time, at first go, acknowledged when it should be."""
    tally.submits += row.submits
    tally.send_backs += row.send_backs
    if row.state == AssignmentState.WAIVED:
        return
    if row.deadline_on is not None and row.deadline_on < calendar.today:
        tally.ran_out += row.rows
        tally.in_time += row.rows * (row.state == AssignmentState.COMPLETED and bool(row.in_time))
    by = calendar.sign_by[row.sent_on]
    if row.state != AssignmentState.DECLINED and (row.signed_on is not None or by < calendar.today):
        tally.sign_due += row.rows
        tally.signed += row.rows * (row.signed_on is not None and row.signed_on <= by)


def completed_by(rows: Iterable[Any], tick: date) -> int:
    done = (r for r in rows if r.state == AssignmentState.COMPLETED and r.done_on is not None and r.done_on <= tick)
    return sum(row.rows for row in done)


def asked_by(rows: Iterable[Any], tick: date) -> int:
    """How many of the rows that count have a deadline up to that day."""
    asked = (r for r in rows if r.state != AssignmentState.WAIVED and r.deadline_on and r.deadline_on <= tick)
    return sum(row.rows for row in asked)


def late_on(rows: Iterable[Any], day: date) -> int:
    """How many were overdue that day, as far as can be told today: sent by then, past the deadline, not yet done."""
    late = 0
    for row in rows:
        past = row.deadline_on is not None and row.deadline_on < day and row.sent_on <= day
        then_open = row.state in OPEN_STATES or (
            row.state == AssignmentState.COMPLETED and row.done_on is not None and row.done_on > day
        )
        late += row.rows if past and then_open else 0
    return late
