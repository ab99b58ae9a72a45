"""Whoever has a one-time password gets nowhere but to change it: every route of the application is tried."""

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
    assert client.post("/account/password", data=body).status_code == 303
    assert client.get("/my-work").status_code == client.get(f"{API}/units").status_code == 200


def test_one_time_password_is_good_for_no_second_person(as_: As, client: TestClient, world: World) -> None:
    """Once it is changed, whoever read it before gets nowhere with it; and it cannot be kept as one's own."""
    made = newcomer(as_)
    first = {"username": "newcomer", "password": made["one_time_password"]}
    client.headers["x-csrf-token"] = ok(client.post(f"{API}/sessions", json=first), 201)["csrf_token"]
    kept = {"old_password": first["password"], "new_password": first["password"]}
    assert client.post(f"{API}/me/password", json=kept).status_code == 422
    assert client.post(f"{API}/me/password", json=kept | {"new_password": NEW}).status_code == 204
    assert client.post(f"{API}/sessions", json=first).status_code == 401
