"""Users, grants and tokens through the JSON API: who keeps what, and what each refusal says."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from app.identity.gate import PUBLIC
from tests.conftest import As
from tests.generated.routes import CHANGING, Route, routes
from tests.walk.steps import ok
from tests.world import World

API = "/api/v1"
USERS = f"{API}/users"


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


def newcomer(as_: As, username: str = "newcomer") -> dict[str, Any]:
    made = as_("sysadmin").post(USERS, json={"username": username, "name": "新同事"})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


# Users


def test_sysadmin_makes_a_user_and_sees_the_password_once(as_: As) -> None:
    made = newcomer(as_)
    assert len(made["one_time_password"]) >= 12
    read = as_("sysadmin").get(f"{USERS}/{made['id']}").json()
    assert "one_time_password" not in read and read["must_change_password"] and read["grants"] == []
    assert read["allowed_actions"] == ["edit", "reset_password"]


@pytest.mark.parametrize("account", ["secadmin", "auditor", "supervisor", "school", "leader"])
def test_no_other_makes_users(as_: As, account: str) -> None:
    assert as_(account).post(USERS, json={"username": "newcomer", "name": "新"}).status_code == 403


@pytest.mark.parametrize("username", ["", "a", "-ab", "a b", "张三", "ａｄｍｉｎ", "x" * 41, "a/b", "аdmin"])
def test_username_is_plain_latin(as_: As, username: str) -> None:
    assert pointers(as_("sysadmin").post(USERS, json={"username": username, "name": "新"})) == ["/username"]


def test_names_that_differ_in_case_are_one(as_: As, client: TestClient) -> None:
    made = newcomer(as_, "New.Comer")
    assert made["username"] == "new.comer"
    again = as_("sysadmin").post(USERS, json={"username": "NEW.COMER", "name": "新"})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    login = {"username": " NEW.comer ", "password": made["one_time_password"]}
    assert client.post(f"{API}/sessions", json=login).status_code == 201


def test_sysadmin_gives_no_role_along_with_the_account(as_: As, world: World) -> None:
    """Accounts and roles are two persons' duties (等保2.0)."""
    grant = {"role": "supervisor", "unit_id": world.district}
    body = {"username": "newcomer", "name": "新", "grants": [grant]}
    assert as_("sysadmin").post(USERS, json=body).status_code == 403
    assert as_("sysadmin").get(f"{USERS}?q=newcomer").json()["data"] == []
    assert as_("sysadmin").post(f"{USERS}/{world.user['school']}/role-grants", json=grant).status_code == 403


def test_person_with_a_one_time_password_may_only_change_it(as_: As, client: TestClient) -> None:
    made = newcomer(as_)
    opened = client.post(f"{API}/sessions", json={"username": "newcomer", "password": made["one_time_password"]})
    client.headers["x-csrf-token"] = opened.json()["csrf_token"]
    assert client.get(f"{API}/units").json()["code"] == "password_change_required"
    assert client.post(f"{API}/api-tokens", json={"name": "早"}).status_code == 403
    assert client.get(f"{API}/me").json()["must_change_password"]
    body = {"old_password": made["one_time_password"], "new_password": "a-long-new-one"}
    assert client.post(f"{API}/me/password", json=body).status_code == 204
    assert client.get(f"{API}/units").status_code == 200


@pytest.mark.parametrize("new", ["short", "newcomer-2026", "aaaaaaaaaaaa", "x" * 201])
def test_weak_password_is_refused(as_: As, client: TestClient, new: str) -> None:
    made = newcomer(as_)
    opened = client.post(f"{API}/sessions", json={"username": "newcomer", "password": made["one_time_password"]})
    client.headers["x-csrf-token"] = opened.json()["csrf_token"]
    body = {"old_password": made["one_time_password"], "new_password": new}
    answer = client.post(f"{API}/me/password", json=body)
    assert pointers(answer) == ["/new_password"]
    assert new not in answer.text


def test_wrong_old_password_changes_nothing(browse: As) -> None:
    browser = browse("school")
    body = {"old_password": "not-this-one", "new_password": "a-long-new-one"}
    assert browser.post(f"{API}/me/password", json=body).json()["code"] == "wrong_password"
    assert browse("school").get(f"{API}/me").status_code == 200


def test_disabled_user_is_out_at_once_and_may_come_back(as_: As, browse: As, world: World) -> None:
    there, token = browse("school"), as_("school")
    path = f"{USERS}/{world.user['school']}"
    disabled = as_("sysadmin").patch(path, json={"disabled": True}, headers={"if-match": '"1"'})
    assert disabled.status_code == 200 and disabled.json()["disabled_at"]
    assert there.get(f"{API}/me").status_code == token.get(f"{API}/me").status_code == 401
    etag = disabled.headers["etag"]
    assert as_("sysadmin").patch(path, json={"disabled": False}, headers={"if-match": etag}).status_code == 200
    assert browse("school").get(f"{API}/me").status_code == 200
    assert there.get(f"{API}/me").status_code == 401


