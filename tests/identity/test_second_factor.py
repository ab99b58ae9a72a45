"""Codes from a phone: set up, asked for, taken once, lost and reset."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.calendar import now
from app.settings import Settings
from tests.cli.conftest import run
from tests.conftest import As, form
from tests.walk.steps import ok
from tests.world import PASSWORD, World
from web.main import create_app

API = "/api/v1"
SESSIONS = f"{API}/sessions"
FACTOR = f"{API}/me/second-factor"
PLACE = "/account/second-factor"
Race = Callable[..., list[httpx.Response]]


def code_of(secret: str, steps: int = 0) -> str:
    left = 30 - now().timestamp() % 30
    if left < 2:
        # The next step would begin while the code is under way.
        time.sleep(left)
    return pyotp.TOTP(secret).at(now(), counter_offset=steps)


def wrong_for(secret: str) -> str:
    good = {code_of(secret, steps) for steps in range(-3, 4)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in good)


def enrolled(browser: TestClient) -> tuple[str, list[str]]:
    """The phone's secret and the recovery codes; confirmed by the code before this one, so that this one is unused."""
    secret = ok(browser.post(FACTOR, json={"password": PASSWORD}), 201)["secret"]
    confirmed = ok(browser.post(f"{FACTOR}/confirm", json={"code": code_of(secret, -1)}))
    return secret, confirmed["recovery_codes"]


def credentials(username: str, **more: str) -> dict[str, str]:
    return {"username": username, "password": PASSWORD, **more}


# Setting up


def test_page_shows_the_secret_until_a_code_confirms_it_and_the_recovery_codes_once(browse: As) -> None:
    browser = browse("leader")
    assert "开始设置" in browser.get(PLACE).text and "<svg" not in browser.get(PLACE).text.split("<main")[1]
    assert browser.post(PLACE, data=form(browser, password=PASSWORD)).headers["location"] == PLACE
    page = browser.get(PLACE).text
    [key] = re.findall(r'<code class="key">(.*?)</code>', page)
    secret = key.replace(" ", "")
    drawing = page[page.index('role="img"') :].partition("</svg>")[0]
    assert "<svg" in drawing and "style" not in drawing
    assert browser.post(f"{PLACE}/confirm", data=form(browser, code=wrong_for(secret))).status_code == 422
    shown = browser.post(f"{PLACE}/confirm", data=form(browser, code=code_of(secret)))
    codes = re.findall(r"<li><code>(.*?)</code>", shown.text)
    assert len(set(codes)) == 10 and secret not in shown.text.replace(" ", "")
    again = browser.get(PLACE).text
    assert "已开启" in again and not [code for code in [*codes, key, secret] if code in again]


def test_whoever_found_the_session_open_sets_up_nothing(browse: As, as_: As) -> None:
    browser = browse("leader")
    assert browser.post(FACTOR, json={"password": "no"}).json()["errors"][0]["pointer"] == "/password"
    assert browser.post(f"{FACTOR}/confirm", json={"code": "000000"}).json()["code"] == "not_begun"
    assert as_("leader").post(FACTOR, json={"password": PASSWORD}).json()["code"] == "session_required"
    assert browser.get(FACTOR).json() == {"on": False, "since": None, "recovery_codes_left": 0, "required": False}


def test_setting_up_ends_the_other_logins(browse: As) -> None:
    here, there = browse("leader"), browse("leader")
    enrolled(here)
    assert (here.get(f"{API}/me").status_code, there.get(f"{API}/me").status_code) == (200, 401)


# Logging in


def test_json_login_asks_for_the_code_after_the_password(browse: As, client: TestClient) -> None:
    secret, _ = enrolled(browse("leader"))
    asked = client.post(SESSIONS, json=credentials("leader"))
    assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_required")
    without = client.post(SESSIONS, json=credentials("leader", code=code_of(secret)) | {"password": "no"})
    assert without.json()["code"] == "bad_credentials"
    wrong = client.post(SESSIONS, json=credentials("leader", code=wrong_for(secret)))
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_second_factor") and not client.cookies
    assert client.post(SESSIONS, json=credentials("leader", code=code_of(secret))).status_code == 201
    assert client.post(SESSIONS, json=credentials("office", code="anything")).status_code == 201


