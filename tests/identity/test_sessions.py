"""Logging in and out, and what a session or token may do."""

from datetime import timedelta

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.calendar import now
from app.core.policy import system_within
from app.identity.models import SESSION
from app.identity.sessions import KEPT
from app.installation import Installation
from app.jobs.registry import KINDS, Work
from tests.conftest import As
from tests.world import PASSWORD, World


def test_login_sets_a_cookie_and_gives_the_csrf_token(client: TestClient, world: World) -> None:
    answer = client.post("/api/v1/sessions", json={"username": "school", "password": PASSWORD})
    assert answer.status_code == 201
    assert "httponly" in answer.headers["set-cookie"].lower()
    me = client.get("/api/v1/me").json()
    assert me["username"] == "school"
    assert me["roles"] == ["school"]
    assert set(me["unit_ids"]) == {world.unit["实验小学"], world.unit["实验小学党支部"]}


def test_wrong_password_and_unknown_account_answer_alike(client: TestClient) -> None:
    wrong = client.post("/api/v1/sessions", json={"username": "school", "password": "not-this-one"})
    unknown = client.post("/api/v1/sessions", json={"username": "nobody", "password": "not-this-one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_account_locks_after_repeated_failures(client: TestClient) -> None:
    for _ in range(5):
        client.post("/api/v1/sessions", json={"username": "school", "password": "not-this-one"})
    assert client.post("/api/v1/sessions", json={"username": "school", "password": PASSWORD}).status_code == 429
    assert client.post("/api/v1/sessions", json={"username": "office", "password": PASSWORD}).status_code == 201


def test_logged_out_cookie_is_dead(browse: As) -> None:
    browser = browse("school")
    cookie = browser.cookies["ql"]
    assert browser.delete("/api/v1/sessions/current").status_code == 204
    browser.cookies.set("ql", cookie)
    assert browser.get("/api/v1/me").status_code == 401


def test_the_session_that_a_login_ends_has_its_event(browse: As, as_: As, world: World) -> None:
    """Another person logs in where somebody had not logged out."""

    def told(operation: str) -> list[tuple[int, int]]:
        found = as_("auditor").get("/api/v1/events", params={"operation": operation, "outcome": "done"}).json()["data"]
        return [(event["resource_id"], event["after"]["user_id"]) for event in found]

    browser = browse("school")
    [(first, _)] = told("session.create")
    answer = browser.post("/api/v1/sessions", json={"username": "office", "password": PASSWORD})
    assert answer.status_code == 201 and told("session.end") == [(first, world.user["school"])]
    browser.cookies.clear()
    browser.cookies.set("ql", "of-no-session")
    assert browser.post("/api/v1/sessions", json={"username": "office", "password": PASSWORD}).status_code == 201
    assert len(told("session.end")) == 1, "what had ended is not told of again"


def test_whatever_cookies_other_systems_of_the_host_set_the_session_stands(browse: As) -> None:
    browser = browse("school")
    mine = f"ql={browser.cookies['ql']}"
    browser.cookies.clear()
    for beside in ('foo={"a":1}', "a b=c", "lang=zh cn", "bare", "名=值", "", "x=;;", 'q="open', "$Path=/"):
        for sent in (f"{beside}; {mine}", f"{mine}; {beside}"):
            answer = browser.get("/api/v1/me", headers={"cookie": sent.encode()})  # type: ignore[dict-item]
            assert answer.status_code == 200, sent


def test_cookie_write_needs_the_csrf_token(browse: As) -> None:
    browser = browse("school")
    del browser.headers["x-csrf-token"]
    refused = browser.delete("/api/v1/sessions/current")
    assert refused.status_code == 403
    assert refused.json()["code"] == "csrf"


def test_cross_site_write_is_refused(browse: As) -> None:
    browser = browse("school")
    refused = browser.delete("/api/v1/sessions/current", headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403


def test_stranger_is_refused_before_the_body_is_read(client: TestClient) -> None:
    def endless() -> object:
        raise AssertionError("the body was read")
        yield b""

    assert client.post("/api/v1/users", content=endless()).status_code == 401  # type: ignore[arg-type]


def test_ended_grant_shows_nothing_at_the_next_request(as_: As, world: World) -> None:
    school = as_("school")
    assert school.get("/api/v1/me").json()["unit_ids"]
    grants = as_("secadmin").get(f"/api/v1/role-grants?user_id={world.user['school']}").json()["data"]
    for grant in grants:
        assert as_("secadmin").post(f"/api/v1/role-grants/{grant['id']}/end").status_code == 200
    assert school.get("/api/v1/me").json()["unit_ids"] == []


def test_password_change_ends_the_other_sessions(browse: As) -> None:
    here, there = browse("school"), browse("school")
    body = {"old_password": PASSWORD, "new_password": "another-long-one"}
    assert here.post("/api/v1/me/password", json=body).status_code == 204
    assert here.get("/api/v1/me").status_code == 200
    assert there.get("/api/v1/me").status_code == 401


def test_new_password_is_not_the_old_one(browse: As) -> None:
    body = {"old_password": PASSWORD, "new_password": PASSWORD}
    refused = browse("school").post("/api/v1/me/password", json=body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/new_password"]


def test_token_is_limited_to_its_scopes(as_: As, client: TestClient) -> None:
    made = as_("school").post("/api/v1/api-tokens", json={"name": "抄送", "scopes": ["units:read"], "days": 30})
    assert made.status_code == 201
    client.headers["authorization"] = f"Bearer {made.json()['token']}"
    assert client.get("/api/v1/units").status_code == 200
    assert client.get("/api/v1/users").json()["code"] == "insufficient_scope"
    assert as_("school").post(f"/api/v1/api-tokens/{made.json()['id']}/revoke").status_code == 200
    assert client.get("/api/v1/units").status_code == 401


def test_sessions_that_were_over_long_ago_are_removed_and_no_others(browse: As, app: FastAPI, world: World) -> None:
    old, ended, here = browse("office"), browse("school"), browse("school")
    assert ended.delete("/api/v1/sessions/current").status_code == 204
    whose = SESSION.c.user_id == world.user["office"]
    older = sa.update(SESSION).where(whose).values(last_seen_at=now() - KEPT - timedelta(minutes=1))
    app.state.database.write_now(lambda connection: connection.execute(older))
    installation = Installation(app.state.settings, app.state.database)
    KINDS["sessions.prune"].run(Work(installation, system_within(world.district), world.district))
    people = sa.select(SESSION.c.user_id, SESSION.c.ended_at.is_(None))
    left = app.state.database.read_now(lambda connection: connection.execute(people).all())
    school = world.user["school"]
    assert sorted(map(tuple, left)) == [(school, False), (school, True)]
    assert (old.get("/api/v1/me").status_code, here.get("/api/v1/me").status_code) == (401, 200)
