"""启用: what is missing is told, it happens once, and the right of the first administrator is gone from then on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.settings import Settings
from tests.at_once import at_once
from tests.cli.conftest import Command
from tests.cli.conftest import folder as folder  # the fixture
from tests.cli.conftest import qinglian as qinglian  # the fixture
from tests.conftest import As, form
from tests.identity.conftest import race as race  # the fixture
from tests.identity.conftest import second as second  # the fixture
from tests.setup.conftest import PERSONS, Fresh
from tests.setup.test_steps import STEPS, events
from tests.walk.steps import API, ok
from tests.world import World
from web.main import create_app

WRITES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "administrators", PERSONS),
    ("POST", "unit-aliases", {"name": "坪小", "unit_id": 1}),
    ("DELETE", "unit-aliases/1", {}),
    ("POST", "unit-groups", {"name": "各小学", "rule": {"kinds": ["school"]}}),
    ("POST", "calendar-days", {"on": "2027-07-03", "is_workday": True}),
    ("DELETE", "calendar-days/1", {}),
    ("POST", "calendar-days/load-year", {"year": 2026}),
    ("POST", "enable", {}),
)
FORMS: dict[str, dict[str, Any]] = {
    "/setup/administrators": PERSONS,
    "/setup/bureau": {"version": "1", "name": "另一个教育局"},
    "/setup/units": {"code": "B9", "name": "坪中", "kind": "school"},
    "/setup/units/import": {},
    "/setup/unit-aliases": {"alias": "坪小", "meant": "unit-1"},
    "/setup/unit-aliases/1/delete": {},
    "/setup/unit-groups": {"name": "各小学", "kinds[]": ["school"]},
    "/setup/calendar-days": {"on": "2027-07-03", "is_workday": "true"},
    "/setup/calendar-days/1/delete": {},
    "/setup/calendar-days/load-year": {"year": "2026"},
    "/setup/enable": {},
}


def send(client: TestClient, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    sent = {"json": body} if method == "POST" else {}
    answer: httpx.Response = client.request(method, f"{API}/setup/{path}", **sent)  # type: ignore[arg-type]
    return answer


# What is missing


def test_a_bureau_without_its_three_persons_cannot_begin(fresh: Fresh) -> None:
    browser = fresh.browser()
    refused = browser.post(f"{API}/setup/enable")
    assert (refused.status_code, refused.json()["code"]) == (409, "administrators_unnamed")
    page = browser.get("/setup/enable").text
    assert "必须补" in page and '<button class="btn primary large" form="step" disabled' in page
    again = browser.post("/setup/enable", data=form(browser))
    assert again.status_code == 409 and "还没有落实到人" in again.text
    assert ok(browser.get(f"{API}/setup"))["enabled"] is False
    assert ("setup.enable", "refused") in events(fresh, outcome="refused")


def test_what_is_missing_is_told_step_by_step_and_stops_nobody(fresh: Fresh) -> None:
    browser = fresh.named()

    def missing(step: str) -> list[str]:
        return [each["words"] for each in ok(browser.get(f"{API}/setup"))["missing"] if each["step"] == step]

    assert len(missing("administrators")) == 1 and "还没有登录" in missing("administrators")[0]
    assert "还没有单位" in missing("units")[0] and missing("names") == [] and missing("calendar") == []
    office = {"code": "B1", "name": "督查室", "kind": "office"}
    unit = ok(browser.post(f"{API}/units", json=office), 201)
    assert [words[:9] for words in missing("units")] == ["还没有指明哪个股室", "还没有学校（园），"]
    assert "各幼儿园" in missing("names")[0]
    etag = {"if-match": '"1"'}
    ok(browser.patch(f"{API}/units/{unit['id']}", json={"duty": "supervision"}, headers=etag))
    assert [words[:9] for words in missing("units")] == ["还没有学校（园），"]
    page = browser.get("/setup/enable").text
    assert "可以后补" in page and 'href="/setup/units">去补' in page and "必须补" not in page
    ok(browser.post(f"{API}/setup/enable"))


# Once


def test_enabled_once_by_page_the_wizard_is_gone(fresh: Fresh) -> None:
    browser = fresh.named()
    assert browser.post("/setup/enable", data=form(browser)).headers["location"] == "/setup"
    shown = browser.get("/setup")
    assert shown.status_code == 200 and "已启用" in shown.text and "周岚" in shown.text and "/unit-groups" in shown.text
    assert browser.get("/").headers["location"] == "/users"
    for step in STEPS:
        assert browser.get(f"/setup/{step}").headers["location"] == "/setup", step
    assert events(fresh, resource="setup")[-1] == ("setup.enable", "done")


def test_of_two_who_enable_at_once_one_does(
    fresh: Fresh, race: Callable[..., list[httpx.Response]], app: FastAPI
) -> None:
    browser = fresh.named()
    token = ok(browser.post(f"{API}/api-tokens", json={"name": "两处"}), 201)["token"]

    async def press(client: httpx.AsyncClient, _: int) -> httpx.Response:
        return await client.post(f"{API}/setup/enable", headers={"authorization": f"Bearer {token}"})

    answers = race(press, 6)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"already_enabled", "lost_race"}
    assert events(fresh, resource="setup").count(("setup.enable", "done")) == 1


def test_of_two_who_name_the_three_at_once_each_password_shown_last_opens(fresh: Fresh, app: FastAPI) -> None:
    token = ok(fresh.browser().post(f"{API}/api-tokens", json={"name": "两处"}), 201)["token"]

    async def name(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(f"{API}/setup/administrators", json=PERSONS)

    answers = at_once(app, token, name, 6)
    told = [answer.json()["data"][2]["one_time_password"] for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    issued = [each for each in told if each]
    assert len(issued) == 1 and fresh.entered("auditor", issued[0])


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_once_enabled_every_write_of_the_setup_is_refused(
    fresh: Fresh, method: str, path: str, body: dict[str, Any]
) -> None:
    browser = fresh.enabled()
    refused = send(browser, method, path, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_enabled")


def test_once_enabled_every_form_of_the_setup_is_refused_and_the_log_says_so(fresh: Fresh) -> None:
    browser = fresh.enabled()
    before = ok(browser.get(f"{API}/setup"))
    for path, typed in FORMS.items():
        answer = browser.post(path, data=form(browser, **typed))
        assert answer.status_code == 409 and "已经启用" in answer.text, path
    assert ok(browser.get(f"{API}/setup")) == before
    assert len(events(fresh, outcome="refused")) == len(FORMS)


# Who


@pytest.mark.parametrize("account", ["secadmin", "auditor"])
def test_the_other_two_administrators_have_no_part_in_it(fresh: Fresh, account: str) -> None:
    other = fresh.browser(account)
    assert other.get("/setup").status_code == other.get(f"{API}/setup").status_code == 403
    for method, path, body in WRITES:
        assert send(other, method, path, body).status_code == 403, path
    for path, typed in FORMS.items():
        assert other.post(path, data=form(other, **typed)).status_code == 403, path


@pytest.mark.parametrize("account", ["supervisor", "office", "school", "discipline", "leader", "secadmin", "auditor"])
def test_nobody_of_a_bureau_at_work_gets_in(as_: As, account: str) -> None:
    assert as_(account).get("/setup").status_code == 403
    for method, path, body in WRITES:
        assert send(as_(account), method, path, body).status_code == 403, path


def test_a_bureau_at_work_is_set_up(as_: As, browse: As) -> None:
    sysadmin = as_("sysadmin")
    shown = ok(sysadmin.get(f"{API}/setup"))
    assert shown["enabled"] and shown["missing"] == [] and shown["allowed_actions"] == []
    assert browse("sysadmin").get("/").headers["location"] == "/users"
    for method, path, body in WRITES:
        assert send(sysadmin, method, path, body).json()["code"] == "already_enabled", path


def test_a_setup_reaches_its_own_bureau_alone(fresh: Fresh, as_: As, world: World) -> None:
    """The administrator of a new bureau names nothing in another one, and the others' know nothing of it."""
    browser = fresh.browser()
    foreign = {"name": "坪小", "unit_id": world.unit["实验小学"]}
    assert browser.post(f"{API}/setup/unit-aliases", json=foreign).status_code == 422
    alias = ok(as_("supervisor").get(f"{API}/unit-aliases"))["data"][0]["id"]
    assert browser.delete(f"{API}/setup/unit-aliases/{alias}").status_code == 404
    assert {each["username"] for each in ok(browser.get(f"{API}/setup"))["administrators"]} == {
        "bp-sysadmin",
        "bp-secadmin",
        "bp-auditor",
    }


