"""Reads that a known person was refused are in the log, each once an hour; strangers and wrong addresses leave nothing."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core import limits, refusals
from app.core.limits import COUNT
from app.events.words import noun
from app.settings import Settings
from tests.at_once import at_once
from tests.conftest import As
from tests.events.test_events import events
from tests.evidence.test_upload import upload
from tests.identity.conftest import later as later  # the fixture
from tests.walk.steps import API
from tests.world import World
from web.main import create_app

MISSING = 987_654_321


@pytest.fixture
def row(as_: As) -> int:
    """A piece of evidence of 实验小学, of which 第一中学 knows nothing."""
    return int(upload(as_("school")).json()["id"])


def refused(as_: As, account: str = "auditor") -> list[dict[str, Any]]:
    """Oldest first."""
    return events(as_, account, outcome="refused")[::-1]


def views(as_: As) -> list[tuple[Any, ...]]:
    return [(each["resource"], each["resource_id"], each["code"], each["after"]) for each in refused(as_)]


def test_a_read_of_what_others_have_is_recorded_and_told_in_words(as_: As, browse: As, world: World, row: int) -> None:
    assert as_("middle").get(f"{API}/evidence/{row}").status_code == 404
    assert as_("middle").get(f"{API}/evidence/{row}/file").status_code == 404
    assert browse("middle").get(f"/evidence/{row}").status_code == 404
    by_token, of_file, by_page = refused(as_)
    assert by_token["token_id"] and by_page["token_id"] is None
    assert {each["user_id"] for each in (by_token, of_file, by_page)} == {world.user["middle"]}
    assert {each["operation"] for each in (by_token, of_file, by_page)} == {"request.get"}
    assert views(as_) == [
        ("evidence", row, "not_found", {"view": "evidence"}),
        ("evidence", row, "not_found", {"view": "evidence.file"}),
        ("evidence", row, "not_found", {"view": "evidence"}),
    ]
    page = browse("auditor").get(f"/events?operation=request.get&open={of_file['id']}").text
    assert "越权被拒" in page and f"印证资料 #{row}" in page and "查看：不在本人可见范围" in page
    assert re.search(r"<td>所看内容</td>.*?<ins>evidence\.file</ins>", page, re.DOTALL)
    assert refused(as_, "other_auditor") == []


def test_the_same_again_is_recorded_once_an_hour(as_: As, later: Callable[..., None], row: int) -> None:
    for account in ("middle", "middle", "kindergarten", "middle"):
        assert as_(account).get(f"{API}/evidence/{row}").status_code == 404
    assert len(refused(as_)) == 2
    later(minutes=61)
    for _ in range(3):
        as_("middle").get(f"{API}/evidence/{row}")
    assert len(refused(as_)) == 3


def test_whoever_counts_ids_upwards_is_told_of_only_so_often(
    as_: As, later: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MANY", refusals.MANY._replace(most=3))
    for account in ("middle", "kindergarten"):
        answers = [as_(account).get(f"{API}/evidence/{MISSING + n}") for n in range(5)]
        assert {answer.status_code for answer in answers} == {404}
    assert len(refused(as_)) == 6
    later(minutes=61)
    as_("middle").get(f"{API}/evidence/{MISSING}")
    assert len(refused(as_)) == 7


def test_of_many_at_once_over_two_instances_one_is_recorded(
    app: FastAPI, as_: As, settings: Settings, world: World, row: int
) -> None:
    second = create_app(settings.model_copy())
    answers = at_once([app, second], world.token["middle"], lambda client, _: client.get(f"{API}/evidence/{row}"))
    second.state.database.close()
    assert {answer.status_code for answer in answers} == {404}
    assert len(refused(as_)) == 1


def test_a_row_of_others_and_one_that_is_not_there_leave_the_same(as_: As, row: int) -> None:
    for row_id in (row, MISSING):
        as_("middle").get(f"{API}/evidence/{row_id}")
    theirs, nobodys = refused(as_)
    apart = {"id": 0, "at": "", "request_id": "", "resource_id": 0}
    assert theirs | apart == nobodys | apart
    assert (theirs["resource_id"], nobodys["resource_id"]) == (row, MISSING)


def test_ids_that_no_row_can_have_are_one(as_: As) -> None:
    for impossible in ("x", "0", "1_0", "9007199254740992", "9" * 300):
        assert as_("school").get(f"{API}/evidence/{impossible}").status_code == 404
    assert views(as_) == [("evidence", None, "not_found", {"view": "evidence"})]


def test_a_read_that_is_not_ones_to_do_is_recorded(as_: As, browse: As) -> None:
    view = "accountability-actions.preview"
    for _ in range(2):
        assert as_("school").get(f"{API}/accountability-actions/preview").status_code == 403
        assert browse("school").get("/accountability-actions/preview").status_code == 403
    assert views(as_) == [("accountability_action", None, "forbidden", {"view": view})] * 2
    assert "查看：没有办理这一步的权限" in browse("auditor").get("/events").text


def test_a_read_beyond_a_tokens_scopes_is_recorded(as_: As, client: TestClient) -> None:
    made = as_("school").post(f"{API}/api-tokens", json={"name": "只读", "scopes": ["evidence:read"]}).json()
    client.headers["authorization"] = f"Bearer {made['token']}"
    for path in (f"{API}/plan-items/7", f"{API}/plan-items", "/plan-items.csv", "/no/such/page", f"{API}/nothing"):
        assert client.get(path).status_code == 403
    assert views(as_) == [
        ("plan_item", None, "insufficient_scope", {"view": "plan-items"}),
        ("request", None, "insufficient_scope", None),
    ]
    assert {each["token_id"] for each in refused(as_)} == {made["id"]}


def test_strangers_and_addresses_that_do_not_exist_leave_nothing(
    as_: As, browse: As, client: TestClient, row: int
) -> None:
    browser = browse("middle")
    for path, status in (
        (f"{API}/nothing/{row}", 404),
        (f"{API}/evidence/{row}/nothing", 404),
        (f"/nothing/{row}", 404),
        ("/static/nothing.css", 404),
        (f"{API}/imports/templates/nothing", 404),
        (f"{API}/evidence?colour=red", 422),
    ):
        assert (browser.get(path).status_code, path) == (status, path)
    for path in (f"{API}/evidence/{row}", f"/evidence/{row}", f"{API}/nothing"):
        assert client.get(path).status_code in (401, 303)
    client.headers["authorization"] = "Bearer ql_nobody"
    assert client.get(f"{API}/evidence/{row}").status_code == 401
    assert refused(as_) == []


def _broken(*_: Any) -> None:
    raise RuntimeError("a fault of the program")


@pytest.mark.parametrize("step", ["is_closed", "take"])
def test_what_cannot_be_recorded_is_answered_all_the_same(
    as_: As, monkeypatch: pytest.MonkeyPatch, row: int, step: str
) -> None:
    path = f"{API}/evidence/{row}"
    with monkeypatch.context() as patch:
        patch.setattr(limits, step, _broken)
        answer = as_("middle").get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found") and refused(as_) == []
    assert as_("middle").get(path).json() == answer.json() and len(refused(as_)) == 1


@pytest.fixture
def beside(settings: Settings) -> Iterator[sa.Engine]:
    """Another program on the same database."""
    engine = sa.create_engine(settings.url)
    yield engine
    engine.dispose()


def test_nobody_waits_long_for_it_and_it_is_written_when_it_can_be(as_: As, beside: sa.Engine, row: int) -> None:
    as_("middle").get(f"{API}/me")  # Who asks is known, and noted.
    with beside.connect() as holding:
        if holding.dialect.name == "sqlite":
            holding.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            holding.execute(sa.text(f"LOCK TABLE {COUNT.name} IN EXCLUSIVE MODE"))
        began = time.monotonic()
        assert as_("middle").get(f"{API}/evidence/{row}").status_code == 404
        assert refusals.NOTED_WITHIN_S <= time.monotonic() - began < 5
        holding.rollback()
    until = time.monotonic() + 10
    while not refused(as_) and time.monotonic() < until:
        time.sleep(0.05)
    assert [each["resource_id"] for each in refused(as_)] == [row]


def test_whatever_may_be_read_has_a_word() -> None:
    assert len(refusals.RESOURCES) > 60
    assert {each for each in refusals.RESOURCES.values() if re.search("[a-z]", noun(each))} == set()
