"""Promise 23: the headers are exact on every kind of answer, whatever its status."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.settings import Settings
from tests.conftest import As
from tests.world import World
from web.main import create_app

POLICY = (
    "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EXACT = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
JSON, PROBLEM, HTML = "application/json", "application/problem+json", "text/html; charset=utf-8"

# account, method, path, further arguments, status, content type
ANSWERS: tuple[tuple[str, str, str, dict[str, Any], int, str | None], ...] = (
    ("sysadmin", "GET", "/api/v1/units", {}, 200, JSON),
    ("sysadmin", "POST", "/api/v1/units", {"json": {"code": "N1", "name": "新", "kind": "school"}}, 201, JSON),
    ("supervisor", "DELETE", "/api/v1/unit-aliases/{alias}", {}, 204, None),
    ("sysadmin", "POST", "/api/v1/units", {"content": b"{", "headers": {"content-type": JSON}}, 400, PROBLEM),
    ("", "GET", "/api/v1/units", {}, 401, PROBLEM),
    ("", "POST", "/api/v1/sessions", {"json": {"username": "school", "password": "no"}}, 401, PROBLEM),
    ("school", "POST", "/api/v1/units", {"json": {"code": "N2", "name": "新", "kind": "school"}}, 403, PROBLEM),
    ("school", "GET", "/api/v1/units/999999", {}, 404, PROBLEM),
    ("school", "GET", "/api/v1/nothing", {}, 404, PROBLEM),
    ("school", "PUT", "/api/v1/units", {}, 405, PROBLEM),
    ("sysadmin", "POST", "/api/v1/units", {"json": {"code": "N1", "name": "新", "kind": "school"}}, 409, PROBLEM),
    ("sysadmin", "PATCH", "/api/v1/units/4", {"json": {}, "headers": {"if-match": '"99"'}}, 412, PROBLEM),
    ("sysadmin", "POST", "/api/v1/units", {"content": b"x" * (1 << 21)}, 413, PROBLEM),
    ("sysadmin", "POST", "/api/v1/units", {"content": b"{}"}, 415, PROBLEM),
    ("sysadmin", "POST", "/api/v1/units", {"json": {}}, 422, PROBLEM),
    ("sysadmin", "PATCH", "/api/v1/units/4", {"json": {}}, 428, PROBLEM),
    ("sysadmin", "GET", "/api/v1/broken", {}, 500, PROBLEM),
    ("", "GET", "/api/v1/openapi.json", {}, 200, JSON),
    ("", "GET", "/livez", {}, 200, "text/plain; charset=utf-8"),
    ("", "GET", "/login", {}, 200, HTML),
    ("", "POST", "/login", {"data": {"username": "school", "password": "no"}}, 401, HTML),
    ("", "GET", "/units", {}, 303, None),
    ("", "POST", "/units", {}, 401, HTML),
    ("", "GET", "/favicon.ico", {}, 301, None),
    ("sysadmin", "GET", "/units", {}, 200, HTML),
    ("sysadmin", "GET", "/units/999999", {}, 404, HTML),
    ("school", "GET", "/units/new", {}, 403, HTML),
    ("sysadmin", "GET", "/nowhere", {}, 404, HTML),
    ("sysadmin", "PUT", "/units", {}, 405, HTML),
    ("sysadmin", "GET", "/broken", {}, 500, HTML),
)


@pytest.fixture
def as_any(app: FastAPI, client: TestClient, as_: As, world: World) -> Iterator[As]:
    """Faults of the program are answered here, not raised into the test."""

    async def broken() -> None:
        raise RuntimeError("a fault, on purpose")

    routes = app.router.routes
    app.add_api_route("/api/v1/broken", broken)
    app.add_api_route("/broken", broken)
    routes.insert(0, routes.pop())
    routes.insert(0, routes.pop())

    def act(account: str) -> TestClient:
        made = TestClient(app, base_url="http://testserver", follow_redirects=False, raise_server_exceptions=False)
        made.portal = client.portal
        if account:
            made.headers["authorization"] = f"Bearer {world.token[account]}"
        return made

    yield act


def test_headers_are_exact_on_every_kind_of_answer(as_any: As) -> None:
    seen = set()
    alias = as_any("supervisor").get("/api/v1/unit-aliases").json()["data"][0]["id"]
    for account, method, path, arguments, status, media in ANSWERS:
        answer = as_any(account).request(method, path.format(alias=alias), **arguments)
        where = f"{account or 'nobody'} {method} {path}"
        assert answer.status_code == status, f"{where}: {answer.status_code} {answer.text[:200]}"
        assert answer.headers.get("content-type") == media, where
        for name, value in EXACT.items():
            assert answer.headers.get_list(name) == [value], f"{where}: {name}"
        assert len(answer.headers["x-request-id"]) == 16, where
        assert "server" not in answer.headers and "x-powered-by" not in answer.headers, where
        assert "strict-transport-security" not in answer.headers, where
        seen.add(answer.headers["x-request-id"])
    assert len(seen) == len(ANSWERS), "each answer has a number of its own"


def test_problem_of_the_program_tells_nothing_of_it(as_any: As) -> None:
    for path in ("/api/v1/broken", "/broken"):
        answer = as_any("sysadmin").get(path)
        assert "系统出错" in answer.text
        assert "on purpose" not in answer.text and "Traceback" not in answer.text


def test_static_files_may_be_kept_by_their_content(client: TestClient) -> None:
    page = client.get("/login").text
    sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    kept = client.get(sheet)
    assert kept.status_code == 200
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/ql.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/%2e%2e/main.py").status_code == 404
    assert client.get("/static/nothing.css").status_code == 404


def test_logout_makes_the_browser_let_go_of_this_site_and_of_no_other(browse: As) -> None:
    """Its cache and storage; the one cookie goes by its name, since the header's ``cookies`` would take the domain's."""
    page, api = browse("school"), browse("school")
    for answer in (
        page.post("/logout", data={"csrf": page.headers["x-csrf-token"]}),
        api.delete("/api/v1/sessions/current"),
    ):
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        assert 'ql=""' in answer.headers["set-cookie"] and "Max-Age=0" in answer.headers["set-cookie"]
    assert "clear-site-data" not in page.get("/login").headers


def test_hosts_beneath_this_one_are_bound_where_the_installation_says_so(settings: Settings) -> None:
    for chosen, sent in (({}, None), ({"https": True}, "max-age=31536000; includeSubDomains")):
        app = create_app(settings.model_copy(update={"assets": "local", "hsts_subdomains": True, **chosen}))
        with TestClient(app, base_url="https://testserver") as client:
            assert client.get("/login").headers.get("strict-transport-security") == sent


def test_behind_tls_every_cookie_and_the_transport_are_strict(settings: Settings) -> None:
    secure = create_app(settings.model_copy(update={"https": True, "assets": "local"}))
    with TestClient(secure, base_url="https://testserver", follow_redirects=False) as client:
        login = client.post("/login", data={"username": "sysadmin", "password": "qinglian-demo"})
        assert login.headers["strict-transport-security"] == "max-age=31536000"
        csrf = client.get("/units/new").text.split('name="csrf" value="')[1].split('"')[0]
        unit = {"code": "N1", "name": "新学校", "kind": "school", "csrf": csrf}
        done = client.post("/units", data=unit)
        shown = client.get(done.headers["location"])
        cookies = [answer.headers["set-cookie"] for answer in (login, done, shown)]
        for cookie, name in zip(cookies, ("ql", "ql_flash", "ql_flash"), strict=True):
            assert cookie.startswith(f"__Host-{name}="), cookie
            for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
                assert part in cookie
            assert "Domain" not in cookie
        assert "新学校" in shown.text
        assert "cdn" not in client.get("/login").headers["content-security-policy"]
