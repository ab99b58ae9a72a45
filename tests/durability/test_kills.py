"""Promises 1 and 3: what was acknowledged survives the death of any process, and nothing is there by halves.

``QL_KILLS=200 uv run pytest tests/durability/test_kills.py -s`` makes the long run; ten kills a database otherwise. On
PostgreSQL half of them are the app's and half the server's.
"""

import asyncio
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa

from app.assignments.models import AssignmentState
from app.core.db import Database
from app.core.files import Store
from app.core.stored import orphans
from app.evidence.sweeping import sweep_all
from app.main import create_app
from app.settings import Settings
from tests import databases
from tests.conftest import Prepared
from tests.durability import agreement, load
from tests.durability.load import Memory, Person
from tests.durability.nursery import PATIENCE_S, Nursery, kill
from tests.durability.standing import DurablePostgresql, SqliteFile
from tests.stock import Stock
from tests.world import World

KILLS = int(os.environ.get("QL_KILLS", "10"))
MOST_WAIT_S = 0.4
SCHOOL, OTHER = "实验小学", "柳林小学"


class House:
    """One installation: its database, its server on one port, and the people who write."""

    def __init__(self, folder: Path, standing: SqliteFile | DurablePostgresql) -> None:
        self.standing = standing
        prepared = Prepared(standing)  # type: ignore[arg-type]
        self.world = prepared.world
        self.settings = Settings(data=folder / "data", database_url=standing.url)
        self.settings.data.mkdir()
        self.store = Store(self.settings.files)
        self.rows = _rows(self.settings, self.world)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.nursery = Nursery()
        level: Any = "REPEATABLE READ" if isinstance(standing, DurablePostgresql) else None
        self.engine = sa.create_engine(standing.url, poolclass=sa.NullPool, isolation_level=level)
        self.memory = Memory()
        self.seen: set[str] = set()
        self.people: list[Person] = []
        self.start()

    def start(self) -> None:
        env = {"QL_DATA": str(self.settings.data), "QL_DATABASE_URL": self.standing.url, "QL_LOG_LEVEL": "ERROR"}
        self.server = self.nursery.start(self.port, env)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """People write within; in the end each has the answer to what they sent last."""
        unit, rows = self.world.unit, self.rows
        work = [
            ("school", load.reporting(rows[0])),
            ("school", load.reporting(rows[0])),
            ("school", load.stepping(rows[1])),
            ("school", load.uploading(rows[0])),
            ("central", load.reporting(rows[2])),
            ("sysadmin", load.creating()),
            ("sysadmin", load.editing(unit["第一中学"])),
        ]
        base = f"http://127.0.0.1:{self.port}"
        self.people = [Person(base, self.world.token[who], self.memory, what) for who, what in work]
        for person in self.people:
            person.start()
        try:
            yield
            for person in self.people:
                person.leaving.set()
            for person in self.people:
                person.join(PATIENCE_S)
                assert not person.is_alive(), f"{person.name} still waits for an answer"
            self.nobody_failed()
        finally:
            for person in self.people:
                person.abandoned.set()

    def nobody_failed(self) -> None:
        for person in self.people:
            if person.failure is not None:
                raise person.failure

    def until_busy(self) -> None:
        """Every kind of work goes on; then to a moment that nobody chose."""
        begun = self.memory.count
        until = time.monotonic() + PATIENCE_S
        while self.memory.count < begun + 8:
            self.nobody_failed()
            assert time.monotonic() < until, "nothing is acknowledged any more"
            time.sleep(0.005)
        time.sleep(random.uniform(0, MOST_WAIT_S))

    def check(self, *, at_rest: bool) -> None:
        with self.engine.begin() as connection:
            with self.memory.lock:
                agreement.remembered(connection, self.memory, all_of_it=at_rest)
            agreement.sound(connection)
            agreement.whole(connection)
            agreement.stored(connection, self.store, self.seen)

    def nothing_left_behind(self) -> None:
        """Promise 3, the other way round: no file without its row, once the next start has swept."""
        with self.engine.connect() as connection:
            stray, marked = orphans(connection, self.store), {sha256 for sha256, _ in self.store.marks()}
        assert set(stray) <= marked, "a file that nobody will ever take away"
        database = Database(self.standing.url)
        asyncio.run(sweep_all(database, self.settings, older_than_s=0))
        assert database.read_now(lambda connection: orphans(connection, self.store)) == []
        assert list(self.store.staging.iterdir()) == []
        database.close()

    def close(self) -> None:
        kill(self.server)
        self.nursery.close()
        self.engine.dispose()
        self.standing.stop()


def _rows(settings: Settings, world: World) -> list[int]:
    """Three tasks under way."""
    app = create_app(settings)
    stock = Stock(app, world)
    plan = stock.plan()
    items = [stock.item(plan) for _ in range(3)]
    units = (SCHOOL, SCHOOL, OTHER)
    rows = [
        stock.assignment(plan, item, unit, AssignmentState.IN_PROGRESS, percent=0)
        for item, unit in zip(items, units, strict=True)
    ]
    database: Database = app.state.database
    database.close()
    return rows


@pytest.fixture(scope="module", params=databases.NAMES)
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """In memory for the short run: what a process wrote outlives its SIGKILL there as well as on a disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="ql", dir=memory if KILLS <= 10 and memory.is_dir() else None) as name:
        folder = Path(name)
        (folder / "db").mkdir()
        sqlite = request.param == "sqlite"
        made = House(folder, SqliteFile(folder / "db") if sqlite else DurablePostgresql(folder / "db"))
        yield made
        made.close()


def test_the_app_dies_and_nothing_acknowledged_is_lost(house: House) -> None:
    def strike() -> None:
        kill(house.server)
        house.check(at_rest=False)
        house.start()

    _kill_again_and_again(house, "the app", strike)


def test_the_database_dies_and_nothing_acknowledged_is_lost(house: House) -> None:
    standing = house.standing
    if not isinstance(standing, DurablePostgresql):
        pytest.skip("SQLite lives in the app")

    def strike() -> None:
        standing.kill()
        standing.start()
        house.check(at_rest=False)

    _kill_again_and_again(house, "the database", strike)


def _kill_again_and_again(house: House, victim: str, strike: Callable[[], None]) -> None:
    begun = house.memory.count
    kills = KILLS // 2 if isinstance(house.standing, DurablePostgresql) else KILLS
    with house.at_work():
        for n in range(kills):
            house.until_busy()
            strike()
            if n % 20 == 19:
                print(f"{n + 1} times {victim}, {house.memory.count - begun} acknowledged", flush=True)
        house.until_busy()
    kill(house.server)
    house.check(at_rest=True)
    house.nothing_left_behind()
    house.start()
    where, count = house.engine.dialect.name, house.memory.count - begun
    print(
        f"{where}, {victim}: {kills} kills, {count} acknowledged, 0 lost; unanswered: {dict(house.memory.unanswered)}"
    )
