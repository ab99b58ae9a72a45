"""Waiting SQLite writes share one commit, and no promise suffers for it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from app.core import db
from app.core.audit import EVENT, record, watch
from app.core.db import Database, UnsealedEvents
from app.core.errors import Conflict, Problem, Unavailable
from app.core.http import Ctx
from app.core.operation import Tx, operation, transact
from app.core.policy import SYSTEM
from app.core.seal import SEAL
from app.events.chain import check
from app.settings import Settings

ROW = sa.table("row", sa.column("name"))
Job = Callable[[Connection], Any]


class Group:
    """A database whose writer is kept busy until all jobs wait."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.database.write_now(lambda c: c.exec_driver_sql("CREATE TABLE row (name TEXT PRIMARY KEY)"))
        self.commits = 0
        self.futures: list[Future[Any]] = []
        self.told_early: list[Any] = []
        sa.event.listen(self.database.writer, "commit", self._committing)

    def _committing(self, _connection: Connection) -> None:
        self.commits += 1
        self.told_early += [future for future in self.futures if future.done()]

    def submit(self, *jobs: Job) -> list[Future[Any]]:
        """All of them wait before the first begins; the answers may then be asked for."""
        gate, begun = threading.Event(), threading.Event()

        def hold(_connection: Connection) -> None:
            begun.set()
            gate.wait(10)

        first = self.database._submit(hold)
        begun.wait(10)
        futures = [self.database._submit(job) for job in jobs]
        self.futures, self.commits = futures, -1  # That of the job that holds the writer comes first.
        gate.set()
        first.result(10)
        return futures

    def names(self) -> list[str]:
        return self.database.read_now(lambda c: list(c.execute(sa.select(ROW).order_by(sa.text("rowid"))).scalars()))


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    made = Group(f"sqlite:///{tmp_path / 'group.sqlite3'}")
    yield made
    made.database.close()


def add(*names: str, then: BaseException | None = None) -> Job:
    def job(connection: Connection) -> str:
        for name in names:
            connection.execute(sa.insert(ROW).values(name=name))
        if then is not None:
            raise then
        return names[-1]

    return job


def outcome(future: "Future[Any]") -> Any:
    try:
        return future.result(10)
    except BaseException as error:
        return type(error)


def test_waiting_writes_share_a_commit_and_nobody_is_told_before_it(group: Group) -> None:
    futures = group.submit(*(add(str(n)) for n in range(9)))
    assert [outcome(future) for future in futures] == [str(n) for n in range(9)] == group.names()
    assert group.commits == 1 and group.told_early == []


@pytest.mark.parametrize("failure", [Conflict("x"), KeyError("x"), None, KeyboardInterrupt()])
def test_a_job_that_fails_harms_no_other(group: Group, failure: BaseException | None) -> None:
    """Nor leaves anything: a refusal, a mistake, a constraint, an interrupt."""
    bad = add("bad", then=failure) if failure else add("bad", "first")
    futures = group.submit(add("first"), bad, add("last"))
    told = [outcome(future) for future in futures]
    assert told == ["first", type(failure) if failure else sa.exc.IntegrityError, "last"]
    assert group.names() == ["first", "last"]
    assert outcome(group.database._submit(add("later"))) == "later", "the writer lives on"


def test_what_a_job_has_nested_is_its_own(group: Group) -> None:
    def nested(connection: Connection) -> str:
        with connection.begin_nested():
            add("outer")(connection)
            with pytest.raises(Conflict), connection.begin_nested():
                add("inner", then=Conflict("x"))(connection)
        connection.exec_driver_sql("SAVEPOINT job")
        add("same name")(connection)
        connection.exec_driver_sql("ROLLBACK TO job")
        connection.exec_driver_sql("RELEASE job")
        return "nested"

    def abandoned(connection: Connection) -> None:
        connection.exec_driver_sql("SAVEPOINT left_open")
        add("lost")(connection)
        raise Conflict("x")

    futures = group.submit(add("first"), nested, abandoned, add("last"))
    assert [outcome(future) for future in futures] == ["first", "nested", Conflict, "last"]
    assert group.names() == ["first", "outer", "last"]


