"""Whoever has a one-time password gets nowhere but to change it: every route of the application is tried."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.identity.gate import CHANGE_PASSWORD, PUBLIC
from tests.conftest import As
from tests.generated.routes import routes
from tests.identity.test_accounts import newcomer
from tests.walk.steps import ok
from tests.world import World

API = "/api/v1"
NEW = "a-long-new-one"
FRAGMENT = {"hx-request": "true", "hx-request-type": "partial"}


def test_nothing_opens_until_the_one_time_password_is_changed(
    app: FastAPI, client: TestClient, as_: As, world: World
) -> None:
    made = newcomer(as_)
    grant = {"role": "school", "unit_id": world.unit["实验小学"]}
    ok(as_("secadmin").post(f"{API}/users/{made['id']}/role-grants", json=grant), 201)
    opened = client.post(f"{API}/sessions", json={"username": "newcomer", "password": made["one_time_password"]})
    csrf = ok(opened, 201)["csrf_token"]
    client.headers["x-csrf-token"] = csrf
    shut = 0
    for route in routes(app):
        path = route.path.replace("{id}", "1").replace("{target}", "assignments").replace("{target_id}", "1")
        if (route.method, route.path) in PUBLIC or path in CHANGE_PASSWORD:
            continue
        for headers in ({}, FRAGMENT):
            answer = client.request(route.method, path, headers=headers)
            if route.is_json:
                told = (answer.status_code, answer.json()["code"])
                assert told == (403, "password_change_required"), route.label
            else:
                assert (answer.status_code, answer.headers["location"]) == (303, "/account"), route.label
            shut += 1
    assert shut > 200
    assert client.get("/static/ql.css").status_code == 200
    page = client.get("/account").text
    assert "请先修改" in page and "生成令牌" not in page
    body = {"old_password": made["one_time_password"], "new_password": NEW, "again": NEW, "csrf": csrf}
    changed = client.post("/account/password", data=body, follow_redirects=False)
    # Not left on a page about accounts: whoever had to change it came for something else.
    assert (changed.status_code, changed.headers["location"]) == (303, "/")
    assert client.get("/my-work").status_code == client.get(f"{API}/units").status_code == 200


def test_one_time_password_that_nobody_used_expires(as_: As, client: TestClient, later: Callable[..., None]) -> None:
    """At its first login, by page and API; whoever does not have it is told what everyone is told. A new one opens."""
    made = newcomer(as_)
    first = {"username": "newcomer", "password": made["one_time_password"]}
    later(hours=71)
    assert client.post(f"{API}/sessions", json=first).status_code == 201
    later(hours=2)
    client.cookies.clear()
    refused = client.post(f"{API}/sessions", json=first)
    assert (refused.status_code, refused.json()["code"]) == (401, "one_time_password_expired")
    page = client.post("/login", data=first)
    assert page.status_code == 401 and "72 小时没有使用，已经失效，请联系系统管理员" in page.text
    guessed = client.post(f"{API}/sessions", json=first | {"password": "another-one"})
    assert guessed.json()["code"] == "bad_credentials"
    told = ok(as_("auditor").get(f"{API}/events?operation=session.create&outcome=refused"))["data"]
    assert [event["code"] for event in told] == ["wrong_password", *["one_time_password_expired"] * 2]
    again = ok(as_("sysadmin").post(f"{API}/users/{made['id']}/reset-password"))["one_time_password"]
    assert client.post(f"{API}/sessions", json=first | {"password": again}).status_code == 201


def test_a_password_of_ones_own_does_not_expire_unused(browse: As, later: Callable[..., None]) -> None:
    later(hours=24 * 400)
    assert browse("school").get(f"{API}/units").status_code == 200


def test_one_time_password_is_good_for_no_second_person(as_: As, client: TestClient, world: World) -> None:
    """Once it is changed, whoever read it before gets nowhere with it; and it cannot be kept as one's own."""
    made = newcomer(as_)
    first = {"username": "newcomer", "password": made["one_time_password"]}
    client.headers["x-csrf-token"] = ok(client.post(f"{API}/sessions", json=first), 201)["csrf_token"]
    kept = {"old_password": first["password"], "new_password": first["password"]}
    assert client.post(f"{API}/me/password", json=kept).status_code == 422
    assert client.post(f"{API}/me/password", json=kept | {"new_password": NEW}).status_code == 204
    assert client.post(f"{API}/sessions", json=first).status_code == 401
