"""The list of 50, with login and scope, against the same SQL by the bare driver inside FastAPI.

Both run in one process through the same ASGI call, so that only what the product adds differs: the gate, the
policy, the listing and its JSON.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Response

from app.assignments import queries
from app.core.calendar import now, today_of
from app.core.operation import Sight
from app.identity.access import resolve
from app.main import create_app
from app.settings import Settings
from benchmarks.asgi import request
from benchmarks.measured import Measured, share, side_by_side
from benchmarks.run import Run
from benchmarks.stage import ACCOUNTS, Stage

PATH = "/api/v1/assignments"


def measure(run: Run, engine: str) -> Iterator[Measured]:
    stage = run.stage(engine)
    product = create_app(stage.settings, stage.database)
    for account, scope in ACCOUNTS.items():
        token = stage.world.token[account]
        calls = request(product, PATH, token), request(bare(stage, account), PATH, token)
        ours, theirs = asyncio.run(side_by_side(*calls, run.rounds, run.times(300)))
        yield Measured(
            benchmark="list of 50 ÷ bare driver in FastAPI",
            database=engine,
            scope=scope,
            unit="ms",
            ours=ours.wall * 1000,
            theirs=theirs.wall * 1000,
            ratio=share(theirs.wall, ours.wall),
            cpu_ratio=share(theirs.cpu, ours.cpu),
            at_least=0.45,
            aim=0.70,
        )


def bare(stage: Stage, account: str) -> FastAPI:
    """The same statement, written out, by the driver alone: no login, no scope, no labels."""
    database, world = stage.database, stage.world
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
