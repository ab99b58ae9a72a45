"""Deadlines are told in time to whoever carries them out, once, and to nobody else."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.operation import Tx
from app.notifications.models import NOTICE
from tests.conftest import As, form
from tests.generated import scenario
from tests.notifications.conftest import On
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World

NOTICES = f"{API}/notifications"
FRIDAY = date(2026, 11, 27)


def told(client: Any, **filters: str) -> list[tuple[str, int]]:
    return [(row["kind"], row["resource_id"]) for row in ok(client.get(NOTICES, params=filters))["data"]]


@pytest.fixture
def due(stock: Stock) -> Callable[..., int]:
    """An assignment of a unit's with that deadline."""
    plan = stock.plan()

    def make(unit: str, deadline: date | None, state: str = "in_progress") -> int:
        made = stock.assignment(plan, stock.item(plan), unit, state)
        return _dated(stock, made, deadline)

    return make


def _dated(stock: Stock, row_id: int, deadline: date | None) -> int:
    from app.assignments.models import Assignment

    def put(tx: Tx) -> int:
        row = tx.session.get_one(Assignment, row_id)
        row.deadline_on = row.original_deadline_on = deadline
        tx.session.flush()
        return row_id

    return stock.do(put)


def test_a_deadline_is_told_of_before_on_and_after_it(as_: As, due: Callable[..., int], on: On) -> None:
    row = due("实验小学", date(2026, 12, 2))  # A Wednesday.
    assert [on(date(2026, 11, day)) for day in (25, 26)] == [0, 0]
    assert [on(FRIDAY), on(FRIDAY)] == [1, 0], "three workdays before, once"
    assert [on(date(2026, 12, day)) for day in (1, 2, 3, 4)] == [0, 1, 1, 0]
    assert told(as_("school")) == [("overdue", row), ("due", row), ("soon", row)]
    first = ok(as_("school").get(NOTICES))["data"][-1]
    assert first["text"].endswith("将于 2026-12-02 到期，请抓紧办理") and first["href"] == f"{API}/assignments/{row}"


def test_what_falls_on_a_free_day_is_told_the_workday_before(as_: As, due: Callable[..., int], on: On) -> None:
    """A weekend never moves the deadline itself; the bureau's own calendar says which days are free."""
    saturday, sunday = due("实验小学", date(2026, 11, 28)), due("实验小学", date(2026, 11, 29))
    monday = due("实验小学", date(2026, 11, 30))
    on(FRIDAY)
    assert sorted(told(as_("school"), kind="due")) == [("due", saturday), ("due", sunday)]
    assert on(date(2026, 11, 28)) == on(date(2026, 11, 29)) == 0, "nobody is there"
    worked = {"on": "2026-12-05", "is_workday": True, "name": "调休上班"}
    ok(as_("supervisor").post(f"{API}/calendar-days", json=worked), 201)
    on(date(2026, 11, 30))
    assert set(told(as_("school"))) >= {("due", monday), ("overdue", saturday), ("overdue", sunday)}
    late = due("实验小学", date(2026, 12, 6))
    on(date(2026, 12, 4))
    assert ("due", late) not in told(as_("school"))
    on(date(2026, 12, 5))
    assert ("due", late) in told(as_("school"))


def test_only_what_the_unit_can_do_something_about_is_told(
    as_: As, stock: Stock, due: Callable[..., int], on: On
) -> None:
    for state in ("submitted", "completed", "waived", "cancelled", "declined"):
        due("实验小学", FRIDAY, state)
    due("实验小学", None)
    pending = due("实验小学", FRIDAY, "pending")
    assert on(FRIDAY) == 1 and told(as_("school")) == [("due", pending)]
    # Another deadline is another matter.
    on(date(2026, 11, 30))
    _dated(stock, pending, date(2026, 12, 4))
    assert on(date(2026, 12, 4)) == 1
    assert [kind for kind, _ in told(as_("school"))] == ["due", "overdue", "due"]


def test_rectifications_are_told_of_too(as_: As, stock: Stock, on: On) -> None:
    row = stock.rectification("实验小学", "in_progress", days=0)
    today = stock.do(lambda tx: tx.today)
    while not stock.do(lambda tx, day=today: tx.workdays.is_workday(day)):  # type: ignore[misc]
        today += timedelta(days=1)
    assert on(today) == 1
    (notice,) = ok(as_("school").get(NOTICES))["data"]
    assert (notice["resource"], notice["resource_id"]) == ("rectifications", row)


def test_a_notice_is_its_units_and_read_by_each_for_themselves(
    as_: As, browse: As, world: World, due: Callable[..., int], on: On
) -> None:
    row = due("实验小学", FRIDAY)
    on(FRIDAY)
    for account in ("kindergarten", "middle", "central", "supervisor", "leader", "secadmin", "other_school"):
        assert told(as_(account)) == [], account
    (notice,) = ok(as_("school").get(NOTICES))["data"]
    assert as_("middle").get(f"{NOTICES}/{notice['id']}").status_code == 404
    assert as_("middle").post(f"{NOTICES}/{notice['id']}/mark-read").status_code == 404
    browser = browse("school")
    page = browser.get("/notifications").text
    assert f'href="/assignments/{row}"' in page and "1<span" in page.partition('href="/notifications"')[2][:400]
    assert browser.post(f"/notifications/{notice['id']}/mark-read", data=form(browser)).status_code == 303
    assert told(as_("school"), unread="true") == [] and len(told(as_("school"), unread="false")) == 1
    assert "条未读" not in browser.get("/notifications").text
    # A colleague has it still.
    grant = {"role": "school", "unit_id": world.unit["实验小学"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['middle']}/role-grants", json=grant), 201)
    assert told(as_("middle"), unread="true") == [("due", row)]
    due("第一中学", FRIDAY)
    on(FRIDAY)
    assert ok(as_("middle").post(f"{NOTICES}/read-all"))["count"] == 2
    assert ok(as_("middle").post(f"{NOTICES}/read-all"))["count"] == 0


def test_no_notice_tells_of_an_inspection_or_of_anyone(app: FastAPI, as_: As, world: World, on: On) -> None:
    """An unannounced inspection has no deadline of its own; what it found has one once it may be known."""
    made = scenario.build(as_, world)
    on(date(2199, 6, 3))
    every = sa.select(NOTICE.c.resource, NOTICE.c.resource_id, NOTICE.c.unit_id)
    rows = app.state.database.read_now(lambda connection: connection.execute(every).all())
    assert {row.resource for row in rows} >= {
        "assignment",
        "rectification",
        "complaint",
        "self_check",
        "liaison_matter",
    }
    for account in ("school", "central"):
        for notice in ok(as_(account).get(NOTICES, params={"limit": 200}))["data"]:
            ok(as_(account).get(notice["href"]))
    assert ("overdue", made.ids["rectifications"]["实验小学"]) in told(as_("school"))
