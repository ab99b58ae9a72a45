"""A later deadline: asked for in time, decided on by a leader."""

from datetime import date
from typing import Any

import pytest

from app.extensions.models import Extension
from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.stock import day
from tests.walk.steps import ok

API = "/api/v1"


def ask(as_: As, account: str, path: str, deadline: date | str, reason: str = "评比改期。") -> Any:
    body = {"deadline_on": str(deadline), "reason": reason}
    return as_(account).post(f"{API}/{path}/extensions", json=body)


@pytest.fixture(params=["assignments", "rectifications"])
def due(request: pytest.FixtureRequest, ledger: Ledger) -> str:
    """A row of 实验小学 with ten days left."""
    if request.param == "assignments":
        return f"assignments/{ledger.row('实验小学', 'in_progress', days=10)}"
    return f"rectifications/{ledger.stock.rectification('实验小学', 'in_progress', days=10)}"


def test_approved_extension_moves_the_deadline_and_keeps_the_original(as_: As, due: str) -> None:
    made = ok(ask(as_, "school", due, day(30)), 201)
    assert (made["state"], made["from_deadline_on"]) == ("requested", day(10).isoformat())
    assert ok(as_("school").get(f"{API}/{due}"))["deadline_on"] == day(10).isoformat()
    done = ok(as_("leader").post(f"{API}/extensions/{made['id']}/approve"))
    assert done["state"] == "approved"
    row = ok(as_("school").get(f"{API}/{due}"))
    assert (row["deadline_on"], row["original_deadline_on"]) == (day(30).isoformat(), day(10).isoformat())


def test_refused_extension_needs_a_note_and_leaves_the_deadline(as_: As, due: str) -> None:
    path = f"{API}/extensions/{ok(ask(as_, 'school', due, day(30)), 201)['id']}"
    assert as_("leader").post(f"{path}/refuse").status_code == 422
    assert ok(as_("leader").post(f"{path}/refuse", json={"note": "理由不充分。"}))["decision_note"] == "理由不充分。"
    assert ok(as_("school").get(f"{API}/{due}"))["deadline_on"] == day(10).isoformat()
    assert as_("leader").post(f"{path}/approve").status_code == 409
    assert ask(as_, "school", due, day(20)).status_code == 201, "another one may be asked for"


@pytest.mark.parametrize("account", ["school", "supervisor", "discipline"])
def test_leader_alone_decides(as_: As, due: str, account: str) -> None:
    made = ok(ask(as_, "school", due, day(30)), 201)
    assert as_(account).post(f"{API}/extensions/{made['id']}/approve").status_code == 403
    assert as_("middle").post(f"{API}/extensions/{made['id']}/approve").status_code == 404


@pytest.mark.parametrize("account", ["supervisor", "leader", "discipline"])
def test_unit_itself_asks(as_: As, due: str, account: str) -> None:
    assert ask(as_, account, due, day(30)).status_code == 403
    assert ask(as_, "middle", due, day(30)).status_code == 404


def test_later_date_and_reason_are_required(as_: As, due: str) -> None:
    for deadline in (day(10), day(5)):
        refused = ask(as_, "school", due, deadline)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/deadline_on")
    assert ask(as_, "school", due, day(30), reason="").status_code == 422
    assert ask(as_, "school", due, "明天").status_code == 422


def test_one_request_at_a_time(as_: As, due: str) -> None:
    ok(ask(as_, "school", due, day(30)), 201)
    again = ask(as_, "school", due, day(40))
    assert (again.status_code, again.json()["code"]) == (409, "extension_waits")


@pytest.mark.parametrize(("days", "code"), [(None, "no_deadline"), (-1, "expired")])
def test_row_without_deadline_or_after_it_is_a_conflict(as_: As, ledger: Ledger, days: int | None, code: str) -> None:
    row = ledger.row("实验小学", "in_progress", days=days)
    refused = ask(as_, "school", f"assignments/{row}", day(30))
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert "request_extension" not in ok(as_("school").get(f"{API}/assignments/{row}"))["allowed_actions"]


def test_on_the_last_day_it_may_still_be_asked_for(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "in_progress", days=0)
    assert ask(as_, "school", f"assignments/{row}", day(1)).status_code == 201


def test_finished_row_cannot_be_extended(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "in_progress", days=5)
    made = ok(ask(as_, "school", f"assignments/{row}", day(30)), 201)
    ok(as_("supervisor").post(f"{API}/assignments/{row}/waive", json={"note": "不再需要。"}))
    refused = as_("leader").post(f"{API}/extensions/{made['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_running")
    seen = ok(as_("leader").get(f"{API}/extensions/{made['id']}"))
    assert (seen["state"], seen["allowed_actions"]) == ("requested", [])
    waiting = [
        matter["resource"] for group in ok(as_("leader").get(f"{API}/my-work"))["groups"] for matter in group["data"]
    ]
    assert "extensions" not in waiting


def test_a_request_outlives_the_submission_it_was_made_before(as_: As, ledger: Ledger) -> None:
    """Submitted and sent back after the deadline, the unit could not ask again."""
    row = ledger.stock.rectification("实验小学", "submitted", days=10)
    asked = {"rectification_id": row, "unit_id": ledger.stock.world.unit["实验小学"]}
    made = ledger.stock.add(
        Extension, **asked, from_deadline_on=day(10), deadline_on=day(30), reason="评比改期。", requested_by=None
    )
    assert ok(as_("leader").post(f"{API}/extensions/{made}/approve"))["state"] == "approved"
    assert ok(as_("school").get(f"{API}/rectifications/{row}"))["deadline_on"] == day(30).isoformat()


@pytest.mark.parametrize(
    ("account", "seen"),
    [("school", 1), ("leader", 1), ("supervisor", 1), ("discipline", 1), ("middle", 0), ("other_supervisor", 0)],
)
def test_seen_by_whoever_sees_what_it_is_for(as_: As, due: str, account: str, seen: int) -> None:
    made = ok(ask(as_, "school", due, day(30)), 201)
    assert len(ok(as_(account).get(f"{API}/extensions"))["data"]) == seen
    assert as_(account).get(f"{API}/extensions/{made['id']}").status_code == (200 if seen else 404)


def test_timeline_tells_request_and_decision(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "in_progress", days=5)
    made = ok(ask(as_, "school", f"assignments/{row}", day(30)), 201)
    ok(as_("leader").post(f"{API}/extensions/{made['id']}/approve", json={"note": "同意。"}))
    told = ok(as_("school").get(f"{API}/assignments/{row}"))["timeline"]
    assert [(entry["label"], entry["note"]) for entry in told] == [("批准延期", "同意。"), ("申请延期", "评比改期。")]
