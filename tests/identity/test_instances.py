"""Promise 15: sessions, tokens and roles end on every instance at the next request. Two instances, one database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.identity.conftest import same_browser
from tests.walk.steps import ok
from tests.world import PASSWORD, World

API = "/api/v1"
Act = Callable[[TestClient, As, World], Any]


def log_out(browser: TestClient, as_: As, world: World) -> Any:
    return browser.delete(f"{API}/sessions/current")


def change_password(browser: TestClient, as_: As, world: World) -> Any:
    elsewhere = TestClient(browser.app, base_url="http://testserver")
    elsewhere.portal = browser.portal
    opened = elsewhere.post(f"{API}/sessions", json={"username": "school", "password": PASSWORD}).json()
    elsewhere.headers["x-csrf-token"] = opened["csrf_token"]
    body = {"old_password": PASSWORD, "new_password": "another-long-one"}
    return elsewhere.post(f"{API}/me/password", json=body)


def reset_password(browser: TestClient, as_: As, world: World) -> Any:
    return as_("sysadmin").post(f"{API}/users/{world.user['school']}/reset-password")


def give_role(browser: TestClient, as_: As, world: World) -> Any:
    grant = {"role": "office", "unit_id": world.unit["人事股"]}
    return as_("secadmin").post(f"{API}/users/{world.user['school']}/role-grants", json=grant)


def take_role(browser: TestClient, as_: As, world: World) -> Any:
    grant = ok(as_("secadmin").get(f"{API}/role-grants?user_id={world.user['school']}"))["data"][0]
    return as_("secadmin").post(f"{API}/role-grants/{grant['id']}/end")


def disable(browser: TestClient, as_: As, world: World) -> Any:
    path = f"{API}/users/{world.user['school']}"
    return as_("sysadmin").patch(path, json={"disabled": True}, headers={"if-match": '"1"'})


def end_it_from_elsewhere(browser: TestClient, as_: As, world: World) -> Any:
    elsewhere = TestClient(browser.app, base_url="http://testserver")
    elsewhere.portal = browser.portal
    opened = elsewhere.post(f"{API}/sessions", json={"username": "school", "password": PASSWORD}).json()
    sessions = elsewhere.get(f"{API}/me/sessions").json()["data"]
    other = next(each for each in sessions if not each["current"])
    headers = {"x-csrf-token": opened["csrf_token"]}
    return elsewhere.post(f"{API}/sessions/{other['id']}/end", headers=headers)


ENDINGS = [log_out, change_password, reset_password, give_role, take_role, disable, end_it_from_elsewhere]


@pytest.mark.parametrize("act", ENDINGS, ids=lambda act: act.__name__)
def test_session_ends_everywhere_at_the_next_request(
    browse: As, as_: As, world: World, second: TestClient, act: Act
) -> None:
    browser = browse("school")
    there = same_browser(browser, second)
    assert there.get(f"{API}/me").status_code == there.get("/my-work").status_code == 200
    assert act(browser, as_, world).is_success
    assert there.get(f"{API}/me").status_code == 401
    assert there.get("/my-work").headers["location"].startswith("/login")


def test_token_ends_everywhere_at_the_next_request(as_: As, world: World, second: TestClient) -> None:
    made = ok(as_("school").post(f"{API}/api-tokens", json={"name": "抄送"}), 201)
    revoked, alive = ({"authorization": f"Bearer {token}"} for token in (made["token"], world.token["school"]))
    assert second.get(f"{API}/me", headers=revoked).status_code == 200
    ok(as_("school").post(f"{API}/api-tokens/{made['id']}/revoke"))
    assert second.get(f"{API}/me", headers=revoked).json()["code"] == "bad_token"
    assert second.get(f"{API}/me", headers=alive).status_code == 200
    ok(disable(as_("school"), as_, world))
    assert second.get(f"{API}/me", headers=alive).json()["code"] == "bad_token"


def test_role_that_moves_is_seen_everywhere_at_the_next_request(as_: As, world: World, second: TestClient) -> None:
    there = same_browser(as_("school"), second)
    assert there.get(f"{API}/me").json()["roles"] == ["school"]
    ok(take_role(there, as_, world))
    assert there.get(f"{API}/me").json()["unit_ids"] == []
    ok(give_role(there, as_, world), 201)
    me = there.get(f"{API}/me").json()
    assert (me["roles"], me["unit_ids"]) == (["office"], [world.unit["人事股"]])
    assert there.get(f"{API}/units").status_code == 200


def test_grant_that_ran_out_is_over_at_midnight_everywhere(
    as_: As, world: World, client: TestClient, second: TestClient, later: Callable[..., None]
) -> None:
    tomorrow = today_of(now()) + timedelta(days=1)
    grant = {"role": "office", "unit_id": world.unit["人事股"], "valid_to": tomorrow.isoformat()}
    ok(as_("secadmin").post(f"{API}/users/{world.user['school']}/role-grants", json=grant), 201)
    both = (as_("school"), same_browser(as_("school"), second))
    later(days=1)
    assert [one.get(f"{API}/me").json()["roles"] for one in both] == [["office", "school"]] * 2
    later(days=1)
    assert [one.get(f"{API}/me").json()["roles"] for one in both] == [["school"]] * 2


def test_session_ends_idle_and_at_its_longest_in_any_case(
    browse: As, second: TestClient, later: Callable[..., None]
) -> None:
    used, idle = browse("school"), browse("office")
    there = same_browser(used, second)
    for _ in range(28):
        later(minutes=25)
        assert there.get(f"{API}/me").status_code == 200
    assert same_browser(idle, second).get(f"{API}/me").status_code == 401
    later(minutes=25)
    assert there.get(f"{API}/me").status_code == 401


def test_own_sessions_are_ended_one_by_one_or_all_others(browse: As, world: World) -> None:
    here, there, third, foreign = browse("school"), browse("school"), browse("school"), browse("office")
    [theirs] = foreign.get(f"{API}/me/sessions").json()["data"]
    assert here.post(f"{API}/sessions/{theirs['id']}/end").status_code == 404
    assert foreign.get(f"{API}/me").status_code == 200
    mine = there.get(f"{API}/me/sessions").json()["data"]
    ended = next(each["id"] for each in mine if each["current"])
    assert here.post(f"{API}/sessions/{ended}/end").status_code == 204
    assert here.post(f"{API}/sessions/{ended}/end").status_code == 404
    assert [one.get(f"{API}/me").status_code for one in (here, there, third)] == [200, 401, 200]
    assert here.post(f"{API}/sessions/end-others").status_code == 204
    assert [one.get(f"{API}/me").status_code for one in (here, third)] == [200, 401]


def test_page_shows_where_one_is_logged_in_and_ends_it(browse: As) -> None:
    browser = browse("school")
    agent = {"user-agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36 Edg/150.0"}
    other = TestClient(browser.app, base_url="http://testserver", headers=agent, follow_redirects=False)
    other.portal = browser.portal
    other.post("/login", data={"username": "school", "password": PASSWORD})
    page = browser.get("/account").text
    assert "Edge · Windows" in page and "150.0" not in page and "结束其他登录" in page
    [action] = [line.split('"')[0] for line in page.split('action="') if line.startswith("/account/sessions/")][1:]
    assert browser.post(action, data={"csrf": browser.headers["x-csrf-token"]}).status_code == 303
    assert other.get("/my-work").headers["location"].startswith("/login")
    assert "结束其他登录" not in browser.get("/account").text
