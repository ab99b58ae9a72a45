"""Promise 16: limits are exact across instances and fail closed. They know accounts and strangers' names alike."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from app import cli, serving
from app.core import log
from app.core.limits import COUNT
from app.settings import Settings
from tests.conftest import As, form
from tests.identity.conftest import STRANGER
from tests.walk.steps import ok
from tests.world import PASSWORD, World
from web.main import create_app

API = "/api/v1"
SESSIONS = f"{API}/sessions"
Race = Callable[..., list[httpx.Response]]


def wrong(username: str) -> Callable[[httpx.AsyncClient, int], Any]:
    async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(SESSIONS, json={"username": username, "password": f"guess-{n}"})

    return send


def said(answer: httpx.Response) -> Any:
    """The status and what the body says."""
    return answer.status_code, answer.json()["code"], answer.json()["title"]


def test_of_failures_at_once_over_two_instances_exactly_the_allowed_ones_are_judged(
    race: Race, client: TestClient, second: TestClient, as_: As, world: World
) -> None:
    known, unknown = race(wrong("school"), 16), race(wrong("nobody-here"), 16)
    assert Counter(map(said, known)) == Counter(map(said, unknown))
    assert Counter(answer.status_code for answer in known) == {401: 5, 429: 11}
    for instance in (client, second):
        refused = instance.post(SESSIONS, json={"username": "school", "password": PASSWORD})
        assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 901
        assert "分钟后再试" in refused.json()["detail"]
    events = ok(as_("auditor").get(f"{API}/events?operation=session.create&limit=50"))["data"]
    codes = Counter(event["code"] for event in events if event["outcome"] == "refused")
    assert codes == {"wrong_password": 5, "locked": 13}
    assert as_("sysadmin").get(f"{API}/users/{world.user['school']}").json()["locked_until"]


def test_lock_ends_by_itself_and_at_a_reset(
    client: TestClient, as_: As, world: World, later: Callable[..., None]
) -> None:
    right = {"username": "school", "password": PASSWORD}

    def fail() -> None:
        for n in range(5):
            later(minutes=10 if n == 4 else 0)
            assert client.post(SESSIONS, json=right | {"password": "no"}).status_code == 401
        assert client.post(SESSIONS, json=right).status_code == 429

    fail()  # Locked from the last failure on, not from the first.
    later(minutes=9)
    assert client.post(SESSIONS, json=right).status_code == 429
    later(minutes=7)
    assert client.post(SESSIONS, json=right).status_code == 201
    assert as_("sysadmin").get(f"{API}/users/{world.user['school']}").json()["locked_until"] is None
    fail()
    reset = ok(as_("sysadmin").post(f"{API}/users/{world.user['school']}/reset-password"))
    assert client.post(SESSIONS, json=right | {"password": reset["one_time_password"]}).status_code == 201


def test_failures_count_only_until_a_login(client: TestClient) -> None:
    for _ in range(3):
        for _ in range(4):
            client.post(SESSIONS, json={"username": "school", "password": "no"})
        assert client.post(SESSIONS, json={"username": "school", "password": PASSWORD}).status_code == 201


@pytest.fixture
def strict(settings: Settings) -> FastAPI:
    return create_app(settings.model_copy(update={"address_attempts": 3}))


def at(app: FastAPI, address: str) -> TestClient:
    return TestClient(app, base_url="http://testserver", follow_redirects=False, client=(address, 1))


def test_address_that_fails_too_often_is_refused_and_no_other(strict: FastAPI) -> None:
    with at(strict, STRANGER) as stranger:
        for n in range(8):  # Successful logins do not count.
            assert stranger.post(SESSIONS, json={"username": "school", "password": PASSWORD}).status_code == 201, n
        for n in range(3):
            assert stranger.post(SESSIONS, json={"username": f"name-{n}", "password": "no"}).status_code == 401
        right = {"username": "office", "password": PASSWORD}
        refused = stranger.post(SESSIONS, json=right)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        disguised = stranger.post(SESSIONS, json=right, headers={"x-forwarded-for": "198.51.100.7"})
        assert disguised.status_code == 429
        page = stranger.post("/login", data=right)
        assert page.status_code == 429 and "网络地址" in page.text and page.headers["retry-after"]
        other = at(strict, "198.51.100.7")
        other.portal = stranger.portal
        assert other.post(SESSIONS, json=right).status_code == 201


def test_ipv6_network_counts_as_one_address(strict: FastAPI) -> None:
    with at(strict, "2001:db8::1") as first:
        for n in range(3):
            one = at(strict, f"2001:db8::{n + 2}:1")
            one.portal = first.portal
            assert one.post(SESSIONS, json={"username": f"name-{n}", "password": "no"}).status_code == 401
        assert first.post(SESSIONS, json={"username": "school", "password": PASSWORD}).status_code == 429
        neighbour = at(strict, "2001:db8:0:1::1")
        neighbour.portal = first.portal
        assert neighbour.post(SESSIONS, json={"username": "school", "password": PASSWORD}).status_code == 201


def test_only_a_trusted_proxy_tells_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``qinglian serve`` hands to the server, tried at the server's own middleware."""
    given: list[uvicorn.Config] = []

    def run(server: serving.Draining) -> None:
        given.append(server.config)
        server.started = True

    monkeypatch.setattr(serving.Draining, "run", run)
    monkeypatch.setattr(log, "configure", lambda settings: None)
    monkeypatch.setenv("QL_PROXIES", "192.0.2.1,10.0.0.0/8")
    cli.run("127.0.0.1", 8000)
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    [config] = given
    config.app, config.factory = app, False
    config.load()
    for peer in ("192.0.2.1", "10.1.2.3", "127.0.0.1", STRANGER):
        asking = TestClient(config.loaded_app, client=(peer, 1))
        asking.get("/", headers={"x-forwarded-for": "198.51.100.7"})
    assert seen == ["198.51.100.7", "198.51.100.7", "127.0.0.1", STRANGER]


