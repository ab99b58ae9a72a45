"""The ledger: filters, lamps, sorts, search, pages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.stock import day
from tests.walk.steps import ok

API = "/api/v1/assignments"
FAR = 400


@pytest.fixture
def mixed(ledger: Ledger) -> Ledger:
    """One row of each lamp, and of the states in which the clock stands."""
    for n, (state, days) in enumerate(
        [
            ("pending", -1),
            ("in_progress", 0),
            ("submitted", FAR),
            ("pending", None),
            ("completed", -30),
            ("waived", -1),
            ("cancelled", 5),
            ("declined", -5),
        ]
    ):
        ledger.row("实验小学", state, days=days, period=f"2023-{n + 1:02}")
    return ledger


def get(as_: As, account: str = "supervisor", **params: Any) -> list[dict[str, Any]]:
    return ok(as_(account).get(API, params=params))["data"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("lamp", "count"), [("red", 1), ("amber", 1), ("green", 1), ("none", 4), ("done", 1)])
def test_lamp_filter_agrees_with_what_the_rows_say(as_: As, mixed: Ledger, lamp: str, count: int) -> None:
    found = get(as_, lamp=lamp)
    assert len(found) == count
    assert {row["lamp"] for row in found} == {lamp}
    everything = get(as_)
    assert [row["id"] for row in everything if row["lamp"] == lamp] == [row["id"] for row in found]


def test_completed_late_is_said_and_not_red(as_: As, ledger: Ledger) -> None:
    ledger.row("实验小学", "completed", days=-3)
    ledger.row("第一中学", "completed", days=3)
    ledger.row("第一幼儿园", "completed", days=-3, completed_at=datetime(2000, 1, 1, tzinfo=UTC))
    assert {row["unit_name"]: row["lamp_words"] for row in get(as_)} == {
        "实验小学": "逾期办结",
        "第一中学": "办结",
        "第一幼儿园": "办结",
    }


def test_row_is_overdue_from_the_day_after_its_deadline(as_: As, ledger: Ledger) -> None:
    ledger.row("实验小学", "in_progress", days=0)
    assert get(as_)[0]["lamp_words"] == "今日到期"


def test_several_states_at_once(as_: As, mixed: Ledger) -> None:
    assert {row["state"] for row in get(as_, state="waived,declined")} == {"waived", "declined"}


def test_each_filter_narrows(as_: As, ledger: Ledger) -> None:
    other = ledger.stock.item(ledger.plan, "健全议事决策制度")
    ledger.row("实验小学", role="lead", period="2023-10")
    ledger.row("人事股", item=other, awaits_decision=True, state="in_progress")
    world = ledger.stock.world
    for params in (
        {"plan_item_id": other},
        {"unit_id": world.unit["人事股"]},
        {"state": "in_progress"},
        {"period": "once"},
        {"role": "responsible"},
        {"awaits_decision": "true"},
        {"q": "议事"},
        {"q": "人事"},
    ):
        assert [row["unit_name"] for row in get(as_, **params)] == ["人事股"], params
    assert get(as_, plan_id=ledger.plan + 1) == []
    assert [row["unit_name"] for row in get(as_, "school", own="true")] == ["实验小学"]


@pytest.mark.parametrize(
    "params",
    [
        {"state": "gone"},
        {"lamp": "blue"},
        {"plan_id": "0"},
        {"plan_id": "1e3"},
        {"sort": "percent"},
        {"limit": "201"},
        {"limit": "-1"},
        {"cursor": "x"},
        {"colour": "red"},
        {"awaits_decision": "yes"},
    ],
)
def test_bad_filter_is_refused(as_: As, ledger: Ledger, params: dict[str, str]) -> None:
    assert as_("supervisor").get(API, params=params).status_code == 422


def test_wildcards_are_taken_literally(as_: As, ledger: Ledger) -> None:
    ledger.row("实验小学")
    assert get(as_, q="%") == get(as_, q="_") == []


@pytest.mark.parametrize("sort", ["id", "deadline", "updated_at"])
@pytest.mark.parametrize("account", ["supervisor", "school", "office"])
def test_pages_follow_each_other_without_gap_or_overlap(as_: As, mixed: Ledger, sort: str, account: str) -> None:
    mixed.row("人事股")
    whole = [row["id"] for row in get(as_, account, sort=sort)]
    seen: list[int] = []
    cursor = None
    while True:
        params = {"sort": sort, "limit": 2, **({"cursor": cursor} if cursor else {})}
        body = ok(as_(account).get(API, params=params))
        seen += [row["id"] for row in body["data"]]
        if (cursor := body["next"]) is None:
            break
    assert seen == whole and len(whole) >= 8


@pytest.mark.parametrize("sort", ["id", "deadline", "updated_at"])
def test_rows_of_several_own_units_are_one_list(as_: As, mixed: Ledger, sort: str) -> None:
    for n, days in enumerate((-3, 1, 8, None)):
        mixed.row("实验小学党支部", days=days, period=f"2023-{n + 1:02}")
        mixed.row("第一中学", days=days, period=f"2023-{n + 1:02}")
    own = {"实验小学", "实验小学党支部"}
    whole = [row["id"] for row in get(as_, sort=sort) if row["unit_name"] in own]
    seen: list[int] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None and len(seen) < 20:
        body = ok(as_("school").get(API, params={"sort": sort, "limit": 3, **cursor}))
        seen += [row["id"] for row in body["data"]]
        cursor = {"cursor": body["next"]} if body["next"] else None
    assert seen == whole and len(whole) == 12
    pending = [row["id"] for row in get(as_, sort=sort, state="pending") if row["unit_name"] in own]
    assert [row["id"] for row in get(as_, "school", sort=sort, state="pending")] == pending


def test_rows_without_deadline_come_last(as_: As, mixed: Ledger) -> None:
    dates = [row["deadline_on"] for row in get(as_, sort="deadline")]
    assert dates == [*sorted(d for d in dates if d), None]


def test_total_counts_the_filtered_rows(as_: As, mixed: Ledger) -> None:
    body = ok(as_("supervisor").get(API, params={"state": "pending", "count": "true", "limit": 1}))
    assert (len(body["data"]), body["total"]) == (1, 2)


def test_read_carries_what_other_systems_rely_on(as_: As, ledger: Ledger) -> None:
    row = ledger.row("实验小学", days=FAR)
    listed, single = get(as_)[0], ok(as_("school").get(f"{API}/{row}"))
    wanted = {"id", "version", "allowed_actions", "plan_id", "plan_item_id", "unit_id", "period", "role", "state"}
    wanted |= {"lamp", "percent", "deadline_on"}
    assert wanted <= set(listed) <= set(single)
    assert single["deadline_on"] == day(FAR).isoformat()
    assert single["allowed_actions"] == ["acknowledge", "request_extension", "decline"]
