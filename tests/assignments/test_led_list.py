"""A list that a plan or words lead to: the same rows, in the same order and number, as without an index to find them."""

from typing import Any

import pytest

from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.walk.steps import ok

API = "/api/v1/assignments"
UNITS = ("实验小学", "第一中学", "第一幼儿园")
SORTS = ("id", "deadline", "updated_at")


@pytest.fixture
def plans(ledger: Ledger) -> list[int]:
    """Rows of two plans, each with two items, in turns."""
    stock = ledger.stock
    other = stock.plan("2022年清廉学校建设")
    items = [(ledger.plan, ledger.item), (other, stock.item(other, "食堂自查"))]
    items += [(ledger.plan, stock.item(ledger.plan, "校服采购自查")), (other, stock.item(other, "师德师风"))]
    for n, unit in enumerate(UNITS):
        for at, (plan, item) in enumerate(items):
            state = "completed" if (n + at) % 3 else "pending"
            stock.assignment(plan, item, unit, state, days=(at * 7 + n * 5) % 11 - 4)
    return [ledger.plan, other]


def everything(as_: As, account: str, **params: Any) -> list[dict[str, Any]]:
    """All pages of two rows, and that they are as many as are counted."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ok(as_(account).get(API, params={"limit": 2, "count": "true", **params, **cursor}))
        found += page["data"]
        if page["next"] is None:
            assert page["total"] == len(found)
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("account", ["supervisor", "office", "school"])
@pytest.mark.parametrize("sort", SORTS)
def test_a_plan_s_rows_are_those_of_the_whole_list(as_: As, plans: list[int], account: str, sort: str) -> None:
    whole = everything(as_, account, sort=sort)
    assert account != "supervisor" or len(whole) == 12
    for plan in plans:
        mine = [row for row in whole if row["plan_id"] == plan]
        assert everything(as_, account, sort=sort, plan_id=plan) == mine
        pending = [row for row in mine if row["state"] == "pending"]
        assert everything(as_, account, sort=sort, plan_id=plan, state="pending") == pending


@pytest.mark.parametrize("account", ["supervisor", "leader", "office", "school"])
@pytest.mark.parametrize("sort", SORTS)
def test_words_are_found_in_items_and_units(as_: As, plans: list[int], account: str, sort: str) -> None:
    whole = everything(as_, account, sort=sort)
    for words in ("自查", "第一", "小学", "没有这样的", "%"):
        named = [row for row in whole if words in row["item_title"] or words in row["unit_name"]]
        assert everything(as_, account, sort=sort, q=words) == named
        of_plan = [row for row in named if row["plan_id"] == plans[1]]
        assert everything(as_, account, sort=sort, q=words, plan_id=plans[1]) == of_plan
