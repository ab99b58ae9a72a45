"""An office's list is found ground by ground: its own rows, its paired schools', the schools' of its items. It holds what
the rule says of each row alone, in order, page by page; and asks no index that goes through the whole district.
"""

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core import paging
from app.core.db import Database
from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.exported import csv_lines
from tests.walk.steps import ok

API = "/api/v1/assignments"
SORTS = ("id", "deadline", "updated_at")
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"state": "pending"},
    {"lamp": "red"},
    {"own": "true"},
    {"own": "false"},
    {"role": "responsible,lead"},
    {"period": "2023-02"},
    {"q": "任务2"},
    {"updated_since": "2020-01-01T00:00:00Z"},
)


@pytest.fixture
def district(ledger: Ledger) -> Ledger:
    """Seven items, of which 教育股 leads three and is or was named in two more; rows at eight units; days that repeat."""
    named: list[dict[str, object]] = [{"role": "lead"}] * 2 + [{}]
    named += [{"role": "cooperate"}, {"role": "lead", "state": "cancelled"}]
    for n in range(7):
        item = ledger.stock.item(ledger.plan, f"任务{n}")
        if n < len(named):
            ledger.row("教育股", item=item, days=n, **named[n])
        for m, unit in enumerate(
            ("实验小学", "第一中学", "柳林小学", "实验小学党支部", "城区联合党支部", "人事股", "教研室")
        ):
            state = ("pending", "in_progress", "completed")[(n + m) % 3]
            ledger.row(unit, state, item=item, days=(n * 3 + m) % 5 - 2, period=f"2023-0{m % 3 + 1}")
    return ledger


def walk(as_: As, account: str, **asked: Any) -> list[dict[str, Any]]:
    """All rows, two a page; the last answer's total is that of every one."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ok(as_(account).get(API, params={**asked, **cursor, "limit": "2", "count": "true"}))
        rows += page["data"]
        if page["next"] is None:
            assert page["total"] == len(rows)
            return rows
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("sort", SORTS)
def test_office_reads_in_its_list_what_it_reads_one_by_one(as_: As, district: Ledger, sort: str) -> None:
    mine = district.stock.world.unit["教育股"]
    every = walk(as_, "supervisor", sort=sort)
    alone = {row["id"] for row in every if as_("education").get(f"{API}/{row['id']}").status_code == 200}
    own = {"true": {row["id"] for row in every if row["unit_id"] == mine}}
    own["false"] = alone - own["true"]
    for asked in FILTERS:
        others = {name: value for name, value in asked.items() if name != "own"}
        whole = [row["id"] for row in walk(as_, "supervisor", sort=sort, **others)]
        meant = [each for each in whole if each in alone and each in own.get(asked.get("own", ""), alone)]
        assert meant, asked
        assert [row["id"] for row in walk(as_, "education", sort=sort, **asked)] == meant, asked


@pytest.mark.parametrize("sort", SORTS)
def test_office_with_what_lies_beneath_it_reads_in_its_list_what_it_reads_one_by_one(
    as_: As, district: Ledger, sort: str
) -> None:
    """By a recursive grant: the rows of units beneath are its own, and schools' rows of their items its to review."""
    unit, user = district.stock.world.unit, district.stock.world.user["education"]
    at, grants = f"/api/v1/units/{unit['教研室']}", f"/api/v1/users/{user}/role-grants"
    version = {"if-match": str(ok(as_("sysadmin").get(at))["version"])}
    ok(as_("sysadmin").patch(at, json={"parent_id": unit["教育股"]}, headers=version))
    (held,) = ok(as_("secadmin").get(f"/api/v1/role-grants?user_id={user}"))["data"]
    ok(as_("secadmin").post(f"/api/v1/role-grants/{held['id']}/end", json={}))
    ok(as_("secadmin").post(grants, json={"role": "office", "unit_id": unit["教育股"], "recursive": True}), 201)
    every = walk(as_, "supervisor", sort=sort)
    alone = [row["id"] for row in every if as_("education").get(f"{API}/{row['id']}").status_code == 200]
    assert [row["id"] for row in walk(as_, "education", sort=sort)] == alone
    own = [row["id"] for row in every if row["unit_id"] in (unit["教育股"], unit["教研室"])]
    assert [row["id"] for row in walk(as_, "education", sort=sort, own="true")] == own and len(own) > 7
    assert [row["id"] for row in walk(as_, "education", sort=sort, unit_id=unit["教研室"])] == [
        row["id"] for row in every if row["unit_id"] == unit["教研室"]
    ]


@pytest.mark.parametrize("sort", SORTS)
def test_office_reads_those_of_a_plan_an_item_or_a_unit(as_: As, district: Ledger, sort: str) -> None:
    whole = walk(as_, "education", sort=sort)
    assert whole
    for name in ("plan_id", "plan_item_id", "unit_id"):
        for value in {row[name] for row in whole}:
            found = walk(as_, "education", sort=sort, **{name: str(value)})
            assert [row["id"] for row in found] == [row["id"] for row in whole if row[name] == value]


def test_office_without_a_row_has_an_empty_list(as_: As, ledger: Ledger) -> None:
    for unit in ("党办", "实验小学", "柳林小学"):
        ledger.row(unit)
    for sort in SORTS:
        assert walk(as_, "education", sort=sort) == []


def test_more_items_than_a_page_has_rows(as_: As, ledger: Ledger) -> None:
    """Only those whose first rows come first can have a part in it."""
    rows = []
    for n in range(9):
        item = ledger.stock.item(ledger.plan, f"任务{n}")
        ledger.row("人事股", "completed", item=item, role="lead", days=50)
        rows += [ledger.row(unit, item=item, days=n % 4) for unit in ("实验小学", "第一中学")]
    asked = {"state": "pending", "sort": "deadline", "limit": "3"}
    page = ok(as_("office").get(API, params=asked))["data"]
    assert [row["id"] for row in page] == [rows[0], rows[1], rows[8]]


@pytest.mark.parametrize("at_once", [3, 1000])
def test_office_takes_away_the_rows_of_its_list(
    as_: As, district: Ledger, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """The first are gathered, those behind them read by the rule."""
    monkeypatch.setattr(paging, "AT_ONCE", at_once)
    total = ok(as_("education").get(API, params={"count": "true"}))["total"]
    assert total > 3
    assert len(csv_lines(as_("education").get(f"{API}.csv").content)) == total + 1


@pytest.mark.parametrize("asked", [{}, {"state": "submitted"}, {"lamp": "red"}, {"count": "true"}, {"q": "任务"}])
def test_no_list_of_an_office_goes_through_the_district(
    app: FastAPI, as_: As, district: Ledger, asked: dict[str, str]
) -> None:
    """As far as SQLite tells beforehand: each row is reached from a unit, an item or its own number."""
    database: Database = app.state.database
    if not database.is_sqlite:
        pytest.skip("PostgreSQL plans by what is there; benchmarks.growth measures it")
    met: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        met.append((statement, parameters))

    client = as_("education")
    client.get(API)  # who asks is known from here on
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        for sort in SORTS:
            assert client.get(API, params={**asked, "sort": sort}).status_code == 200
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    statements = [one for one in met if "assignment.plan_item_id" in one[0]]
    assert len(statements) >= len(SORTS)
    with database.reader.connect() as connection:
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row.detail for row in plan if row.detail.startswith(("SCAN assignment", "SEARCH assignment"))]
            assert steps
            assert [step for step in steps if step.startswith("SCAN") or "district_id=?" in step] == []
