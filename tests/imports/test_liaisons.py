"""Pairs of offices and schools from a table: what they let an office see, and which pairs there cannot be."""

from datetime import date, timedelta
from typing import Any

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.imports.tables import IMPORTS, Cells, as_csv, counts, faults, looked_through, rows_of
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

HEADS = ("包联单位", "学校", "起", "止")


def day(n: int) -> str:
    on: date = today_of(now()) + timedelta(days=n)
    return on.isoformat()


def imported(client: Any, *rows: Cells, **fields: str) -> dict[str, Any]:
    return looked_through(client, as_csv(*rows, heads=HEADS), "包联.csv", resource="liaisons", **fields)


def pairs(client: Any) -> list[tuple[str, str, str, str | None]]:
    found = ok(client.get(f"{API}/liaisons?limit=200"))["data"]
    return [(each["office_name"], each["school_name"], each["valid_from"], each["valid_to"]) for each in found]


def test_an_office_sees_its_school_from_the_next_request_on(as_: As, stock: Stock) -> None:
    stock.rectification("实验小学", "pending", days=30)
    supervisor = as_("supervisor")
    for row, mode, seen in (
        (("人事股", "实验小学", "", ""), "preview", 0),
        (("人事股", "实验小学", "", ""), "commit", 1),
        (("人事股", "实验小学", "", day(0)), "commit", 1),
    ):
        run = imported(supervisor, row, mode=mode)
        assert len(ok(as_("office").get(f"{API}/rectifications"))["data"]) == seen
    assert ("人事股", "实验小学", day(0), day(0)) in pairs(supervisor)
    assert ok(supervisor.post(f"{IMPORTS}/{run['id']}/undo"))["state"] == "undone"
    assert ("人事股", "实验小学", day(0), None) in pairs(supervisor)


def test_each_wrong_cell_is_named_with_what_may_have_been_meant(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    rows = (
        ("教育股", "教育股", "", ""),
        ("实验小学", "实验小学", "", ""),
        ("派驻组", "实验小学", "", ""),
        ("教育股", "实验小学党支部", "", ""),
        ("教育", "实验学校", "", ""),
        ("教育股", "临水小学", "", ""),
        ("教育股", "第一中学", day(5), ""),
        ("教育股", "第一中学", "", day(-5)),
        ("人事股", "第一中学", "", ""),
        ("人事股", "第一中学", day(9), ""),
        ("教研室", "第一中学", day(9), day(8)),
    )
    found = faults(rows_of(supervisor, imported(supervisor, *rows), kind="wrong"))
    assert [each[:3] for each in found] == [
        (2, "school", "单位不能包联自己"),
        (3, "school", "单位不能包联自己"),
        (4, "office", "包联单位须为股室或二级单位"),
        (5, "school", "被包联单位须为中心校、学校或幼儿园"),
        (6, "office", "没有这个单位"),
        (6, "school", "没有这个单位"),
        (7, "school", "没有这个单位"),
        (8, "valid_from", f"与已有的同一项包联（{day(0)} 起）重叠，请核对起止日期"),
        (9, "valid_to", f"结束日期 {day(-5)} 早于起始日期 {day(0)}，请改为同日或以后"),
        (11, "valid_from", f"与已有的同一项包联（{day(0)} 起）重叠，请核对起止日期"),
        (12, "valid_to", f"结束日期 {day(8)} 早于起始日期 {day(9)}，请改为同日或以后"),
    ]
    assert "教育股" in found[4][3] and "实验小学" in found[5][3] and found[7][3] == [day(0)]
    own = {"office_id": world.unit["教育股"], "school_id": world.unit["教育股"]}
    assert "不能包联自己" in supervisor.post(f"{API}/liaisons", json=own).text


def test_a_pair_is_not_taken_back_after_another_ended_it(as_: As) -> None:
    supervisor = as_("supervisor")
    run = imported(supervisor, ("教育股", "第一中学", "", day(30)), ("党办", "第一中学", "", ""), mode="commit")
    assert counts(run) == (1, 1, 0, 0)
    row = next(each for each in ok(supervisor.get(f"{API}/liaisons"))["data"] if each["office_name"] == "党办")
    ok(supervisor.post(f"{API}/liaisons/{row['id']}/end"))
    refused = supervisor.post(f"{IMPORTS}/{run['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_touched") and "第 3 行的包联" in refused.text


def told(as_: As, operation: str) -> list[tuple[Any, Any]]:
    """Before and after of the pairs' own events, oldest first."""
    events = ok(as_("auditor").get(f"{API}/events?operation={operation}"))["data"]
    return [(each["before"], each["after"]) for each in reversed(events) if each["resource_id"] is not None]


def test_the_log_says_of_each_pair_what_it_was_and_what_it_became(as_: As, world: World) -> None:
    """It decides who sees a school, and the rows of the table go after ninety days."""
    supervisor, end = as_("supervisor"), day(30)
    made = imported(supervisor, ("人事股", "实验小学", "", ""), ("党办", "实验小学", "", ""), mode="commit")
    paired = {"school_id": world.unit["实验小学"], "valid_from": day(0)}
    pairs = [paired | {"office_id": world.unit[name]} for name in ("人事股", "党办")]
    assert told(as_, "liaison.import") == [(None, each) for each in pairs]
    ended = imported(supervisor, ("人事股", "实验小学", "", end), mode="commit")
    assert told(as_, "liaison.import")[2:] == [({"valid_to": None}, {"valid_to": end})]
    ok(supervisor.post(f"{IMPORTS}/{ended['id']}/undo"))
    assert told(as_, "liaison.undo_import") == [({"valid_to": end}, {"valid_to": None})]
    # Its pair was touched since, by the other table; of the one that is as it was left nothing goes.
    assert supervisor.post(f"{IMPORTS}/{made['id']}/undo").status_code == 409
    one = imported(supervisor, ("教研室", "实验小学", "", ""), mode="commit")
    ok(supervisor.post(f"{IMPORTS}/{one['id']}/undo"))
    assert told(as_, "liaison.undo_import")[1:] == [(paired | {"office_id": world.unit["教研室"]}, None)]
    page = ok(as_("auditor").get(f"{API}/events?operation=liaison.import"))["data"][0]
    assert (page["resource"], page["after"]) == ("liaison", {"count": 1})
