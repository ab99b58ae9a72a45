"""A morning on which much is overdue at once, such as the first one after an upgrade: one notice of a kind, not a flood."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.audit import audited_write
from app.notifications.models import NOTICE
from app.notifications.operations import MOST_APART
from app.rectifications.models import RECTIFICATION
from tests.conftest import As
from tests.generated.rows import SCHOOL
from tests.notifications.conftest import On
from tests.stock import Stock, day
from tests.walk.steps import API, ok

LATER = date(2199, 6, 3)


def overdue(client: TestClient) -> list[dict[str, Any]]:
    return ok(client.get(f"{API}/notifications?kind=overdue&limit=200"))["data"]  # type: ignore[no-any-return]


def test_much_that_is_overdue_at_once_is_told_in_one_notice_of_each_kind(
    app: FastAPI, as_: As, browse: As, stock: Stock, on: On
) -> None:
    many = MOST_APART + 9
    mine = [stock.rectification(SCHOOL, "in_progress", deadline_on=day(n)) for n in range(many)]
    few = [stock.decision(SCHOOL, "disclosed", deadline_on=day(n)) for n in range(2)]
    others = [stock.rectification("第一中学", "in_progress", deadline_on=day(n)) for n in range(MOST_APART)]
    assert on(LATER) == many + len(few) + MOST_APART
    told = overdue(as_("school"))
    gathered, decisions = sorted(told, key=lambda row: str(row["resource"]), reverse=True)
    assert (decisions["resource_id"], decisions["also"]) == (few[0], 1)
    assert (gathered["resource_id"], gathered["also"], gathered["deadline_on"]) == (mine[0], many - 1, f"{day(0)}")
    assert f"等 {many} 项已逾期，最早的时限是 {day(0)}，请尽快办理" in gathered["text"]
    assert gathered["href"] == "/api/v1/my-work?group=overdue"
    assert sorted((row["resource_id"], row["also"]) for row in overdue(as_("middle"))) == [(row, 0) for row in others]
    browser = browse("school")
    assert 'href="/my-work?group=overdue"' in browser.get("/notifications").text
    # None of them is told of again, and what is not shown is neither counted nor there to be read.
    assert on(LATER) == 0 and overdue(as_("school")) == told
    assert ok(as_("school").post(f"{API}/notifications/read-all"))["count"] == 2
    assert ok(as_("school").get(f"{API}/notifications?unread=true"))["data"] == []
    hidden = sa.select(NOTICE.c.id).where(NOTICE.c.told_with_id == gathered["id"])
    first, *rest = app.state.database.read_now(lambda connection: list(connection.execute(hidden).scalars()))
    assert len(rest) == many - 2
    assert as_("school").post(f"{API}/notifications/{first}/mark-read").status_code == 404


def test_a_deadline_that_is_set_anew_is_told_of_by_itself(as_: As, stock: Stock, on: On) -> None:
    mine = [stock.rectification(SCHOOL, "in_progress", deadline_on=day(n)) for n in range(MOST_APART + 1)]
    on(date(2198, 6, 4))
    assert len(overdue(as_("school"))) == 1
    stock.do(lambda tx: _move(tx, mine[-1]))
    on(LATER)
    newest, _ = overdue(as_("school"))
    assert (newest["resource_id"], newest["also"], newest["deadline_on"]) == (mine[-1], 0, "2199-01-08")


def _move(tx: Any, row_id: int) -> None:
    moved = sa.update(RECTIFICATION).where(RECTIFICATION.c.id == row_id)
    with audited_write(tx.connection):
        tx.connection.execute(moved.values(deadline_on=date(2199, 1, 8)))
