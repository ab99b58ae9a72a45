"""``/livez``, ``/readyz`` and ``/metrics``: who may ask, and when they say no."""

import os
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from app import probes, readiness
from app.core.errors import Unavailable
from app.schema import newest
from app.settings import Settings
from tests.cli.conftest import run
from tests.conftest import As
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
