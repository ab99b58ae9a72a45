"""In a history stands the unit for which somebody acted, not the one that they began at."""

from datetime import timedelta

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.audit import audited_write
from app.core.operation import Tx
from app.identity.models import GRANT
from tests.conftest import As
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok


def who(client: TestClient, row: int) -> list[str]:
    return [entry["who"] for entry in ok(client.get(f"{API}/assignments/{row}"))["timeline"]]


def moved(tx: Tx, grant_id: int, days: int) -> None:
    """As if the grant was ended so many days ago."""
    values = {"valid_from": day(-days - 90), "valid_to": day(-days - 1), "created_at": tx.now - timedelta(days=days)}
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(GRANT).where(GRANT.c.id == grant_id).values(**values))


def test_a_clerk_who_moved_acts_for_the_new_school_and_did_for_the_old(as_: As, browse: As, stock: Stock) -> None:
    world, plan = stock.world, stock.plan()
    item = stock.item(plan)
    old, new = (stock.assignment(plan, item, unit) for unit in ("实验小学", "柳林小学"))
    ok(browse("school").post(f"{API}/assignments/{old}/acknowledge", json={}))
    secadmin, user = as_("secadmin"), world.user["school"]
    [grant] = ok(as_("sysadmin").get(f"{API}/users/{user}"))["grants"]
    ok(secadmin.post(f"{API}/role-grants/{grant['id']}/end", json={"note": "调动"}))
    given = {"role": "school", "unit_id": world.unit["柳林小学"]}
    ok(secadmin.post(f"{API}/users/{user}/role-grants", json=given), 201)
    ok(browse("school").post(f"{API}/assignments/{new}/acknowledge", json={}))
    assert who(as_("supervisor"), old) == ["刘敏 · 实验小学"], "on the day of the move"
    assert who(as_("supervisor"), new) == ["刘敏 · 柳林小学"]
    page = as_("auditor").get("/events?operation=assignment.acknowledge").text
    assert page.index("柳林小学") < page.index("实验小学")
    stock.do(lambda tx: moved(tx, grant["id"], 30))
    assert who(as_("supervisor"), new) == ["刘敏 · 柳林小学"], "and long after it"


def test_a_login_is_told_with_the_unit_of_whoever_came_in(as_: As, browse: As) -> None:
    browse("school")
    page = as_("auditor").get("/events?operation=session.create").text
    assert "刘敏" in page and "实验小学" in page
