"""``/livez``, ``/readyz`` and ``/metrics``: who may ask, and when they say no."""

import os
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from app import probes, readiness
from app.core.calendar import now
from app.core.errors import Unavailable
from app.jobs import queue
from app.jobs.standing import LATE
from app.schema import newest
from app.settings import Settings
from tests.cli.conftest import run
from tests.conftest import As
from tests.world import World
from web.main import create_app

ALL = {"database", "migrations", "durability", "worker", "complaint_key", "data_folder", "disk"}


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "KEPT_S", 0)


def ready(client: TestClient) -> tuple[int, set[str]]:
    """The status, and the checks that failed."""
    answer = client.get("/readyz")
    body = answer.json()
    assert set(body["checks"]) == ALL and body["ready"] == (answer.status_code == 200)
    return answer.status_code, {name for name, found in body["checks"].items() if found != "ok"}


def revise(app: FastAPI, revision: str) -> None:
    def job(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")

    app.state.database.write_now(job)


def test_readiness_names_the_check_that_fails(
    app: FastAPI, client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready(client) == (200, set())
    assert client.get("/livez").text == "ok"

    revise(app, "20250101")  # Of a later release: this one goes on until its turn comes.
    assert ready(client) == (200, set())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.schema._known", lambda: ("20991231", "20250101"))
        assert ready(client) == (503, {"migrations"})
    revise(app, newest())

    monkeypatch.setattr(readiness, "LEAST_FREE_MIB", 1 << 40)
    assert ready(client) == (503, {"disk"})
    monkeypatch.undo()
    monkeypatch.setattr(probes, "KEPT_S", 0)
    aside = settings.data.rename(settings.data.with_name("aside"))
    # SQLite's file went with its folder, and its open connections with it: only the folder is missed.
    assert ready(client) == (503, {"data_folder", "disk"})
    aside.rename(settings.data)

    def away(*_: Any) -> None:
        raise Unavailable

    monkeypatch.setattr(readiness, "of_database", away)
    assert ready(client) == (503, {"database", "migrations", "durability", "worker", "complaint_key"})
    assert client.get("/livez").status_code == 200


def test_without_durability_it_is_not_ready_and_does_not_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL of the suite waits for no disk; SQLite is made to."""
    monkeypatch.setattr("app.core.sqlite.PRAGMAS", ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"))
    strict = settings.model_copy(update={"unsafe_database": False})
    with TestClient(create_app(strict)) as client:
        assert ready(client) == (503, {"durability"})
    with TestClient(create_app(settings)) as client:
        assert ready(client) == (200, set())
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    monkeypatch.setenv("QL_UNSAFE_DATABASE", "false")
    monkeypatch.setattr("app.cli.run", lambda *_: pytest.fail("it started"))
    ran = run("serve")
    assert ran.code == 1 and len(ran.err.splitlines()) == 1
    name = "synchronous 是 1，应为 2" if strict.url.startswith("sqlite") else "fsync 是 off，应为 on"
    assert name in ran.err
    started: list[Any] = []
    monkeypatch.setattr("app.cli.run", lambda *_: started.append(1))
    monkeypatch.setenv("QL_UNSAFE_DATABASE", "true")
    assert run("serve").code == 0 and started


def test_a_server_starts_on_a_later_schema_but_nothing_else_touches_it(
    app: FastAPI, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    revise(app, "20991231")
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", settings.url)
    started: list[Any] = []
    monkeypatch.setattr("app.cli.run", lambda *_: started.append(1))
    assert run("serve").code == 0 and started
    for arguments in (("migrate",), ("user", "list")):
        ran = run(*arguments)
        assert ran.code == 1 and "比程序新" in ran.err and len(ran.err.splitlines()) == 1


FIGURES = {"authorization": "Bearer figures"}


def figure(client: TestClient, name: str) -> float:
    """What one series stands at; it must be there."""
    lines = client.get("/metrics", headers=FIGURES).text.splitlines()
    (value,) = (line.rpartition(" ")[2] for line in lines if line.rpartition(" ")[0] == name)
    return float(value)


def test_the_first_fault_and_the_first_503_raise_a_figure_that_was_there_before(
    settings: Settings, world: World
) -> None:
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr("figures")}))
    sysadmin = {"authorization": f"Bearer {world.token['sysadmin']}"}

    async def broken() -> None:
        raise RuntimeError

    async def away() -> None:
        raise Unavailable

    for path, endpoint in (("/api/v1/units/broken", broken), ("/api/v1/units/away", away)):
        app.add_api_route(path, endpoint)
        app.router.routes.insert(0, app.router.routes.pop())
    with TestClient(app, raise_server_exceptions=False) as client:
        faults, unavailable = "qinglian_faults_total", "qinglian_unavailable_total"
        before = figure(client, faults)  # Of the process, which has run other tests.
        assert figure(client, unavailable) == 0
        asked = [client.get(f"/api/v1/units/{name}", headers=sysadmin).status_code for name in ("broken", "away")]
        assert asked == [500, 503]
        assert (figure(client, faults), figure(client, unavailable)) == (before + 1, 1)


def test_a_worker_that_is_dead_and_a_key_that_is_lost_show_in_the_figures(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither makes a 503: without a figure no alarm would tell of them."""
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr("figures")}))
    whose = {"district_id": world.district}
    with TestClient(app) as client:
        assert {figure(client, f'qinglian_check{{check="{name}"}}') for name in ALL} == {1}
        long_ago = now() - LATE - timedelta(seconds=9)
        app.state.database.write_now(lambda connection: queue.put(connection, "export.make", 1, long_ago, **whose))
        assert ready(client) == (200, {"worker"}) and figure(client, 'qinglian_check{check="worker"}') == 0
        monkeypatch.setattr("app.complaints.identities.fault", lambda *_: "lost")
        assert ready(client)[0] == 200 and figure(client, 'qinglian_check{check="complaint_key"}') == 0
        assert figure(client, 'qinglian_check{check="database"}') == 1


def test_figures_are_for_the_bearer_of_their_token_alone(settings: Settings, as_: As) -> None:
    assert as_("sysadmin").get("/metrics").status_code == 404
    told = settings.model_copy(update={"metrics_token": SecretStr("figures")})
    with TestClient(create_app(told)) as client:
        assert client.get("/metrics").status_code == 401
        for sent in ("Bearer figure", "Basic figures", "Bearer 图", "figures"):
            assert client.get("/metrics", headers={"authorization": sent.encode()}).status_code == 401
        answer = client.get("/metrics", headers={"authorization": "Bearer figures"})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
        assert 'qinglian_requests_total{method="GET",route="/metrics",status="401"} 5.0' in answer.text
        assert "figures" not in answer.text
    assert os.environ.get("QL_METRICS_TOKEN") is None
