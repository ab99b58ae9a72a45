"""Dispatch: from a plan's responsibilities to one row per item, unit and period. Previewed first, repeatable.

What should be there is compared with what is: ``add`` what is missing, ``keep`` what fits, ``retire`` what no
longer does. A row not yet acknowledged is cancelled; one with work stays and awaits someone's decision.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.assignments import periods
from app.assignments.carrying import Carried, carry, close_previous, hold_previous, to_carry
from app.assignments.expansion import Expanded, counting_role, directory, expand
from app.assignments.models import ASSIGNMENT, OPEN_STATES, AssignmentState
from app.assignments.words import MOVED, moved
from app.core.audit import Told, audited_write, record, record_each
from app.core.db import unbounded
from app.core.operation import Reader, Tx, operation
from app.core.within import many, within
from app.notifications.models import Kind
from app.notifications.operations import tell_units
from app.plans import operations as plans
from app.plans.editions import refuse_followed
from app.plans.models import Cadence, ResponsibilityRole
from app.plans.rules import WORKFLOW as PLANS
from app.units.models import UNIT

CHUNK = 1000
"""Ids in one statement."""
_DATED = (*OPEN_STATES, AssignmentState.DECLINED)
"""States in which a row's deadline still follows its item's."""
_NEVER_STARTED = (AssignmentState.PENDING, AssignmentState.CANCELLED)
_AT_WORK = (AssignmentState.IN_PROGRESS, AssignmentState.SUBMITTED)


class New(NamedTuple):
    plan_item_id: int
    unit_id: int
    period: str
    role: ResponsibilityRole
    counted: bool
    deadline_on: date | None
    via: str | None


class Change(NamedTuple):
    """What a row that stays shall be like."""

    role: ResponsibilityRole
    counted: bool
    original_deadline_on: date | None
    deadline_on: date | None


@dataclass
class Run:
    """One comparison. ``revive`` are rows of ``add`` that an earlier run cancelled; ``change`` concerns ``keep``."""

    add: list[New] = field(default_factory=list)
    keep: list[tuple[Any, ResponsibilityRole]] = field(default_factory=list)
    retire: list[Any] = field(default_factory=list)
    revive: list[tuple[Any, New]] = field(default_factory=list)
    change: list[tuple[Any, Change]] = field(default_factory=list)
    given: set[tuple[int, str]] = field(default_factory=set)
    """Items, and the groups by whose rule units have rows of them."""
    resume: list[Any] = field(default_factory=list)
    """Rows that awaited a decision and whose unit is responsible again."""
    units: dict[int, Any] = field(default_factory=dict)
    carried: list[Carried] = field(default_factory=list)
    """The editions before, whose rows are among ``keep`` and ``retire``; the first is the one that was dispatched."""
    moved: int = 0
    """How many rows come over from them."""

    def counts(self) -> dict[str, int]:
        parts: dict[str, list[Any]] = {"add": self.add, "keep": self.keep, "retire": self.retire, "change": self.change}
        return {name: len(rows) for name, rows in parts.items()}


_HELD = sa.select(
    ASSIGNMENT.c.id,
    ASSIGNMENT.c.plan_item_id,
    ASSIGNMENT.c.unit_id,
    ASSIGNMENT.c.period,
    ASSIGNMENT.c.role,
    ASSIGNMENT.c.state,
    ASSIGNMENT.c.percent,
    ASSIGNMENT.c.counted,
    ASSIGNMENT.c.original_deadline_on,
    ASSIGNMENT.c.deadline_on,
    ASSIGNMENT.c.awaits_decision,
    ASSIGNMENT.c.report_count,
    ASSIGNMENT.c.retire_event_id,
).where(ASSIGNMENT.c.plan_id == sa.bindparam("plan"))


def compare(see: Reader, plan_id: int) -> Run:
    """What a dispatch today would do; nothing is asked about who may."""
    units = directory(see)
    terms = periods.terms(see)
    held: dict[int, dict[tuple[int, str], Any]] = defaultdict(dict)
    for row in see.connection.execute(_HELD, {"plan": plan_id}).all():
        held[row.plan_item_id][row.unit_id, row.period] = row
    run = Run(units=units, carried=to_carry(see, plan_id))
    for carried in run.carried:
        _take_over(see, run, carried, held)
    for item in expand(see, plan_id, units):
        rows = held.get(item.item_id, {})
        _stay_or_go(run, item, rows, terms)
        for period in _due(item, rows, see.today, terms):
            _wanted(run, item, rows, period, periods.deadline(item.cadence, period, item.stated, terms))
    return run


def _take_over(see: Reader, run: Run, carried: Carried, held: dict[int, dict[tuple[int, str], Any]]) -> None:
    """The rows of the edition before, as if they stood at the new items already; what lost its item retires."""
    for row in see.connection.execute(_HELD, {"plan": carried.old_plan}).all():
        item_id = carried.items.get(row.plan_item_id)
        if item_id is not None:
            run.moved += row.state != AssignmentState.CANCELLED
            held[item_id].setdefault(
                (row.unit_id, row.period), SimpleNamespace(**row._asdict() | {"plan_item_id": item_id})
            )
        elif row.state in OPEN_STATES and not row.awaits_decision:
            run.retire.append(row)


def _due(item: Expanded, rows: Iterable[tuple[int, str]], today: date, terms: periods.Terms) -> list[periods.Period]:
    """A plan that goes out before its year begins with the first period of that year; an item that goes on from work
    of the year before runs on through what is left of that."""
    ends, begins_on = _ends(item.cadence, rows, terms), item.begins_on
    if begins_on and ends and ends[0] < begins_on:
        begins_on = None
    due = periods.due(item.cadence, ends[-1] if ends else None, max(today, begins_on or today), terms)
    return [period for period in due if period.ends_on is None or not begins_on or period.ends_on >= begins_on]


def _ends(cadence: Cadence, rows: Iterable[tuple[int, str]], terms: periods.Terms) -> list[date]:
    """The last days of the periods that this item was dispatched for, in order."""
    if not periods.recurs(cadence):
        return []
    names = {period for _, period in rows if periods.fits(cadence, period)}
    return sorted(end for name in names if (end := periods.named(cadence, name, terms).ends_on))


def _stay_or_go(run: Run, item: Expanded, rows: dict[tuple[int, str], Any], terms: periods.Terms) -> None:
    counting = counting_role(duty.role for duty in item.duties.values())
    for (unit_id, period), row in rows.items():
        duty = item.duties.get(unit_id) if periods.fits(item.cadence, period) else None
        if duty is None:
            if row.state in OPEN_STATES and not row.awaits_decision:
                run.retire.append(row)
            if row.state not in _NEVER_STARTED and item.duties and row.counted != (row.role == counting):
                run.change.append((row, Change(row.role, not row.counted, row.original_deadline_on, row.deadline_on)))
            continue
        if duty.via:
            run.given.add((item.item_id, duty.via))
        if row.state == AssignmentState.CANCELLED:
            continue
        run.keep.append((row, duty.role))
        if row.awaits_decision:
            run.resume.append(row)
        wanted = Change(duty.role, duty.counted, *_deadlines(item, row, terms))
        if wanted != (row.role, row.counted, row.original_deadline_on, row.deadline_on):
            run.change.append((row, wanted))


def _deadlines(item: Expanded, row: Any, terms: periods.Terms) -> tuple[date | None, date | None]:
    """Original and present deadline: an approved extension outlives a change of the item unless that is later."""
    if row.state not in _DATED:
        return row.original_deadline_on, row.deadline_on
    period = periods.named(item.cadence, row.period, terms)
    original = periods.deadline(item.cadence, period, item.stated, terms)
    if original is None or row.deadline_on is None or row.deadline_on == row.original_deadline_on:
        return original, original
    return original, max(original, row.deadline_on)


def _wanted(
    run: Run, item: Expanded, rows: dict[tuple[int, str], Any], period: periods.Period, deadline: date | None
) -> None:
    for unit_id, duty in item.duties.items():
        opened = run.units[unit_id].valid_from
        if period.ends_on and opened and opened > period.ends_on:
            continue
        row = rows.get((unit_id, period.name))
        new = New(item.item_id, unit_id, period.name, duty.role, duty.counted, deadline, duty.via)
        if row is None:
            run.add.append(new)
        elif row.state == AssignmentState.CANCELLED and row.retire_event_id is not None:
            run.add.append(new)
            run.revive.append((row, new))


def shape(run: Run) -> dict[str, list[dict[str, Any]]]:
    """``{"add": [{plan_item_id, unit_id, period, role}], "keep": […], "retire": […]}``."""
    return {
        "add": [_entry(new, new.role) for new in run.add],
        "keep": [_entry(row, role) for row, role in run.keep],
        "retire": [_entry(row, row.role) for row in run.retire],
    }


def _entry(row: Any, role: str) -> dict[str, Any]:
    return {"plan_item_id": row.plan_item_id, "unit_id": row.unit_id, "period": row.period, "role": role}


@unbounded
def preview(see: Reader, plan_id: int) -> dict[str, Any]:
    """What a dispatch now would do. 409 unless the plan is issued."""
    PLANS.guard(see, plan_id, "dispatch")
    return shape(compare(see, plan_id))


@operation("plan.dispatch")
def dispatch(tx: Tx, plan_id: int, note: str | None = None) -> Run:
    """Make, change and retire rows as the preview says; the same again does nothing. One event for the run, and one
    for each row whose deadline it moves."""
    plans.guard(tx, plan_id, "dispatch")
    hold_previous(tx, plan_id)
    run = compare(tx, plan_id)
    event_id = record(tx, "plan", plan_id, after=criteria(tx, run), reason=note)
    with audited_write(tx.connection):
        for carried in run.carried:
            carry(tx, carried)
        insert(tx, plan_id, run, event_id)
        _revive(tx, run, event_id)
        _change(tx, run, note)
        _retire(tx, [row.id for row in run.retire], event_id)
        _each(tx, [row.id for row in run.resume], (), awaits_decision=False, retire_event_id=None)
    for carried in run.carried:
        close_previous(tx, carried)
    tell(tx, run, event_id)
    return run


def tell(tx: Tx, run: Run, event_id: int) -> None:
    """Each unit once of all that is new to it, by the run's event; the notice leads to these rows."""
    tell_units(tx, {new.unit_id for new in run.add}, Kind.GIVEN, "dispatch", event_id)


