"""The steps of a row: who may take them, from which states, and what they leave."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.walk.steps import evidence, ok

API = "/api/v1/assignments"


def step(client: TestClient, row: int, action: str, note: str | None = None) -> Any:
    return client.post(f"{API}/{row}/{action}", json={"note": note} if note else {})


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def reported(client: TestClient, row: int, percent: int = 60) -> None:
    ok(client.post(f"{API}/{row}/progress-reports", json={"text": "已开展主题活动。", "percent": percent}), 201)


def test_school_takes_its_row_from_receipt_to_review_and_back(as_: As, ledger: Ledger) -> None:
    row, school = ledger.row("实验小学"), as_("school")
    assert ok(step(school, row, "acknowledge"))["state"] == "in_progress"
    reported(school, row)
    assert ok(step(school, row, "submit"))["state"] == "submitted"
    assert ok(step(school, row, "withdraw"))["state"] == "in_progress"
    ok(step(school, row, "submit"))
    assert ok(step(as_("supervisor"), row, "send-back", "缺总结。"))["state"] == "in_progress"
    back = ok(school.get(f"{API}/{row}"))
    assert (back["send_back_count"], back["sent_back"]["note"]) == (1, "缺总结。")
    answered = ok(step(school, row, "submit"))
    assert ok(school.get(f"{API}/{row}"))["sent_back"] is None
    [listed] = [each for each in ok(school.get(API))["data"] if each["id"] == row]
    assert answered == listed  # a step answers with the row as the list shows it
    done = ok(step(as_("supervisor"), row, "complete", "资料齐全。"))
    assert (done["state"], done["lamp"], done["percent"]) == ("completed", "done", 60)


def test_who_answers_for_a_unit_is_looked_up_once_and_anew_when_it_changes(as_: As, ledger: Ledger) -> None:
    rows, school, asked = [ledger.row("实验小学", period=f"2023-Q{n}") for n in (1, 2, 3)], as_("school"), []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.extend([statement] if "in_charge_unit_ids" in statement else [])

    def head(name: str) -> dict[str, Any]:
        return {"name": name, "post": "校长", "duty": "important_responsible_person", "valid_from": "2020-01-01"}

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        first = ok(step(school, rows[0], "acknowledge"))
        assert (first["responsible_person"], len(asked)) == (None, 1)
        ok(step(school, rows[1], "acknowledge"))
        assert len(asked) == 1, "what a step looked up counts for the next"
        ok(school.post("/api/v1/appointments", json=head("高岩")), 201)
        last = ok(step(school, rows[2], "acknowledge"))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert last["responsible_person"]["name"] == "高岩"


def test_step_body_may_be_empty(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学")
    assert as_("school").post(f"{API}/{row}/acknowledge").status_code == 200


def test_submitting_needs_a_progress_report(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "in_progress")
    assert code(step(as_("school"), row, "submit")) == (409, "no_report")


def test_submitting_needs_the_required_kinds_of_evidence(as_: As, ledger: Ledger) -> None:
    item = ledger.stock.item(ledger.plan, "须附资料的任务", required_evidence=["summary", "inspection"])
    row, school = ledger.row("实验小学", "in_progress", item=item), as_("school")
    reported(school, row)
    refused = step(school, row, "submit")
    assert code(refused) == (409, "missing_evidence")
    assert "还缺印证资料：检查、总结" in refused.json()["detail"]
    for kind in ("inspection", "summary"):
        proof = evidence(school, kind=kind)
        ok(
            school.post(f"/api/v1/evidence/{proof['id']}/links", json={"target": "assignments", "target_id": row}),
            201,
        )
    shown = ok(school.get(f"{API}/{row}"))
    assert shown["missing_evidence"] == []
    assert [kind["count"] for kind in shown["required_evidence"]] == [1, 1]
    assert ok(step(school, row, "submit"))["state"] == "submitted"


@pytest.mark.parametrize(
    ("action", "state", "note"),
    [
        ("acknowledge", "in_progress", None),
        ("submit", "pending", None),
        ("withdraw", "in_progress", None),
        ("decline", "in_progress", "不属本校。"),
    ],
)
def test_step_from_the_wrong_state_is_a_conflict(
    as_: As, ledger: Ledger, action: str, state: str, note: str | None
) -> None:
    row = ledger.row("实验小学", state)
    assert code(step(as_("school"), row, action, note)) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("account", "action", "state"),
    [
        ("school", "decline", "pending"),
        ("supervisor", "send-back", "submitted"),
        ("supervisor", "waive", "pending"),
        ("supervisor", "cancel", "in_progress"),
        ("supervisor", "reopen", "completed"),
    ],
)
def test_note_is_required(as_: As, ledger: Ledger, account: str, action: str, state: str) -> None:
    row = ledger.row("实验小学", state)
    refused = step(as_(account), row, action)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/note"
    assert step(as_(account), row, action, "情况属实。").status_code == 200


def test_declined_row_goes_out_again(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学")
    ok(step(as_("school"), row, "decline", "本校没有这项职能。"))
    assert step(as_("school"), row, "redispatch").status_code == 403
    assert ok(step(as_("supervisor"), row, "redispatch"))["state"] == "pending"


@pytest.mark.parametrize("action", ["waive", "cancel"])
@pytest.mark.parametrize("state", ["pending", "declined", "in_progress"])
def test_supervisor_waives_and_cancels_what_is_unfinished(as_: As, ledger: Ledger, action: str, state: str) -> None:
    row = ledger.row("第一中学", state)
    for account in ("education", "leader", "discipline", "middle"):
        assert step(as_(account), row, action, "不再需要。").status_code == 403
    assert ok(step(as_("supervisor"), row, action, "不再需要。"))["state"] in ("waived", "cancelled")


def test_waived_row_is_no_longer_awaiting_a_decision(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", "in_progress", awaits_decision=True)
    assert ok(step(as_("supervisor"), row, "waive", "已并入他校。"))["awaits_decision"] is False


def test_discipline_teams_row_is_complete_when_it_submits(as_: As, ledger: Ledger) -> None:
    row, team = ledger.row("派驻组", "in_progress"), as_("discipline")
    reported(team, row)
    assert ok(step(team, row, "submit"))["state"] == "completed"


def test_bureau_neither_urges_nor_reviews_nor_reopens_the_discipline_team(as_: As, ledger: Ledger) -> None:
    working, sent, done = (
        ledger.row("派驻组", state, period=state) for state in ("in_progress", "submitted", "completed")
    )
    for account in ("supervisor", "leader", "office"):
        client = as_(account)
        expected = 404 if account == "office" else 403
        assert client.post(f"{API}/{working}/urgings", json={}).status_code == expected
        assert step(client, sent, "complete").status_code == expected
        assert step(client, done, "reopen", "核查。").status_code == expected


def test_progress_report_moves_the_percentage_and_not_the_state(as_: As, ledger: Ledger) -> None:
    row, school = ledger.row("实验小学", "in_progress"), as_("school")
    reported(school, row, 30)
    reported(school, row, 70)
    shown = ok(school.get(f"{API}/{row}"))
    assert (shown["state"], shown["percent"], shown["version"]) == ("in_progress", 70, 3)
    listed = ok(as_("supervisor").get(f"{API}/{row}/progress-reports"))["data"]
    elsewhere = as_("supervisor").get(f"{API}/{row}/progress-reports?assignment_id=1")
    assert elsewhere.status_code == 422, "whose reports they are says the path"
    assert [report["percent"] for report in listed] == [70, 30]
    assert set(listed[0]) >= {"id", "version", "allowed_actions", "text", "reported_on", "author"}


@pytest.mark.parametrize("account", ["supervisor", "leader", "discipline", "education"])
def test_nobody_else_reports_for_a_school(as_: As, ledger: Ledger, account: str) -> None:
    row = ledger.row("第一中学", "in_progress")
    body = {"text": "代填。", "percent": 100}
    assert as_(account).post(f"{API}/{row}/progress-reports", json=body).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"text": "", "percent": 1},
        {"text": "好。", "percent": 101},
        {"text": "好。"},
        {"text": "好。", "percent": True},
        {"text": "好。", "percent": 1, "state": "completed"},
        {"text": "好。", "percent": 1, "reported_on": (today_of(now()) + timedelta(days=2)).isoformat()},
    ],
)
def test_bad_report_is_refused(as_: As, ledger: Ledger, body: dict[str, Any]) -> None:
    row = ledger.row("实验小学", "in_progress")
    assert as_("school").post(f"{API}/{row}/progress-reports", json=body).status_code == 422


def test_reports_of_a_row_out_of_sight_are_not_found(as_: As, ledger: Ledger) -> None:
    row = ledger.row("第一中学", "in_progress")
    assert as_("school").get(f"{API}/{row}/progress-reports").status_code == 404
    assert as_("school").get(f"{API}/{row}/urgings").status_code == 404


@pytest.mark.parametrize(
    ("account", "unit", "status"),
    [
        ("supervisor", "实验小学", 201),
        ("supervisor", "人事股", 201),
        ("supervisor", "督查室", 403),
        ("office", "实验小学", 201),
        ("office", "人事股", 403),
        ("education", "第一中学", 201),
        ("education", "实验小学", 404),
        ("leader", "实验小学", 403),
        ("discipline", "实验小学", 403),
        ("school", "实验小学", 403),
    ],
)
def test_who_may_urge_whom(as_: As, ledger: Ledger, account: str, unit: str, status: int) -> None:
    if unit != "人事股":
        ledger.row("人事股")
    row = ledger.row(unit, "in_progress")
    assert as_(account).post(f"{API}/{row}/urgings", json={"level": 2, "note": "请抓紧。"}).status_code == status


def test_urgings_are_told_in_the_timeline_with_their_number(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学")
    for note in ("请签收。", "再次提醒。"):
        ok(as_("supervisor").post(f"{API}/{row}/urgings", json={"note": note}), 201)
    ok(step(as_("school"), row, "acknowledge"))
    reported(as_("school"), row, 40)
    told = [(entry["label"], entry["note"]) for entry in ok(as_("school").get(f"{API}/{row}"))["timeline"]]
    assert told == [
        ("填报进展 40%", "已开展主题活动。"),
        ("签收", None),
        ("催办（第2次）", "再次提醒。"),
        ("催办（第1次）", "请签收。"),
    ]
    assert len(ok(as_("school").get(f"{API}/{row}/urgings"))["data"]) == 2


def test_row_cannot_be_patched(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学")
    assert as_("school").patch(f"{API}/{row}", json={"state": "completed"}).status_code == 405


@pytest.mark.parametrize("kind", ["external_body", "training_institution"])
def test_a_named_office_answers_for_a_body_without_accounts(as_: As, ledger: Ledger, kind: str) -> None:
    """区公安分局 has a row and nobody to log in: the office named carries it out, and does not accept it."""
    world = ledger.stock.world
    answering = world.unit["督查室"]
    body = {"code": "X01", "name": "区公安分局", "kind": kind, "answering_unit_id": answering}
    made = ok(as_("sysadmin").post("/api/v1/units", json=body), 201)
    world.unit["区公安分局"] = made["id"]
    row = ledger.row("区公安分局")
    assert code(step(as_("office"), row, "acknowledge")) == (404, "not_found")
    assert ok(step(as_("supervisor"), row, "acknowledge"))["state"] == "in_progress"
    reported(as_("supervisor"), row)
    ok(step(as_("supervisor"), row, "submit"))
    assert code(step(as_("supervisor"), row, "complete")) == (403, "forbidden")
    change = {"answering_unit_id": world.unit["人事股"]}
    ok(as_("sysadmin").patch(f"/api/v1/units/{made['id']}", json=change, headers={"if-match": '"1"'}))
    assert "withdraw" in ok(as_("office").get(f"{API}/{row}"))["allowed_actions"]
    assert ok(step(as_("supervisor"), row, "complete"))["state"] == "completed"
