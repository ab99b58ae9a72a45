"""A write: one transaction, one actor, one instant, and the name of what is done."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import SQLModel

from app.core.audit import AuditedSession, no_pass, pass_as_before
from app.core.calendar import Workdays, now, today_of, workdays
from app.core.db import owed
from app.core.errors import Conflict, FieldError
from app.core.policy import Actor
from app.core.syncing import begun
from app.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Tx:
    """What an operation acts through; nothing else may touch the world before the commit.

    Acts on files and other machines go to ``after_commit``: a group of writes that fails is run again.
    """

    def __init__(
        self,
        connection: Connection,
        actor: Actor,
        settings: Settings,
        *,
        request_id: str = "",
        instant: datetime | None = None,
    ) -> None:
        no_pass(connection)
        self.connection = connection
        self.actor = actor
        self.settings = settings
        self.request_id = request_id
        # Within the transaction, by one clock for all instances: app/core/syncing.py relies on it.
        self.now: datetime = instant or begun(connection) or now()
        self.today: date = today_of(self.now)
        self.operation = ""
        self.purpose = ""
        """The outermost operation: the one whose fields the client sent."""
        self.reason: str | None = None
        self.after_commit: list[Callable[[], None]] = []
        self.changed = False
        """Whether anything was written that left an event. An edit that changes nothing leaves none."""
        self._session: AuditedSession | None = None
        self._workdays = actor.workdays

    @property
    def session(self) -> AuditedSession:
        """For single-row creates and edits; opened on first use."""
        if self._session is None:
            self._session = AuditedSession(
                self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False, autoflush=False
            )
            self._session.info["tx"] = self
        return self._session

    @property
    def workdays(self) -> Workdays:
        if self._workdays is None:
            assert self.actor.district_id is not None
            self._workdays = workdays(self.connection, self.actor.district_id)
        return self._workdays

    def add(self, row: T) -> T:
        """Insert a row through the session and give it its id."""
        self.session.add(row)
        self.session.flush()
        return row

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails within it leaves nothing, and no event that a seal would name."""
        held, changed = len(owed(self.connection)), self.changed
        # Through the session, which so forgets what it held of rows that are taken back.
        with pass_as_before(self.connection), self.session.begin_nested():
            # The session would begin it with its own first statement, and what is done past the session would stay.
            self.session.connection()
            try:
                yield
            except BaseException:
                del owed(self.connection)[held:]
                self.changed = changed
                raise

    def finish(self) -> None:
        """The end: what is left goes to the database."""
        if self._session is not None:
            self._session.commit()
            self._session.close()

    def abandon(self) -> None:
        if self._session is not None:
            self._session.close()

    @contextmanager
    def performing(self, name: str) -> Iterator[None]:
        outer, self.operation = self.operation, name
        self.purpose = self.purpose if outer else name
        try:
            yield
            if self._session is not None:
                self._session.flush()
        finally:
            self.operation = outer


def transact(tx: Tx, act: Callable[[Tx], T]) -> T:
    """``act(tx)`` to its end within the caller's transaction; what the database refuses becomes a 409."""
    try:
        with refusals(tx):
            result = act(tx)
            tx.finish()
    except BaseException:
        tx.abandon()
        raise
    return result


@contextmanager
def refusals(tx: Tx) -> Iterator[None]:
    """What the database refuses within it becomes a 409."""
    try:
        yield
    except StaleDataError as error:
        raise Conflict("已被他人更新，请刷新后再办理", code="lost_race") from error
    except IntegrityError as error:
        raise _conflict(error, tx.purpose) from error


UNIQUE_VIOLATION = "23505"
STANDS_FOR = {"folded": "name", "for_year": "kind"}
"""Columns made from a field that is called otherwise."""


def _conflict(error: IntegrityError, purpose: str) -> Conflict:
    """A duplicate names its field, if the row is what the operation is about and not another beneath it."""
    claimed = _claimed_twice(error)
    if claimed is None:
        return Conflict("与已有的记录不符，请核对后再提交", code="integrity")
    table, columns = claimed
    detail = "与已有的记录重复，请改用别的值"
    own = [name for name in columns if name != "district_id"] if table == purpose.partition(".")[0] else []
    errors = [FieldError(f"/{STANDS_FOR.get(name, name)}", detail) for name in own[-1:]]
    return Conflict(detail, code="duplicate", errors=errors)


def _claimed_twice(error: IntegrityError) -> tuple[str, list[str]] | None:
    """The table and columns of the UNIQUE constraint that refused; None where one of another kind did."""
    cause: Any = error.orig
    if isinstance(cause, sqlite3.IntegrityError):
        _, unique, columns = str(cause).partition("UNIQUE constraint failed: ")
        if not unique:
            return None
        return columns.partition(".")[0], [column.partition(".")[2] for column in columns.split(", ")]
    if cause.sqlstate != UNIQUE_VIOLATION:
        return None
    table = SQLModel.metadata.tables[cause.diag.table_name]
    declared: tuple[Any, ...] = (*table.constraints, *table.indexes)
    violated = [each for each in declared if each.name == cause.diag.constraint_name]
    return table.name, [column.name for each in violated for column in each.columns]


class Put(NamedTuple):
    """What an operation gives that makes a row where there is none of its kind, and changes it where there is."""

    row_id: int
    created: bool


OPERATIONS: set[str] = set()
"""The names of all writes there are; filled by ``operation``."""


def operation(name: str) -> Callable[[Callable[Concatenate[Tx, P], T]], Callable[Concatenate[Tx, P], T]]:
    """Name a write, such as ``rectification.close``: its events carry the name."""
    OPERATIONS.add(name)

    def decorate(function: Callable[Concatenate[Tx, P], T]) -> Callable[Concatenate[Tx, P], T]:
        @wraps(function)
        def performed(tx: Tx, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with tx.performing(name):
                return function(tx, *args, **kwargs)

        performed.__dict__["operation"] = name
        return performed

    return decorate


def operation_name(function: Callable[..., Any]) -> str:
    name: str = function.__dict__["operation"]
    return name


def performs(function: Callable[..., Any]) -> Callable[[F], F]:
    """Mark a route with the operation it performs; its page and its JSON twin carry the same mark."""

    def decorate(route: F) -> F:
        route.__dict__["performs"] = operation_name(function)
        return route

    return decorate


class Sight:
    """What a read sees through: a connection, an actor, and today. A ``Tx`` serves as one too."""

    def __init__(self, connection: Connection, actor: Actor, settings: Settings, instant: datetime | None = None):
        self.connection = connection
        self.actor = actor
        self.settings = settings
        self.now = instant or now()
        self.today: date = today_of(self.now)
        self._workdays = actor.workdays

    @property
    def workdays(self) -> Workdays:
        if self._workdays is None:
            assert self.actor.district_id is not None
            self._workdays = workdays(self.connection, self.actor.district_id)
        return self._workdays

    def rows(self, statement: Any, **binds: Any) -> Any:
        """Rows of a statement, with the actor's own parameters beside ``binds``."""
        return self.connection.execute(statement, {**self.actor.binds, **binds}).all()


Reader = Sight | Tx
