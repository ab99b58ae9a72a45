"""A breakdown's versions, who reviews them, and what becomes of steps that are done."""

from typing import Any

import pytest

from app.plans.models import ResponsibilityRole
from tests.breakdowns.steps import AT, confirmed, drafted, edited, step, taken
from tests.conftest import As, form
from tests.exported import csv_lines, page_lines
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World


@pytest.fixture
def task(stock: Stock) -> int:
    """Of 实验小学, due in thirty days, on an item that 人事股 leads."""
    plan = stock.plan()
    item = stock.item(plan)
    stock.assignment(plan, item, "人事股", "in_progress", role=ResponsibilityRole.LEAD)
    return stock.assignment(plan, item, "实验小学", "in_progress", days=30)


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


def test_next_version_is_reviewed_while_the_confirmed_one_serves_and_what_was_done_stays_done(
    as_: As, task: int
) -> None:
    school, office = as_("school"), as_("office")
    first = confirmed(school, office, task, step("修订议事规则"), step("集体审议", 9))
    newer = ok(school.post(AT, json={"assignment_id": task}), 201)
    assert [each["text"] for each in newer["steps"]] == ["修订议事规则", "集体审议"] and newer["number"] == 2
    kept = {name: newer["steps"][1][name] for name in ("line", "text", "person", "deadline_on")}
    newer = ok(edited(school, newer, steps=[step("公布章程"), kept]))
    sent = taken(school, newer, "submit")
    # Meanwhile the first one serves: its steps are done one after the other.
    marked = taken(school, first, "mark", line=kept["line"], done_on=day(0).isoformat())
    assert (marked["done_count"], marked["state"]) == (1, "confirmed")
    taken(office, sent, "confirm")
    now_serving = ok(school.get(f"{AT}/{sent['id']}"))
    assert {each["text"]: each["done_on"] is not None for each in now_serving["steps"]} == {
        "公布章程": False,
        "集体审议": True,
    }
    assert ok(school.get(f"{AT}/{first['id']}"))["state"] == "superseded"
    assert school.post(f"{AT}/{first['id']}/mark", json={"line": 1}).status_code == 409


def test_only_the_assignments_reviewer_confirms_and_never_its_own_unit(as_: As, task: int, stock: Stock) -> None:
    sent = taken(as_("school"), drafted(as_("school"), task), "submit")
    for account, status in (("school", 403), ("education", 404), ("middle", 404), ("leader", 403), ("discipline", 403)):
        assert as_(account).post(f"{AT}/{sent['id']}/confirm").status_code == status, account
    assert as_("office").post(f"{AT}/{sent['id']}/send-back", json={}).status_code == 422
    assert "confirm" in ok(as_("supervisor").get(f"{AT}/{sent['id']}"))["allowed_actions"]
    taken(as_("office"), sent, "confirm")
    plan = stock.plan()
    offices = stock.assignment(plan, stock.item(plan), "督查室", "in_progress", days=30)
    own = taken(as_("supervisor"), drafted(as_("supervisor"), offices), "submit")
    assert as_("supervisor").post(f"{AT}/{own['id']}/confirm").status_code == 403
    assert taken(as_("leader"), own, "confirm")["state"] == "confirmed"


def test_a_unit_takes_back_what_it_submitted_and_mends_it(as_: As, browse: As, task: int) -> None:
    school = as_("school")
    sent = taken(school, drafted(school, task), "submit")
    assert as_("office").post(f"{AT}/{sent['id']}/withdraw").status_code == 403, "the reviewer sends it back"
    browser, home = browse("school"), f"/breakdowns/{sent['id']}"
    assert browser.post(f"{home}/withdraw", data=form(browser)).status_code == 303
    draft = ok(school.get(f"{AT}/{sent['id']}"))
    assert draft["state"] == "draft"
    assert ok(edited(school, draft, steps=[step("公布章程")]))["steps"][0]["text"] == "公布章程"
    assert taken(school, draft, "submit")["state"] == "submitted"


def test_bad_breakdowns_are_refused_with_the_place(as_: As, task: int, stock: Stock) -> None:
    school = as_("school")
    late = school.post(AT, json={"assignment_id": task, "steps": [step(), step("太晚", 31)]})
    assert late.status_code == 422 and pointers(late) == ["/steps/1/deadline_on"] and "完成时限" in late.text
    row = drafted(school, task)
    for steps, pointer in (
        ([step(line=77)], "/steps/0/line"),
        ([step(line=1), step(line=1)], "/steps/1/line"),
        ([step("")], "/steps/0/text"),
    ):
        refused = edited(school, row, steps=steps)
        assert refused.status_code == 422 and pointers(refused) == [pointer], steps
    again = school.post(AT, json={"assignment_id": task})
    assert (again.status_code, again.json()["code"]) == (409, "draft_exists")
    bare = ok(edited(school, row, steps=[{"text": "没有责任人"}]))
    lacking = school.post(f"{AT}/{row['id']}/submit")
    assert lacking.status_code == 409 and "第 1 步还没有责任人" in lacking.text
    ok(edited(school, bare, steps=[]))
    assert "至少写一个步骤" in school.post(f"{AT}/{row['id']}/submit").text
    plan = stock.plan()
    closed = stock.assignment(plan, stock.item(plan), "实验小学", "completed")
    assert school.post(AT, json={"assignment_id": closed}).status_code == 409
    assert as_("middle").post(AT, json={"assignment_id": task}).status_code == 404
    assert as_("office").post(AT, json={"assignment_id": task}).status_code == 403


