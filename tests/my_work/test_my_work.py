"""我的待办: each matter once, in the first group that fits, for exactly those whose step it is."""

from typing import Any

import pytest

from app.core.calendar import now
from app.filings.models import FilingRequirement
from app.my_work.queries import FIRST
from app.my_work.waiting import waiting_count
from tests.conftest import As
from tests.stock import Stock
from tests.world import World

FAR, NEAR, TODAY, PAST = 60, 1, 0, -9


def overview(as_: As, account: str, **params: Any) -> dict[str, Any]:
    answer = as_(account).get("/api/v1/my-work", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def by_group(as_: As, account: str, **params: Any) -> dict[str, list[tuple[str, int]]]:
    groups = overview(as_, account, **params)["groups"]
    return {
        each["group"]: [(entry["resource"], entry["id"]) for entry in each["data"]] for each in groups if each["count"]
    }


def test_groups_in_order_and_each_matter_once(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    others = [stock.item(plan) for _ in range(5)]
    late = stock.assignment(plan, item, "实验小学", "in_progress", PAST)
    late_pending = stock.assignment(plan, others[0], "实验小学", "pending", PAST)
    near = stock.assignment(plan, others[1], "实验小学", "in_progress", TODAY)
    pending = stock.assignment(plan, others[2], "实验小学", "pending", FAR)
    stock.assignment(plan, others[3], "实验小学", "in_progress", FAR)
    stock.assignment(plan, others[4], "实验小学", "submitted", PAST)
    rectify = stock.rectification("实验小学", "in_progress", FAR)
    stock.rectification("实验小学", "closed", PAST)
    assert by_group(as_, "school") == {
        "overdue": [("assignments", late), ("assignments", late_pending)],
        "soon": [("assignments", near)],
        "acknowledge": [("assignments", pending)],
        "rectify": [("rectifications", rectify)],
    }
    assert [each["group"] for each in overview(as_, "school")["groups"]] == [
        "overdue",
        "soon",
        "acknowledge",
        "review",
        "rectify",
    ]


def test_another_school_sees_nothing_of_it(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    stock.assignment(plan, stock.item(plan), "实验小学", "pending", PAST)
    stock.rectification("实验小学", "pending", PAST)
    for account in ("middle", "central", "other_school", "other_supervisor", "sysadmin", "auditor"):
        assert overview(as_, account)["total"] == 0, account


def test_joint_branch_is_work_of_each_host(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    row = stock.assignment(plan, stock.item(plan), "城区联合党支部", "pending")
    assert by_group(as_, "middle") == by_group(as_, "kindergarten") == {"acknowledge": [("assignments", row)]}
    assert by_group(as_, "school") == {}


def test_review_waits_for_the_lead_office_and_the_supervisor(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    stock.assignment(plan, item, "教育股", "in_progress", FAR, role="lead")
    stock.assignment(plan, item, "人事股", "in_progress", FAR, role="responsible")
    sent = stock.assignment(plan, item, "实验小学", "submitted", FAR)
    assert by_group(as_, "education") == {"review": [("assignments", sent)]}
    assert by_group(as_, "supervisor") == {"review": [("assignments", sent)]}
    for account in ("office", "school", "leader", "discipline"):
        assert by_group(as_, account) == {}, account


def test_supervision_offices_own_row_waits_for_a_leader(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    sent = stock.assignment(plan, stock.item(plan), "督查室", "submitted", FAR)
    assert by_group(as_, "leader") == {"review": [("assignments", sent)]}
    assert by_group(as_, "supervisor") == {}
    assert by_group(as_, "supervisor", unit=stock.world.district) == {}


def test_declined_rows_wait_for_the_supervisor(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    declined = stock.assignment(plan, stock.item(plan), "实验小学", "declined", FAR)
    assert by_group(as_, "supervisor") == {"review": [("assignments", declined)]}
    assert by_group(as_, "school") == {}


def test_rows_whose_unit_lost_the_item_wait_for_the_supervisors_decision(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    item, lost = stock.item(plan), {"awaits_decision": True, "retire_event_id": 1}
    left = stock.assignment(plan, item, "实验小学", "in_progress", FAR, **lost)
    stock.assignment(plan, item, "第一中学", "cancelled", FAR, retire_event_id=1)
    assert by_group(as_, "supervisor") == {"review": [("assignments", left)]}
    (group,) = [each for each in overview(as_, "supervisor")["groups"] if each["count"]]
    assert (group["data"][0]["verb"], "免办或撤销" in group["data"][0]["why"]) == ("处置", True)
    assert by_group(as_, "school") == by_group(as_, "office") == {}


def test_rectification_waits_for_its_unit_then_for_the_verifier(as_: As, stock: Stock) -> None:
    own, sent = stock.rectification("教育股", "pending", FAR), stock.rectification("教育股", "submitted", FAR)
    assert by_group(as_, "education") == {"rectify": [("rectifications", own)]}
    assert by_group(as_, "supervisor") == {"review": [("rectifications", sent)]}
    assert by_group(as_, "leader") == {}


def test_extensions_wait_for_a_leader(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    row = stock.assignment(plan, stock.item(plan), "实验小学", "in_progress", FAR)
    stock.extension("实验小学", 30, assignment_id=row)
    [entry] = [each for group in overview(as_, "leader")["groups"] for each in group["data"]]
    assert (entry["resource"], entry["id"], entry["verb"]) == ("assignments", row, "审批延期")
    assert by_group(as_, "supervisor") == by_group(as_, "school") == {}


def test_filing_waits_for_the_office_that_reviews_its_kind_then_for_its_unit(as_: As, stock: Stock) -> None:
    group, office = stock.world.group["各学校（园）"], stock.world.unit["人事股"]
    stock.add(FilingRequirement, kind="charter", unit_group_id=group, yearly=False, office_id=office)
    sent = stock.filing("实验小学", "charter", "filed")
    returned = stock.filing("实验小学", "rules_of_procedure", "sent_back")
    stock.filing("第一中学", "charter", "filed", reviewed_at=now())
    stock.filing("第一中学", "charter", "draft")
    assert by_group(as_, "office") == by_group(as_, "supervisor") == {"review": [("filings", sent)]}
    assert by_group(as_, "school") == {"rectify": [("filings", returned)]}
    for account in ("education", "middle", "leader", "discipline"):
        assert by_group(as_, account) == {}, account


def test_inspection_presses_its_team_when_it_ends(as_: As, stock: Stock) -> None:
    ending = stock.inspection("实验小学", days=TODAY)
    stock.inspection("第一中学", days=FAR)
    assert by_group(as_, "education") == {"soon": [("inspections", ending)]}
    assert by_group(as_, "school") == by_group(as_, "office") == {}


def test_unannounced_inspection_is_not_there_for_its_target(as_: As, stock: Stock) -> None:
    stock.inspection("实验小学", days=PAST, mode="unannounced")
    assert overview(as_, "education")["total"] == 1
    assert overview(as_, "school")["total"] == 0


def test_counts_are_the_rows_behind_them(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    for n in range(FIRST + 3):
        stock.assignment(plan, stock.item(plan), "实验小学", "pending", FAR + n)
    [group] = [each for each in overview(as_, "school")["groups"] if each["group"] == "acknowledge"]
    assert (group["count"], len(group["data"])) == (FIRST + 3, FIRST)
    seen: list[int] = []
    cursor = None
    while True:
        params = {"group": "acknowledge", "limit": 3, **({"cursor": cursor} if cursor else {})}
        body = as_("school").get("/api/v1/my-work", params=params).json()
        seen += [entry["id"] for entry in body["data"]]
        if (cursor := body["next"]) is None:
            break
    assert len(seen) == len(set(seen)) == group["count"]
    assert seen[:FIRST] == [entry["id"] for entry in group["data"]]


def test_views_appear_with_two_grants_and_narrow(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    own = stock.assignment(plan, stock.item(plan), "督查室", "pending", FAR)
    sent = stock.assignment(plan, stock.item(plan), "实验小学", "submitted", FAR)
    views = overview(as_, "supervisor")["views"]
    assert [(view["label"], view["count"]) for view in views] == [("督查室", 1), ("督查室（全区）", 1)]
    assert by_group(as_, "supervisor", unit=views[0]["unit_id"]) == {"acknowledge": [("assignments", own)]}
    assert by_group(as_, "supervisor", unit=views[1]["unit_id"]) == {"review": [("assignments", sent)]}
    assert overview(as_, "supervisor")["total"] == 2
    assert overview(as_, "school")["views"] == []


@pytest.mark.parametrize("account", ["school", "supervisor", "leader"])
def test_no_one_looks_through_anothers_grant(as_: As, world: World, account: str) -> None:
    answer = as_(account).get("/api/v1/my-work", params={"unit": world.unit["第一中学"]})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "params", [{"unit": "x"}, {"group": "all"}, {"state": "pending"}, {"group": "soon", "cursor": "x"}]
)
def test_wrong_parameters_are_422(as_: As, params: dict[str, str]) -> None:
    assert as_("school").get("/api/v1/my-work", params=params).status_code == 422


def test_words_say_unit_relation_and_what_is_missing(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    item = stock.item(plan, "严肃查处腐败问题", required_evidence=["scheme", "meeting"])
    stock.responsible(plan, item, "各股室办")
    stock.assignment(plan, item, "教育股", "in_progress", PAST)
    named = stock.item(plan, "思政课教师“大练兵”", required_evidence=["scheme"])
    stock.responsible(plan, named, "教育股", "lead")
    done = {"role": "lead", "report_count": 1, "percent": 70, "period": "2023-Q3"}
    stock.assignment(plan, named, "教育股", "in_progress", TODAY, **done)
    groups = {each["group"]: each["data"] for each in overview(as_, "education")["groups"]}
    first, second = groups["overdue"][0], groups["soon"][0]
    assert first["why"] == "教育股是“各股室办”成员，尚未报送进展"
    assert (first["verb"], first["lamp"], first["pressing"]) == ("填报进展", "red", True)
    assert second["title"] == "第2项 第三季度 思政课教师“大练兵”"
    assert second["why"] == "教育股是牵头单位，还差 1 类印证资料（方案）"
    assert (second["verb"], second["lamp_words"]) == ("补资料", "今日到期")


def test_badge_counts_what_the_page_shows(as_: As, browse: As, stock: Stock, app: Any) -> None:
    plan = stock.plan()
    stock.assignment(plan, stock.item(plan), "实验小学", "pending", FAR)
    stock.rectification("实验小学", "pending", FAR)
    assert overview(as_, "school")["total"] == 2
    page = browse("school").get("/my-work").text
    assert '我的待办<span class="badge bad">2</span>' in page
    assert waiting_count.__dict__.get("unbounded") is None


def test_page_shows_groups_tiles_and_switch(browse: As, stock: Stock) -> None:
    plan = stock.plan()
    for n in range(FIRST + 2):
        stock.assignment(plan, stock.item(plan, f"任务甲{n}"), "督查室", "pending", FAR)
    stock.assignment(plan, stock.item(plan, "逾期的任务"), "督查室", "in_progress", PAST)
    supervisor = browse("supervisor")
    page = supervisor.get("/my-work").text
    assert f"查看全部 {FIRST + 2} 项" in page and "最长" in page and "逾期的任务" in page
    assert "督查室（全区）" in page and "全部" in page
    assert page.count("/acknowledge") >= FIRST
    listed = supervisor.get("/my-work?group=acknowledge").text
    assert listed.count("任务甲") == FIRST + 2 and "逾期的任务" not in listed
    assert supervisor.get("/my-work?group=nothing").status_code == 422


def test_empty_page_says_when_something_will_appear(browse: As) -> None:
    page = browse("school").get("/my-work").text
    assert "没有待办事项" in page and "新的任务下发" in page and 'class="tiles"' not in page


def test_acknowledging_returns_to_the_group(browse: As, stock: Stock) -> None:
    plan = stock.plan()
    row = stock.assignment(plan, stock.item(plan), "实验小学", "pending", FAR)
    school = browse("school")
    form = {"csrf": school.headers["x-csrf-token"], "back": "/my-work?group=acknowledge"}
    done = school.post(f"/assignments/{row}/acknowledge", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/my-work?group=acknowledge")
    page = school.get(done.headers["location"]).text
    assert "已签收" in page and "没有待办事项" not in page.split("</h1>")[0]
    part = school.get("/my-work", headers={"hx-request-type": "partial"}).text
    assert "<html" not in part and 'id="work"' in part