def test_the_lent_right_shows_nothing_and_ends_with_its_act(fresh: Fresh) -> None:
    browser = fresh.browser()
    ok(browser.post(f"{API}/setup/unit-groups", json={"name": "各小学", "rule": {"kinds": ["school"]}}), 201)
    assert ok(browser.get(f"{API}/me"))["roles"] == ["sysadmin"]
    assert ok(browser.get(f"{API}/plans"))["data"] == [] and browser.post(f"{API}/plans", json={}).status_code != 201
    assert browser.get("/calendar").status_code == 200 and "登记一天" not in browser.get("/calendar").text


# Where there is nobody


def test_where_there_is_no_account_the_login_page_names_the_command(qinglian: Command, folder: Path) -> None:
    assert qinglian("migrate").code == 0
    with TestClient(create_app(Settings(data=folder)), follow_redirects=False) as site:
        asked = site.get("/setup")
        assert asked.status_code == 303 and asked.headers["location"] == "/login?next=/setup"
        assert "qinglian init" in site.get("/login?next=/setup").text
        assert site.get(f"{API}/setup").status_code == 401
    made = qinglian("init", "--bureau", "青川区教育局", "--code", "QC")
    assert made.code == 0 and "首次设置" in made.out
    with TestClient(create_app(Settings(data=folder)), follow_redirects=False) as site:
        assert "qinglian init" not in site.get("/login").text
        password = made.out.split("sysadmin")[1].split()[0]
        session = ok(site.post(f"{API}/sessions", json={"username": "sysadmin", "password": password}), 201)
        site.headers["x-csrf-token"] = session["csrf_token"]
        own = {"old_password": password, "new_password": "another-own-word-26"}
        ok(site.post(f"{API}/me/password", json=own), 204)
        assert site.get("/").headers["location"] == "/setup"
