"""Promise 23: of every route, whatever it answers, the headers are exactly these; no page holds a script or a style.

``tests/core/test_headers.py`` compares chosen answers in full; here each route is brought to answer in every way.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core import unwatched
from app.core.errors import Unavailable
from app.identity.access import Gatekeeper
from tests.conftest import As
from tests.core.test_headers import EXACT, HTML, JSON, PROBLEM
from tests.generated import scenario
from tests.generated.asking import Answer, ask, request
from tests.generated.routes import Route, routes
from tests.world import World

MAY = {"content-length", "content-type", "location", "etag", "www-authenticate", "set-cookie", "allow"}
MAY |= {"retry-after", "x-request-id"}
LOGOUT = {"clear-site-data"}
FILE = {"content-disposition", "accept-ranges", "last-modified", "etag"}
SANDBOXED = {"content-security-policy": "sandbox"}
"""What somebody uploaded may do nothing at all."""
ACCOUNTS = ("supervisor", "school", "sysadmin")
STATUSES = {200, 201, 303, 401, 403, 404, 405, 413, 415, 422, 500, 503}
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\s(?:style|on[a-z]+|hx-on\S*)=|javascript:|hx-vals=.js:", re.I
)
NEVER_BUSY = {"/livez", "/readyz", "/metrics", "/favicon.ico", "/api/v1/openapi.json", "/report/status", "/unsubscribe"}


class Fault(Exception):
    pass


@pytest.fixture
def failing(app: FastAPI) -> Callable[[Callable[[], Exception]], None]:
    """``failing(error)``: from now on the database fails so, once the actor is known.

    Each time with an error of its own: one that is raised again and again remembers every way it came.
    """
    database = app.state.database
    error: list[Callable[[], Exception]] = []
    read, write = database.read, database.write

    async def failing_read(query: Any, *args: Any, **kwargs: Any) -> Any:
        if error and not isinstance(getattr(query, "__self__", None), Gatekeeper):
            raise error[-1]()
        return await read(query, *args, **kwargs)

    async def failing_write(job: Any) -> Any:
        if error:
            raise error[-1]()
        return await write(job)

    database.read, database.write = failing_read, failing_write

    return error.append


def test_headers_are_exact_on_every_route_and_status(
    app: FastAPI, client: TestClient, as_: As, world: World, failing: Any
) -> None:
    if not app.state.database.is_sqlite:
        pytest.skip("headers come from no database; the other test compares them on both")
    made = scenario.build(as_, world)
    tokens = {"": None} | {account: world.token[account] for account in ACCOUNTS}

    def tried(route: Route, account: str, method: str, **sent: Any) -> int:
        asked = request(method, path_of(route, made), sent, sent.pop("headers", None))
        return check(route, method, ask(client, [asked], tokens[account], crashes=True)[0])

    seen: dict[str, set[int]] = defaultdict(set)
    for route in routes(app):
        for account, method, arguments in ways(route):
            seen[route.label].add(tried(route, account, method, **arguments))
    for error, status in ((lambda: Unavailable("歇一会儿"), 503), (Fault, 500)):
        failing(error)
        for route in routes(app):
            got = tried(route, "supervisor", route.method)
            seen[route.label].add(got)
            if route.method == "GET" and route.path not in NEVER_BUSY and "new" not in route.path:
                assert got in (status, 303, 403, 404, 422), (route.label, got)
    assert set().union(*seen.values()) >= STATUSES
    assert all(405 in found for found in seen.values())
    assert sum(500 in found for found in seen.values()) > len(seen) // 2


def ways(route: Route) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Account, method and arguments that bring a route to its several answers."""
    for account in ("", *ACCOUNTS):
        yield account, route.method, {}
    yield "supervisor", "TRACE", {}
    if route.method in ("POST", "PATCH"):
        yield "supervisor", route.method, {"content": b"x" * (1 << 21)}
        yield "supervisor", route.method, {"content": b"{}", "headers": {"content-type": "text/plain"}}
        yield "supervisor", route.method, {"json": {"unknown": 1}, "headers": {"if-match": '"1"'}}
        yield "sysadmin", route.method, {"json": {}, "headers": {"if-match": '"1"'}}


def path_of(route: Route, made: scenario.Scenario) -> str:
    nouns = [part for part in route.path.split("/") if part and part not in ("api", "v1")]
    ids = made.ids.get(nouns[0], {}) if nouns else {}
    path = route.path.replace("{id}", str(ids.get("实验小学", 1)))
    return re.sub(r"\{\w+\}", "1", path)


def test_a_fault_at_the_gate_is_a_problem_too(app: FastAPI, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is known of who asks."""

    async def broken(*_: Any) -> None:
        raise Fault

    monkeypatch.setattr(app.state.database, "read", broken)
    school = as_("school")
    school._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    for path in ("/api/v1/units", "/units"):
        answer = school.get(path)
        assert (
            answer.status_code == 500 and answer.headers["content-security-policy"] == EXACT["content-security-policy"]
        )
        assert answer.headers["content-type"] == (PROBLEM if path.startswith("/api") else HTML)
        assert len(answer.headers["x-request-id"]) == 16


def check(route: Route, method: str, answer: Answer) -> int:
    where = f"{method} {route.path}: {answer.status}"
    headers = answer.headers
    media = headers.get("content-type")
    is_file = "content-disposition" in headers
    own = SANDBOXED if is_file else unwatched.HEADERS if unwatched.is_unwatched(route.path) else {}
    for name, value in (EXACT | own).items():
        if name != "cache-control":
            assert headers.get(name) == value, f"{where}: {name} {headers.get(name)}"
    more = (FILE if is_file else set()) | (LOGOUT if route.operation == "session.end" else set())
    assert set(headers) <= set(EXACT) | MAY | more, f"{where}: {sorted(headers)}"
    assert headers["cache-control"] == ("private, no-cache" if is_file else "no-store"), where
    if answer.status >= 400 and method != "HEAD":
        asked = method == route.method
        machine = route.is_json or (asked and route.path in ("/metrics", "/readyz"))
        problem = JSON if asked and route.path == "/readyz" else PROBLEM
        assert media == (problem if machine else HTML), f"{where}: {media}"
    if media == HTML:
        assert not INLINE.search(answer.text), f"{where}: {INLINE.search(answer.text)}"
    return answer.status