def test_nobody_disables_oneself(as_: As, world: World) -> None:
    path = f"{USERS}/{world.user['sysadmin']}"
    refused = as_("sysadmin").patch(path, json={"disabled": True}, headers={"if-match": '"1"'})
    assert refused.status_code == 409


def test_only_true_and_false_disable(as_: As, world: World) -> None:
    path = f"{USERS}/{world.user['school']}"
    for sent in ("true", 1, "on", "yes"):
        answer = as_("sysadmin").patch(path, json={"disabled": sent}, headers={"if-match": '"1"'})
        assert pointers(answer) == ["/disabled"], sent


def test_reset_password_ends_lockout_and_sessions(as_: As, browse: As, client: TestClient, world: World) -> None:
    there = browse("school")
    for _ in range(5):
        client.post(f"{API}/sessions", json={"username": "school", "password": "no"})
    assert as_("sysadmin").get(f"{USERS}/{world.user['school']}").json()["locked_until"]
    reset = as_("sysadmin").post(f"{USERS}/{world.user['school']}/reset-password")
    secret = reset.json()["one_time_password"]
    assert there.get(f"{API}/me").status_code == 401
    assert client.post(f"{API}/sessions", json={"username": "school", "password": secret}).status_code == 201
    assert as_("secadmin").post(f"{USERS}/{world.user['school']}/reset-password").status_code == 403


def test_each_reads_oneself_and_administrators_their_district(as_: As, world: World) -> None:
    own = as_("school").get(USERS).json()["data"]
    assert [user["username"] for user in own] == ["school"]
    assert as_("school").get(f"{USERS}/{world.user['office']}").status_code == 404
    everyone = {user["username"] for user in as_("secadmin").get(f"{USERS}?limit=200").json()["data"]}
    assert {"school", "auditor"} <= everyone and "other_school" not in everyone
    assert as_("sysadmin").get(f"{USERS}/{world.user['other_school']}").status_code == 404


def test_users_are_found_by_role_unit_and_state(as_: As, world: World) -> None:
    def found(query: str) -> list[str]:
        return [user["username"] for user in as_("secadmin").get(f"{USERS}?{query}").json()["data"]]

    assert found("role=leader") == ["leader"]
    assert found(f"unit_id={world.unit['督查室']}") == ["supervisor"]
    assert found("disabled=true") == []
    grant = as_("secadmin").get(f"{API}/role-grants?user_id={world.user['leader']}").json()["data"][0]
    assert as_("secadmin").post(f"{API}/role-grants/{grant['id']}/end").status_code == 200
    assert found("role=leader") == []
    assert found("role=leader&q=leader") == []


def test_list_of_users_shows_the_roles_of_today(as_: As, world: World) -> None:
    users = as_("sysadmin").get(f"{USERS}?q=supervisor").json()["data"]
    held = {(role["role"], role["unit_name"]) for role in users[0]["roles"]}
    assert held == {("supervisor", "青川区教育局"), ("office", "督查室")}


# Grants


def test_grant_counts_at_the_next_request(as_: As, world: World) -> None:
    grant = {"role": "office", "unit_id": world.unit["人事股"]}
    made = as_("secadmin").post(f"{USERS}/{world.user['school']}/role-grants", json=grant)
    assert made.status_code == 201 and made.json()["allowed_actions"] == ["end"]
    assert world.unit["人事股"] in as_("school").get(f"{API}/me").json()["unit_ids"]


def test_grant_of_tomorrow_waits(as_: As, world: World) -> None:
    tomorrow = (today_of(now()) + timedelta(days=1)).isoformat()
    grant = {"role": "office", "unit_id": world.unit["人事股"], "valid_from": tomorrow}
    assert as_("secadmin").post(f"{USERS}/{world.user['school']}/role-grants", json=grant).status_code == 201
    assert as_("school").get(f"{API}/me").json()["roles"] == ["school"]


def test_recursive_grant_covers_what_lies_beneath(as_: As, world: World) -> None:
    assert set(as_("central").get(f"{API}/me").json()["unit_ids"]) == {
        world.unit["柳林镇中心校"],
        world.unit["柳林小学"],
    }


def test_grant_on_a_host_covers_its_party_organisations(as_: As, world: World) -> None:
    units = as_("middle").get(f"{API}/me").json()["unit_ids"]
    assert set(units) == {world.unit["第一中学"], world.unit["城区联合党支部"]}


