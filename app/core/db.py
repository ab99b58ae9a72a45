"""The one seam between requests and the database.

Routes say ``await database.read(query, …)`` or ``await database.write(job)``; here is decided where that
runs. SQLite: bounded reads inline on the event loop (a thread hop costs more than the query), other reads
on threads, writes on one thread that commits all waiting jobs together. PostgreSQL: a small thread pool no
larger than its connection pool. Domain code stays plain synchronous functions over one connection.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError

from app.core import postgresql as server
from app.core import sqlite as embedded
from app.core.errors import Conflict, NoSpace, Unavailable
from app.core.log import kind, logger
from app.core.metrics import DatabaseMetrics

P = ParamSpec("P")
T = TypeVar("T")
Job = Callable[[Connection], T]
_Word = tuple["asyncio.Future[Any]", "Future[Any]"]

LENGTHY = 2
"""How many lengthy reads go on at once, on threads and connections that serve nothing else."""
GROUP = 64
"""How many waiting SQLite writes share one commit at the most."""
STATEMENTS = 1500
"""How many compiled statements an engine keeps: each is of one shape for one set of roles, and twelve people who look
at everything need over 600."""
RETRIES = 3
RETRYABLE = {"40001", "40P01"}  # serialization failure, deadlock
LOCK_TIMEOUT = "55P03"
_OWED = "ql_owed"


class UnsealedEvents(Exception):
    """A write is about to be committed without the seals of its events: a mistake in the program."""


def owed(connection: Connection) -> list[Any]:
    """What the transaction under way has still to do at its end: the events that wait for their seal."""
    waiting: list[Any] = connection.info.setdefault(_OWED, [])
    return waiting


def _owe_nothing(connection: Connection) -> None:
    if owed(connection):
        raise UnsealedEvents("the database is not watched: see audit.watch()")


def unbounded(query: Callable[P, T]) -> Callable[P, T]:
    """Mark a read whose cost follows the table: search, counts, dashboards. It never runs on the event loop."""
    query.__dict__["unbounded"] = True
    return query


def consistent(query: Callable[P, T]) -> Callable[P, T]:
    """Mark an unbounded read of many statements that must all see one state of the database."""
    query.__dict__["consistent"] = True
    return unbounded(query)


def lengthy(query: Callable[P, T]) -> Callable[P, T]:
    """Mark a consistent read that goes through a whole list: however many there are, others do not wait for them."""
    query.__dict__["lengthy"] = True
    return consistent(query)


def unframed(query: Callable[P, T]) -> Callable[P, T]:
    """Mark a read that is right without a snapshot of its own, on either database: one statement, as a rule."""
    query.__dict__["unframed"] = True
    return query


def marked_as(query: Callable[..., Any], run: Callable[P, T]) -> Callable[P, T]:
    """``run`` with the marks of the query it runs."""
    run.__dict__.update({mark: True for mark in ("unbounded", "consistent", "lengthy") if getattr(query, mark, False)})
    return run


def insert_or_ignore(connection: Connection, table: sa.Table) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the connection's dialect: uniqueness is claimed, never looked up."""
    return insert_or_update(connection, table).on_conflict_do_nothing()


def insert_or_update(connection: Connection, table: sa.Table) -> Any:
    """An INSERT of the connection's dialect, for ``.on_conflict_do_update(…)``: counted in one statement."""
    return (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)