def test_page_asks_for_the_code_on_a_second_page_and_between_them_nothing_is_open(
    browse: As, client: TestClient
) -> None:
    secret, _ = enrolled(browse("leader"))
    sent = client.post("/login", data=credentials("leader", next="/rectifications"))
    assert sent.headers["location"] == "/login/code?next=/rectifications"
    assert client.get("/my-work").headers["location"].startswith("/login")
    assert client.get(f"{API}/me").status_code == 401
    page = client.get(sent.headers["location"]).text
    assert "恢复码" in page and "<script" not in page
    wrong = client.post("/login/code", data={"code": wrong_for(secret), "next": "/rectifications"})
    assert wrong.status_code == 401 and "验证码不对" in wrong.text
    opened = client.post("/login/code", data={"code": code_of(secret), "next": "/rectifications"})
    assert opened.headers["location"] == "/rectifications"
    assert client.get("/rectifications").status_code == 200
    assert client.get("/login/code").headers["location"] == "/login"


def test_what_stands_between_password_and_code_cannot_be_made_moved_or_kept(
    browse: As, client: TestClient, later: Callable[..., None], world: World
) -> None:
    secret, _ = enrolled(browse("leader"))
    client.post("/login", data=credentials("leader"))
    good = client.cookies["ql-code"]
    _, until, sealed = good.split(".")
    forged = [f"{world.user['school']}.{until}.{sealed}", f"{world.user['leader']}.{int(until) + 9}.{sealed}"]
    for cookie in [*forged, "", "..", "1", "x.y.z", f"{good}0"]:
        client.cookies.clear()
        client.cookies.set("ql-code", cookie)
        refused = client.post("/login/code", data={"code": code_of(secret)})
        assert refused.status_code == 401 and "ql" not in client.cookies, cookie
    client.cookies.clear()
    client.cookies.set("ql-code", good)
    later(minutes=6)
    late = client.post("/login/code", data={"code": pyotp.TOTP(secret).at(int(now().timestamp()) + 360)})
    assert late.status_code == 401 and "请重新输入账号和密码" in late.text


def test_of_two_logins_with_one_code_one_passes(race: Race, browse: As) -> None:
    secret, recovery = enrolled(browse("leader"))
    for code in (code_of(secret), recovery[0]):

        async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
            return await client.post(SESSIONS, json=credentials("leader", code=code))  # noqa: B023

        answers = [answer.status_code for answer in race(send, 4)]
        # Five wrong ones close the account: whoever of the second four comes late may meet that.
        assert answers.count(201) == 1 and set(answers) <= {201, 401, 429}


def test_recovery_code_stands_in_for_the_phone_once_however_it_is_typed(browse: As, client: TestClient) -> None:
    browser = browse("leader")
    _, codes = enrolled(browser)
    typed = codes[3].upper().replace("-", " ")
    assert client.post(SESSIONS, json=credentials("leader", code=typed)).status_code == 201
    assert client.post(SESSIONS, json=credentials("leader", code=codes[3])).json()["code"] == "bad_second_factor"
    assert browser.get(FACTOR).json()["recovery_codes_left"] == 9


def test_wrong_codes_lock_the_account_and_the_right_password_does_not_help(browse: As, client: TestClient) -> None:
    secret, _ = enrolled(browse("leader"))
    for _ in range(4):
        assert client.post(SESSIONS, json=credentials("leader", code=wrong_for(secret))).status_code == 401
        assert client.post(SESSIONS, json=credentials("leader")).json()["code"] == "second_factor_required"
    assert client.post(SESSIONS, json=credentials("leader", code=wrong_for(secret))).status_code == 401
    assert client.post(SESSIONS, json=credentials("leader", code=code_of(secret))).status_code == 429


