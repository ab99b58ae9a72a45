"""One step on many rows: each stands or falls by itself."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.calendar import long_day, now, today_of
from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.walk.steps import ok

API = "/api/v1/assignments"


def bulk(as_: As, account: str, action: str, ids: list[int], note: str | None = None) -> Any:
    body = {"action": action, "ids": ids} | ({"note": note} if note else {})
    return as_(account).post(f"{API}/bulk", json=body)


def test_each_row_has_a_result_of_its_own(as_: As, ledger: Ledger) -> None:
    fits = ledger.row("实验小学", "submitted")
    wrong_state = ledger.row("第一中学", "in_progress")
    not_mine = ledger.row("督查室", "submitted")
    answer = bulk(as_, "supervisor", "complete", [fits, wrong_state, not_mine, 999_999])
    results = ok(answer)["results"]
    assert results[0] == {"id": fits, "ok": True, "state": "completed"}
    assert [(r["id"], r["ok"], r["code"]) for r in results[1:]] == [
        (wrong_state, False, "wrong_state"),
        (not_mine, False, "forbidden"),
        (999_999, False, "not_found"),
    ]
    assert all(r["title"] and set(r) == {"id", "ok", "code", "title", "detail"} for r in results[1:])
    assert ok(as_("supervisor").get(f"{API}/{fits}"))["state"] == "completed"


def test_every_bulk_action_works(as_: As, ledger: Ledger) -> None:
    pending, sent = ledger.row("实验小学"), ledger.row("实验小学", "submitted", period="2023")
    assert ok(bulk(as_, "supervisor", "urge", [pending], "请签收。"))["results"][0]["state"] == "pending"
    assert ok(bulk(as_, "school", "acknowledge", [pending]))["results"][0]["state"] == "in_progress"
    assert ok(bulk(as_, "supervisor", "send_back", [sent], "缺总结。"))["results"][0]["state"] == "in_progress"
    assert len(ok(as_("school").get(f"{API}/{pending}/urgings"))["data"]) == 1


def test_urgings_in_bulk_say_of_each_row_what_is_asked_and_until_when(as_: As, ledger: Ledger) -> None:
    """Nobody types them: of a row whose deadline is over, or that has none, it is three workdays from now."""
    late, early, without = (
        ledger.row("实验小学", "in_progress", days=days, period=str(n)) for n, days in enumerate((-2, 9, None), 2023)
    )
    assert all(each["ok"] for each in ok(bulk(as_, "supervisor", "urge", [late, early, without]))["results"])
    told = [ok(as_("school").get(f"{API}/{row}")) for row in (late, early, without)]
    notes = [row["urgings"][0]["note"] for row in told]
    assert all(row["item_title"] in note and "请抓紧办理" in note for row, note in zip(told, notes, strict=True))
    assert "已逾期 2 天" in notes[0] and "没有完成时限" in notes[2]
    day = [long_day(today_of(now()) + timedelta(days=9)), notes[2].rsplit("，", 1)[1]]
    assert notes[1].endswith(f"，{day[0]}前报送印证资料。") and notes[0].endswith(f"，{day[1]}")
    assert told[0]["timeline"][0]["note"] == notes[0]


def test_refused_rows_are_in_the_log_and_leave_no_change(as_: As, ledger: Ledger) -> None:
    row = ledger.row("第一中学", "in_progress")
    ok(bulk(as_, "supervisor", "complete", [row]))
    events = ok(as_("auditor").get(f"/api/v1/events?resource=assignment&resource_id={row}"))["data"]
    assert [(event["operation"], event["outcome"]) for event in events][:1] == [("assignment.complete", "refused")]


def test_row_named_twice_is_taken_once(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学")
    assert ok(bulk(as_, "school", "acknowledge", [row, row]))["results"] == [
        {"id": row, "ok": True, "state": "in_progress"}
    ]


@pytest.mark.parametrize(
    ("action", "ids"), [("waive", [1]), ("complete", []), ("complete", list(range(1, 502))), ("send_back", [1])]
)
def test_bad_bulk_request_is_refused_as_a_whole(as_: As, ledger: Ledger, action: str, ids: list[int]) -> None:
    assert bulk(as_, "supervisor", action, ids).status_code == 422