@pytest.mark.parametrize(
    ("role", "unit"),
    [
        ("school", "人事股"),
        ("office", "实验小学"),
        ("leader", "实验小学"),
        ("supervisor", "督查室"),
        ("auditor", "党办"),
    ],
)
def test_role_fits_its_unit(as_: As, world: World, role: str, unit: str) -> None:
    grant = {"role": role, "unit_id": world.unit[unit]}
    assert pointers(as_("secadmin").post(f"{USERS}/{world.user['school']}/role-grants", json=grant)) == ["/unit_id"]


def test_grant_stays_within_the_district(as_: As, world: World) -> None:
    foreign = {"role": "school", "unit_id": world.unit["临水小学"]}
    assert pointers(as_("secadmin").post(f"{USERS}/{world.user['school']}/role-grants", json=foreign)) == ["/unit_id"]
    own = {"role": "school", "unit_id": world.unit["实验小学"]}
    assert as_("secadmin").post(f"{USERS}/{world.user['other_school']}/role-grants", json=own).status_code == 404


def test_grant_ends_after_it_begins(as_: As, world: World) -> None:
    grant = {"role": "school", "unit_id": world.unit["实验小学"], "valid_from": "2023-10-02", "valid_to": "2023-10-01"}
    assert pointers(as_("secadmin").post(f"{USERS}/{world.user['school']}/role-grants", json=grant)) == ["/valid_to"]


@pytest.mark.parametrize(
    ("holder", "role"),
    [("sysadmin", "secadmin"), ("auditor", "sysadmin"), ("sysadmin", "leader"), ("leader", "auditor")],
)
def test_three_duties_exclude_one_another_and_business(as_: As, world: World, holder: str, role: str) -> None:
    grant = {"role": role, "unit_id": world.district}
    refused = as_("secadmin").post(f"{USERS}/{world.user[holder]}/role-grants", json=grant)
    assert (refused.status_code, refused.json()["code"]) == (409, "separation_of_duties")


def test_grant_ended_twice_is_409(as_: As, world: World) -> None:
    grant = as_("secadmin").get(f"{API}/role-grants?user_id={world.user['school']}").json()["data"][0]
    path = f"{API}/role-grants/{grant['id']}/end"
    assert as_("secadmin").post(path, json={"note": "调离。"}).json()["allowed_actions"] == []
    assert as_("secadmin").post(path).status_code == 409
    assert as_("school").post(path).status_code == 403


def test_role_change_ends_the_persons_sessions(as_: As, browse: As, world: World) -> None:
    there = browse("school")
    grant = {"role": "office", "unit_id": world.unit["人事股"]}
    as_("secadmin").post(f"{USERS}/{world.user['school']}/role-grants", json=grant)
    assert there.get(f"{API}/me").status_code == 401


# Tokens and sessions


def test_token_is_limited_to_one_of_the_units(as_: As, client: TestClient, world: World) -> None:
    limit = {"name": "党支部", "unit_id": world.unit["督查室"]}
    made = as_("supervisor").post(f"{API}/api-tokens", json=limit).json()
    client.headers["authorization"] = f"Bearer {made['token']}"
    me = client.get(f"{API}/me").json()
    assert me["roles"] == ["office"] and me["unit_ids"] == [world.unit["督查室"]]
    other = {"name": "别人的", "unit_id": world.unit["人事股"]}
    assert pointers(as_("supervisor").post(f"{API}/api-tokens", json=other)) == ["/unit_id"]


@pytest.mark.parametrize("limit", [{"scopes": ["api-tokens:write"]}, {"unit": "督查室"}])
def test_limited_token_makes_no_wider_one(as_: As, client: TestClient, world: World, limit: dict[str, Any]) -> None:
    given = {"unit_id": world.unit[limit["unit"]]} if "unit" in limit else limit
    made = as_("supervisor").post(f"{API}/api-tokens", json={"name": "限定", **given}).json()
    client.headers["authorization"] = f"Bearer {made['token']}"
    assert client.post(f"{API}/api-tokens", json={"name": "更宽"}).status_code == 403


