"""Venue activities through the JSON API, for every test that needs some."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.audit import audited_write
from app.core.calendar import now, today_of
from app.core.operation import Tx
from app.venue_activities.models import ACTIVITY
from tests.stock import Stock, day
from tests.walk.steps import API, ok

AT, REVIEWERS = f"{API}/venue-activities", f"{API}/venue-reviewers"
CHECK = {"checked_by": "高岩", "checked_on": today_of(now()).isoformat(), "check_result": "passed"}
WORDS = {"topic": "廉洁文化讲座", "host": "德育处", "place": "报告厅", "audience": "全体教师", "expected": 60}


def tomorrow() -> str:
    return (today_of(now()) + timedelta(days=1)).isoformat()


def registered(client: TestClient, kind: str = "lecture", **fields: Any) -> dict[str, Any]:
    body = {"kind": kind, "held_on": tomorrow(), **WORDS, **CHECK, **fields}
    return ok(client.post(AT, json=body), 201)  # type: ignore[no-any-return]


def days_go_by(stock: Stock, activity_id: int, held: int = -1) -> None:
    """As if its day had come: ``held`` days from today."""

    def move(tx: Tx) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(ACTIVITY).where(ACTIVITY.c.id == activity_id).values(held_on=day(held)))

    stock.do(move)