def criteria(tx: Tx, run: Run) -> dict[str, Any]:
    """What the run's event says of it."""
    new = {"periods": sorted({n.period for n in run.add}), "plan_item_ids": sorted({n.plan_item_id for n in run.add})}
    over = {"previous_id": run.carried[0].old_plan, "moved": run.moved} if run.carried else {}
    return {"on": tx.today.isoformat(), **run.counts(), **over, **new}


# Writing: one INSERT … SELECT or UPDATE for all rows that are alike

_GIVEN = ("plan_id", "plan_item_id", "period", "role", "counted", "original_deadline_on", "deadline_on")
_FIXED: dict[str, Any] = {
    "version": 1,
    "state": AssignmentState.PENDING,
    "percent": 0,
    "awaits_decision": False,
    "report_count": 0,
    "submit_count": 0,
    "send_back_count": 0,
}


@cache
def _insert_statement(dialect: str) -> Any:
    table = ASSIGNMENT.c
    columns: dict[str, Any] = {name: sa.bindparam(f"new_{name}", type_=table[name].type) for name in _GIVEN}
    columns |= {name: sa.literal(value, table[name].type) for name, value in _FIXED.items()}
    columns |= {"district_id": UNIT.c.district_id, "unit_id": UNIT.c.id}
    columns |= {name: sa.bindparam("new_at", type_=table[name].type) for name in ("created_at", "updated_at")}
    columns["dispatch_event_id"] = sa.bindparam("new_event", type_=sa.BigInteger)
    chosen = (within(UNIT.c.id, many("units")), UNIT.c.district_id == sa.bindparam("district"))
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = sa.select(*columns.values()).where(*chosen)
    return make(ASSIGNMENT).from_select(list(columns), rows, include_defaults=False).on_conflict_do_nothing()


