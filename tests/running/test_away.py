"""Promise 22: PostgreSQL that is stopped, or hangs, costs a 503 while it lasts and nothing after."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app import probes
from app.settings import Settings
from app.units.models import UNIT
from tests import databases
from tests.conftest import Prepared
from tests.running.serving import Server, serving
from web.main import create_app

pytestmark = pytest.mark.skipif("postgresql" not in databases.NAMES, reason="of PostgreSQL alone")
AT_ONCE = 20
FOREVER_S = 60
"""By when everything is answered, however slow the machine: what hangs is never answered."""
AT_ONCE_S = 8
"""By when a burst is refused that waits for nothing; a time-out alone takes fifteen seconds."""
BACK_S = 15
"""Within a few seconds; a busy machine takes its time."""
AWAY_S = 10
"""How long it stays away; people go on asking meanwhile."""


@pytest.fixture(scope="module")
def own() -> Iterator[Prepared]:
    """A server of this test's own: the others need theirs."""
    server = databases.Postgresql(databases.short_folder())
    yield Prepared(server)
    server.server.start()
    server.stop()


@contextmanager
def stopped(prepared: Prepared) -> Iterator[None]:
    prepared.server.server.stop()
    yield
    prepared.server.server.start()


@contextmanager
def hanging(prepared: Prepared) -> Iterator[None]:
    """It takes connections and keeps them, and never answers."""
    postmaster = psutil.Process(prepared.server.server.get_pid())
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("trouble", [stopped, hanging])
def test_an_outage_is_answered_503_and_passes(
    own: Prepared, tmp_path: Path, trouble: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "KEPT_S", 0)
    monkeypatch.setattr(probes, "PATIENCE_S", 0.5)
    with own.server.copy(tmp_path) as url:
        settings = Settings(data=tmp_path, database_url=url, database_timeout_s=2)
        app = create_app(settings)
        asyncio.run(outlive(app, own, lambda: trouble(own)))
        app.state.database.close()


async def outlive(app: FastAPI, own: Prepared, trouble: Any) -> None:
    headers = {"authorization": f"Bearer {own.world.token['sysadmin']}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        assert [a.status_code for a in await burst(client, "A")] == [200, 201] * (AT_ONCE // 2)
        assert (await client.get("/readyz")).status_code == 200
        with trouble():
            during = await asyncio.wait_for(persist(client, "B"), FOREVER_S)
            readiness, alive = await client.get("/readyz"), await client.get("/livez")
            page = await asyncio.wait_for(client.get("/units"), FOREVER_S)
        assert {a.status_code for a in during} == {503}
        assert {a.json()["code"] for a in during} == {"unavailable"}
        assert {a.headers["content-type"] for a in during} == {"application/problem+json"}
        assert readiness.status_code == 503 and readiness.json()["checks"]["database"] == "failed"
        assert alive.status_code == 200
        assert page.status_code == 503 and "稍后再试" in page.text
        # The same application, the same pool.
        assert [a.status_code for a in await burst(client, "C")] == [200, 201] * (AT_ONCE // 2)
        assert (await client.get("/readyz")).status_code == 200
        kept = await app.state.database.read(codes)
    unsaved = [a for a in during if "没有保存" in a.json().get("detail", "")]
    assert unsaved and len([code for code in kept if code.startswith("B")]) <= len(during) - len(unsaved)
    assert len([code for code in kept if code[0] in "AC"]) == AT_ONCE


def codes(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(UNIT.c.code).where(UNIT.c.code.regexp_match("^[ABC][0-9]+$"))).scalars())


async def persist(client: httpx.AsyncClient, letter: str) -> list[httpx.Response]:
    """Burst upon burst for as long as it stays away; all that was answered."""
    until, answers = time.monotonic() + AWAY_S, list[httpx.Response]()
    while time.monotonic() < until:
        answers += await burst(client, letter)
        await asyncio.sleep(1)
    return answers


async def burst(client: httpx.AsyncClient, letter: str) -> list[httpx.Response]:
    """Reads and writes in turn, more than there are connections."""

    def ask(n: int) -> Any:
        if n % 2 == 0:
            return client.get("/api/v1/units")
        asked = {"code": f"{letter}{n}", "name": f"{letter}{n}小学", "kind": "school"}
        return client.post("/api/v1/units", json=asked)

    return await asyncio.gather(*(ask(n) for n in range(AT_ONCE)))


def test_a_server_with_its_worker_outlives_an_outage_by_itself(own: Prepared, tmp_path: Path) -> None:
    """A process as it is run, with the time-outs it comes with: nobody starts it anew."""
    with (
        own.server.copy(tmp_path) as url,
        serving(Settings(data=tmp_path, database_url=url), tmp_path, "served", QL_METRICS_TOKEN="figures") as server,
    ):
        server.wait_ready()
        with httpx.Client(base_url=server.url, timeout=FOREVER_S) as client:
            client.headers["authorization"] = f"Bearer {own.world.token['sysadmin']}"
            assert within(client, "A") < FOREVER_S
            with stopped(own):
                slowest = asyncio.run(turned_away(server, client.headers["authorization"]))
                readiness = client.get("/readyz")
                assert readiness.status_code == 503 and readiness.json()["checks"]["database"] == "failed"
                assert client.get("/livez").status_code == 200
            assert slowest < AT_ONCE_S, "nobody waits for a time-out, and no request for another"
            back = time.monotonic()
            assert within(client, "B") < BACK_S
            while client.get("/readyz").status_code != 200:
                assert time.monotonic() - back < BACK_S
                time.sleep(0.1)
        assert '"fault"' not in server.log.read_text()
        server.stop()


async def turned_away(server: Server, authorization: str) -> float:
    """Reads and writes for as long as it is away, as many again each second: all are 503, and how long the slowest
    took. At the end none is left under way.
    """
    slowest, until = 0.0, time.monotonic() + AWAY_S
    async with httpx.AsyncClient(base_url=server.url, timeout=FOREVER_S) as client:
        while time.monotonic() < until:
            begun = time.monotonic()
            client.headers["authorization"] = authorization
            answers = await burst(client, "D")
            slowest = max(slowest, time.monotonic() - begun)
            assert {each.status_code for each in answers} == {503}
            await asyncio.sleep(1)
        client.headers["authorization"] = "Bearer figures"
        figures = (await client.get("/metrics")).text
    assert "qinglian_requests_under_way 1.0" in figures, "that which asks"
    assert "qinglian_database_waiting 0.0" in figures
    return slowest


def within(client: httpx.Client, letter: str) -> float:
    """How long until a write is done and a job that it puts in has run."""
    begun = time.monotonic()
    school = {"code": f"{letter}1", "name": f"{letter}1小学", "kind": "school"}
    assert client.post("/api/v1/units", json=school).status_code == 201
    answer = client.post("/api/v1/exports", json={"list": "units"})
    assert answer.status_code == 202, answer.text
    while (run := client.get(f"/api/v1/exports/{answer.json()['id']}").json())["state"] != "done":
        assert run["state"] in ("waiting", "running") and time.monotonic() - begun < FOREVER_S, run
        time.sleep(0.1)
    return time.monotonic() - begun
