"""Reads of breakdowns: the list, one with its steps, an assignment's, and which assignments have none."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.assignments.models import ASSIGNMENT
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.assignments.words import dated
from app.breakdowns.models import BREAKDOWN, STEP, BreakdownState
from app.breakdowns.operations import steps_of
from app.breakdowns.previous import Before, preceding
from app.breakdowns.rules import CONFIRMED, OPEN, POLICY, SENT_BACK, WORKFLOW, WORKING
from app.core.calendar import Lamp, lamp
from app.core.operation import Reader
from app.core.paging import Listing, by_id, equals, one_of
from app.core.policy import Policy, Roles, among
from app.core.timeline import Entry, labels_of, timeline
from app.identity.models import USER
from app.notifications.queries import titled
from app.plans.models import ITEM
from app.units.models import SCHOOLS, UNIT, UnitKind

# Aliases: the conditions bring the plain tables with them.
AT, TASK, SENDER, REVIEWER = UNIT.alias("at"), ASSIGNMENT.alias("task"), USER.alias("sender"), USER.alias("reviewer")
_NAMES = (
    *("id", "version", "assignment_id", "unit_id", "number", "state"),
    *("submitted_at", "reviewed_at", "created_at", "updated_at"),
)
_STEPS = sa.select(sa.func.count()).where(STEP.c.breakdown_id == BREAKDOWN.c.id).correlate(BREAKDOWN)
_NEXT = sa.select(sa.func.min(STEP.c.deadline_on)).where(
    STEP.c.breakdown_id == BREAKDOWN.c.id, STEP.c.done_on.is_(None)
)
_COLUMNS = [
    *(BREAKDOWN.c[name] for name in _NAMES),
    *(TASK.c[name] for name in ("plan_id", "plan_item_id", "period")),
    ITEM.c.number.label("item_number"),
    ITEM.c.title.label("item_title"),
    AT.c.name.label("unit_name"),
    _STEPS.scalar_subquery().label("step_count"),
    _STEPS.where(STEP.c.done_on.is_not(None)).scalar_subquery().label("done_count"),
    _NEXT.correlate(BREAKDOWN).scalar_subquery().label("next_deadline_on"),
    SENDER.c.name.label("submitted_by_name"),
    REVIEWER.c.name.label("reviewed_by_name"),
]
_SHOWN = [column.name for column in _COLUMNS]
_SOURCE = (
    BREAKDOWN.join(TASK, TASK.c.id == BREAKDOWN.c.assignment_id)
    .join(ITEM, ITEM.c.id == TASK.c.plan_item_id)
    .join(AT, AT.c.id == BREAKDOWN.c.unit_id)
    .outerjoin(SENDER, SENDER.c.id == BREAKDOWN.c.submitted_by)
    .outerjoin(REVIEWER, REVIEWER.c.id == BREAKDOWN.c.reviewed_by)
)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(BREAKDOWN)},
    filters={
        "unit_id": equals(BREAKDOWN.c.unit_id, "unit_id"),
        "assignment_id": equals(BREAKDOWN.c.assignment_id, "assignment_id"),
        "plan_id": equals(TASK.c.plan_id, "plan_id"),
        "plan_item_id": equals(TASK.c.plan_item_id, "plan_item_id"),
        "state": one_of(BREAKDOWN.c.state, "state", BreakdownState),
    },
    search=[AT.c.name, ITEM.c.title],
    detail=[BREAKDOWN.c.measures, TASK.c.deadline_on],
)
_NO_CLOCK = Lamp("none", "不计时限", "不计时限")


def _lamp(see: Reader, row: Any) -> Lamp:
    """The clock runs for the version that serves, by the next of its steps."""
    if row.state != CONFIRMED:
        return _NO_CLOCK
    return lamp(row.next_deadline_on, see.today, see.workdays, see.settings.lamp_days, finished=_finished(row))


def _finished(row: Any) -> bool:
    return bool(row.step_count == row.done_count)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _SHOWN}
    shown["lamp"], shown["lamp_words"], shown["lamp_short"] = _lamp(see, row)
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


_VERSIONS = (
    sa.select(*(BREAKDOWN.c[name] for name in ("id", "number", "state", "submitted_at", "reviewed_at")))
    .where(
        BREAKDOWN.c.assignment_id == sa.bindparam("task", type_=sa.BigInteger),
        BREAKDOWN.c.id != sa.bindparam("row_id", type_=sa.BigInteger),
    )
    .order_by(BREAKDOWN.c.id.desc())
    .limit(50)
)
_LABELS = labels_of(WORKFLOW, create=("新建", "")) | {"breakdown.confirm": ("确认", "accept")}
del _LABELS["breakdown.edit"]  # A draft saved is no news.


def one(see: Reader, breakdown_id: int) -> dict[str, Any]:
    return with_history(see, breakdown_id)[0]


def with_history(see: Reader, breakdown_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """A breakdown with its steps and other versions, and what happened to it, newest first."""
    row = LIST.one(see, breakdown_id)
    shown = _with_steps(see, row)
    with_responsible(see, [shown])
    versions = see.connection.execute(_VERSIONS, {"task": row.assignment_id, "row_id": breakdown_id})
    shown["versions"] = [dict(each._mapping) for each in versions]
    told = timeline(see, "breakdown", breakdown_id, _LABELS)
    said = (entry.note for entry in told if entry.label == _LABELS["breakdown.send_back"][0])
    shown["sent_back_note"] = next(said, None) if row.state == SENT_BACK else None
    return shown, told


def _with_steps(see: Reader, row: Any) -> dict[str, Any]:
    shown = present(see, row) | {"measures": row.measures, "deadline_on": row.deadline_on}
    return shown | {"steps": [present_step(see, row, step) for step in steps_of(see, row.id)]}


def present_step(see: Reader, row: Any, step: Any) -> dict[str, Any]:
    shown = {name: getattr(step, name) for name in ("line", "text", "person", "deadline_on", "done_on")}
    done = step.done_on is not None
    clock = lamp(step.deadline_on, see.today, see.workdays, see.settings.lamp_days, finished=done)
    if row.state != CONFIRMED and not done:
        clock = _NO_CLOCK
    if done:
        late = step.deadline_on is not None and step.done_on > step.deadline_on
        clock = Lamp("done", "逾期完成", "逾期完成") if late else Lamp("done", "已完成", "已完成")
    shown["lamp"], shown["lamp_words"], shown["lamp_short"] = clock
    return shown


# An assignment's own, for its page


@cache
def _of_statement(roles: Roles) -> sa.Select[Any]:
    mine = BREAKDOWN.c.assignment_id == sa.bindparam("task", type_=sa.BigInteger)
    standing = BREAKDOWN.c.state.in_([CONFIRMED, *WORKING])
    columns = [*LIST.columns, *LIST.detail, *POLICY.columns(roles)]
    return sa.select(*columns).select_from(_SOURCE).where(mine, standing, POLICY.read(roles))


def of(see: Reader, assignment_id: int) -> dict[str, Any]:
    """``serving``: the confirmed version with its steps; ``working``: the one drawn up or reviewed, in short."""
    found: dict[str, Any] = {"serving": None, "working": None}
    binds = {**see.actor.binds, "task": assignment_id}
    for row in see.connection.execute(_of_statement(see.actor.roles), binds).all():
        if row.state == CONFIRMED:
            found["serving"] = _with_steps(see, row)
        else:
            found["working"] = {"id": row.id, "state": row.state}
    return found


# Who has none

_SERVED, _UNDER_WAY, _SCHOOL = BREAKDOWN.alias("served"), BREAKDOWN.alias("under_way"), UNIT.alias("school")
_WORKED_ON = among(_UNDER_WAY.c.state, *(BreakdownState(state) for state in WORKING))


def _lacking(roles: Roles) -> sa.ColumnElement[bool]:
    """An open assignment of a school or party branch, as far as the actor reads them, without a version that serves."""
    served = sa.select(sa.literal(1)).where(_SERVED.c.assignment_id == ASSIGNMENT.c.id, _SERVED.c.state == CONFIRMED)
    school = sa.select(sa.literal(1)).where(
        _SCHOOL.c.id == ASSIGNMENT.c.unit_id, among(_SCHOOL.c.kind, *SCHOOLS, UnitKind.PARTY_ORGANIZATION)
    )
    lacks = sa.not_(served.correlate(ASSIGNMENT).exists())
    return sa.and_(ASSIGNMENTS.read(roles), OPEN, school.correlate(ASSIGNMENT).exists(), lacks)


_LACKING = ("id", "plan_id", "plan_item_id", "unit_id", "period", "deadline_on")
MISSING = Listing(
    policy=Policy(ASSIGNMENT, _lacking),
    source=ASSIGNMENT.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
    .join(AT, AT.c.id == ASSIGNMENT.c.unit_id)
    .outerjoin(_UNDER_WAY, sa.and_(_UNDER_WAY.c.assignment_id == ASSIGNMENT.c.id, _WORKED_ON)),
    columns=[
        *(ASSIGNMENT.c[name] for name in _LACKING),
        ITEM.c.number.label("item_number"),
        ITEM.c.title.label("item_title"),
        AT.c.name.label("unit_name"),
        AT.c.kind.label("unit_kind"),
        _UNDER_WAY.c.id.label("breakdown_id"),
        _UNDER_WAY.c.state.label("state"),
    ],
    sorts={"id": by_id(ASSIGNMENT, descending=False)},
    filters={
        "unit_id": equals(ASSIGNMENT.c.unit_id, "unit_id"),
        "plan_id": equals(ASSIGNMENT.c.plan_id, "plan_id"),
        "plan_item_id": equals(ASSIGNMENT.c.plan_item_id, "plan_item_id"),
    },
    search=[AT.c.name, ITEM.c.title],
)
_JOINED = ("item_number", "item_title", "unit_name", "unit_kind", "breakdown_id", "state")


def present_missing(_see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*_LACKING, *_JOINED)}


# What a form chooses from


def choices(see: Reader) -> tuple[list[tuple[int, str]], bool]:
    """(id, words) of the actor's own open assignments of which no version is worked on; and whether one of them has a
    breakdown of the period before."""
    statement = _choices_statement(see.actor.roles)
    rows = see.connection.execute(statement, see.actor.binds).all()
    earlier = preceding(see, rows)
    words = [f"第{row.number}项 {row.title} · {row.name}{_period(row.period)}" for row in rows]
    told = [_may_take(earlier[row.id]) if row.id in earlier else "" for row in rows]
    return [(row.id, said + more) for row, said, more in zip(rows, words, told, strict=True)], bool(earlier)


def _may_take(before: Before) -> str:
    return f" · 可沿用{before.former_unit_name or ''}{_period(before.period)}"


def _period(period: str) -> str:
    return "" if period == "once" else f"（{dated(period)}）"


_CHOSEN = ("id", "period", "plan_item_id", "unit_id")


@cache
def _choices_statement(roles: Roles) -> sa.Select[Any]:
    worked_on = sa.select(sa.literal(1)).where(_UNDER_WAY.c.assignment_id == ASSIGNMENT.c.id, _WORKED_ON)
    return (
        sa.select(*(ASSIGNMENT.c[name] for name in _CHOSEN), ITEM.c.number, ITEM.c.title, AT.c.name)
        .select_from(
            ASSIGNMENT.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id).join(AT, AT.c.id == ASSIGNMENT.c.unit_id)
        )
        .where(ASSIGNMENTS.may(roles, "carry_out"), OPEN, sa.not_(worked_on.correlate(ASSIGNMENT).exists()))
        .order_by(ASSIGNMENT.c.deadline_key, ASSIGNMENT.c.id)
        .limit(200)
    )


# What notices call one

titled(
    BREAKDOWN,
    ITEM.c.title,
    BREAKDOWN.join(TASK, TASK.c.id == BREAKDOWN.c.assignment_id).join(ITEM, ITEM.c.id == TASK.c.plan_item_id),
)
