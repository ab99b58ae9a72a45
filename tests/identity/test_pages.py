"""Coming in by page, users, grants and one's own account."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import As, form
from tests.generated.routes import routes
from tests.world import PASSWORD, World


def test_login_goes_to_the_page_asked_for(client: TestClient) -> None:
    sent = client.get("/rectifications?state=pending")
    assert sent.headers["location"] == "/login?next=/rectifications%3Fstate%3Dpending"
    given = {"username": "school", "password": PASSWORD, "next": "/rectifications?state=pending"}
    assert client.post("/login", data=given).headers["location"] == "/rectifications?state=pending"


def test_login_never_leaves_the_site(client: TestClient) -> None:
    for evil in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        given = {"username": "school", "password": PASSWORD, "next": evil}
        assert client.post("/login", data=given).headers["location"] == "/"


@pytest.mark.parametrize("next", ["/login", "/logout", "/logout/", "/login?next=/logout", "/log%6Fut"])
def test_login_never_goes_straight_out_again(client: TestClient, next: str) -> None:
    given = {"username": "school", "password": PASSWORD, "next": next}
    assert client.post("/login", data=given).headers["location"] == "/"
    assert client.get("/login", params={"next": next}).headers["location"] == "/"


def test_failed_login_says_nothing_of_the_account(client: TestClient) -> None:
    wrong = client.post("/login", data={"username": "school", "password": "no"})
    unknown = client.post("/login", data={"username": "nobody", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("school", "") == unknown.text.replace("nobody", "")


def test_login_form_from_another_site_is_refused(client: TestClient) -> None:
    given = {"username": "school", "password": PASSWORD}
    assert client.post("/login", data=given, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_login_rotates_a_session_id_set_by_someone_else(client: TestClient) -> None:
    client.cookies.set("ql", "fixed-by-an-attacker")
    client.post("/login", data={"username": "school", "password": PASSWORD})
    assert "fixed-by-an-attacker" not in [cookie.value for cookie in client.cookies.jar if cookie.domain]


def test_sysadmin_makes_a_user_whose_password_must_be_changed(client: TestClient, browse: As) -> None:
    browser = browse("sysadmin")
    made = browser.post("/users", data=form(browser, username="newcomer", name="新同事"))
    secret = re.search(r"<code>(.*?)</code>", made.text)
    assert secret is not None
    client.post("/login", data={"username": "newcomer", "password": secret[1]})
    assert client.get("/units").headers["location"] == "/account"
    assert client.get("/api/v1/units").json()["code"] == "password_change_required"


def test_password_typed_twice_differently_is_refused(browse: As) -> None:
    browser = browse("school")
    typed = form(browser, old_password=PASSWORD, new_password="a-long-new-one", again="another-new-one")
    shown = browser.post("/account/password", data=typed)
    assert shown.status_code == 422 and "不一致" in shown.text


def test_new_password_that_is_the_old_one_is_refused_at_its_field(browse: As) -> None:
    browser = browse("school")
    shown = browser.post(
        "/account/password", data=form(browser, old_password=PASSWORD, new_password=PASSWORD, again=PASSWORD)
    )
    assert shown.status_code == 422 and shown.text.count("不能与原密码相同") == 2


def test_token_page_refuses_a_scope_that_does_not_exist(browse: As) -> None:
    browser = browse("school")
    shown = browser.post("/account/tokens", data=form(browser, name="抄送", **{"scopes[]": ["units:read", "no:read"]}))
    assert shown.status_code == 422 and "<code>ql_" not in shown.text
    assert re.search(r'value="units:read" checked', shown.text) and "没有“no:read”这一范围" in shown.text


def test_secadmin_grants_and_the_three_duties_stay_apart(browse: As, world: World) -> None:
    browser = browse("secadmin")
    place = f"/users/{world.user['auditor']}/role-grants"
    assert browser.post(place, data=form(browser, role="sysadmin", unit_id=str(world.district))).status_code == 409
    place = f"/users/{world.user['school']}/role-grants"
    assert browser.post(place, data=form(browser, role="office", unit_id=str(world.unit["人事股"]))).status_code == 303


def test_own_token_is_shown_once(browse: As, client: TestClient) -> None:
    browser = browse("school")
    made = browser.post("/account/tokens", data=form(browser, name="抄送", days="3", **{"scopes[]": ["units:read"]}))
    secret = re.search(r"<code>(ql_.*?)</code>", made.text)
    assert secret is not None
    assert secret[1] not in browser.get("/account").text
    client.headers["authorization"] = f"Bearer {secret[1]}"
    assert client.get("/api/v1/units").status_code == 200 and client.get("/api/v1/plans").status_code == 403
    assert "单位（读取）" in browser.get("/account").text


def test_the_token_page_offers_every_scope_by_its_chinese_name(app: FastAPI, browse: As) -> None:
    shown = browse("school").get("/account").text
    offered = dict(re.findall(r'name="scopes\[\]" value="([^"]+)"[^>]*> <span>([^<]+)', shown))
    nouns = {route.path.split("/")[3].partition(".")[0] for route in routes(app) if route.is_json} - {"openapi"}
    assert offered.keys() == {f"{noun}:{verb}" for noun in nouns for verb in ("read", "write")}
    labels = [label for scope, label in offered.items() if scope.endswith(":read")]
    assert len(set(labels)) == len(labels), "two nouns of one name: say in app/identity/scopes.py what each is called"
    assert all(re.fullmatch("[\u4e00-\u9fff]+", label) for label in labels)
