"""A step as the bare driver takes it inside FastAPI: the statements of the product's own, replayed on another row.

No login, no rule checked, no event made: what the product sent for one step is sent again with another row's id. As in
the product, steps that wait on SQLite share a commit and a seal, written by one thread; on PostgreSQL six threads have
a connection each.
"""

import asyncio
import json
import os
import pickle
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from fastapi import FastAPI, Response

from app.core.postgresql import PLANS
from app.core.sqlite import PRAGMAS
from app.main import create_app as create_product
from benchmarks.asgi import request
from benchmarks.stage import Stage

FILE = "QL_BENCHMARK_STEP"
GROUP, THREADS = 64, 6


class Kept(NamedTuple):
    """What one step of the product sent: for the row ``row``, to the database at ``url``."""

    url: str
    row: int
    step: list[tuple[str, Any]]
    seal: list[tuple[str, Any]]


def keep(stage: Stage, rows: tuple[int, int], file: Path) -> dict[str, str]:
    """Let the product complete two rows, the first so that all is known that it looks up once, and keep what it sent
    for the other; how a server is told of it."""
    seen: list[tuple[str, Any]] = []
    engine = stage.database.writer

    def hear(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        seen.append((sql, values))

    product = create_product(stage.settings, stage.database)
    warm, then = (
        request(product, f"/api/v1/assignments/{each}/complete", stage.world.token["supervisor"], method="POST")
        for each in rows
    )
    asyncio.run(warm())
    sa.event.listen(engine, "before_cursor_execute", hear)
    asyncio.run(then())
    sa.event.remove(engine, "before_cursor_execute", hear)
    sent = [each for each in seen if not each[0].startswith("BEGIN") and "api_token" not in each[0]]
    parts = [[each for each in sent if ("event_seal" in each[0]) is sealing] for sealing in (False, True)]
    url = stage.database.url.set(drivername=stage.database.url.get_backend_name())
    named = url.database if stage.database.is_sqlite else url.render_as_string(hide_password=False)
    file.write_bytes(pickle.dumps(Kept(str(named), rows[1], *parts)))
    return {FILE: str(file)}


def create_app() -> FastAPI:
    kept: Kept = pickle.loads(Path(os.environ[FILE]).read_bytes())
    take = _postgresql(kept) if kept.url.startswith("postgresql") else _sqlite(kept)
    plain = FastAPI()

    @plain.get("/livez")
    async def livez() -> Response:
        return Response(status_code=204)

    @plain.post("/steps/{row}")
    async def step(row: int) -> Response:
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Any] = loop.create_future()
        take(row, lambda found: loop.call_soon_threadsafe(told.set_result, found))
        return Response(json.dumps(await told, default=str, ensure_ascii=False), 200)

    return plain


def _replay(cursor: Any, kept: Kept, row: int) -> Any:
    """The row as the step leaves it."""
    shown: Any = None
    for sql, values in kept.step:
        cursor.execute(sql, _with(values, kept.row, row))
        if sql.startswith("UPDATE"):
            assert cursor.rowcount == 1, f"assignment {row} is not where it was"
        elif cursor.description and (found := cursor.fetchone()):
            shown = shown if "appointment" in sql else dict(zip((c[0] for c in cursor.description), found, strict=True))
    return shown


def _with(values: Any, old: int, new: int) -> Any:
    if isinstance(values, dict):
        return {name: new if type(value) is int and value == old else value for name, value in values.items()}
    return tuple(new if type(value) is int and value == old else value for value in values)


def _sqlite(kept: Kept) -> Callable[[int, Callable[[Any], Any]], object]:
    waiting: queue.SimpleQueue[tuple[int, Callable[[Any], Any]]] = queue.SimpleQueue()

    def write() -> None:
        driver = sqlite3.connect(kept.url, isolation_level=None, cached_statements=512)
        for pragma in PRAGMAS:
            driver.execute(pragma)
        cursor = driver.cursor()
        while True:
            group = [waiting.get()]
            while len(group) < GROUP and not waiting.empty():
                group.append(waiting.get())
            cursor.execute("BEGIN IMMEDIATE")
            done = [(tell, _replay(cursor, kept, row)) for row, tell in group]
            _seal(cursor, kept.seal)
            cursor.execute("COMMIT")
            for tell, found in done:
                tell(found)

    threading.Thread(target=write, daemon=True).start()
    return lambda row, tell: waiting.put((row, tell))


def _seal(cursor: Any, seal: Sequence[tuple[str, Any]]) -> None:
    (find, asked), (insert, values) = seal
    [seq, _] = cursor.execute(find, asked).fetchone()
    cursor.execute(insert, (*values[:2], seq + 1, *values[3:]))


def _postgresql(kept: Kept) -> Callable[[int, Callable[[Any], Any]], object]:
    own = threading.local()

    def one(row: int, tell: Callable[[Any], Any]) -> None:
        if not hasattr(own, "driver"):
            own.driver = psycopg.connect(kept.url, autocommit=True, options=PLANS)
        cursor = own.driver.cursor()
        cursor.execute("BEGIN; SELECT clock_timestamp()")
        found = _replay(cursor, kept, row)
        for sql, values in kept.seal:
            cursor.execute(sql, values)
        tell(found)

    threads = ThreadPoolExecutor(THREADS)
    return lambda row, tell: threads.submit(one, row, tell)
