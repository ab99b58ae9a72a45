"""The audit log: every change of a business row leaves an event in the same transaction.

Three ways in: the flush hook (creates and edits of single rows), ``Workflow.step`` (a change of state) and
``record`` (bulk writes, logins, refusals). An engine hook refuses any other DML on an audited table. A
transaction's events are sealed at its end (``seal.py``).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, UOWTransaction
from sqlmodel import Field

from app.core import epoch, seal
from app.core.db import Database
from app.core.models import (
    Audited,
    Owned,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    text_column,
)
from app.core.prepared import Prepared


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


class Event(Owned, table=True):
    """Who did what, when, to which row; written once, never changed."""

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_subject", "resource", "resource_id", "id"),
        sa.Index("ix_event_district", "district_id", "id"),
        sa.Index("ix_event_user", "user_id", "id"),
    )

    district_id: int | None = id_column("unit.id", index=False, default=None, nullable=True)  # type: ignore[assignment]
    at: datetime = instant_column(nullable=False)
    user_id: int | None = id_column("user.id", index=False, default=None, nullable=True)
    token_id: int | None = id_column("api_token.id", index=False, default=None, nullable=True)
    operation: str = Field(max_length=80)
    resource: str = Field(max_length=40)
    resource_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    outcome: Outcome = enum_column(Outcome, "outcome", default=Outcome.DONE)
    code: str | None = Field(default=None, max_length=60)
    before: dict[str, Any] | None = json_column(default=None)
    after: dict[str, Any] | None = json_column(default=None)
    reason: str | None = text_column(default=None)
    request_id: str = Field(default="", max_length=64)


EVENT = table_of(Event)
_INSERT = Prepared(sa.insert(EVENT).returning(EVENT.c.id), seal.FIELDS)
_INSERT_EACH = sa.insert(EVENT).returning(EVENT.c.id, EVENT.c.resource_id)

AUDITED: set[str] = set()
"""Names of the audited tables; filled by ``watch``."""
_DML = re.compile(r'\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)
_PASS = "ql_audited"
_OMITTED = {"version", "created_at", "updated_at", "district_id", "id"}


class UnauditedWrite(Exception):
    """DML on an audited table that leaves no event: a mistake in the program."""


def shown(value: Any) -> Any:
    """A value as events keep it: figures, dates and states as they are, free text as its length and hash."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return {"length": len(value), "sha256": hashlib.sha256(value.encode()).hexdigest()[:16]}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple | dict) and not all(isinstance(v, int) for v in value):
        return {"entries": len(value)}
    return value


def record(
    tx: Any,
    resource: str,
    resource_id: int | None,
    *,
    operation: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
    outcome: Outcome = Outcome.DONE,
    code: str | None = None,
    district_id: int | None = None,
) -> int:
    """Write one event, to be sealed when the transaction ends. Its id is for rows of a bulk write to refer to."""
    about = Told(resource_id, before, after, reason)
    values = _event(tx, resource, about, operation) | {"outcome": outcome, "code": code}
    if district_id is not None:
        values["district_id"] = district_id
    event_id: int = _INSERT.scalar_one(tx.connection, values)
    seal.owe(tx.connection, event_id, values)
    tx.changed = True
    return event_id


class Told(NamedTuple):
    """What an event says of its row."""

    resource_id: int | None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: str | None = None


def record_each(tx: Any, resource: str, told: Sequence[Told], *, operation: str | None = None) -> None:
    """The same of many rows, none twice, each with an event of its own in its history: a statement for a thousand."""
    if not told:
        return
    events = {each.resource_id: _event(tx, resource, each, operation) for each in told}
    assert len(events) == len(told), "a row is told of twice"
    made = tx.connection.execute(_INSERT_EACH, list(events.values())).all()
    for row in sorted(made):
        seal.owe(tx.connection, row.id, events[row.resource_id])
    tx.changed = True


def _event(tx: Any, resource: str, told: Told, operation: str | None) -> dict[str, Any]:
    actor = tx.actor
    return {
        "district_id": actor.district_id,
        "at": tx.now,
        "user_id": actor.user_id,
        "token_id": actor.token_id,
        "operation": operation or tx.operation,
        "resource": resource,
        "resource_id": told.resource_id,
        "outcome": Outcome.DONE,
        "code": None,
        "before": seal.as_kept(told.before),
        "after": seal.as_kept(told.after),
        "reason": told.reason if told.reason is not None else tx.reason,
        "request_id": tx.request_id,
    }


