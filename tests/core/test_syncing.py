"""A client that mirrors a list by ``updated_since`` misses nothing, whoever writes at the same time."""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.db import Database
from app.core.operation import Tx, operation, transact
from app.core.policy import system_within
from app.installation import Installation
from app.settings import Settings
from app.units import operations as units
from app.units.models import UNIT, UnitPatch
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World
from web.main import create_app

UNITS = f"{API}/units"
BEGINNING = "1970-01-01T00:00:00Z"
INSTANCES, WRITERS, EACH, UNITS_EACH = 2, 4, 12, 5


class Mirror:
    """What a client holds, and goes on from."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self.since = BEGINNING
        self.view = ""

    def pages(self, limit: int = 200) -> Iterator[dict[str, str]]:
        """The queries of one pass; after each, ``take`` its answer."""
        self.query = {"updated_since": self.since, "limit": str(limit)}
        while self.query:
            yield self.query

    def take(self, body: dict[str, Any]) -> None:
        self.rows |= {row["id"]: row for row in body["data"]}
        following = {**self.query, "cursor": body["next"]} if body["next"] else {}
        if not following:
            self.since, self.view = body["synced_until"], body["view"]
        self.query = following

    def follow(self, client: TestClient, limit: int = 200) -> list[str]:
        """One pass; the names of what came."""
        came = []
        for query in self.pages(limit):
            body = ok(client.get(UNITS, params=query))
            came += [row["name"] for row in body["data"]]
            self.take(body)
        return came


@operation("unit.edit")
def rename(tx: Tx, unit_id: int, name: str) -> None:
    units.edit(tx, unit_id, UnitPatch(name=name))


@contextmanager
def renaming(database: Database, world: World, unit: str, name: str) -> Iterator[Callable[[], None]]:
    """A change that is begun, and not committed before the function is called or the block ends."""
    begun, let_go = threading.Event(), threading.Event()

    def job(connection: sa.Connection) -> None:
        tx = Tx(connection, system_within(world.district), Settings())
        begun.set()
        assert let_go.wait(20)
        transact(tx, lambda tx: rename(tx, world.unit[unit], name))

    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(database.write_now, job)
        assert begun.wait(20) or writing.result()

        def commit() -> None:
            let_go.set()
            writing.result()

        try:
            yield commit
        finally:
            commit()


def test_a_change_that_is_committed_late_is_not_missed(app: FastAPI, as_: As, world: World) -> None:
    """It began before what the client has seen, and was committed after the client had looked."""
    client, database, mirror = as_("sysadmin"), app.state.database, Mirror()
    assert len(mirror.follow(client, limit=3)) > 12
    with renaming(database, world, "实验小学", "迟到小学") as commit:
        if not database.is_sqlite:  # There is one writer there: others wait for it.
            Installation(app.state.settings, database).perform(
                system_within(world.district), rename, world.unit["柳林小学"], "早到小学"
            )
            assert "早到小学" in mirror.follow(client)
        assert "迟到小学" not in mirror.follow(client)
        seen = datetime.now(UTC)
        commit()
    late = mirror.follow(client)
    assert "迟到小学" in late
    row = next(row for row in mirror.rows.values() if row["name"] == "迟到小学")
    assert datetime.fromisoformat(row["updated_at"]) < seen, "it was not late: the test shows nothing"


def test_what_changes_behind_a_client_that_turns_pages_is_not_missed(as_: As, world: World) -> None:
    client, mirror = as_("sysadmin"), Mirror()
    for turn, query in enumerate(mirror.pages(limit=5)):
        mirror.take(ok(client.get(UNITS, params={**query, "sort": "id"})))
        held = sorted(mirror.rows)
        if turn == 1:  # One of the first page, and one of those to come.
            for at in (held[0], min(world.unit["督查室"], held[-1]) + 12):
                unit = ok(client.get(f"{UNITS}/{at}"))
                changed = {"name": f"{unit['name']}改"}
                ok(client.patch(f"{UNITS}/{at}", json=changed, headers={"if-match": f'"{unit["version"]}"'}))
    mirror.follow(client)
    assert mirror.rows == {row["id"]: row for row in ok(client.get(f"{UNITS}?limit=200"))["data"]}


def test_nothing_comes_again_and_again(as_: As, world: World) -> None:
    client, mirror = as_("sysadmin"), Mirror()
    mirror.follow(client)
    path = f"{UNITS}/{world.unit['实验小学']}"
    ok(client.patch(path, json={"name": "新名小学"}, headers={"if-match": '"1"'}))
    assert mirror.follow(client)[-1:] == ["新名小学"]
    assert set(mirror.follow(client)) <= {"新名小学"}


def test_the_view_moves_with_roles_and_units_alone(as_: As, world: World) -> None:
    def view(account: str) -> str:
        return str(ok(as_(account).get(UNITS, params={"updated_since": BEGINNING}))["view"])

    before, others = view("office"), view("school")
    path = f"{UNITS}/{world.unit['实验小学']}"
    ok(as_("sysadmin").patch(path, json={"name": "新名小学"}, headers={"if-match": '"1"'}))
    assert (view("office"), view("school")) == (before, others)
    given = {"role": "office", "unit_id": world.unit["教育股"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['office']}/role-grants", json=given), 201)
    assert view("office") != before and view("school") == others


@pytest.mark.parametrize("cursor", ["of-no-sync", "of-another", "made-up"])
def test_a_cursor_without_its_mark_is_refused(as_: As, cursor: str) -> None:
    """It would say that the pages before it had been looked at, which nobody did with this in mind."""
    client = as_("sysadmin")
    plain = ok(client.get(UNITS, params={"limit": 3}))["next"]
    marked = ok(client.get(UNITS, params={"limit": 3, "updated_since": BEGINNING}))["next"]
    given: dict[str, Any] = {
        "of-no-sync": {"updated_since": BEGINNING, "cursor": plain},
        "of-another": {"cursor": marked},
    }.get(cursor, {"updated_since": BEGINNING, "cursor": marked[:-12]})
    refused = client.get(UNITS, params=given)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/cursor"


def test_a_job_of_the_installation_takes_its_instant_when_it_is_its_turn(app: FastAPI, world: World) -> None:
    """The command line and jobs wait for SQLite's writer like everybody: what is older than it could be missed."""
    database = app.state.database
    do = Installation(app.state.settings, database)
    actor = system_within(world.district)
    with ThreadPoolExecutor(1) as beside:
        with renaming(database, world, "实验小学", "先到小学") as commit:
            waiting = beside.submit(do.perform, actor, rename, world.unit["柳林小学"], "后到小学")
            time.sleep(0.2)
            commit()
        waiting.result()
    read = sa.select(UNIT.c.name, UNIT.c.updated_at).where(UNIT.c.name.in_(["先到小学", "后到小学"]))
    at = dict(database.read_now(lambda connection: [tuple(row) for row in connection.execute(read)]))
    assert at["先到小学"] < at["后到小学"] and (
        not database.is_sqlite or (at["后到小学"] - at["先到小学"]).total_seconds() >= 0.2
    )


