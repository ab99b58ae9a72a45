"""Assignments of a unit that goes, and what hangs on them (DOMAIN §4, 4)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, OPEN_STATES, AssignmentState
from app.boxes.models import ENTRY
from app.breakdowns.models import BREAKDOWN, STEP
from app.core.operation import Reader, Tx
from app.core.policy import among
from app.core.within import within
from app.evidence.operations import copy_links
from app.extensions.models import EXTENSION, ExtensionState
from app.rectifications.models import RECTIFICATION
from app.succession.parts import IDS, NEW, OLD, OURS, Ending, Found, change

_THERE = ASSIGNMENT.alias("there")


def _same(unit_id: Any) -> sa.ColumnElement[bool]:
    same = _THERE.c.plan_item_id == ASSIGNMENT.c.plan_item_id, _THERE.c.period == ASSIGNMENT.c.period
    return sa.and_(*same, _THERE.c.unit_id == unit_id)


_SAME = _same(NEW)
_ROWS = (
    sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.state, _THERE.c.id.label("other_id"), _THERE.c.state.label("other_state"))
    .select_from(ASSIGNMENT.outerjoin(_THERE, _SAME))
    .where(among(ASSIGNMENT.c.state, *OPEN_STATES))
    .order_by(ASSIGNMENT.c.id)
)
_MOVING, _ENDING = _ROWS.where(ASSIGNMENT.c.unit_id == OLD), _ROWS.where(within(ASSIGNMENT.c.unit_id, OURS))
_INTO = sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.merged_into_id).where(within(ASSIGNMENT.c.id, IDS))
_BOXED_THERE = (
    sa.update(ENTRY)
    .where(within(ENTRY.c.assignment_id, IDS))
    .values(
        assignment_id=sa.select(ASSIGNMENT.c.merged_into_id)
        .where(ASSIGNMENT.c.id == ENTRY.c.assignment_id)
        .correlate(ENTRY)
        .scalar_subquery()
    )
)


class Assignments:
    """Open rows go to the successor, or into the row that it holds already. Where there is no such way, those not yet
    taken on are cancelled, and those with work await someone's decision. Declined ones are left alone.
    """

    name, label, path = "assignment", "任务", "/assignments?unit_id={unit}"
    columns: Sequence[sa.Column[Any]] = (ASSIGNMENT.c.unit_id,)

    def look(self, see: Reader, ending: Ending) -> Found:
        found: Found = {"moves": [], "merges": [], "cancels": [], "stays": []}
        statement = _ENDING if ending.new is None else _MOVING
        if isinstance(see, Tx):
            statement = statement.with_for_update(of=ASSIGNMENT)
        for row in see.connection.execute(statement, ending.binds):
            found[_becomes(row, ending)].append(row.id)
        return found

    def told(self, see: Reader, found: Found) -> Found:
        return found

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        cancelled = {"state": AssignmentState.CANCELLED, "awaits_decision": False, "retire_event_id": event_id}
        change(tx, ASSIGNMENT, found["cancels"], **cancelled)
        change(tx, ASSIGNMENT, found["stays"], awaits_decision=True, retire_event_id=event_id)
        if ending.new is None:
            return
        _go_into(tx, ending, found["merges"], cancelled)
        change(tx, ASSIGNMENT, found["moves"], unit_id=ending.new.id, former_unit_id=ending.old.id)


def _becomes(row: Any, ending: Ending) -> str:
    if ending.new is not None and row.other_id is None:
        return "moves"
    if ending.new is not None and row.other_state != AssignmentState.CANCELLED:
        return "merges"
    return "cancels" if row.state == AssignmentState.PENDING else "stays"


def _go_into(tx: Tx, ending: Ending, ids: Sequence[int], cancelled: dict[str, Any]) -> None:
    """并入: closed, and what proves one proves the row that remains."""
    if not ids or ending.new is None:
        return
    remains = sa.select(_THERE.c.id).where(_same(ending.new.id)).correlate(ASSIGNMENT).scalar_subquery()
    change(tx, ASSIGNMENT, ids, **cancelled, merged_into_id=remains)
    into = tx.connection.execute(_INTO, {"ids": list(ids)})
    copy_links(tx, "assignments", {row.id: row.merged_into_id for row in into})
    # What lies in boxes under a row that closes lies under the one that remains.
    tx.connection.execute(_BOXED_THERE, {"ids": list(ids)})


def follow(tx: Tx, ending: Ending) -> set[str]:
    """What belongs to rows that went over goes with them: breakdowns with their steps, requests not yet decided. The
    names of those of which there were some."""
    there = sa.select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.unit_id == NEW)
    mended = sa.select(RECTIFICATION.c.id).where(RECTIFICATION.c.unit_id == NEW)
    broken = sa.select(BREAKDOWN.c.id).where(BREAKDOWN.c.unit_id == NEW)
    asked = sa.or_(EXTENSION.c.assignment_id.in_(there), EXTENSION.c.rectification_id.in_(mended))
    undecided = among(EXTENSION.c.state, ExtensionState.REQUESTED)
    went: set[str] = set()
    for table, belongs in (
        (BREAKDOWN, BREAKDOWN.c.assignment_id.in_(there)),
        (STEP, STEP.c.breakdown_id.in_(broken)),
        (EXTENSION, sa.and_(asked, undecided)),
    ):
        moved: dict[str, Any] = {"unit_id": NEW}
        if "version" in table.c:
            moved |= {"version": table.c.version + 1, "updated_at": tx.now}
        statement = sa.update(table).where(table.c.unit_id == OLD, belongs).values(moved)
        if tx.connection.execute(statement, ending.binds).rowcount:
            went.add(table.name)
    return went
