"""Whoever gets new rows is told once of them all, and led to just these rows."""

from datetime import date
from html import unescape

from app.assignments import dispatch as ops
from app.assignments import renewal
from app.units.models import Unit, UnitKind
from tests.assignments.test_dispatch import OUTLINE, named, named_instead, on, path
from tests.conftest import As
from tests.notifications.test_happenings import heard
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World


def notices(as_: As, account: str = "school") -> list[tuple[str, set[int]]]:
    """What each says, and the rows that it leads to; newest first."""
    client = as_(account)
    found = []
    for notice in ok(client.get(f"{API}/notifications"))["data"]:
        assert notice["kind"] == "given" and notice["resource"] == "dispatches"
        found.append((notice["text"], {row["id"] for row in ok(client.get(notice["href"]))["data"]}))
    return found


def of_unit(as_: As, account: str, unit: int) -> set[int]:
    return {row["id"] for row in ok(as_(account).get(f"{API}/assignments?unit_id={unit}"))["data"]}


def test_a_dispatch_tells_each_unit_once_of_all_its_new_rows(as_: As, browse: As, stock: Stock, world: World) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    named(stock, plan, "各学校（园）")
    named(stock, plan, "各学校（园）", lead="人事股")
    supervisor = as_("supervisor")
    ok(supervisor.post(path(plan)))
    mine = of_unit(as_, "middle", world.unit["第一中学"])
    assert len(mine) == 2 and notices(as_, "middle") == [("下发了 2 项任务，请签收办理", mine)]
    # The office leads an item of which the schools have rows, and is told of its own.
    own = of_unit(as_, "office", world.unit["人事股"])
    assert notices(as_, "office") == [("下发了 1 项任务，请签收办理", own)] and len(own) == 1
    assert heard(as_, "education") == [] and heard(as_, "supervisor") == []
    browser = browse("middle")
    page = unescape(browser.get("/notifications").text)
    link = page.partition("下发了 2 项任务")[0].rpartition('href="')[2].partition('"')[0]
    shown = browser.get(link)
    assert shown.status_code == 200 and all(f'href="/assignments/{row}"' in shown.text for row in mine)
    # Again there is nothing new; one item more is told of by itself.
    ok(supervisor.post(path(plan)))
    assert len(notices(as_, "middle")) == 1
    named(stock, plan, "各学校（园）")
    ok(supervisor.post(path(plan)))
    newest, before = notices(as_, "middle")
    assert newest[0].startswith("下发了 1 项") and len(newest[1]) == 1 and not newest[1] & before[1]
    assert len(notices(as_, "office")) == 1


def test_a_period_that_begins_is_told_of(as_: As, stock: Stock) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    named(stock, plan, "第一中学", cadence="quarterly")
    named(stock, plan, "第一中学", cadence="quarterly")
    on(stock, date(2023, 10, 11), ops.dispatch, plan)
    assert on(stock, date(2024, 1, 1), renewal.renew, plan) == 2
    told = notices(as_, "middle")
    assert [(text[:7], len(rows)) for text, rows in told] == [("下发了 2 项", 2)] * 2 and not told[0][1] & told[1][1]
    assert on(stock, date(2024, 1, 2), renewal.renew, plan) == 0 and len(notices(as_, "middle")) == 2


def test_a_school_that_is_taken_in_is_told_of_its_rows_and_no_other_unit(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    named(stock, plan, "各学校（园）")
    named(stock, plan, "各学校（园）")
    on(stock, date(2027, 10, 11), ops.dispatch, plan)
    new = stock.add(Unit, code="N1", name="新建小学", kind=UnitKind.SCHOOL, valid_from=date(2028, 9, 1))
    assert on(stock, date(2028, 9, 1), renewal.take_in, plan) == 2
    grant = {"role": "school", "unit_id": new}
    ok(as_("secadmin").post(f"{API}/users/{world.user['education']}/role-grants", json=grant), 201)
    told = notices(as_, "education")
    assert [(text[:7], len(rows)) for text, rows in told] == [("下发了 2 项", 2)]
    assert len(notices(as_, "middle")) == 1


def test_a_notice_says_what_is_still_to_be_acknowledged_of_its_rows_and_goes_with_the_last(
    as_: As, stock: Stock, world: World
) -> None:
    plan, unit, supervisor = stock.plan(outline=OUTLINE | {"organization": None}), world.unit, as_("supervisor")
    first, _second = (named(stock, plan, "教育股") for _ in range(2))
    ok(supervisor.post(path(plan)))
    one, other = sorted(of_unit(as_, "education", unit["教育股"]))
    named_instead(stock, first, unit["人事股"])
    ok(supervisor.post(path(plan)))
    assert notices(as_, "education") == [("下发了 2 项任务，还有 1 项待签收", {one, other})]
    named_instead(stock, first, unit["教育股"])
    ok(supervisor.post(path(plan)))
    again, before = notices(as_, "education")
    assert (again[0], before[0]) == ("下发了 1 项任务，请签收办理",) * 2 and again[1] | before[1] == {one, other}
    ok(as_("education").post(f"{API}/assignments/{other}/acknowledge"))
    assert notices(as_, "education")[1] == ("下发了 1 项任务，已没有待签收的", {other})
    # 人事股 had one row, given and taken back, and given once more: the first notice has nothing to lead to.
    named_instead(stock, first, unit["人事股"])
    assert notices(as_, "office") == [("下发了 1 项任务，已没有待签收的", {*of_unit(as_, "office", unit["人事股"])})]
    ok(supervisor.post(path(plan)))
    assert [text for text, _ in notices(as_, "office")] == ["下发了 1 项任务，请签收办理"]
    assert ok(as_("office").post(f"{API}/notifications/read-all"))["count"] == 1, "the bell counts what is shown"
