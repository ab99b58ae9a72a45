"""From pending to closed and open again; who puts right, who verifies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.core.calendar import now
from app.core.policy import Role
from tests.conftest import As
from tests.inspections.people import hire
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, evidence, ok, rectification, rectified
from tests.world import World

WORDS = {"cause": "无人负责更新。", "measures": "明确专人。", "result": "已更新。"}


def path_of(row: dict[str, Any]) -> str:
    return f"{API}/rectifications/{row['id']}"


def tag(row: dict[str, Any]) -> dict[str, str]:
    return {"if-match": f'"{row["version"]}"'}


def prove(as_: As, account: str, row: dict[str, Any]) -> dict[str, Any]:
    proof = evidence(as_(account), "公示照片", kind="rectification")
    link = {"target": "rectifications", "target_id": row["id"]}
    ok(as_(account).post(f"{API}/evidence/{proof['id']}/links", json=link), 201)
    return proof


def test_submitting_needs_cause_measures_result_and_evidence(as_: As, world: World) -> None:
    row = rectification(as_, world)
    ok(as_("school").post(f"{path_of(row)}/start"))
    refused = as_("school").post(f"{path_of(row)}/submit")
    assert refused.status_code == 409
    pointers = [error["pointer"] for error in refused.json()["errors"]]
    assert pointers == ["/cause", "/measures", "/result", "/evidence"]
    started = ok(as_("school").get(path_of(row)))
    ok(as_("school").patch(path_of(row), json=WORDS, headers=tag(started)))
    refused = as_("school").post(f"{path_of(row)}/submit")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/evidence"]
    prove(as_, "school", row)
    assert ok(as_("school").post(f"{path_of(row)}/submit"))["state"] == "submitted"


def test_voided_evidence_proves_nothing(as_: As, world: World) -> None:
    row = rectification(as_, world)
    ok(as_("school").patch(path_of(row), json=WORDS, headers=tag(row)))
    proof = prove(as_, "school", row)
    ok(as_("school").post(f"{path_of(row)}/start"))
    ok(as_("school").post(f"{API}/evidence/{proof['id']}/void", json={"note": "传错了"}))
    assert as_("school").post(f"{path_of(row)}/submit").json()["code"] == "incomplete"


def test_what_is_to_be_put_right_at_once_goes_from_pending_to_submitted(as_: As, world: World) -> None:
    row = rectification(as_, world, immediate=True)
    assert "submit" in ok(as_("school").get(path_of(row)))["allowed_actions"]
    ok(as_("school").patch(path_of(row), json=WORDS, headers=tag(row)))
    prove(as_, "school", row)
    assert ok(as_("school").post(f"{path_of(row)}/submit"))["state"] == "submitted"


@pytest.mark.parametrize("found", ["by an inspection", "by itself"])
def test_all_else_is_begun_before_it_is_submitted(as_: As, world: World, found: str) -> None:
    school = as_("school")
    if found == "by itself":
        row = ok(school.post(f"{API}/rectifications", json={"problem": "消防通道堆放杂物。"}), 201)
    else:
        row = rectification(as_, world)
    ok(school.patch(path_of(row), json=WORDS, headers=tag(row)))
    prove(as_, "school", row)
    assert "submit" not in ok(school.get(path_of(row)))["allowed_actions"]
    refused = school.post(f"{path_of(row)}/submit")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_started")
    assert "请先“开始整改”" in refused.json()["detail"]
    assert "submit" in ok(school.post(f"{path_of(row)}/start"))["allowed_actions"]
    assert ok(school.post(f"{path_of(row)}/submit"))["state"] == "submitted"


@pytest.mark.parametrize("account", ["supervisor", "leader", "discipline"])
def test_only_its_unit_puts_right(as_: As, world: World, account: str) -> None:
    row = rectification(as_, world)
    for step in ("start", "submit"):
        assert as_(account).post(f"{path_of(row)}/{step}").status_code == 403
    assert as_(account).patch(path_of(row), json=WORDS, headers=tag(row)).status_code == 403
    for step in ("close", "send-back", "reopen"):
        assert as_("school").post(f"{path_of(row)}/{step}", json={"note": "x"}).status_code == 403


@pytest.mark.parametrize("account", ["leader", "discipline", "education"])
def test_only_the_supervisor_verifies(as_: As, world: World, account: str) -> None:
    row = rectified(as_, "middle", rectification(as_, world, "第一中学"))
    assert as_(account).get(path_of(row)).status_code == 200
    assert as_(account).post(f"{path_of(row)}/close").status_code == 403
    assert as_(account).post(f"{path_of(row)}/send-back", json={"note": "x"}).status_code == 403


def test_submitted_is_fixed_sent_back_is_open_again(as_: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    assert as_("school").patch(path_of(row), json=WORDS, headers=tag(row)).status_code == 409
    assert as_("supervisor").post(f"{path_of(row)}/send-back").status_code == 422
    back = ok(as_("supervisor").post(f"{path_of(row)}/send-back", json={"note": "照片不清楚"}))
    assert back["state"] == "in_progress" and back["round"] == 1
    ok(as_("school").patch(path_of(row), json={"result": "已补拍。"}, headers=tag(back)))
    assert ok(as_("school").post(f"{path_of(row)}/submit"))["state"] == "submitted"


def test_closing_keeps_opinion_verifier_and_day(as_: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    closed = ok(as_("supervisor").post(f"{path_of(row)}/close", json={"note": "现场核实。"}))
    assert closed["state"] == "closed" and closed["opinion"] == "现场核实。"
    assert closed["verifier_name"] == "李卫东" and closed["closed_at"] and closed["lamp"] == "done"
    assert closed["allowed_actions"] == ["reopen"]


def test_the_verifier_is_never_the_rectifier(as_: As, world: World, client: Any) -> None:
    """A supervisor who works for the unit, or who submitted it, does not close it."""
    row = rectification(as_, world)
    hire(client.app, world, "torn", (Role.SUPERVISOR, "青川区教育局"), (Role.SCHOOL, "实验小学"))
    sent = rectified(as_, "torn", row)
    assert "close" not in sent["allowed_actions"]
    assert as_("torn").post(f"{path_of(row)}/close").status_code == 403
    ok(as_("supervisor").post(f"{path_of(row)}/close"))


def test_a_leader_verifies_the_supervision_offices_own(as_: As, world: World) -> None:
    unit = world.unit["督查室"]
    days = {"starts_on": "2023-10-11", "ends_on": "2023-10-12"}
    body = {"unit_ids": [unit], "mode": "announced", "kind": "routine", "title": "查督查室", **days}
    made = ok(as_("discipline").post(f"{API}/inspections", json=body), 201)
    ok(as_("discipline").post(f"{API}/inspections/{made['id']}/start"))
    problem = {"unit_id": unit, "category": "其他", "severity": "minor", "description": "d", "correction": "c"}
    found = ok(as_("discipline").post(f"{API}/inspections/{made['id']}/findings", json=problem), 201)
    ok(as_("discipline").post(f"{API}/findings/{found['id']}/issue"))
    (row,) = ok(as_("supervisor").get(f"{API}/rectifications"))["data"]
    rectified(as_, "supervisor", row)
    assert as_("supervisor").post(f"{path_of(row)}/close").status_code == 403
    assert ok(as_("leader").post(f"{path_of(row)}/close"))["state"] == "closed"


def test_reopening_begins_a_round_and_keeps_the_earlier_one(as_: As, world: World) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    ok(as_("supervisor").post(f"{path_of(row)}/close", json={"note": "符合要求。"}))
    assert as_("supervisor").post(f"{path_of(row)}/reopen").status_code == 422
    again = ok(as_("supervisor").post(f"{path_of(row)}/reopen", json={"note": "复查又恢复旧标准"}))
    assert again["state"] == "in_progress" and again["round"] == 2
    assert again["result"] is None and again["opinion"] is None and again["closed_at"] is None
    assert again["cause"] == WORDS["cause"]
    (kept,) = again["rounds"]
    assert kept["number"] == 1 and kept["reopened_reason"] == "复查又恢复旧标准"
    assert kept["content"]["result"] == "已更新公示内容。" and kept["content"]["opinion"] == "符合要求。"
    assert len(kept["content"]["evidence"]) == 1
    assert as_("school").post(f"{path_of(row)}/submit").status_code == 409
    ok(as_("school").patch(path_of(row), json={"result": "已专人更新。"}, headers=tag(again)))
    ok(as_("school").post(f"{path_of(row)}/submit"))
    assert ok(as_("supervisor").post(f"{path_of(row)}/close"))["round"] == 2


def test_a_late_round_gets_as_long_again(as_: As, stock: Stock) -> None:
    stock.rectification("实验小学", days=-30, created_at=now() - timedelta(days=60))
    (row,) = ok(as_("school").get(f"{API}/rectifications?lamp=red"))["data"]
    rectified(as_, "school", row)
    closed = ok(as_("supervisor").post(f"{path_of(row)}/close"))
    assert closed["lamp"] == "done" and closed["lamp_words"] == "逾期销号"
    again = ok(as_("supervisor").post(f"{path_of(row)}/reopen", json={"note": "反弹"}))
    assert again["lamp"] == "green" and again["original_deadline_on"] == day(-30).isoformat()


@pytest.mark.parametrize("step", ["close", "send-back"])
def test_of_steps_at_once_one_is_taken(as_: As, world: World, step: str) -> None:
    row = rectified(as_, "school", rectification(as_, world))
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda _: as_("supervisor").post(f"{path_of(row)}/{step}", json={"note": "核实"}).status_code, range(6)
            )
        )
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    events = ok(as_("auditor").get(f"{API}/events?resource=rectification&resource_id={row['id']}"))["data"]
    name = f"rectification.{step.replace('-', '_')}"
    assert len([e for e in events if e["operation"] == name and e["outcome"] == "done"]) == 1


def test_of_two_editors_one_is_told(as_: As, world: World) -> None:
    row = rectification(as_, world)
    ok(as_("school").patch(path_of(row), json={"cause": "甲"}, headers=tag(row)))
    assert as_("school").patch(path_of(row), json={"cause": "乙"}, headers=tag(row)).status_code == 412
    assert ok(as_("school").get(path_of(row)))["cause"] == "甲"


@pytest.mark.parametrize("field", ["state", "deadline_on", "opinion", "unit_id", "round"])
def test_patch_changes_no_state_and_no_deadline(as_: As, world: World, field: str) -> None:
    row = rectification(as_, world)
    answer = as_("school").patch(path_of(row), json={field: "closed"}, headers=tag(row))
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == f"/{field}"