def insert(tx: Tx, plan_id: int, run: Run, event_id: int) -> None:
    """Within ``audited_write``: the rows of ``add`` that are not there yet."""
    statement = _insert_statement(tx.connection.dialect.name)
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for new in run.add:
        alike[new.plan_item_id, new.period, new.role, new.counted, new.deadline_on, new.deadline_on].append(new.unit_id)
    common = {"new_at": tx.now, "new_event": event_id, "district": tx.actor.district_id}
    for values, unit_ids in alike.items():
        given = {f"new_{name}": value for name, value in zip(_GIVEN, (plan_id, *values), strict=True)}
        for chunk in _chunks(unit_ids):
            tx.connection.execute(statement, {**common, **given, "units": chunk})


def _revive(tx: Tx, run: Run, event_id: int) -> None:
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row, new in run.revive:
        alike[new.role, new.counted, new.deadline_on].append(row.id)
    for (role, counted, deadline), ids in alike.items():
        _each(
            tx,
            ids,
            (AssignmentState.CANCELLED,),
            state=AssignmentState.PENDING,
            role=role,
            counted=counted,
            original_deadline_on=deadline,
            deadline_on=deadline,
            sent_at=tx.now,
            dispatch_event_id=event_id,
            retire_event_id=None,
        )


def _change(tx: Tx, run: Run, note: str | None) -> None:
    alike: dict[Change, list[int]] = defaultdict(list)
    for row, wanted in run.change:
        alike[wanted].append(row.id)
    other_day = [(row, wanted.deadline_on) for row, wanted in run.change if wanted.deadline_on != row.deadline_on]
    record_each(tx, "assignment", [_moved(row, to, note) for row, to in other_day], operation=MOVED)
    for wanted, ids in alike.items():
        _each(tx, ids, (), **wanted._asdict())