class Database:
    """Engines and threads of one database; open until ``close()``."""

    def __init__(self, url: str, pool_size: int = 6, timeout_s: int = 15) -> None:
        self.url = sa.make_url(url)
        self.timeout_s = timeout_s
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.before_commit: Callable[[Connection], None] = _owe_nothing
        """The last act of each transaction, a group's too; it may commit it itself."""
        self.metrics = DatabaseMetrics(self._waiting, lambda: self.writer.pool.checkedout())  # type: ignore[attr-defined]
        if self.is_sqlite:
            self.writer = embedded.engine(self.url, 1, immediate=True, query_cache_size=STATEMENTS)
            self.reader = embedded.engine(self.url, 5 + LENGTHY, immediate=False, query_cache_size=STATEMENTS)
            self._writes: queue.SimpleQueue[tuple[Job[Any], Future[Any]] | None] = queue.SimpleQueue()
            self._threads = ThreadPoolExecutor(4, "ql-read")
            self._writing = threading.Thread(target=self._write_groups, name="ql-write", daemon=True)
            self._writing.start()
        else:
            self.writer = server.engine(self.url, pool_size + LENGTHY, timeout_s, query_cache_size=STATEMENTS)
            self.reader = self.writer.execution_options(isolation_level="AUTOCOMMIT")
            self._threads = ThreadPoolExecutor(pool_size, "ql-db")
        self._lengthy = ThreadPoolExecutor(LENGTHY, "ql-lengthy")
        self._inline = threading.local()
        self._together: dict[asyncio.AbstractEventLoop, list[_Word]] | None = None
        """What the writer thread has to tell when a commit is done; None while it tells each by itself."""

    def close(self) -> None:
        if self.is_sqlite:
            self._writes.put(None)
            self._writing.join()
        self._threads.shutdown()
        self._lengthy.shutdown()
        if (held := getattr(self._inline, "connection", None)) is not None:
            held.close()
        self.reader.dispose()
        self.writer.dispose()

    # Reads

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``query(connection, …)`` on a snapshot of its own; nothing it returns may need the connection."""
        if self.is_sqlite and not getattr(query, "unbounded", False):
            return self._read_inline(query, *args, **kwargs)
        if getattr(query, "lengthy", False):
            return await self._in_turn(self._lengthy.submit(lambda: self.read_now(query, *args, **kwargs)))
        return await self._in_turn(self._threads.submit(self._timed(lambda: self.read_now(query, *args, **kwargs))))

    async def aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What is made of a lengthy read, without a connection, on the same threads."""
        return await asyncio.wrap_future(self._lengthy.submit(lambda: work(*args, **kwargs)))

    def read_now(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same from a thread of the caller's: the command line, a job."""
        if getattr(query, "consistent", False) and not self.is_sqlite:
            with _translated(), self.writer.connect() as connection:
                repeatable = connection.execution_options(isolation_level="REPEATABLE READ")
                return query(repeatable, *args, **kwargs)
        with _translated(), self.reader.connect() as connection, self._snapshot(connection):
            return query(connection, *args, **kwargs)

    def _read_inline(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        connection: Connection | None = getattr(self._inline, "connection", None)
        if connection is None:
            connection = self._inline.connection = self.reader.connect()
        with _translated():
            if getattr(query, "unframed", False):
                return query(connection, *args, **kwargs)
            with self._snapshot(connection):
                return query(connection, *args, **kwargs)

    @contextmanager
    def _snapshot(self, connection: Connection) -> Iterator[None]:
        """Several statements of one SQLite read see one state; it ends with the read, or it would never move on."""
        if not self.is_sqlite:
            yield
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN")
        try:
            yield
        finally:
            if driver.in_transaction:  # A disk's fault ends it by itself.
                driver.execute("ROLLBACK")

    # Writes

    async def write(self, job: Job[T]) -> T:
        """Run ``job(connection)`` in a transaction; when this returns, it is committed and on disk."""
        return await self._in_turn(self._submit(self._timed(job)))

    async def _in_turn(self, future: "Future[T]") -> T:
        """What the future gives. 503 when its turn does not come; once begun, the work has time-outs of its own."""
        late = False
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(lambda done: self._tell(loop, told, done))

        def give_up() -> None:
            nonlocal late
            late = future.cancel()

        timer = loop.call_later(self.timeout_s, give_up)
        try:
            return await told
        except asyncio.CancelledError:
            if not late:
                future.cancel()
                raise
            raise Unavailable("同时办理的人太多，没有轮到，请稍后再试") from None
        finally:
            timer.cancel()

    def _tell(self, loop: asyncio.AbstractEventLoop, told: "asyncio.Future[Any]", done: "Future[Any]") -> None:
        """Whoever waits for the future on the loop is told. Of writes that share a commit all are, by one word: each by
        itself would wake the loop, which then takes the interpreter while the writer has still to tell the others.
        """
        if self._together is not None and threading.get_ident() == self._writing.ident:
            self._together.setdefault(loop, []).append((told, done))
        else:
            _wake(loop, [(told, done)])

    def _timed(self, work: Callable[P, T]) -> Callable[P, T]:
        asked = time.perf_counter()

        def begun(*args: P.args, **kwargs: P.kwargs) -> T:
            self.metrics.wait.observe(time.perf_counter() - asked)
            return work(*args, **kwargs)

        return begun

    def _waiting(self) -> int:
        return self._threads._work_queue.qsize() + (self._writes.qsize() if self.is_sqlite else 0)

    def write_now(self, job: Job[T]) -> T:
        return self._submit(job).result()

    def _submit(self, job: Job[T]) -> "Future[T]":
        if not self.is_sqlite:
            return self._threads.submit(self._write_alone, job)
        future: Future[T] = Future()
        self._writes.put((job, future))
        return future

    def _write_alone(self, job: Job[T]) -> T:
        for attempt in range(RETRIES):
            committing = False
            try:
                # AUTOCOMMIT, so that the driver does not begin by itself, in a round trip of its own.
                with _translated(), self.reader.begin() as connection:
                    server.begin(connection)
                    owed(connection).clear()
                    result = job(connection)
                    committing = True
                    self.before_commit(connection)
                return result
            except Unavailable as error:
                if committing:
                    raise Unavailable("数据库暂时连接不上，不能确定是否已保存，请刷新核对后再提交") from error
                raise
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in RETRYABLE or attempt == RETRIES - 1:
                    raise Conflict("同时办理的人较多，请重新提交") from error
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    def _write_groups(self) -> None:
        """The writer thread: takes every waiting job, commits them together."""
        while (first := self._writes.get()) is not None:
            group, last = [first], False
            while len(group) < GROUP:
                try:
                    waiting = self._writes.get_nowait()
                except queue.Empty:
                    break
                if waiting is None:
                    last = True
                    break
                group.append(waiting)
            self._write_group(group)
            if last:
                return

    def _write_group(self, group: list[tuple[Job[Any], Future[Any]]]) -> None:
        # A job whose client went away before it began is not run; one that began can no longer be called off.
        group = [(job, future) for job, future in group if future.set_running_or_notify_cancel()]
        if not group:
            return
        self.metrics.group.observe(len(group))
        if len(group) == 1:
            _settle(group[0][1], lambda: self._write_one_sqlite(group[0][0]))
            return
        outcomes: list[tuple[Any, BaseException | None]] = []
        begun = False
        try:
            with _translated(), self.writer.begin() as connection:
                begun = True
                owed(connection).clear()
                for job, _ in group:
                    outcomes.append(_in_savepoint(connection, job))
                self.before_commit(connection)
        except BaseException as failure:
            # Nobody was told anything yet. What did not even begin would wait as long again for each one alone;
            # where the commit failed, each job gets a transaction of its own.
            for job, future in group:
                if begun:
                    _settle(future, lambda job=job: self._write_one_sqlite(job))  # type: ignore[misc]
                else:
                    future.set_exception(failure)
            return
        self._together = {}
        for (_, future), (result, error) in zip(group, outcomes, strict=True):
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        together, self._together = self._together, None
        for loop, words in together.items():
            _wake(loop, words)

    def _write_one_sqlite(self, job: Job[T]) -> T:
        with _translated(), self.writer.begin() as connection:
            owed(connection).clear()
            result = job(connection)
            self.before_commit(connection)
            return result


def _in_savepoint(connection: Connection, job: Job[Any]) -> tuple[Any, BaseException | None]:
    driver: Any = connection.connection.driver_connection
    before = len(owed(connection))
    driver.execute("SAVEPOINT job")
    try:
        with _translated():
            result = job(connection)
    except Exception as error:
        del owed(connection)[before:]
        driver.execute("ROLLBACK TO job")
        driver.execute("RELEASE job")
        return None, error
    driver.execute("RELEASE job")
    return result, None


def _wake(loop: asyncio.AbstractEventLoop, words: "list[_Word]") -> None:
    # A loop that is over waits for nothing.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(_hear, words)


def _hear(words: "list[_Word]") -> None:
    """On the loop: what came of each, unless whoever waited has gone."""
    for told, done in words:
        if told.done():
            continue
        if done.cancelled():
            told.cancel()
        elif isinstance(error := done.exception(), StopIteration):
            # A future takes none, and the words that come after this one would not be told.
            told.set_exception(RuntimeError("a job ended in StopIteration").with_traceback(error.__traceback__))
        elif error is not None:
            told.set_exception(error)
        else:
            told.set_result(done.result())


def _settle(future: "Future[Any]", work: Callable[[], Any]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


AWAY = "数据库暂时连接不上，内容没有保存"
DISK_FULL = "53100"


@contextmanager
def _translated() -> Iterator[None]:
    """A database that is away, locked or full is a 503 or 507, not a crash."""
    try:
        yield
    except (PendingRollbackError, sa.exc.TimeoutError) as error:
        # The connection was lost on the way; what wanted to tidy up behind that met this. Or none came free in time.
        raise Unavailable(AWAY) from error
    except DBAPIError as error:
        cause: Any = error.orig
        state, name = getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", "")
        if state == LOCK_TIMEOUT:
            raise Conflict("别人正在办理同一项，请稍后再试", code="in_flight") from error
        if state == DISK_FULL or name == "SQLITE_FULL":
            logger().error("database_full", cause=kind(cause))
            raise NoSpace("请联系系统管理员清理磁盘后再试", title="存储空间不足，内容没有保存") from error
        lost = isinstance(cause, psycopg.OperationalError) and server.is_away(cause)
        if error.connection_invalidated or lost or embedded.is_away(cause):
            logger().warning("database_unavailable", cause=kind(cause))
            raise Unavailable(AWAY) from error
        raise