@pytest.mark.parametrize("scopes", [["everything"], ["units:admin"], ["UNITS:read"], ["units:read "], [""]])
def test_senseless_scope_is_refused(as_: As, scopes: list[str]) -> None:
    answer = as_("school").post(f"{API}/api-tokens", json={"name": "抄送", "scopes": scopes})
    if scopes != ["units:read "]:
        assert answer.status_code == 422
    else:
        assert answer.json()["scopes"] == ["units:read"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("assignment:read", "assignments:read"),
        ("Units:write", "units:write"),
        ("unit:write", "units:write"),
        ("units:admin", "units:read、units:write"),
        ("foo:write", "/api/v1/"),
        ("sessions", "sessions:read、sessions:write"),
    ],
)
def test_scope_of_a_noun_that_does_not_exist_is_named_with_near_ones(as_: As, wrong: str, said: str) -> None:
    given = {"name": "抄送", "scopes": ["units:read", wrong, "plans:write"]}
    answer = as_("school").post(f"{API}/api-tokens", json=given)
    assert pointers(answer) == ["/scopes/1"]
    detail = answer.json()["errors"][0]["detail"]
    assert wrong in detail and said in detail and detail.count("、") < 3


def test_every_noun_of_the_api_can_be_a_scope(app: FastAPI, as_: As) -> None:
    nouns = {route.path.split("/")[3].partition(".")[0] for route in routes(app) if route.is_json} - {"openapi"}
    assert len(nouns) > 15
    scopes = sorted(f"{noun}:{verb}" for noun in nouns for verb in ("read", "write"))
    made = as_("school").post(f"{API}/api-tokens", json={"name": "全部", "scopes": scopes})
    assert made.status_code == 201 and made.json()["scopes"] == scopes


def test_no_route_is_open_to_a_token_without_its_noun(app: FastAPI, as_: As, client: TestClient, world: World) -> None:
    """Three tokens a noun: all scopes but its own open none of its routes, ``read`` those that write nothing, ``write``
    every one."""
    by_noun: dict[str, list[Route]] = {}
    for route in routes(app):
        if route.is_json and (route.method, route.path) not in PUBLIC:
            by_noun.setdefault(route.path.split("/")[3].partition(".")[0], []).append(route)
    everyone = {route for route in by_noun["me"] if route.method == "GET"}
    every = {f"{noun}:{verb}" for noun in by_noun for verb in ("read", "write")}
    walked = 0
    for noun, mine in by_noun.items():
        opened = {f"{noun}:read", f"{noun}:write"}
        for scopes, admitted in (
            (every - opened, everyone),
            ({f"{noun}:read"}, {route for route in mine if route.method == "GET"}),
            ({f"{noun}:write"}, set(mine)),
        ):
            given = {"name": noun, "scopes": sorted(scopes)}
            secret = ok(as_("school").post(f"{API}/api-tokens", json=given), 201)["token"]
            client.headers["authorization"] = f"Bearer {secret}"
            for route in mine:
                if route in admitted and route.method in CHANGING:
                    continue  # What it does is not asked here; the token could end itself.
                answer = client.request(route.method, re.sub(r"{\w+}", "1", route.path))
                refused = answer.status_code == 403 and answer.json()["code"] == "insufficient_scope"
                assert refused == (route not in admitted), f"{route.label} with {scopes}: {answer.status_code}"
                walked += 1
    assert walked > 400


def test_secadmin_revokes_anyones_token_and_no_other_does(as_: As, client: TestClient, world: World) -> None:
    made = as_("school").post(f"{API}/api-tokens", json={"name": "抄送", "days": 1}).json()
    path = f"{API}/api-tokens/{made['id']}/revoke"
    assert as_("office").post(path).status_code == 404
    assert as_("sysadmin").post(path).status_code == 404
    assert as_("secadmin").post(path).json()["allowed_actions"] == []
    assert as_("secadmin").post(path).status_code == 409
    client.headers["authorization"] = f"Bearer {made['token']}"
    assert client.get(f"{API}/me").json()["code"] == "bad_token"


def test_secadmin_makes_a_token_for_another_system(as_: As, client: TestClient, world: World) -> None:
    body = {"name": "学籍系统", "scopes": ["units:read"], "days": 90, "user_id": world.user["school"]}
    made = as_("secadmin").post(f"{API}/api-tokens", json=body)
    assert made.status_code == 201
    client.headers["authorization"] = f"Bearer {made.json()['token']}"
    assert client.get(f"{API}/me").json()["username"] == "school"
    assert as_("office").post(f"{API}/api-tokens", json=body).status_code == 403


def test_own_sessions_are_listed_and_no_other_persons(as_: As, browse: As) -> None:
    here, there, other = browse("school"), browse("school"), browse("office")
    mine = here.get(f"{API}/me/sessions").json()["data"]
    assert sorted(session["current"] for session in mine) == [False, True]
    there.delete(f"{API}/sessions/current")
    assert len(here.get(f"{API}/me/sessions").json()["data"]) == 1
    assert len(other.get(f"{API}/me/sessions").json()["data"]) == 1
    assert as_("auditor").get(f"{API}/me/sessions").json()["data"] == []
