"""Major decisions: who sees them, what may follow what, and what a correction may not undo."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import As
from tests.exported import csv_lines
from tests.major_decisions.steps import (
    AT,
    DISCLOSED,
    PREPARED,
    TODAY,
    decided,
    deliberated,
    edited,
    flagged,
    held_on,
    meeting,
    minute,
    registered,
    step,
    supervised,
)
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, evidence, ok
from tests.world import World


def test_a_matter_is_seen_by_its_unit_and_by_whoever_supervises_its_category(as_: As, world: World) -> None:
    supervised(as_("supervisor"), world, "personnel", "人事股")
    row = registered(as_("school"), "personnel")
    other = registered(as_("school"), "project")
    beneath = registered(as_("central"), unit_id=world.unit["柳林小学"])
    sees = {account: as_(account).get(f"{AT}/{row['id']}").status_code for account in ("school", "office", "leader")}
    assert sees == dict.fromkeys(sees, 200)
    for account in ("middle", "education", "central", "sysadmin", "other_supervisor"):
        assert as_(account).get(f"{AT}/{row['id']}").status_code == 404, account
    assert [each["id"] for each in ok(as_("office").get(AT))["data"]] == [row["id"]]
    assert [each["id"] for each in ok(as_("central").get(AT))["data"]] == [beneath["id"]]
    # Where an office is named it alone remarks; until then the supervisor does. Whoever reads everything only reads.
    for account, matter, status in (
        *(("office", row, 201), ("supervisor", row, 403), ("supervisor", other, 201)),
        *(("discipline", row, 403), ("school", row, 403)),
    ):
        told = as_(account).post(f"{AT}/{matter['id']}/remarks", json={"text": "请补充论证材料。"})
        assert told.status_code == status, (account, told.text)
    remark = ok(as_("school").get(f"{AT}/{row['id']}"))["remarks"][0]
    given = {"remark_id": remark["id"], "text": "已补充。"}
    assert as_("office").post(f"{AT}/{row['id']}/answer", json=given).status_code == 403
    assert as_("school").post(f"{AT}/{other['id']}/answer", json=given).status_code == 422
    assert step(as_("school"), row, "answer", **given)["open_remarks"] == 0
    assert as_("school").post(f"{AT}/{row['id']}/answer", json=given).status_code == 409


def test_only_what_was_decided_is_registered_for_another_unit_and_only_by_its_supervisor(as_: As, world: World) -> None:
    supervised(as_("supervisor"), world, "fund", "教育股")
    given: dict[str, Any] = {"unit_id": world.unit["实验小学"], "category": "fund", "amount": "90000"}
    given |= {"subject": "购置桌椅", "proposer": "林青"}
    found = {**given, "decided_on": TODAY.isoformat()}
    tried = {name: as_(name).post(AT, json=found) for name in ("education", "office", "supervisor", "middle", "leader")}
    assert {name: answer.status_code for name, answer in tried.items()} == {
        **dict.fromkeys(tried, 403),
        "education": 201,
    }
    assert as_("education").post(AT, json=given).status_code == 403
    row = ok(tried["education"], 201)
    assert row["state"] == "decided" and row["result"] == "passed" and "without_meeting" in row["flags"]
    assert step_of(as_, row) == {"edit", "link_evidence", "disclose"}
    numbers = [
        row["number"],
        *(registered(as_("school"))["number"] for _ in range(2)),
        registered(as_("middle"))["number"],
    ]
    assert numbers == [1, 2, 3, 1]


def step_of(as_: As, row: dict[str, Any], account: str = "school") -> set[str]:
    return set(ok(as_(account).get(f"{AT}/{row['id']}"))["allowed_actions"])


@pytest.mark.parametrize("result", ["deferred", "rejected"])
def test_what_was_not_passed_ends_without_disclosure(as_: As, result: str) -> None:
    school = as_("school")
    row = decided(school, result=result, **DISCLOSED)
    assert row["disclose_by"] is None and "close" in step_of(as_, row) and "disclose" not in step_of(as_, row)
    assert school.post(f"{AT}/{row['id']}/disclose").status_code == 409
    assert school.post(f"{AT}/{row['id']}/close").status_code == 422
    assert step(school, row, "close", note="多数不赞成。")["state"] == "completed"
    assert edited(school, row, subject="改名").status_code == 409
    passed = decided(school)
    assert school.post(f"{AT}/{passed['id']}/close", json={"note": "不办了。"}).status_code == 409


def test_a_correction_takes_nothing_away_that_was_decided(as_: As) -> None:
    school = as_("school")
    row = decided(school)
    for fields, where in (
        ({"result": "rejected"}, "/result"),
        ({"chair": None}, "/chair"),
        ({"opinions": []}, "/opinions"),
        ({"present": 5, "votes_for": 3}, "/present"),
        ({"votes_abstain": 3}, "/votes_for"),
        ({"held_at": minute(-3)}, "/held_at"),
        ({"disclosed_from": "2020-01-01"}, "/disclosed_from"),
        ({"category": "fund"}, "/amount"),
    ):
        told = edited(school, row, **fields)
        assert told.status_code == 422, (fields, told.text)
        assert where in [each["pointer"] for each in told.json()["errors"]], (fields, told.text)
    moved = ok(edited(school, row, held_at=minute(3), legality_on=held_on(9)))
    assert moved["decided_on"] == held_on(3) and moved["disclose_by"] < row["disclose_by"]
    early = registered(school)
    for body in ({"decided_on": held_on()}, {"chair": "林：青"}, {"held_at": "2026-13-01T08:00"}, {"held_at": 5}):
        assert edited(school, early, **body).status_code == 422, body
    assert edited(school, early, opinions=[{"speaker": "林青", "text": "同意"}]).status_code == 422


def test_nothing_is_decided_before_the_meeting_nor_without_a_quorum(as_: As) -> None:
    school = as_("school")
    to_come = deliberated(school, **meeting(held_at=minute(-1)))
    assert school.post(f"{AT}/{to_come['id']}/decide").status_code == 409
    row = deliberated(school, **meeting(expected=12, present=7, votes_for=5))
    told = school.post(f"{AT}/{row['id']}/decide").json()
    assert told["code"] == "no_quorum" and "至少 8 人" in told["detail"]
    ok(edited(school, row, present=8, votes_for=6))
    assert step(school, row, "decide")["flags"] == []


def test_a_lost_vote_passes_nothing(as_: As, stock: Stock) -> None:
    school, lost = as_("school"), {"votes_for": 3, "votes_against": 3, "votes_abstain": 1}
    row = registered(school, **PREPARED)
    told = edited(school, row, **meeting(**lost))
    [error] = told.json()["errors"]
    assert told.status_code == 422 and error["pointer"] == "/result"
    assert "至少 4 票" in error["detail"] and "改为“未通过”或“暂缓”" in error["detail"]
    ok(edited(school, row, **meeting(**lost, result="rejected")))
    assert step(school, step(school, row, "deliberate"), "decide")["result"] == "rejected"
    found = {"category": "project", "subject": "维修围墙", "proposer": "林青", "decided_on": held_on()}
    assert school.post(AT, json={**found, **PREPARED, **meeting(**lost)}).status_code == 422
    told = edited(school, decided(school), votes_for=3, votes_against=4)
    assert told.status_code == 422 and [each["pointer"] for each in told.json()["errors"]] == ["/votes_for"]
    # What was passed so before this was looked at goes on.
    old = stock.decision("实验小学", "decided", votes_for=1, votes_against=6)
    ok(edited(school, {"id": old}, execution="已验收。"))


def test_the_days_matters_wait_for_are_the_units_own_and_name_nobody(as_: As, stock: Stock, world: World) -> None:
    supervised(as_("supervisor"), world, "personnel", "人事股")
    past = TODAY - timedelta(days=20)
    fields = {"category": "personnel", "subject": "免去高岩年级组长职务", "decided_on": past, "disclose_by": past}
    late = stock.decision("实验小学", "decided", **fields, disclosed_from=None, disclosed_to=None)
    stock.decision("第一中学", "decided", category="personnel")
    for account, verb in (("school", "公示"), ("office", "核查")):
        groups = ok(as_(account).get(f"{API}/my-work"))["groups"]
        [entry] = [each for group in groups for each in group["data"]]
        assert (entry["resource"], entry["id"], entry["verb"]) == ("major-decisions", late, verb)
        assert "高岩" not in str(entry), account
    assert ok(as_("supervisor").get(f"{API}/my-work"))["total"] == 0
    assert step(as_("office"), {"id": late}, "check")["looked_at"]
    assert ok(as_("office").get(f"{API}/my-work"))["total"] == 0
    assert as_("office").post(f"{AT}/{late}/check").status_code == 409


def test_a_matter_ends_with_its_minutes_and_no_other_file(as_: As) -> None:
    school = as_("school")
    row = decided(school, **DISCLOSED, responsible_person="高岩", execution="已验收。")
    for action in ("disclose", "execute"):
        step(school, row, action)
    at = {"target": "major-decisions", "target_id": str(row["id"])}
    for kinds, words in (((), "请上传或关联会议纪要"), (("policy", "summary"), "已有的 2 份不是这一类")):
        for kind in kinds:
            evidence(school, "采购合同", kind=kind, **at)
        told = school.post(f"{AT}/{row['id']}/complete")
        [error] = told.json()["errors"]
        assert (told.status_code, told.json()["code"], error["pointer"]) == (409, "incomplete", "/evidence")
        assert words in error["detail"] and "“会议”" in error["detail"]
    evidence(school, "会议纪要", kind="meeting", **at)
    assert step(school, row, "complete")["state"] == "completed"


def test_what_never_came_to_a_meeting_has_no_minutes_and_ends_with_what_shows_it(as_: As) -> None:
    school = as_("school")
    given = {"decided_on": held_on(), "responsible_person": "高岩", "execution": "已验收。"}
    row = registered(school, **PREPARED, **DISCLOSED, **given)
    for action in ("disclose", "execute"):
        step(school, row, action)
    assert school.post(f"{AT}/{row['id']}/complete").status_code == 409
    evidence(school, "情况说明", kind="summary", target="major-decisions", target_id=str(row["id"]))
    assert step(school, row, "complete")["state"] == "completed"


def test_undisclosed_needs_its_reason_and_late_disclosure_stays_marked(as_: As) -> None:
    school = as_("school")
    reasoned = registered(
        school, **PREPARED, **meeting(held_at=minute(30), decided_on=held_on(30)), undisclosed_reason="涉密"
    )
    late = registered(school, **PREPARED, **meeting(held_at=minute(30), decided_on=held_on(30)), **DISCLOSED)
    assert "overdue_disclosure" not in step(school, reasoned, "disclose")["flags"]
    assert "overdue_disclosure" in step(school, late, "disclose")["flags"]


def test_execution_has_a_clock(as_: As, stock: Stock, world: World) -> None:
    supervised(as_("supervisor"), world, "project", "教育股")
    late, near, _far = (
        stock.decision("实验小学", "disclosed", deadline_on=TODAY + timedelta(days=days)) for days in (-3, 0, 60)
    )
    school, office = as_("school"), as_("education")
    groups = ok(school.get(f"{API}/my-work"))["groups"]
    waits = [(group["group"], each["id"], each["verb"]) for group in groups for each in group["data"]]
    assert waits == [("overdue", late, "执行"), ("soon", near, "执行")]
    assert flagged(office, "overdue_execution") == [late]
    heads, *lines = csv_lines(office.get(f"{AT}.csv").content)
    told = [(line[heads.index("状态")], line[heads.index("疑点")]) for line in lines]
    assert told == [("已公示", ""), ("已公示", ""), ("已公示", "执行逾期")]
    assert step(office, {"id": late}, "check")["flags"] == ["overdue_execution"]
    assert step(school, {"id": late}, "execute")["flags"] == []