def test_no_database_no_login(app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    database = app.state.database
    away = database.writer.dialect.loaded_dbapi.OperationalError
    words = "database is locked" if database.is_sqlite else "server closed the connection unexpectedly"

    def fail_on_counts(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if "attempt_count" in statement:
            error = away(words)
            if database.is_sqlite:
                error.sqlite_errorname = "SQLITE_BUSY"
            raise error
        cursor.execute(statement, parameters)

    monkeypatch.setattr(database.writer.dialect, "do_execute", fail_on_counts)
    right = {"username": "school", "password": PASSWORD}
    answer = client.post(SESSIONS, json=right)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable") and not answer.cookies
    page = client.post("/login", data=right)
    assert page.status_code == 503 and not page.cookies


def test_counters_name_nobody_and_do_not_pile_up(client: TestClient, app: FastAPI, later: Callable[..., None]) -> None:
    def counters() -> list[Any]:
        with app.state.database.reader.connect() as connection:
            return list(connection.execute(sa.select(COUNT.c.key)).scalars())

    for n in range(6):
        client.post(SESSIONS, json={"username": f"name-{n}", "password": "no"})
    keys = counters()
    assert len(keys) == 7 and all(len(key) == 64 for key in keys)
    assert not any("name-" in key or "testclient" in key for key in keys)
    later(minutes=16)
    client.post(SESSIONS, json={"username": "one-more", "password": "no"})
    assert len(counters()) == 2


def test_guessing_ones_own_password_in_an_open_session_is_counted_and_recorded(
    browse: As, second: TestClient, as_: As
) -> None:
    browser = browse("school")
    body = {"old_password": "no", "new_password": "another-long-one"}
    for _ in range(5):
        assert browser.post(f"{API}/me/password", json=body).json()["code"] == "wrong_password"
    right = body | {"old_password": PASSWORD}
    assert browser.post(f"{API}/me/password", json=right).status_code == 429
    assert browser.post("/account/password", data=form(browser, **right, again="another-long-one")).status_code == 429
    events = ok(as_("auditor").get(f"{API}/events?operation=user.confirm_password"))["data"]
    assert [event["code"] for event in events] == ["wrong_password"] * 5


def test_login_page_says_what_failed_and_that_it_is_recorded(client: TestClient) -> None:
    assert "记入审计日志" in client.get("/login").text and "锁定 15 分钟" in client.get("/login").text
    for _ in range(5):
        assert "账号或密码不对" in client.post("/login", data={"username": "school", "password": "no"}).text
    locked = client.post("/login", data={"username": "school", "password": PASSWORD})
    assert locked.status_code == 429 and "连续输错 5 次" in locked.text and "分钟后再试" in locked.text
