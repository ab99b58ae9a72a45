"""A long table is taken back by a job, as it was written: nobody waits for it, and it is all rows or none."""

from collections.abc import Callable
from typing import Any

import pytest

from app import worker
from app.jobs import queue
from tests.conftest import As, form
from tests.imports.long import again, failed_job, table
from tests.imports.long import few as few
from tests.imports.tables import IMPORTS, send, unit
from tests.walk.steps import API, ok
from tests.workers import work as work


@pytest.fixture
def run(as_: As, work: Callable[[], int]) -> dict[str, Any]:
    """Of five units that were written."""
    client = as_("sysadmin")
    made = ok(send(client, table(5), mode="commit"), 202)
    work()
    return again(client, made)


def units(as_: As) -> int:
    return int(ok(as_("sysadmin").get(f"{API}/units?count=true"))["total"])


def test_a_long_table_is_taken_back_by_a_job(as_: As, browse: As, work: Callable[[], int], run: dict[str, Any]) -> None:
    client, clerk, home = as_("sysadmin"), browse("sysadmin"), f"/imports/{run['id']}"
    before = units(as_)
    assert clerk.post(f"{home}/undo", data=form(clerk)).status_code == 303
    shown = clerk.get(home).text
    assert "正在撤销。" in shown and "正在撤销写入的 5 行" in shown and "every 2s" in shown
    assert (again(client, run)["busy"], again(client, run)["allowed_actions"]) == ("undoing", [])
    assert client.post(f"{IMPORTS}/{run['id']}/undo").json()["code"] == "busy"
    assert units(as_) == before
    assert work() == 1
    now_at = again(client, run)
    assert (now_at["state"], now_at["busy"], units(as_)) == ("undone", None, before - 5)
    other = ok(send(client, table(5), mode="commit"), 202)
    work()
    answer = ok(client.post(f"{IMPORTS}/{other['id']}/undo", json={"note": "传错了表。"}), 202)
    assert (answer["state"], answer["busy"]) == ("committed", "undoing")
    work()
    told = ok(as_("auditor").get(f"{API}/events?operation=import_run.undo"))["data"]
    asked = [each["reason"] for each in told if each["resource_id"] == other["id"] and each["after"].get("busy")]
    assert len(asked) == 1 and asked[0]["length"] == 5 and again(client, other)["state"] == "undone"


def test_why_a_long_table_was_not_taken_back_is_told(
    as_: As, browse: As, work: Callable[[], int], run: dict[str, Any]
) -> None:
    client, held = as_("sysadmin"), unit(as_("sysadmin"), "第3小学")
    sent = {"valid_from": "2019-09-01"}
    ok(client.patch(f"{API}/units/{held['id']}", json=sent, headers={"if-match": f'"{held["version"]}"'}))
    before = units(as_)
    ok(client.post(f"{IMPORTS}/{run['id']}/undo"), 202)
    assert work() == 1
    now_at = again(client, run)
    assert (now_at["state"], now_at["busy"], units(as_)) == ("committed", None, before)
    assert "第 5 行" in now_at["problem"] and "不能整批撤销" in now_at["problem"]
    assert now_at["problem"] in browse("sysadmin").get(f"/imports/{run['id']}").text
    assert "undo" in now_at["allowed_actions"]


def test_what_could_not_be_taken_back_may_be_tried_again(
    as_: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch, run: dict[str, Any]
) -> None:
    client, before = as_("sysadmin"), units(as_)
    ok(client.post(f"{IMPORTS}/{run['id']}/undo"), 202)
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    with monkeypatch.context() as broken:
        broken.setattr("app.imports.writing.take_back", lambda *_: 1 / 0)
        assert work() == queue.MOST_ATTEMPTS
    now_at = again(client, run)
    assert (now_at["state"], now_at["busy"], now_at["problem"]) == ("committed", None, worker.BROKEN)
    ok(client.post(f"{failed_job(client)}/retry"))
    assert work() == 1
    now_at = again(client, run)
    assert (now_at["state"], now_at["problem"], units(as_)) == ("undone", None, before - 5)