def test_missing_is_every_open_assignment_of_a_school_or_branch_without_a_confirmed_one(
    as_: As, task: int, stock: Stock, world: World
) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    others = [stock.assignment(plan, item, unit, "pending") for unit in ("第一中学", "第一幼儿园")]
    others.append(stock.assignment(plan, item, "实验小学党支部", "pending"))
    stock.assignment(plan, item, "教育股", "pending")
    stock.assignment(plan, item, "柳林小学", "completed")

    def lacking(account: str = "supervisor") -> list[int]:
        found = ok(as_(account).get(f"{AT}/missing?count=true"))
        assert found["total"] == len(found["data"])
        return [row["id"] for row in found["data"]]

    assert lacking() == [task, *others] and lacking("school") == [task, others[-1]]
    row = drafted(as_("school"), task)
    drafting = ok(as_("supervisor").get(f"{AT}/missing?unit_id={world.unit['实验小学']}"))["data"]
    assert [(each["breakdown_id"], each["state"]) for each in drafting] == [(row["id"], "draft")]
    taken(as_("office"), taken(as_("school"), row, "submit"), "confirm")
    assert lacking() == others


def test_waits_for_its_reviewer_then_its_unit_then_by_its_steps(as_: As, task: int) -> None:
    def waiting(account: str) -> list[tuple[str, str]]:
        groups = ok(as_(account).get(f"{API}/my-work"))["groups"]
        return [
            (group["group"], entry["verb"])
            for group in groups
            for entry in group["data"]
            if entry["resource"] == "breakdowns"
        ]

    row = taken(as_("school"), drafted(as_("school"), task, step("很快", 0), step("以后", 29)), "submit")
    assert waiting("office") == waiting("supervisor") == [("review", "审核")] and waiting("school") == []
    taken(as_("office"), row, "send-back", note="请写明责任人。")
    assert waiting("office") == [] and waiting("school") == [("rectify", "修改")]
    taken(as_("office"), taken(as_("school"), row, "submit"), "confirm")
    assert waiting("school") == [("soon", "标记完成")] and waiting("office") == []
    done = taken(as_("school"), row, "mark", line=1, done_on=day(0).isoformat())
    assert waiting("school") == [] and done["steps"][0]["lamp_words"] == "已完成"
    future = as_("school").post(f"{AT}/{row['id']}/mark", json={"line": 2, "done_on": day(1).isoformat()})
    assert future.status_code == 422


def test_the_table_of_steps_says_what_is_done_by_whom_until_when(as_: As, browse: As, task: int, stock: Stock) -> None:
    school, office = as_("school"), as_("office")
    row = confirmed(school, office, task, step("修订议事规则"), step("集体审议", 9))
    taken(school, row, "mark", line=1, done_on=day(0).isoformat())
    draft = drafted(school, stock.assignment(plan := stock.plan(), stock.item(plan), "实验小学", "in_progress"))
    heads, *lines = csv_lines(office.get(f"{AT}/steps.csv").content)
    shown = [dict(zip(heads, line, strict=True)) for line in lines]
    assert [(each["步骤"], each["责任人"], each["完成时限"], each["状态"]) for each in shown] == [
        ("修订议事规则", "刘敏", day(5).isoformat(), "已完成"),
        ("集体审议", "刘敏", day(9).isoformat(), "正常"),
    ]
    assert page_lines(browse("office").get("/breakdowns/steps/print").text) == [heads, *lines]
    # Its own unit sees what it draws up too; of the version that was replaced nothing is shown.
    newer = ok(school.post(AT, json={"assignment_id": task}), 201)
    taken(office, taken(school, newer, "submit"), "confirm")
    found = ok(school.get(f"{AT}/steps?count=true"))
    assert [each["breakdown_id"] for each in found["data"]] == [draft["id"], newer["id"], newer["id"]]
    assert found["total"] == 3 and ok(as_("middle").get(f"{AT}/steps"))["data"] == []
    page = browse("school").get("/breakdowns/steps").text
    assert "草稿" in page and f'href="/breakdowns/{newer["id"]}"' in page


def test_only_beside_a_confirmed_version_one_is_said_to_serve_on(as_: As, browse: As, task: int) -> None:
    school, office = browse("school"), as_("office")
    for serves in (False, True):
        row = drafted(as_("school"), task, step("修订议事规则"))
        school.post(f"/breakdowns/{row['id']}/submit", data=form(school))
        shown = school.get(f"/breakdowns/{row['id']}").text
        assert "已提交审核" in shown and ("上一版照常有效" in shown) == serves
        taken(office, row, "confirm")
