"""Four instances write to one database at once: every event is sealed, and the chain has no fork."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.db import Database
from app.core.seal import SEAL
from app.events.chain import Checked, check
from app.settings import Settings
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.world import World
from web.main import create_app

INSTANCES, EACH = 4, 25
URGE = "/api/v1/assignments/{}/urgings"


def test_four_instances_make_no_fork(app: FastAPI, stock: Stock, settings: Settings, world: World) -> None:
    plan = stock.plan()
    rows = [stock.assignment(plan, stock.item(plan), "实验小学") for _ in range(INSTANCES)]
    before = check_of(app, world)

    def write(row: int) -> list[int]:
        """An instance of its own: reads, writes and a refusal now and then."""
        return asyncio.run(_write(create_app(settings), world.token["supervisor"], row))

    with ThreadPoolExecutor(INSTANCES) as instances:
        codes = Counter(code for each in instances.map(write, rows) for code in each)
    assert codes == {201: INSTANCES * (EACH - 5), 404: INSTANCES * 5}
    after = check_of(app, world)
    assert after.events - before.events == INSTANCES * EACH
    # SQLite's writes that share a commit share a seal; PostgreSQL's each have their own.
    made = after.seals - before.seals
    assert 0 < made <= INSTANCES * EACH and (database_of(app).is_sqlite or made == INSTANCES * EACH)


def database_of(app: FastAPI) -> Database:
    database: Database = app.state.database
    return database


async def _write(app: FastAPI, token: str, row: int) -> list[int]:
    headers = {"authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        there = [client.post(URGE.format(row), json={"level": 1}) for _ in range(EACH - 5)]
        nowhere = [client.post(URGE.format(999_999), json={"level": 1}) for _ in range(5)]
        answers = await asyncio.gather(*there, *nowhere)
    database_of(app).close()
    return [answer.status_code for answer in answers]


def check_of(app: FastAPI, world: World) -> Checked:
    database = database_of(app)
    found = database.read_now(check, world.district)
    assert found.fault is None, found.fault.words
    mine = sa.select(sa.func.count(), sa.func.max(SEAL.c.seq)).where(SEAL.c.district_id == world.district)
    lanes = database.read_now(lambda connection: connection.execute(mine.group_by(SEAL.c.lane)).all())
    assert all(count == last for count, last in lanes) and sum(count for count, _ in lanes) == found.seals
    return found
