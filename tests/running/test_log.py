"""Promise 11's shape for every log and figure: what people type, are called or come from is in neither of them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.core import log
from app.core.http import Context
from app.settings import Settings
from tests.world import PASSWORD, World
from web.main import create_app

CANARY = "金丝雀canary"
PLAIN = "canary-7f3"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything the process logs, of every library and down to the smallest."""
    stream = io.StringIO()
    root = logging.getLogger()
    held = root.handlers, root.level, structlog.get_config()
    log.configure(Settings(log_format="json", log_level="DEBUG"), stream)
    yield stream
    root.handlers, level, config = held
    root.setLevel(level)
    structlog.configure(**config)


def provoke(app: FastAPI) -> None:
    """Faults that quote what was typed: of the program, of a library and of the database."""

    async def plain() -> None:
        raise RuntimeError(f"no {CANARY}") from ValueError(PLAIN)

    async def grouped() -> None:
        raise ExceptionGroup(CANARY, [KeyError(CANARY), OSError(28, "full", f"/{PLAIN}")])

    async def duplicate(ctx: Context) -> None:
        def job(connection: sa.Connection) -> None:
            for _ in range(2):
                connection.execute(
                    sa.text("INSERT INTO stored_file VALUES (:name, 1, :name, '2026-01-01 00:00:00')"), {"name": CANARY}
                )

        await ctx.database.write(job)

    async def unreadable(ctx: Context) -> None:
        await ctx.database.write(lambda c: c.execute(sa.text("SELECT :v / missing_column"), {"v": CANARY}))

    for path, endpoint in (
        ("/api/v1/units/plain", plain),
        ("/api/v1/units/grouped", grouped),
        ("/api/v1/units/duplicate", duplicate),
        ("/api/v1/units/unreadable", unreadable),
    ):
        app.add_api_route(path, endpoint)
        app.router.routes.insert(0, app.router.routes.pop())


def test_nothing_typed_or_personal_is_logged_or_measured(
    settings: Settings, world: World, lines: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr("figures")}))
    provoke(app)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        ask_everything(client, world)
        figures = client.get("/metrics", headers={"authorization": "Bearer figures"}).text
    for logger in ("asyncio", "sqlalchemy.pool", "uvicorn.error", "anything"):
        say(logging.getLogger(logger))

    written = lines.getvalue()
    told = [json.loads(line) for line in written.splitlines()]
    everything = written + figures + "".join(capfd.readouterr())
    people = ("李卫东", "刘敏", PASSWORD, *world.token.values(), "testclient", "school")
    for word in (CANARY, PLAIN, "金丝雀", "%E9%87%91", *people):
        bare = everything.replace('"school', "") if word == "school" else everything
        assert word not in bare.replace("app/assignments", ""), (word, bare[max(bare.find(word) - 200, 0) :][:400])
    assert_faults_are_told(told)
    assert_routes_are_templates(told)


def ask_everything(client: TestClient, world: World) -> None:
    """Each way in which words reach the program, kept or refused."""
    with_token = {"authorization": f"Bearer {world.token['sysadmin']}"}
    api = "/api/v1"
    client.post(f"{api}/sessions", json={"username": PLAIN, "password": CANARY})
    client.post("/login", data={"username": "supervisor", "password": CANARY})
    session = client.post(f"{api}/sessions", json={"username": "supervisor", "password": PASSWORD}).json()
    browser = {"x-csrf-token": session["csrf_token"]}
    client.post("/units/groups", data={"csrf": session["csrf_token"], "name": CANARY}, headers=browser)
    client.cookies.clear()
    client.post(f"{api}/units", json={"code": PLAIN, "name": CANARY, "kind": "school"}, headers=with_token)
    client.post(f"{api}/units", json={"code": PLAIN, "name": CANARY, "kind": "school"}, headers=with_token)
    client.post(f"{api}/units", json={"code": CANARY, CANARY: 1}, headers=with_token)
    client.post(f"{api}/units", content=CANARY.encode(), headers=with_token)
    client.get(f"{api}/units?q={CANARY}&sort={CANARY}", headers=with_token)
    client.get(f"{api}/units/{CANARY}", headers=with_token)
    client.get(f"/{CANARY}/{PLAIN}", headers=with_token)
    client.get(f"{api}/units", headers=with_token | {"x-request-id": PLAIN, "user-agent": PLAIN, "referer": PLAIN})
    client.get(f"{api}/units", headers={"authorization": f"Bearer ql_{PLAIN}", "x-forwarded-for": PLAIN})
    client.request(f"{PLAIN}".upper(), f"{api}/units", headers=with_token)
    school = {"authorization": f"Bearer {world.token['school']}"}
    fields = {"title": CANARY, "kind": "scheme", "evidence_on": "2023-09-08"}
    client.post(f"{api}/evidence", data=fields, files={"file": (f"{CANARY}.txt", CANARY.encode())}, headers=school)
    client.post(
        f"{api}/evidence", data=fields, files={"file": (f"{CANARY}.exe", b"MZ" + CANARY.encode())}, headers=school
    )
    for fault in ("plain", "grouped", "duplicate", "unreadable"):
        assert client.get(f"{api}/units/{fault}", headers=with_token).status_code == 500


def say(library: logging.Logger) -> None:
    """As libraries do: filled in, put together beforehand, with the error at hand."""
    library.error("%s asked for %s, %d times", "10.0.0.7", CANARY, 3)
    library.error(f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{CANARY}')>")
    try:
        raise ValueError(CANARY)
    except ValueError:
        library.exception("it failed")


def assert_faults_are_told(told: list[dict[str, Any]]) -> None:
    """Enough to find them by: where, what kind, which constraint, which request."""
    faults = {line["exception"]: line for line in told if line["event"] == "fault"}
    assert len(faults) == 4 and all(len(line["request_id"]) == 16 for line in faults.values())
    for words in (
        ("ValueError\nRuntimeError\n", "test_log.py:"),
        ("ExceptionGroup", "KeyError", "OSError ENOSPC"),
        ("23505 pk_stored_file",) if "psycopg" in "".join(faults) else ("SQLITE_CONSTRAINT_PRIMARYKEY",),
        ("UndefinedColumn 42703",) if "psycopg" in "".join(faults) else ("SQLITE_ERROR",),
    ):
        assert any(all(word in fault for word in words) for fault in faults), words
    failed = {line["request_id"] for line in told if line["event"] == "request" and line["status"] == 500}
    assert failed == {line["request_id"] for line in faults.values()}


def assert_routes_are_templates(told: list[dict[str, Any]]) -> None:
    requests = [line for line in told if line["event"] == "request"]
    routes = {line["route"] for line in requests}
    assert {"/api/v1/units", "/api/v1/units/{id}", "/api/v1/evidence", "/login", "-"} <= routes
    assert {line["method"] for line in requests} <= {"GET", "POST", "other"}
    assert all(isinstance(line["ms"], float) and line["status"] > 199 for line in requests)