def breaking(group: Group, monkeypatch: pytest.MonkeyPatch, *commits: int) -> None:
    """These commits from now on, counted from 1, meet a broken disk."""
    dialect = group.database.writer.dialect
    commit, count = dialect.do_commit, iter(range(1, 1000))

    def perhaps(connection: Any) -> None:
        if next(count) in commits:
            raise sqlite3.OperationalError("disk I/O error")
        commit(connection)

    monkeypatch.setattr(dialect, "do_commit", perhaps)


def test_where_the_commit_fails_each_job_gets_one_of_its_own(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def noted(*names: str) -> Job:
        def job(connection: Connection) -> Any:
            ran.append(names[0])
            return add(*names)(connection)

        return job

    breaking(group, monkeypatch, 2, 4)  # The first is that of the job that holds the writer.
    futures = group.submit(noted("a"), noted("b"), noted("c", "a"), noted("d"))
    told = [outcome(future) for future in futures]
    assert told == ["a", sa.exc.OperationalError, sa.exc.IntegrityError, "d"]
    assert group.names() == ["a", "d"]
    assert ran == ["a", "b", "c", "d"] * 2 and group.commits == 4, "one together, then a, b and d alone"


def test_what_follows_a_commit_happens_once(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    @operation("row.add")
    def act(tx: Tx, name: str) -> None:
        add(name)(tx.connection)
        tx.after_commit.append(lambda: happened.append(name))

    state = SimpleNamespace(database=group.database, settings=Settings())
    request: Any = SimpleNamespace(app=SimpleNamespace(state=state), state=SimpleNamespace(actor=SYSTEM, request_id=""))

    async def both() -> None:
        gate, begun = threading.Event(), threading.Event()

        def hold(_connection: Connection) -> None:
            begun.set()
            gate.wait(10)

        held = asyncio.create_task(group.database.write(hold))
        await asyncio.to_thread(begun.wait, 10)
        writes = [asyncio.create_task(Ctx(request).run(act, name)) for name in ("a", "b")]
        await asyncio.sleep(0)
        assert happened == []
        gate.set()
        await asyncio.gather(held, *writes)

    breaking(group, monkeypatch, 2)
    asyncio.run(both())
    assert happened == group.names() == ["a", "b"]
    assert group.commits == 4, "that of the job that holds the writer, one together that failed, then each alone"


def test_a_client_that_went_away_before_its_job_began_has_none(group: Group) -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow(connection: Connection) -> str:
        begun.set()
        gate.wait(10)
        return str(add("begun")(connection))

    running = group.database._submit(slow)
    begun.wait(10)
    waiting = [group.database._submit(add(name)) for name in ("a", "gone", "c")]
    assert not running.cancel() and waiting[1].cancel()
    gate.set()
    assert [running.result(10), waiting[0].result(10), waiting[2].result(10)] == ["begun", "a", "c"]
    assert group.names() == ["begun", "a", "c"]


def test_nobody_is_overtaken_and_no_group_is_without_end(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "GROUP", 4)
    futures = group.submit(*(add(f"{n:02}") for n in range(10)))
    assert [outcome(future) for future in futures] == group.names() == [f"{n:02}" for n in range(10)]
    assert group.commits == 3
    assert len(group.told_early) == 4 + 8, "those of a group are told before the next one commits"


def test_where_another_holds_the_database_all_are_told_after_one_wait(group: Group, tmp_path: Path) -> None:
    """As an import of the command line would, beside a running server."""
    begins: list[str] = []
    group.database.write_now(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=50"))

    @sa.event.listens_for(group.database.writer, "before_cursor_execute")
    def _count(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        begins.extend([statement] if statement.startswith("BEGIN") else [])

    other = sqlite3.connect(tmp_path / "group.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting: list[Future[Any]] = [Future() for _ in range(5)]
    group.database._write_group([(add(str(n)), future) for n, future in enumerate(waiting)])
    assert [outcome(future) for future in waiting] == [Unavailable] * 5
    assert len(begins) == 1
    other.execute("ROLLBACK")
    other.close()
    assert outcome(group.database._submit(add("later"))) == "later"
    assert group.names() == ["later"]


def test_those_who_share_a_commit_are_told_by_one_word(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    async def write() -> list[str]:
        loop, held = asyncio.get_running_loop(), threading.Event()
        group.database._submit(lambda _: held.wait(10))
        usual, words = loop.call_soon_threadsafe, []
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *given: words.append(given) or usual(*given))
        loop.call_later(0.05, held.set)
        refused = add("late", then=Conflict("不行"))
        met = await asyncio.gather(
            *(group.database.write(job) for job in (add("a"), refused, add("b"))), return_exceptions=True
        )
        assert len(words) == 1
        return [met[0], type(met[1]).__name__, met[2]]

    assert asyncio.run(write()) == ["a", "Conflict", "b"]
    assert group.names() == ["a", "b"]


def test_a_job_that_ends_in_what_no_future_takes_leaves_nobody_waiting(group: Group) -> None:
    async def write() -> list[Any]:
        held = threading.Event()
        group.database._submit(lambda _: held.wait(10))
        asyncio.get_running_loop().call_later(0.05, held.set)
        jobs = add("a"), add("bad", then=StopIteration("x")), add("b")
        writes = asyncio.gather(*(group.database.write(job) for job in jobs), return_exceptions=True)
        return await asyncio.wait_for(writes, 5)

    met = asyncio.run(write())
    assert (met[0], type(met[1]), met[2]) == ("a", RuntimeError, "b") and group.names() == ["a", "b"]


def test_a_full_disk_is_told_as_such(group: Group) -> None:
    def fill(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={connection.exec_driver_sql('PRAGMA page_count').scalar()}")
        add("x" * 100_000)(connection)

    with pytest.raises(Problem) as refused:
        group.database.write_now(fill)
    assert refused.value.status == 507


def test_a_read_whose_transaction_the_disk_ended_is_told_as_such(group: Group) -> None:
    def fail(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute("ROLLBACK")
        cause = sqlite3.OperationalError("disk I/O error")
        cause.sqlite_errorname = "SQLITE_IOERR"  # type: ignore[misc]
        raise sa.exc.OperationalError("SELECT 1", {}, cause)

    for _ in range(2):
        with pytest.raises(Unavailable):
            group.database.read_now(fail)


def test_one_seal_for_the_writes_that_share_a_commit_and_no_event_of_one_that_failed(settings: Settings) -> None:
    database = Database(settings.url)
    watch(database)
    acted: list[str] = []

    def note(operation: str, fails: bool = False) -> Job:
        def act(tx: Tx) -> None:
            record(tx, "note", None, operation=operation)
            acted.append(operation)
            if fails:
                raise Conflict("nothing of it stays")

        return lambda connection: transact(Tx(connection, SYSTEM, settings), act)

    gate, begun = threading.Event(), threading.Event()
    first = database._submit(lambda _connection: (begun.set(), gate.wait(10)))
    begun.wait(10)
    futures = [database._submit(job) for job in (note("one"), note("two", fails=True), note("three"))]
    gate.set()
    first.result(10)
    outcomes = [future.exception(10) for future in futures]
    assert [type(each) for each in outcomes] == [type(None), Conflict, type(None)]
    assert sorted(acted) == ["one", "three", "two"]

    def sealed(connection: Connection) -> list[list[str]]:
        own = sa.select(EVENT.c.id, EVENT.c.operation).where(EVENT.c.operation.in_(acted))
        called = {event_id: operation for event_id, operation in connection.execute(own)}
        seals = connection.execute(sa.select(SEAL.c.events).where(SEAL.c.district_id == 0)).scalars()
        return sorted(each for events in seals if (each := [called[event] for event, _ in events if event in called]))

    assert database.read_now(sealed) == ([["one", "three"]] if database.is_sqlite else [["one"], ["three"]])
    assert database.read_now(check, 0).fault is None
    database.close()


def test_a_database_that_nobody_watches_commits_no_event(settings: Settings) -> None:
    database = Database(settings.url)
    noted = lambda tx: record(tx, "note", None, operation="unsealed")  # noqa: E731
    with pytest.raises(UnsealedEvents):
        database.write_now(lambda connection: transact(Tx(connection, SYSTEM, settings), noted))
    kept = sa.select(sa.func.count()).select_from(EVENT).where(EVENT.c.operation == "unsealed")
    assert database.read_now(lambda connection: connection.execute(kept).scalar_one()) == 0
    database.close()