def test_writers_over_two_instances_and_a_client_that_follows(
    settings: Settings, app: FastAPI, as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every change is as long under way as it pleases; the mirror is the truth in the end."""
    finish = Tx.finish

    def linger(tx: Tx) -> None:
        time.sleep(random.choice((0, 0, 0.02, 0.05)))
        finish(tx)

    monkeypatch.setattr(Tx, "finish", linger)
    made = [
        ok(as_("sysadmin").post(UNITS, json={"code": f"N{n}", "name": f"第{n}小学", "kind": "school"}), 201)["id"]
        for n in range(WRITERS * UNITS_EACH)
    ]
    instances = [create_app(settings) for _ in range(INSTANCES)]
    headers = {"authorization": f"Bearer {world.token['sysadmin']}"}
    over = threading.Event()

    async def asking(app: FastAPI, ask: Callable[[httpx.AsyncClient], Any]) -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            return await ask(client)

    async def write(client: httpx.AsyncClient, mine: list[int]) -> None:
        for n in range(EACH):
            unit_id = mine[n % len(mine)]
            sent = {"if-match": f'"{n // len(mine) + 1}"'}
            ok(await client.patch(f"{UNITS}/{unit_id}", json={"name": f"{unit_id}号{n}小学"}, headers=sent))

    async def writers(client: httpx.AsyncClient, first: int) -> None:
        hands = [made[n * UNITS_EACH : (n + 1) * UNITS_EACH] for n in range(first, WRITERS, INSTANCES)]
        await asyncio.gather(*(write(client, mine) for mine in hands))

    async def follow(client: httpx.AsyncClient) -> Mirror:
        mirror, last = Mirror(), False
        while not last:
            last = over.is_set()
            for query in mirror.pages(limit=7):
                mirror.take(ok(await client.get(UNITS, params=query)))
        return mirror

    with ThreadPoolExecutor(INSTANCES + 1) as threads:
        following = threads.submit(asyncio.run, asking(app, follow))
        writing = [
            threads.submit(asyncio.run, asking(each, lambda client, n=n: writers(client, n)))  # type: ignore[misc]
            for n, each in enumerate(instances)
        ]
        try:
            for each in writing:
                each.result()
        finally:
            over.set()
        mirror = following.result()
    for each in instances:
        each.state.database.close()
    assert mirror.rows == {row["id"]: row for row in ok(as_("sysadmin").get(f"{UNITS}?limit=200"))["data"]}
