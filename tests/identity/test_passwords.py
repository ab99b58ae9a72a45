"""Passwords by profile: the rule is said before anyone types, and what is said is what is checked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.identity.passwords import PROFILES
from app.settings import Settings
from tests.conftest import As, form
from tests.walk.steps import ok
from tests.world import PASSWORD, World
from web.main import create_app

API = "/api/v1"
CONTEXT = ("li.weidong", "李卫东", "青川区教育局", "QC")
GUESSED = [
    "short-one", "aaaaaaaaaaaa", "abcabcabcabc", "123456789012", "qwertyuiop[]", "1qaz2wsx3edc", "Qinglian@2026",
    "P@ssw0rd2026!!", "admin123456789", "li.weidong-2026", "Weidong20260101", "李卫东20260101abc", "woaini5201314",
    "青川区教育局2026年", "清廉学校2026密码", "xiaozhang888888", "98765432109876", "x" * 201, "QLmima#2026#2026",
    "1q2w3e4r5t6y", "Q1w2e3r4t5y6!", "112233445566", "aabbccddeeff",
]  # fmt: skip
OWN = [
    "correct horse battery", "a-long-new-one", "Xq7#mvTz!u2K", "春江潮水连海平，海上明月", "kettle 铁锅 ride",
    "pasted:" + "Zr4k-Wq8p-" * 6, " spaces at both ends ", "naïve café ☕ über",
]  # fmt: skip


@pytest.mark.parametrize("password", GUESSED)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    from app.core.errors import Invalid

    with pytest.raises(Invalid) as refused:
        PROFILES["asvs"].check(password, CONTEXT)
    [error] = refused.value.errors
    assert error.pointer == "/new_password" and password not in error.detail


def test_any_characters_of_ones_own_will_do_and_stay_as_typed(browse: As, client: TestClient) -> None:
    browser, old = browse("school"), PASSWORD
    for password in OWN:
        typed = form(browser, old_password=old, new_password=password, again=password)
        assert browser.post("/account/password", data=typed).status_code == 303, password
        for tried in {password.swapcase(), password[:-1], f"{password} "} - {password}:
            assert client.post(f"{API}/sessions", json={"username": "school", "password": tried}).status_code == 401
        assert client.post(f"{API}/sessions", json={"username": "school", "password": password}).status_code == 201
        old = password


def test_bureau_and_person_are_known_to_the_rule(browse: As) -> None:
    browser = browse("school")
    for guessed in ("青川区教育局2026-1", "刘敏school2026!!"):
        answer = browser.post(f"{API}/me/password", json={"old_password": PASSWORD, "new_password": guessed})
        assert answer.status_code == 422 and "容易被猜到" in answer.json()["detail"], guessed


# 等保


@pytest.fixture
def graded(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings.model_copy(update={"password_profile": "dengbao"}))
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as opened:
        yield opened


def enter(browser: TestClient, password: str = PASSWORD) -> None:
    opened = browser.post(f"{API}/sessions", json={"username": "school", "password": password})
    browser.headers["x-csrf-token"] = ok(opened, 201)["csrf_token"]


def change(browser: TestClient, old: str, new: str) -> Any:
    return browser.post(f"{API}/me/password", json={"old_password": old, "new_password": new})


def test_rule_stands_at_the_field_in_the_words_of_the_profile(browse: As, graded: TestClient) -> None:
    plain = browse("school").get("/account").text
    assert PROFILES["asvs"].words in plain and "12 到 200 个字符" in plain and "90 天" not in plain
    enter(graded)
    strict = graded.get("/account").text
    assert PROFILES["dengbao"].words in strict
    assert all(said in strict for said in ("10 到 200 个字符", "至少 3 类", "每 90 天", "最近 5 个"))
    assert graded.get(f"{API}/me").json()["password_rule"] == PROFILES["dengbao"].words


def test_graded_profile_wants_three_kinds_of_characters(graded: TestClient) -> None:
    enter(graded)
    for new in ("kettle-ride-up", "KETTLE RIDE UP", "84625173950284", "kettleRIDEup"):
        answer = change(graded, PASSWORD, new)
        assert answer.status_code == 422 and "3 类" in answer.json()["detail"], new
    assert change(graded, PASSWORD, "Kettle-7-ride").status_code == 204


def test_none_of_the_last_five_comes_again(graded: TestClient, as_: As) -> None:
    enter(graded)
    used = [PASSWORD]
    for n in range(5):
        new = f"Kettle-{n}-ride-{'uvwxy'[n]}"
        assert change(graded, used[-1], new).status_code == 204
        used.append(new)
        if n == 3:
            for earlier in used[:-1]:
                refused = change(graded, used[-1], earlier)
                assert refused.status_code == 422, earlier
    refused = change(graded, used[-1], used[1])
    assert "最近 5 个" in refused.json()["detail"]
    assert change(graded, used[-1], "Kettle-9-ride-z").status_code == 204
    assert change(graded, "Kettle-9-ride-z", used[1]).status_code == 204


def test_password_of_ninety_days_must_be_changed_at_login_and_tokens_go_on(
    graded: TestClient, world: World, later: Callable[..., None]
) -> None:
    later(days=89)
    enter(graded)
    assert graded.get(f"{API}/units").status_code == 200
    later(days=2)
    enter(graded)
    assert graded.get("/my-work").headers["location"] == "/account"
    assert graded.get(f"{API}/units").json()["code"] == "password_change_required"
    token = {"authorization": f"Bearer {world.token['school']}"}
    assert TestClient(graded.app, base_url="http://testserver").get(f"{API}/units", headers=token).status_code == 200
    assert change(graded, PASSWORD, "Kettle-7-ride").status_code == 204
    assert graded.get(f"{API}/units").status_code == 200
    later(days=89)
    enter(graded, "Kettle-7-ride")
    assert graded.get(f"{API}/units").status_code == 200


def test_other_profile_lets_a_good_password_be(browse: As, later: Callable[..., None]) -> None:
    later(days=400)
    assert browse("school").get(f"{API}/units").status_code == 200


def test_demo_expires_nothing(settings: Settings, tmp_path: Path, later: Callable[..., None]) -> None:
    (tmp_path / "demo").write_text("ready")
    app = create_app(settings.model_copy(update={"password_profile": "dengbao"}))
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as opened:
        later(days=100)
        enter(opened)
        assert opened.get(f"{API}/units").status_code == 200


def test_change_decided_on_a_password_that_was_reset_meanwhile_is_refused(
    browse: As, as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.identity import login

    browser = browse("school")
    real = login._hash_unless_earlier

    def reset_first(*given: Any) -> str:
        ok(as_("sysadmin").post(f"{API}/users/{world.user['school']}/reset-password"))
        return real(*given)

    monkeypatch.setattr(login, "_hash_unless_earlier", reset_first)
    answer = change(browser, PASSWORD, "another-long-one")
    assert (answer.status_code, answer.json()["code"]) == (409, "lost_race")