def test_every_step_is_recorded_and_no_secret_with_it(browse: As, client: TestClient, as_: As) -> None:
    secret, codes = enrolled(browse("leader"))
    client.post(SESSIONS, json=credentials("leader"))
    client.post(SESSIONS, json=credentials("leader", code=wrong_for(secret)))
    client.post(SESSIONS, json=credentials("leader", code=codes[0]))
    log = as_("auditor").get(f"{API}/events?limit=50").text
    assert not [held for held in [secret, *codes, PASSWORD] if held in log]
    for left in ("second_factor.begin", "second_factor.confirm", "session.challenge", "bad_second_factor", "recovery"):
        assert f'"{left}"' in log


# Losing it


def test_turning_off_needs_the_password_and_a_code(browse: As, client: TestClient) -> None:
    """As the login does: whoever found the session open and knows the password has no phone."""
    browser = browse("leader")
    secret, recovery = enrolled(browser)
    assert 'name="code"' in browser.get(PLACE).text
    assert browser.post(f"{PLACE}/remove", data=form(browser, password=PASSWORD)).status_code == 422
    assert browser.post(f"{PLACE}/remove", data=form(browser, password="no", code=recovery[0])).status_code == 422
    told = browser.post(f"{PLACE}/remove", data=form(browser, password=PASSWORD, code=wrong_for(secret)))
    assert told.status_code == 422 and "验证码不对" in told.text
    wrong = browser.post(f"{FACTOR}/remove", json={"password": PASSWORD, "code": wrong_for(secret)})
    assert (wrong.json()["code"], wrong.json()["errors"][0]["pointer"]) == ("bad_second_factor", "/code")
    assert client.post(SESSIONS, json=credentials("leader")).status_code == 401
    given = form(browser, password=PASSWORD, code=code_of(secret))
    assert browser.post(f"{PLACE}/remove", data=given).status_code == 303
    assert client.post(SESSIONS, json=credentials("leader")).status_code == 201
    again = browser.post(f"{FACTOR}/remove", json={"password": PASSWORD, "code": recovery[0]})
    assert (again.status_code, again.json()["code"]) == (409, "not_on")


def test_a_recovery_code_turns_it_off_where_the_phone_is_lost(browse: As) -> None:
    browser = browse("leader")
    _, recovery = enrolled(browser)
    given = {"password": PASSWORD, "code": recovery[0]}
    assert browser.post(f"{FACTOR}/remove", json=given).status_code == 204
    assert browser.get(FACTOR).json()["on"] is False


def test_what_is_not_on_is_no_wrong_code(browse: As) -> None:
    browser = browse("leader")
    given = {"password": PASSWORD, "code": "123456"}
    assert {browser.post(f"{FACTOR}/remove", json=given).json()["code"] for _ in range(7)} == {"not_on"}


def test_codes_guessed_with_the_right_password_are_counted_and_recorded(browse: As, as_: As) -> None:
    browser = browse("leader")
    secret, _ = enrolled(browser)
    given = {"password": PASSWORD, "code": wrong_for(secret)}
    answers = [browser.post(f"{FACTOR}/remove", json=given).status_code for _ in range(5)]
    # The right password, given anywhere, opens no further guesses.
    assert browser.post(FACTOR, json={"password": PASSWORD}).json()["code"] == "already_on"
    answers.append(browser.post(f"{FACTOR}/remove", json=given).status_code)
    assert answers == [422] * 5 + [429]
    given["code"] = code_of(secret)
    assert browser.post(f"{FACTOR}/remove", json=given).status_code == 429
    refused = ok(as_("auditor").get(f"{API}/events?operation=user.confirm_password&outcome=refused"))["data"]
    assert [event["code"] for event in refused] == ["bad_second_factor"] * 5


