"""Every write to extensions: asking before the deadline has passed, and a leader's decision."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.assignments.rules import WORKFLOW as ASSIGNMENTS
from app.core.audit import audited_write, record
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.workflow import Workflow, find
from app.extensions.models import EXTENSION, Extension, ExtensionCreate, ExtensionState
from app.extensions.rules import ASSIGNMENTS_RUN, POLICY, RECTIFICATIONS_RUN, WORKFLOW
from app.notifications.models import Kind as Notice
from app.notifications.operations import tell_unit
from app.rectifications.models import RECTIFICATION
from app.rectifications.rules import WORKFLOW as RECTIFICATIONS


@dataclass(frozen=True)
class Kind:
    """What may be extended: rows with a deadline."""

    name: str
    table: sa.Table
    workflow: Workflow
    runs: sa.ColumnElement[bool]

    @property
    def key(self) -> str:
        return f"{self.name}_id"


ASSIGNMENT_KIND = Kind("assignment", ASSIGNMENT, ASSIGNMENTS, ASSIGNMENTS_RUN)
RECTIFICATION_KIND = Kind("rectification", RECTIFICATION, RECTIFICATIONS, RECTIFICATIONS_RUN)


@operation("assignment.request_extension")
def request_for_assignment(tx: Tx, assignment_id: int, given: ExtensionCreate) -> int:
    return _request(tx, ASSIGNMENT_KIND, assignment_id, given)


@operation("rectification.request_extension")
def request_for_rectification(tx: Tx, rectification_id: int, given: ExtensionCreate) -> int:
    return _request(tx, RECTIFICATION_KIND, rectification_id, given)


def _request(tx: Tx, kind: Kind, row_id: int, given: ExtensionCreate) -> int:
    """409 without a deadline, after it, or while another request waits; 422 unless the date is later."""
    _hold(tx, kind, row_id)
    row = kind.workflow.guard(tx, row_id, "request_extension")
    if row.deadline_on is None:
        raise Conflict("这一项没有完成时限，不需要延期", code="no_deadline")
    if tx.today > row.deadline_on:
        raise Conflict(f"完成时限 {row.deadline_on} 已过，延期须在到期前申请", code="expired")
    if given.deadline_on <= row.deadline_on:
        raise invalid("deadline_on", f"须晚于现在的完成时限 {row.deadline_on}")
    waiting = sa.and_(EXTENSION.c[kind.key] == row_id, EXTENSION.c.state == ExtensionState.REQUESTED)
    if tx.connection.execute(sa.select(EXTENSION.c.id).where(waiting)).first():
        raise Conflict("已有一份延期申请待批准，批准或不批准后可以再申请", code="extension_waits")
    asked = tx.add(
        Extension(
            assignment_id=row_id if kind is ASSIGNMENT_KIND else None,
            rectification_id=row_id if kind is RECTIFICATION_KIND else None,
            unit_id=row.unit_id,
            from_deadline_on=row.deadline_on,
            deadline_on=given.deadline_on,
            reason=given.reason,
            requested_by=tx.actor.user_id,
        )
    )
    dates = {"deadline_on": given.deadline_on.isoformat()}
    record(tx, kind.name, row_id, after=dates, reason=given.reason)
    assert asked.id is not None
    return asked.id


def _hold(tx: Tx, kind: Kind, row_id: int) -> None:
    """Two requests at once: the second waits here and then finds the first."""
    tx.connection.execute(sa.select(kind.table.c.id).where(kind.table.c.id == row_id).with_for_update())


@operation("extension.approve")
def approve(tx: Tx, extension_id: int, note: str | None = None) -> int:
    """The row's deadline moves; the original one is kept."""
    row = _decidable(tx, extension_id, "approve", note)
    kind = ASSIGNMENT_KIND if row.assignment_id is not None else RECTIFICATION_KIND
    target = getattr(row, kind.key)
    _move(tx, kind, target, row)
    _decide(tx, row, "approve", note)
    tell_unit(tx, row.unit_id, Notice.APPROVED, "extension", extension_id)
    before, after = row.from_deadline_on.isoformat(), row.deadline_on.isoformat()
    record(tx, kind.name, target, before={"deadline_on": before}, after={"deadline_on": after}, reason=note)
    return extension_id


@operation("extension.refuse")
def refuse(tx: Tx, extension_id: int, note: str | None = None) -> int:
    row = _decidable(tx, extension_id, "refuse", note)
    kind = ASSIGNMENT_KIND if row.assignment_id is not None else RECTIFICATION_KIND
    _decide(tx, row, "refuse", note)
    tell_unit(tx, row.unit_id, Notice.REFUSED, "extension", extension_id)
    record(tx, kind.name, getattr(row, kind.key), after={"state": ExtensionState.REFUSED.value}, reason=note)
    return extension_id


def _decidable(tx: Tx, extension_id: int, action: str, note: str | None) -> Any:
    """409 where what the request is for has ended."""
    row = find(tx, POLICY, extension_id)
    if row.state == ExtensionState.REQUESTED and not row.may_run:
        raise Conflict("这一项已不在办理中，不再需要延期", code="not_running")
    return WORKFLOW.guard(tx, extension_id, action, note)


def _decide(tx: Tx, row: Any, action: str, note: str | None) -> None:
    WORKFLOW.step(tx, row, action, note, decided_by=tx.actor.user_id, decided_at=tx.now, decision_note=note)


def _move(tx: Tx, kind: Kind, row_id: int, asked: Any) -> None:
    """Only where the row still runs and still ends sooner."""
    table = kind.table.c
    move = sa.update(kind.table).where(table.id == row_id, kind.runs, table.deadline_on < asked.deadline_on)
    with audited_write(tx.connection):
        moved = tx.connection.execute(
            move.values(deadline_on=asked.deadline_on, version=table.version + 1, updated_at=tx.now)
        )
    if moved.rowcount != 1:
        raise Conflict("这一项已不在办理中，或时限已改到更晚，不能再延期；可以不批准并写明原因", code="not_running")