def _moved(row: Any, to: date | None, note: str | None) -> Told:
    """In the row's own history: the run's event does not say which of its rows were due on another day before."""
    before, after = ({"deadline_on": day and day.isoformat()} for day in (row.deadline_on, to))
    return Told(row.id, before, after, moved(row.deadline_on, to) + (f"。{note}" if note else ""))


def _retire(tx: Tx, ids: Sequence[int], event_id: int) -> None:
    pending = (AssignmentState.PENDING,)
    _each(tx, ids, pending, state=AssignmentState.CANCELLED, retire_event_id=event_id)
    _each(tx, ids, _AT_WORK, awaits_decision=True, retire_event_id=event_id)


def _each(tx: Tx, ids: Sequence[int], states: Sequence[AssignmentState], **values: Any) -> None:
    """Update these rows, where they are (still) in one of ``states``; empty stands for any."""
    table = ASSIGNMENT.c
    change = sa.update(ASSIGNMENT).values(**values, version=table.version + 1, updated_at=tx.now)
    if states:
        change = change.where(table.state.in_(states))
    for chunk in _chunks(ids):
        tx.connection.execute(change.where(table.id.in_(chunk)))


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


# Withdrawal


@operation("plan.withdraw")
def withdraw(tx: Tx, plan_id: int, note: str | None = None) -> int:
    """停止执行: the plan's open and declined rows are cancelled; what is completed or waived stays. 409 while its next
    edition waits to be dispatched."""
    row = plans.guard(tx, plan_id, "withdraw", note)
    refuse_followed(tx, plan_id)
    PLANS.step(tx, row, "withdraw", note)
    mine = sa.and_(ASSIGNMENT.c.plan_id == plan_id, ASSIGNMENT.c.state.in_(_DATED))
    count = tx.connection.execute(sa.select(sa.func.count()).select_from(ASSIGNMENT).where(mine)).scalar_one()
    run = {"plan_id": plan_id, "states": [state.value for state in _DATED], "count": count}
    event_id = record(tx, "assignment", None, operation="assignment.cancel", after=run, reason=note)
    cancelled = (
        sa.update(ASSIGNMENT)
        .where(mine)
        .values(
            state=AssignmentState.CANCELLED,
            awaits_decision=False,
            retire_event_id=event_id,
            version=ASSIGNMENT.c.version + 1,
            updated_at=tx.now,
        )
    )
    with audited_write(tx.connection):
        tx.connection.execute(cancelled)
    return plan_id
