"""Every test that asks for a database runs on SQLite and on PostgreSQL, each time on a fresh small bureau."""

import copy
import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.audit import watch
from app.core.db import Database
from app.identity import passwords
from app.schema import migrate
from app.settings import Settings
from tests import databases, drawn
from tests.routes_once import describe_once, prepare_routes_once
from tests.world import World, build

# The suite's PostgreSQL does not wait for the disk; the tests of durability say what they want themselves.
os.environ.setdefault("QL_UNSAFE_DATABASE", "true")
# The suite hashes hundreds of passwords; what it tests is not how long that takes.
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)

databases.write_to_memory()
databases.share_compiled_statements()
prepare_routes_once()
describe_once()

LONGEST_S = 1200


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest is begun first, so that all workers end at about the same time; it goes through every route
    or page, and hangs only after much longer than others.
    """
    if drawn.WORD and not config.getoption("lf", False):  # Of those that failed, all are asked again.
        kept = drawn.drawn([item.nodeid for item in items], drawn.WORD)
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
        items[:] = [item for item in items if item.nodeid in kept]
    items.sort(key=lambda item: not item.nodeid.startswith(drawn.WALKS))
    for item in items:
        if item.nodeid.startswith(drawn.WALKS):
            # A longer run asks for more by ``-o timeout=``.
            item.add_marker(pytest.mark.timeout(max(LONGEST_S, float(item.config.getini("timeout") or 0))))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays until the end: it is not gone through again and again for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


class Prepared:
    """A migrated database with a world in it, ready to be copied."""

    def __init__(self, server: databases.Sqlite | databases.Postgresql) -> None:
        self.server = server
        migrate(server.url)
        database = Database(server.url)
        watch(database)
        self.world = build(database, Settings())
        database.close()


@pytest.fixture(scope="session")
def preparations() -> Iterator[dict[str, Prepared]]:
    """By database; each is made when it is first asked for, and serves to the end. (A fixture with parameters alone
    would make its value anew at each change from one database to the other, which is twice a module.)
    """
    made: dict[str, Prepared] = {}
    yield made
    for each in made.values():
        each.server.stop()


@pytest.fixture(scope="session", params=databases.NAMES)
def prepared(request: pytest.FixtureRequest, preparations: dict[str, Prepared]) -> Prepared:
    if request.param not in preparations:
        folder = databases.short_folder()
        server = databases.Sqlite(folder) if request.param == "sqlite" else databases.Postgresql(folder)
        preparations[request.param] = Prepared(server)
    return preparations[request.param]


@pytest.fixture
def world(prepared: Prepared) -> World:
    return copy.deepcopy(prepared.world)


@pytest.fixture
def settings(prepared: Prepared, tmp_path: Path) -> Iterator[Settings]:
    with prepared.server.copy(tmp_path) as url:
        # The tests of long work have a worker of their own.
        yield Settings(data=tmp_path, database_url=url, worker="outside")


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    from web.main import create_app

    return create_app(settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Nobody yet; one event loop for the test."""
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as opened:
        yield opened


As = Callable[[str], TestClient]


@pytest.fixture
def as_(client: TestClient, world: World) -> As:
    """``as_("school").get(…)``: the same application, with that account's bearer token."""

    def act(account: str) -> TestClient:
        other = TestClient(client.app, base_url="http://testserver", follow_redirects=False)
        other.portal = client.portal
        other.headers["authorization"] = f"Bearer {world.token[account]}"
        return other

    return act


@pytest.fixture
def browse(client: TestClient) -> As:
    """``browse("school").get("/my-work")``: logged in with a session cookie, as a browser is."""
    from tests.world import PASSWORD

    def log_in(account: str) -> TestClient:
        other = TestClient(client.app, base_url="http://testserver", follow_redirects=False)
        other.portal = client.portal
        answer = other.post("/api/v1/sessions", json={"username": account, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        other.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return other

    return log_in


def form(browser: Any, **fields: Any) -> dict[str, Any]:
    """A page's form, with the token that the session's pages hold."""
    return {"csrf": browser.headers["x-csrf-token"], **fields}