@contextmanager
def audited_write(connection: Connection) -> Iterator[None]:
    """Within it, DML on audited tables is allowed: the caller writes the event."""
    held = connection.info.get(_PASS, 0)
    connection.info[_PASS] = held + 1
    try:
        yield
    finally:
        connection.info[_PASS] = held


@contextmanager
def pass_as_before(connection: Connection) -> Iterator[None]:
    """What fails within it, in the middle of a flush perhaps, leaves no pass behind."""
    held = connection.info.get(_PASS, 0)
    try:
        yield
    except BaseException:
        connection.info[_PASS] = held
        raise


def no_pass(connection: Connection) -> None:
    """A transaction begins without a pass, also after one that failed in the middle of a flush."""
    connection.info.pop(_PASS, None)


def watch(database: Database) -> None:
    """Refuse unaudited DML on this database, and seal the events of each transaction at its end."""
    database.before_commit = seal.settle
    AUDITED.update(table_of(model).name for model in _audited_models(Audited))

    @event.listens_for(database.writer, "before_cursor_execute")
    def _refuse(connection: Connection, _c: Any, statement: str, _p: Any, _x: Any, _m: bool) -> None:
        if statement[:1] in "SPRsp" or connection.info.get(_PASS):
            return
        for name in _DML.findall(statement):
            if name in AUDITED:
                raise UnauditedWrite(f"unaudited write to {name}")


def _audited_models(base: type) -> Iterator[type[Audited]]:
    model: Any
    for model in base.__subclasses__():
        if hasattr(model, "__table__"):
            yield model
        yield from _audited_models(model)


class AuditedSession(Session):
    """The session of one transaction: stamps rows and turns each flush into events."""


@event.listens_for(AuditedSession, "before_flush")
def _stamp(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    tx = session.info["tx"]
    for row in session.new:
        if isinstance(row, Audited):
            row.created_at = row.updated_at = tx.now
            if row.district_id is None and row.audit_name != "unit":
                row.district_id = tx.actor.district_id
    for row in session.dirty:
        if isinstance(row, Audited) and session.is_modified(row):
            row.updated_at = tx.now
    connection = session.connection()
    connection.info[_PASS] = connection.info.get(_PASS, 0) + 1


@event.listens_for(AuditedSession, "after_flush")
def _write_events(session: Session, _context: UOWTransaction) -> None:
    tx = session.info["tx"]
    connection = session.connection()
    connection.info[_PASS] = max(connection.info.get(_PASS, 1) - 1, 0)
    for row in session.new:
        if isinstance(row, Audited):
            record(tx, row.audit_name, row.id, after=_values(row), district_id=row.district_id)
    for row in session.deleted:
        if isinstance(row, Audited):
            record(tx, row.audit_name, row.id, before=_values(row), district_id=row.district_id)
    for row in session.dirty:
        if isinstance(row, Audited) and session.is_modified(row):
            before, after = _changes(row)
            if after:
                record(tx, row.audit_name, row.id, before=before, after=after, district_id=row.district_id)
    touched = [*session.new, *session.dirty, *session.deleted]
    for district_id in {row.district_id for row in touched if getattr(row, "changes_access", False)} - {None}:
        epoch.move(connection, district_id)


def _values(row: Audited) -> dict[str, Any]:
    columns = sa.inspect(type(row)).columns.keys()
    return {
        name: shown(value)
        for name in columns
        if name not in _OMITTED | row.audit_omit and (value := getattr(row, name)) is not None
    }


def _changes(row: Audited) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = sa.inspect(row)
    for name, _column in state.mapper.columns.items():
        history = state.attrs[name].history
        if name in _OMITTED or not history.has_changes():
            continue
        hidden = name in row.audit_omit
        before[name] = None if hidden else shown(history.deleted[0] if history.deleted else None)
        after[name] = None if hidden else shown(history.added[0] if history.added else None)
    return before, after
