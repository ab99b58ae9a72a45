"""The list of 50 over N rows, with login and scope, against the same SQL by the bare driver inside FastAPI.

    python -m benchmarks.lists [--rows 1000000] [--database sqlite|postgresql] [--rounds 5]

Both run in one process and one run, through the same ASGI call, so that only what the product adds differs:
the gate, the policy, the listing and its JSON. The figure is a ratio of medians; DESIGN asks for 0.45, aims at 0.70.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Response
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.assignments import queries
from app.assignments.models import ASSIGNMENT
from app.core.audit import audited_write, watch
from app.core.calendar import now, today_of
from app.core.db import Database
from app.core.operation import Sight
from app.identity.access import resolve
from app.main import create_app
from app.plans.models import ITEM, PLAN
from app.schema import migrate
from app.settings import Settings
from app.units.models import UNIT
from tests.databases import Postgresql, Sqlite, short_folder
from tests.world import World, build

PATH = "/api/v1/assignments"
ACCOUNTS = {"supervisor": "whole district", "school": "one school"}
UNITS, BATCH = 1000, 50_000


@contextmanager
def server(name: str) -> Iterator[str]:
    folder = short_folder()
    if name == "sqlite":
        yield Sqlite(folder).url
    else:
        started = Postgresql(folder)
        yield started.url
        started.stop()


def fill(database: Database, world: World, rows: int) -> None:
    """``rows`` assignments of the district over many items and units, a thousandth of them the school's."""
    at = now()
    stamp = {"district_id": world.district, "version": 1, "created_at": at, "updated_at": at}

    def plan(connection: sa.Connection) -> tuple[int, list[int]]:
        with audited_write(connection):
            values = {"issuer_unit_id": world.unit["督查室"], "title": "方案", "edition": 1, "state": "issued"}
            values |= {"source_name": "x", "source_sha256": "x", "source_text": "x", "outline": {}}
            plan_id = connection.execute(sa.insert(PLAN).values(**stamp, **values).returning(PLAN.c.id)).scalar_one()
            item = {"plan_id": plan_id, "measures": "", "cadence": "once", "required_evidence": [], "weight": 1}
            item |= {"for_information": False, "span_start": 0, "span_end": 0}
            items = [
                stamp | item | {"key": str(n), "number": str(n), "title": f"第{n}项任务", "position": n}
                for n in range(-(-rows // UNITS))
            ]
            connection.execute(sa.insert(ITEM), items)
            ids = list(connection.execute(sa.select(ITEM.c.id).where(ITEM.c.plan_id == plan_id)).scalars())
            unit = {"kind": "school", "stages": [], "ownership": "public", "parent_id": world.district}
            units = [stamp | unit | {"code": f"B{n:04}", "name": f"基准学校{n}"} for n in range(UNITS - 1)]
            connection.execute(sa.insert(UNIT), units)
        return plan_id, ids

    plan_id, items = database.write_now(plan)
    with database.reader.connect() as connection:
        made = sa.select(UNIT.c.id).where(UNIT.c.code.like("B%")).order_by(UNIT.c.id)
        units = [world.unit["实验小学"], *connection.execute(made).scalars()]
    states = ("pending", "in_progress", "submitted", "completed")
    fixed = stamp | {"plan_id": plan_id, "period": "once", "role": "responsible", "percent": 0, "counted": True}
    fixed |= {"awaits_decision": False, "report_count": 0, "submit_count": 0, "send_back_count": 0}
    batch: list[dict[str, Any]] = []

    def flush(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.insert(ASSIGNMENT), batch)

    for number in track(range(rows), description="rows"):
        item, unit_id = items[number // UNITS], units[number % UNITS]
        due = today_of(at) + timedelta(days=item % 400 - 100)
        given = {"plan_item_id": item, "unit_id": unit_id, "state": states[number % 4]}
        batch.append(fixed | given | {"deadline_on": due, "original_deadline_on": due})
        if len(batch) == BATCH or number == rows - 1:
            database.write_now(flush)
            batch.clear()
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


def bare(database: Database, world: World, account: str) -> FastAPI:
    """The same statement, written out, by the driver alone: no login, no scope, no labels."""
    with database.reader.connect() as connection:
        actor = resolve(connection, world.user[account], today_of(now()))
        assert actor is not None
        see = Sight(connection, actor, Settings())
        seen: list[tuple[str, Any]] = []
        sa.event.listen(connection, "before_cursor_execute", lambda c, cur, sql, values, *_: seen.append((sql, values)))
        queries.LIST.page(see, queries.LIST.asked({}))
    [(sql, values)] = seen
    # Taken out of the pool: given back, it would serve the product at the same time.
    held = database.reader.raw_connection()
    driver: Any = held.driver_connection
    held.detach()
    if not database.is_sqlite:
        driver.autocommit = True
    plain = FastAPI()
    plain.state.held = held

    @plain.get(PATH)
    async def list_(limit: int = 50) -> Response:
        cursor = driver.execute(sql, values)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()[:limit]]
        return Response(json.dumps({"data": rows, "next": None}, default=str, ensure_ascii=False), 200)

    return plain


def request(app: FastAPI, token: str) -> Callable[[], Awaitable[int]]:
    """One GET through the ASGI interface; gives the length of the answer."""
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]

    async def call() -> int:
        length = 0
        status = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal length, status
            status = message.get("status", status)
            length += len(message.get("body", b""))

        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": PATH}
        scope |= {"raw_path": PATH.encode(), "query_string": b"", "headers": headers, "root_path": "", "scheme": "http"}
        await app(scope | {"client": ("127.0.0.1", 1), "server": ("localhost", 80)}, receive, send)
        assert status == 200, status
        return length

    return call


async def timed(call: Callable[[], Awaitable[int]], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        await call()
    return (time.perf_counter() - started) / times * 1000


async def compare(product: FastAPI, plain: FastAPI, token: str, rounds: int, times: int) -> tuple[float, float]:
    ours, theirs = request(product, token), request(plain, token)
    await timed(ours, times // 4)
    await timed(theirs, times // 4)
    pairs = [(await timed(ours, times), await timed(theirs, times)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--times", type=int, default=300)
    given = options.parse_args()
    shown = Table("database", "rows", "scope", "product ms", "bare ms", "ratio (≥ 0.45)")
    for name in given.database or ["sqlite", "postgresql"]:
        with server(name) as url, tempfile.TemporaryDirectory() as folder:
            migrate(url)
            database = Database(url)
            watch(database.writer)
            world = build(database, Settings())
            fill(database, world, given.rows)
            product = create_app(Settings(data=Path(folder), database_url=url), database)
            for account, scope in ACCOUNTS.items():
                plain = bare(database, world, account)
                ours, theirs = asyncio.run(compare(product, plain, world.token[account], given.rounds, given.times))
                shown.add_row(name, f"{given.rows:,}", scope, f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.2f}")
            database.close()
    Console().print(shown)


if __name__ == "__main__":
    main()
