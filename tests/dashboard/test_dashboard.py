"""The dashboard: figures that add up, that are those of the rows behind their links, and that keep to the scope."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.audit import audited_write
from app.core.calendar import now
from app.core.operation import Tx
from app.dashboard import queries
from app.units.models import UNIT
from tests.accountability.steps import run
from tests.conftest import As
from tests.stock import Stock, day
from tests.walk.steps import ok
from tests.world import World

PARTS = ("completed", "waived", "running", "soon", "late")


def dashboard(as_: As, account: str, **params: Any) -> dict[str, Any]:
    answer = as_(account).get("/api/v1/dashboard", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def rows_behind(as_: As, account: str, **params: Any) -> int:
    asked = {"counted": "true", "count": "true", "limit": 1, **params}
    answer = as_(account).get("/api/v1/assignments", params=asked)
    assert answer.status_code == 200, answer.text
    total: int = answer.json()["total"]
    return total


@pytest.fixture
def plan(stock: Stock) -> int:
    """Two areas, every state and lamp, in schools and offices."""
    made = stock.plan()
    first, second = stock.area(made, "清明政风"), stock.area(made, "清正教风")
    one, two = stock.item(made, area_id=first), stock.item(made, area_id=second)
    for item, days in ((one, -9), (two, 60)):
        stock.assignment(made, item, "教育股", "in_progress", days, role="lead")
        stock.assignment(made, item, "人事股", "in_progress", days, role="cooperate", counted=False)
        stock.assignment(made, item, "实验小学", "completed", days)
        stock.assignment(made, item, "第一中学", "submitted", days)
        stock.assignment(made, item, "第一幼儿园", "cancelled", days)
        stock.assignment(made, item, "柳林镇中心校", "waived", days)
    stock.assignment(made, one, "柳林小学", "in_progress", 0)
    stock.assignment(made, two, "柳林小学", "declined", -9)
    stock.assignment(made, one, "实验小学党支部", "pending")
    other = stock.plan("另一份方案")
    stock.assignment(other, stock.item(other), "实验小学", "pending", -9)
    return made


@pytest.mark.parametrize("account", ["supervisor", "leader", "education", "school", "central", "office"])
def test_every_number_is_that_of_the_rows_behind_it(as_: As, plan: int, account: str) -> None:
    found = dashboard(as_, account, plan_id=plan)
    totals = found["totals"]
    assert sum(totals[name] for name in PARTS) == totals["due"]
    for name in (*PARTS, "due"):
        assert totals[name] == rows_behind(as_, account, plan_id=plan, standing=name), name
        for area in found["areas"]:
            assert area[name] == rows_behind(as_, account, plan_id=plan, standing=name, area_id=area["area_id"])
        for unit in found["units"]:
            assert unit[name] == rows_behind(as_, account, plan_id=plan, standing=name, unit_id=unit["unit_id"])
        assert sum(area[name] for area in found["areas"]) == totals[name]


def test_supervisor_sees_all_counted_rows(as_: As, plan: int) -> None:
    totals = dashboard(as_, "supervisor", plan_id=plan)["totals"]
    assert [totals[name] for name in PARTS] == [2, 2, 4, 1, 2]
    assert (totals["due"], totals["declined"], totals["untimed"], totals["items"]) == (11, 1, 1, 2)
    assert totals["rate"] == round(100 * 2 / 9, 1)


def test_school_sees_its_own_and_no_ranking(as_: As, plan: int, stock: Stock) -> None:
    found = dashboard(as_, "school", plan_id=plan)
    assert {unit["unit_name"] for unit in found["units"]} == {"实验小学", "实验小学党支部"}
    assert found["totals"]["due"] == 3 and found["ranking"] == []
    assert {unit["unit_name"] for unit in dashboard(as_, "central", plan_id=plan)["units"]} == {
        "柳林镇中心校",
        "柳林小学",
    }


def test_other_district_and_drafts_are_not_there(as_: As, plan: int, stock: Stock) -> None:
    assert as_("other_supervisor").get("/api/v1/dashboard", params={"plan_id": plan}).status_code == 404
    assert dashboard(as_, "other_supervisor")["plan_id"] is None
    draft = stock.plan("草稿", state="draft")
    assert as_("supervisor").get("/api/v1/dashboard", params={"plan_id": draft}).status_code == 404
    assert dashboard(as_, "sysadmin")["plan_id"] is None
    assert as_("supervisor").get("/api/v1/dashboard", params={"year": 2023}).status_code == 422


def test_weeks_follow_completion_and_deadlines(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    weeks_ago = now() - timedelta(days=15)
    stock.assignment(plan, item, "实验小学", "completed", -20, completed_at=weeks_ago)
    stock.assignment(plan, item, "第一中学", "completed", 40, completed_at=now())
    stock.assignment(plan, item, "柳林小学", "in_progress", -1)
    stock.assignment(plan, item, "第一幼儿园", "in_progress")
    weeks = dashboard(as_, "supervisor", plan_id=plan)["weeks"]
    assert weeks == sorted(weeks, key=lambda week: week["on"])
    assert (weeks[-1]["completed_rate"], weeks[-1]["asked_rate"]) == (50.0, 50.0)
    assert weeks[0]["completed_rate"] == 0.0
    assert weeks[-2]["completed_rate"] == 25.0


def test_ranking_follows_its_formula(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    one, two = stock.item(plan), stock.item(plan)
    long_ago = now() - timedelta(days=30)
    done = {"created_at": long_ago, "acknowledged_at": long_ago + timedelta(hours=1), "submit_count": 1}
    stock.assignment(plan, one, "第一中学", "completed", -5, completed_at=long_ago + timedelta(days=1), **done)
    stock.assignment(plan, one, "实验小学", "completed", -5, completed_at=now(), send_back_count=1, **done)
    stock.assignment(plan, two, "实验小学", "in_progress", -5)
    stock.rectification("实验小学", "closed", -3)
    stock.rectification("实验小学", "in_progress", -3)
    ranking = dashboard(as_, "supervisor", plan_id=plan)["ranking"]
    assert [(each["rank"], each["unit_name"]) for each in ranking] == [(1, "第一中学"), (2, "实验小学")]
    best, worst = ranking
    assert (best["score"], best["closed_rate"]) == (100.0, None)
    assert (worst["in_time_rate"], worst["send_back_rate"], worst["closed_rate"], worst["late"]) == (
        0.0,
        100.0,
        50.0,
        1,
    )
    assert worst["signed_rate"] == 100.0
    assert worst["score"] == 20 + 0 + 0 + 15 - 1


def test_a_school_that_is_no_more_and_what_awaits_a_decision_are_not_ranked(
    as_: As, stock: Stock, world: World
) -> None:
    plan = stock.plan()
    one, two = stock.item(plan), stock.item(plan)
    for unit in ("第一中学", "第一幼儿园"):
        stock.assignment(plan, one, unit, "completed", 5)
    stock.assignment(plan, one, "实验小学", "in_progress", -5)
    for item in (one, two):
        stock.assignment(plan, item, "柳林小学", "in_progress", -5, awaits_decision=True)
    stock.assignment(plan, two, "第一幼儿园", "in_progress", -5, awaits_decision=True)
    stock.do(lambda tx: _close(tx, world.unit["柳林小学"]))
    found = dashboard(as_, "supervisor", plan_id=plan)
    ranking = {each["unit_name"]: (each["rank"], each["late"]) for each in found["ranking"]}
    assert ranking == {"第一中学": (1, 0), "第一幼儿园": (1, 0), "实验小学": (3, 1)}
    assert {each["unit_name"] for each in found["units"] if each["late"]} == {"实验小学", "柳林小学", "第一幼儿园"}
    supervisor = as_("supervisor")
    (last,) = [each for each in run(supervisor) if each["triggers"][0]["kind"] == "bottom_rank"]
    assert last["unit_name"] == "实验小学" and "倒数第1" in last["triggers"][0]["said"]
    circular = ok(supervisor.post("/api/v1/documents", json={"kind": "circular", "plan_id": plan}), 201)
    assert "柳林小学" not in str(circular["body"]) and "柳林小学" not in str(circular["figures"])
    assert "实验小学（1项）" in str(circular["body"])


def _close(tx: Tx, unit: int) -> None:
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(UNIT).where(UNIT.c.id == unit).values(valid_to=day(-1)))


def test_a_plan_that_nobody_dispatched_yet_does_not_take_the_place_of_the_one_carried_out(
    as_: As, stock: Stock
) -> None:
    first = stock.plan()
    stock.assignment(first, stock.item(first), "实验小学", "in_progress", -5)
    second = stock.plan(previous_id=first, edition=2)
    assert dashboard(as_, "supervisor")["plan_id"] == first
    stock.assignment(second, stock.item(second), "实验小学", "in_progress", -5)
    assert dashboard(as_, "supervisor")["plan_id"] == second


def test_signing_counts_when_it_is_due(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    item, other = stock.item(plan), stock.item(plan)
    stock.assignment(plan, item, "实验小学", "pending")
    [unit] = dashboard(as_, "supervisor", plan_id=plan)["units"]
    assert unit["signed_rate"] is None, "dispatched today: not due yet"
    stock.assignment(plan, other, "实验小学", "in_progress")
    [unit] = dashboard(as_, "supervisor", plan_id=plan)["units"]
    assert unit["signed_rate"] == 100.0
    long_ago = now() - timedelta(days=30)
    stock.assignment(plan, stock.item(plan), "实验小学", "pending", created_at=long_ago)
    stock.assignment(plan, stock.item(plan), "实验小学", "in_progress", created_at=long_ago)
    [unit] = dashboard(as_, "supervisor", plan_id=plan)["units"]
    assert unit["signed_rate"] == 33.3, "one never signed, one signed too late"


def test_page_links_lead_to_as_many_rows(as_: As, browse: As, plan: int) -> None:
    import re

    page = browse("supervisor").get(f"/dashboard?plan_id={plan}").text
    links = re.findall(r'<a href="/assignments\?([^"]+)"[^>]*>(\d+)</a>', page)
    assert len(links) > 20
    for query, number in set(links):
        answer = as_("supervisor").get(f"/api/v1/assignments?{query.replace('&amp;', '&')}&count=true&limit=1")
        assert answer.json()["total"] == int(number), query


def test_page_sorts_turns_and_narrows_by_link(browse: As, plan: int) -> None:
    supervisor = browse("supervisor")
    for query in ("sort=rate", "sort=-late", "kind=schools", "page=2", "ranking=all", "kind=party&sort=due"):
        assert supervisor.get(f"/dashboard?{query}").status_code == 200, query
    assert supervisor.get("/dashboard?sort=unit_name").status_code == 422
    assert "柳林镇中心校" in supervisor.get(f"/dashboard?kind=schools&plan_id={plan}").text
    assert "还没有可以统计的方案" in browse("other_supervisor").get("/dashboard").text


def test_next_years_plan_does_not_hide_what_is_late_in_this_ones(as_: As, stock: Stock) -> None:
    this_year = now().year

    def dispatched(title: str, year: int) -> int:
        plan = stock.plan(title, year=year)
        stock.assignment(plan, stock.item(plan), "实验小学", "pending", 30)
        return plan

    at_work = dispatched(f"{this_year}年方案", this_year)
    dispatched(f"{this_year + 1}年方案", this_year + 1)
    assert dashboard(as_, "leader")["plan_id"] == at_work
    corrected = dispatched(f"{this_year}年方案（修订）", this_year)
    assert dashboard(as_, "leader")["plan_id"] == corrected, "the newest of those at work"


def test_a_plan_older_than_those_to_choose_from_keeps_its_figures(
    as_: As, browse: As, plan: int, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in what stands on them: its summary, and a circular about it."""
    before = dashboard(as_, "supervisor", plan_id=plan)
    monkeypatch.setattr(queries, "OFFERED", 2)
    newer = [stock.plan(f"后来的方案{n}") for n in range(2)]
    found = dashboard(as_, "supervisor", plan_id=plan)
    assert [each["id"] for each in found["plans"]] == [*reversed(newer), plan]
    apart = {"plans": [], "snapshot_at": None}
    assert {**found, **apart} == {**before, **apart}
    assert [each["id"] for each in dashboard(as_, "supervisor")["plans"]] == [*reversed(newer)]
    made = ok(as_("supervisor").post("/api/v1/summaries", json={"plan_id": plan}), 201)
    assert ok(as_("supervisor").post(f"/api/v1/summaries/{made['id']}/freeze"))["state"] == "frozen"
    assert browse("supervisor").get(f"/dashboard?plan_id={plan}").status_code == 200
    assert as_("supervisor").get("/api/v1/dashboard", params={"plan_id": 999_999}).status_code == 404
