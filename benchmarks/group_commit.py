"""A step with its event by 32 clients at once: waiting SQLite writes committed together, and each one alone.

    python -m benchmarks.group_commit [--clients 32] [--steps 1600] [--rounds 3]

Both ways run in one process in turns on files of their own in one folder, with ``synchronous=FULL``; beside them the
plain commit that any of them must wait for. The figure is a ratio of medians.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.assignments.operations import submit, withdraw
from app.core import db
from app.core.audit import watch
from app.core.db import Database
from app.core.operation import Tx, transact
from app.core.policy import Actor
from app.identity.access import resolve
from app.main import create_app
from app.schema import migrate
from app.settings import Settings
from tests.stock import Stock, day
from tests.world import World, build


class Measured(NamedTuple):
    """Steps a second."""

    together: float
    alone: float
    bare: float
    """Commits a second of one small row each, by nothing but the driver."""

    @property
    def ratio(self) -> float:
        return self.together / self.alone


@contextmanager
def grouped(size: int) -> Iterator[None]:
    usual, db.GROUP = db.GROUP, size
    try:
        yield
    finally:
        db.GROUP = usual


def prepare(folder: Path, clients: int) -> tuple[Database, Actor, list[int]]:
    """A migrated file, the school's actor and a row of its own for each client, reported and ready to submit."""
    url = f"sqlite:///{folder / 'group.sqlite3'}"
    migrate(url)
    database = Database(url)
    watch(database)
    world: World = build(database, Settings())
    stock = Stock(create_app(Settings(data=folder, database_url=url), database), world)
    plan = stock.plan()
    rows = [
        stock.assignment(plan, stock.item(plan), "实验小学", "in_progress", days=30, report_count=1)
        for _ in range(clients)
    ]
    user_id = world.user["school"]
    actor = database.read_now(lambda connection: resolve(connection, user_id, day(0)))
    assert actor is not None
    return database, actor, rows


async def steps(database: Database, actor: Actor, rows: list[int], times: int) -> float:
    """Each client submits and withdraws its own row in turns; steps a second of all of them."""
    settings = Settings()

    async def client(row_id: int) -> None:
        for n in range(times):
            act = withdraw if n % 2 else submit

            def job(connection: sa.Connection, act: Any = act) -> int:
                return transact(Tx(connection, actor, settings), lambda tx: act(tx, row_id))

            await database.write(job)

    begun = time.perf_counter()
    await asyncio.gather(*(client(row_id) for row_id in rows))
    return len(rows) * times / (time.perf_counter() - begun)


def bare(database: Database, times: int) -> float:
    def insert(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO bare VALUES (1)")

    database.write_now(lambda connection: connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS bare (n INTEGER)"))
    begun = time.perf_counter()
    for _ in range(times):
        database.write_now(insert)
    return times / (time.perf_counter() - begun)


def measure(clients: int = 32, count: int = 1600, rounds: int = 3, *, console: Console | None = None) -> Measured:
    """``count`` steps each way in each round, an even number for each client so that every row ends as it began."""
    times = max(count // clients // 2, 1) * 2
    figures: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="ql") as name:
        database, actor, rows = prepare(Path(name), clients)
        asyncio.run(steps(database, actor, rows, 2))
        for _ in track(range(rounds), "group commit", console=console):
            with grouped(1):
                alone = asyncio.run(steps(database, actor, rows, times))
            together = asyncio.run(steps(database, actor, rows, times))
            figures.append(Measured(together, alone, bare(database, times)))
        database.close()
    return Measured(*(statistics.median(column) for column in zip(*figures, strict=True)))


def main(arguments: list[str] | None = None) -> Measured:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    console = Console()
    found = measure(given.clients, given.steps, given.rounds, console=console)
    table = Table("steps a second, " + f"{given.clients} clients", "median", "÷ alone")
    table.add_row("each write its own commit", f"{found.alone:,.0f}", "1.00")
    table.add_row("waiting writes committed together", f"{found.together:,.0f}", f"{found.ratio:.2f}")
    table.add_row("one bare row a commit, one after another", f"{found.bare:,.0f}", f"{found.bare / found.alone:.2f}")
    console.print(table)
    return found


if __name__ == "__main__":
    main()
