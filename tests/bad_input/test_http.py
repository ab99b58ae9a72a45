"""What answers before a resource is asked: strangers, unknown verbs, ids no row can have, bodies too large.

The catalogue's lines about sessions (a fixed id, a logged-out cookie, ``next=//evil``) are in tests/identity.
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from app.core.db import Database
from app.settings import Settings
from tests.conftest import As
from tests.world import World
from web.main import create_app

UNITS = "/api/v1/units"
MIB = 1 << 20
NO_IDS = ["0", "-1", "+1", "01x", "abc", "1_0", "%201", "1.0", "１", "9007199254740992", str(2**63), "9" * 5000, "1e3"]


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "TRACE", "FOO"])
def test_unknown_verb_is_405(as_: As, verb: str) -> None:
    answer = as_("sysadmin").request(verb, UNITS)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"]


def test_id_that_no_row_can_have_is_not_found(as_: As, browse: As) -> None:
    sysadmin, supervisor, browser = as_("sysadmin"), as_("supervisor"), browse("supervisor")
    missing = sysadmin.get(f"{UNITS}/999999").json()
    for sent in NO_IDS:
        answer = sysadmin.get(f"{UNITS}/{sent}")
        assert (answer.status_code, answer.json()) == (404, missing), sent[:30]
        changed = sysadmin.patch(f"{UNITS}/{sent}", json={"name": "改"}, headers={"if-match": '"1"'})
        assert changed.status_code == 404, sent[:30]
        assert supervisor.post(f"/api/v1/liaisons/{sent}/end").status_code == 404, sent[:30]
        assert browser.get(f"/units/{sent}").status_code == 404, sent[:30]
        posted = browser.post(f"/liaisons/{sent}/end", data={"csrf": browser.headers["x-csrf-token"]})
        assert posted.status_code == 404, sent[:30]


def test_out_of_scope_answers_as_missing(as_: As, world: World) -> None:
    foreign = as_("other_supervisor").get(f"{UNITS}/{world.unit['实验小学']}")
    missing = as_("other_supervisor").get(f"{UNITS}/999999")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


@pytest.mark.parametrize("size", [64 << 10, MIB])
def test_headers_over_the_limit_are_431_before_anything_is_read(client: TestClient, as_: As, size: int) -> None:
    long = {"x-long": "x" * size}
    for asking in (client, as_("sysadmin")):
        answer = asking.post(UNITS, content=unread(), headers=long)
        assert (answer.status_code, answer.json()["code"]) == (431, "headers_too_large")
        assert answer.headers["content-type"] == "application/problem+json"
    many = [("cookie", f"c{n}=" + "x" * 4000) for n in range(size // 4000)]
    assert client.get("/api/v1/openapi.json", headers=many).status_code == 431
    page = client.get("/login", headers=long)
    assert page.status_code == 431 and page.headers["content-type"].startswith("text/html") and "请求头" in page.text
    assert client.get("/login", headers={"x-long": "x" * (16 << 10)}).status_code == 200


def unread() -> Iterator[bytes]:
    raise AssertionError("the body was read")
    yield b""


def test_stranger_is_turned_away_before_the_body_is_read(client: TestClient) -> None:
    for path in (UNITS, "/api/v1/evidence", "/api/v1/plans/import", "/evidence", "/api/v1/nothing"):
        assert client.post(path, content=unread()).status_code == 401
    expired = {"authorization": "Bearer ql_unknown"}
    assert client.post("/api/v1/evidence", content=unread(), headers=expired).status_code == 401
    assert client.post("/api/v1/sessions", content=unread(), headers=expired).status_code == 401


def test_token_out_of_scope_is_refused_before_the_body_is_read(as_: As, client: TestClient) -> None:
    made = as_("school").post("/api/v1/api-tokens", json={"name": "只读", "scopes": ["evidence:read"]}).json()
    sent = {"authorization": f"Bearer {made['token']}"}
    assert client.post("/api/v1/evidence", content=unread(), headers=sent).status_code == 403


def test_limited_token_reads_its_account_and_changes_nothing_of_it(as_: As, client: TestClient) -> None:
    made = as_("school").post("/api/v1/api-tokens", json={"name": "只读", "scopes": ["evidence:read"]}).json()
    client.headers["authorization"] = f"Bearer {made['token']}"
    assert client.get("/api/v1/me").status_code == 200
    refused = client.post("/api/v1/me/password", content=unread())
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


def test_body_over_the_limit_is_413(as_: As, client: TestClient) -> None:
    sysadmin = as_("sysadmin")
    sent = {"content-type": "application/json"}
    declared = sysadmin.post(UNITS, content=b"x" * (MIB + 1), headers=sent)
    assert (declared.status_code, declared.json()["code"]) == (413, "too_large")
    chunked = sysadmin.post(UNITS, content=(b"x" * 65536 for _ in range(17)), headers=sent)
    assert (chunked.status_code, chunked.json()["code"]) == (413, "too_large")
    assert chunked.headers["content-type"] == "application/problem+json"
    keyed = sysadmin.post(UNITS, content=b"x" * (MIB + 1), headers=sent | {"idempotency-key": "k"})
    assert keyed.status_code == 413
    login = client.post("/login", content=b"username=" + b"x" * MIB * 2, headers={"content-type": FORM})
    assert login.status_code == 413


FORM = "application/x-www-form-urlencoded"


def test_declared_length_is_refused_unread(as_: As) -> None:
    sent = {"content-type": "application/json", "content-length": str(2 << 30)}
    assert as_("sysadmin").post(UNITS, content=unread(), headers=sent).status_code == 413


def test_field_that_comes_twice_in_a_form_is_400(browse: As) -> None:
    browser = browse("sysadmin")
    body = f"csrf={browser.headers['x-csrf-token']}&name=a&name=b&code=N1&kind=school"
    assert browser.post("/units", content=body, headers={"content-type": FORM}).status_code == 400


def test_token_in_an_address_is_400(client: TestClient, world: World) -> None:
    answer = client.get(f"{UNITS}?token={world.token['school']}")
    assert (answer.status_code, answer.json()["code"]) == (400, "token_in_url")


def test_wrong_host_is_400(settings: Settings) -> None:
    with TestClient(create_app(settings.model_copy(update={"hosts": "ql.example.cn"}))) as client:
        assert client.get("/login", headers={"host": "evil.example"}).status_code == 400
        assert client.get("/login", headers={"host": "ql.example.cn:8000"}).status_code == 200


FORWARDED = {
    "x-forwarded-for": "203.0.113.77",
    "x-real-ip": "203.0.113.77",
    "forwarded": "for=203.0.113.77;host=evil.example;proto=https",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-http-method-override": "DELETE",
    "x-original-url": "/api/v1/events",
}


def test_what_a_stranger_says_of_the_way_is_ignored_and_not_kept(app: FastAPI, client: TestClient, as_: As) -> None:
    def ask(headers: dict[str, str]) -> list[tuple[int, bytes, str | None, str | None]]:
        wrong = {"username": "school", "password": "no"}
        answers = [
            client.get("/units", headers=headers),
            client.get(UNITS, headers=headers),
            client.get("/login", headers=headers),
            client.post("/api/v1/sessions", json=wrong, headers=headers),
            as_("sysadmin").post(UNITS, json={"code": "a b"}, headers=headers),
            as_("sysadmin").get(f"{UNITS}?limit=2", headers=headers),
        ]
        kept = ("location", "set-cookie")
        return [(each.status_code, each.content, *(each.headers.get(name) for name in kept)) for each in answers]

    assert ask(FORWARDED) == ask({})
    database: Database = app.state.database
    for table in SQLModel.metadata.sorted_tables:
        rows = database.read_now(lambda connection: connection.execute(sa.select(table)).all())  # noqa: B023
        assert not any("203.0.113.77" in str(row) or "evil.example" in str(row) for row in rows), table.name


@pytest.mark.parametrize("sent", ["Basic abc", "Bearer", "Bearer x", "Bearer ql_", "ql_x", "Bearer ql_" + "x" * 999])
def test_senseless_authorization_is_401(client: TestClient, sent: str) -> None:
    answer = client.get(UNITS, headers={"authorization": sent})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_limited_token_opens_no_page(as_: As, client: TestClient) -> None:
    made = as_("supervisor").post("/api/v1/api-tokens", json={"name": "抄送", "scopes": ["units:read"]}).json()
    client.headers["authorization"] = f"Bearer {made['token']}"
    assert client.get(UNITS).status_code == 200
    assert client.get("/units").status_code == 403
    assert client.get("/assignments").status_code == 403


def test_database_that_is_away_is_503(app: FastAPI, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    database: Database = app.state.database
    away_error = database.reader.dialect.loaded_dbapi.OperationalError
    words = "database is locked" if database.is_sqlite else "server closed the connection unexpectedly"

    def away(*_: object, **__: object) -> None:
        error = away_error(words)
        if database.is_sqlite:
            error.sqlite_errorname = "SQLITE_BUSY"
        raise error

    assert as_("school").get(UNITS).status_code == 200
    monkeypatch.setattr(database.reader.dialect, "do_execute", away)
    answer = as_("school").get(UNITS)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