def test_secadmin_resets_anothers_with_a_reason_and_nobody_their_own(
    browse: As, as_: As, client: TestClient, world: World
) -> None:
    leader, secadmin = browse("leader"), browse("secadmin")
    enrolled(leader)
    enrolled(secadmin)
    path = f"{API}/users/{world.user['leader']}/reset-second-factor"
    assert as_("sysadmin").post(path, json={"note": "丢失"}).status_code == 403
    assert as_("other_supervisor").post(path, json={"note": "丢失"}).status_code == 404
    assert secadmin.post(path).json()["errors"][0]["pointer"] == "/note"
    own = secadmin.post(f"{API}/users/{world.user['secadmin']}/reset-second-factor", json={"note": "丢失"})
    assert (own.status_code, own.json()["code"]) == (409, "own_account")
    assert "reset_second_factor" in secadmin.get(f"{API}/users/{world.user['leader']}").json()["allowed_actions"]
    page = f"/users/{world.user['leader']}/reset-second-factor"
    assert secadmin.post(page, data=form(secadmin, note="手机丢失，已当面核实。")).status_code == 303
    assert leader.get(f"{API}/me").status_code == 401
    assert client.post(SESSIONS, json=credentials("leader")).status_code == 201
    [event] = ok(as_("auditor").get(f"{API}/events?operation=second_factor.reset&outcome=done"))["data"]
    assert event["resource_id"] == world.user["leader"] and event["reason"]


def test_lost_secret_of_the_installation_is_said_and_mended_on_the_machine(
    browse: As, client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = enrolled(browse("leader"))
    (settings.data / "secret").unlink()
    client.app.state.settings.__dict__.pop("secret")  # type: ignore[attr-defined]
    answer = client.post(SESSIONS, json=credentials("leader", code=code_of(secret)))
    assert (answer.status_code, answer.json()["code"]) == (503, "sealed")
    monkeypatch.setenv("QL_DATA", str(settings.data))
    monkeypatch.setenv("QL_DATABASE_URL", str(settings.database_url))
    assert run("user", "reset-second-factor", "leader", "--note", "密钥文件丢失").code == 0
    assert client.post(SESSIONS, json=credentials("leader")).status_code == 201


# Required


@pytest.fixture
def required(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings.model_copy(update={"second_factor": "required"}))
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as opened:
        yield opened


def test_where_it_is_required_administrators_and_leaders_set_it_up_before_anything_else(
    required: TestClient, world: World
) -> None:
    for account in ("sysadmin", "secadmin", "auditor", "leader"):
        opened = required.post(SESSIONS, json=credentials(account)).json()
        required.headers["x-csrf-token"] = opened["csrf_token"]
        for path in ("/", "/users", "/events", "/my-work", "/account", "/units?q=x"):
            assert required.get(path).headers["location"] == PLACE, path
        assert required.get(f"{API}/units").json()["code"] == "second_factor_setup_required"
        assert required.post(f"{API}/api-tokens", json={"name": "早"}).status_code == 403
        assert required.get(f"{API}/me").json()["must_set_up_second_factor"]
        assert "请先设置" in required.get(PLACE).text
        secret, _ = enrolled(required)
        assert required.get("/units").status_code != 303 and required.get(f"{API}/users").status_code == 200
        given = {"password": PASSWORD, "code": code_of(secret)}
        assert required.post(f"{FACTOR}/remove", json=given).json()["code"] == "required"
        required.cookies.clear()
    assert required.post(SESSIONS, json=credentials("office")).status_code == 201
    assert required.get(f"{API}/units").status_code == 200
    token = {"authorization": f"Bearer {world.token['leader']}"}
    required.cookies.clear()
    assert required.get(f"{API}/units", headers=token).status_code == 200


def test_demo_requires_none(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("ready")
    app: FastAPI = create_app(settings.model_copy(update={"second_factor": "required"}))
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as opened:
        opened.post(SESSIONS, json=credentials("leader"))
        assert opened.get(f"{API}/units").status_code == 200
        assert "动态验证码" in opened.get("/account").text
