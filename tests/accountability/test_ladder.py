"""The ladder: what reaches which rung, once and no more, however many run it."""

from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.assignments.models import ASSIGNMENT
from app.core.audit import audited_write
from app.core.operation import Tx
from app.core.policy import system_within
from app.installation import Installation
from app.jobs import registry, schedules
from app.jobs.registry import Work
from app.rectifications.models import RECTIFICATION
from tests.accountability.steps import AT, LADDER, SCHOOL, late, run
from tests.at_once import at_once
from tests.conftest import As
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import ok
from tests.world import World
from web.main import create_app


def told(rows: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    return {(row["unit_name"], row["kind"], len(row["triggers"])) for row in rows}


def test_the_gravest_rung_proposes_and_nothing_is_proposed_twice(as_: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    very, _, short = late(stock, days=-60), late(stock, days=-50), late(stock, "第一中学", days=-4)
    late(stock, days=3)
    late(stock, "派驻组")  # The bureau does not hold it to account.
    stock.rectification("第一中学", "in_progress", days=-20)
    seen = ok(supervisor.get(f"{AT}/preview"))
    assert seen["total"] == 3 and ok(supervisor.get(AT))["data"] == []
    found = run(supervisor)
    assert told(found) == {(SCHOOL, "circular", 2), ("第一中学", "reminder", 1), ("第一中学", "talk", 1)}
    circular = next(row for row in found if row["kind"] == "circular")
    assert circular["triggers"][0]["source_id"] == very and "已逾期" in circular["triggers"][0]["said"]
    assert circular["reason"] == "任务逾期满 20 个工作日" and circular["state"] == "proposed"
    assert run(supervisor) == [] and ok(supervisor.get(f"{AT}/preview"))["total"] == 0
    # What goes on being late reaches the next rung; what has passed a rung never comes back to it.
    for rung in ok(supervisor.get(f"{LADDER}?trigger=overdue_assignment"))["data"]:
        if rung["threshold"] == 5:
            patch = {"headers": {"if-match": str(rung["version"])}, "json": {"threshold": 2}}
            ok(supervisor.patch(f"{LADDER}/{rung['id']}", **patch))
    again = run(supervisor)
    assert told(again) == {("第一中学", "urging_order", 1)} and again[0]["triggers"][0]["source_id"] == short


def test_what_was_extended_or_reopened_is_late_once_more(as_: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    task, matter = late(stock), stock.rectification("第一中学", "in_progress", days=-40)
    assert len(run(supervisor)) == 2 and run(supervisor) == []
    for table, row in ((ASSIGNMENT, task), (RECTIFICATION, matter)):
        stock.do(lambda tx, table=table, row=row: moved(tx, table, row, day(-20)))
    assert {row["unit_name"] for row in run(supervisor)} == {SCHOOL, "第一中学"}
    assert run(supervisor) == []


def moved(tx: Tx, table: sa.Table, row: int, deadline_on: date) -> None:
    """As an extension does that was approved, or the next round of a rectification."""
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(table).where(table.c.id == row).values(deadline_on=deadline_on))


def test_refused_rechecks_and_last_ranks_reach_their_rungs(as_: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    matter = stock.rectification("第一幼儿园", "submitted", cause="无。", measures="无。", result="无。")
    plan = stock.plan()
    item = stock.item(plan)
    for unit, state, due in (("柳林小学", "pending", -1), (SCHOOL, "completed", 9), ("第一中学", "completed", 9)):
        stock.assignment(plan, item, unit, state, days=due)
    ok(supervisor.post(f"/api/v1/rectifications/{matter}/send-back", json={"note": "照片看不清。"}))
    first = run(supervisor)
    assert ("第一幼儿园", "talk", 1) not in told(first) and ("柳林小学", "talk", 1) in told(first)
    last = next(row for row in first if row["kind"] == "talk")["triggers"][0]
    assert (last["kind"], last["resource"], last["row_id"]) == ("bottom_rank", "plans", plan) and "倒数第1" in last[
        "said"
    ]


def test_a_rung_that_is_not_enabled_proposes_nothing(as_: As, stock: Stock) -> None:
    supervisor = as_("supervisor")
    assert run(supervisor) == []
    late(stock)
    for rung in ok(supervisor.get(f"{LADDER}?limit=50"))["data"]:
        patch = {"headers": {"if-match": str(rung["version"])}, "json": {"enabled": False}}
        ok(supervisor.patch(f"{LADDER}/{rung['id']}", **patch))
    assert run(supervisor) == []
    rung = {"trigger": "overdue_assignment", "threshold": 7, "proposes": "open_criticism"}
    ok(supervisor.post(LADDER, json=rung), 201)
    assert told(run(supervisor)) == {(SCHOOL, "open_criticism", 1)}
    assert supervisor.post(LADDER, json=rung).status_code == 409
    for wrong, at in (({"proposes": "referral"}, "/proposes"), ({"trigger": "finding"}, "/trigger")):
        answer = supervisor.post(LADDER, json=rung | wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, at)
    assert as_("school").get(LADDER).json()["data"] == [] and as_("office").post(LADDER, json=rung).status_code == 403


def test_of_many_runs_at_once_each_source_is_proposed_once(app: FastAPI, as_: As, stock: Stock, world: World) -> None:
    for unit in (SCHOOL, "第一中学", "第一幼儿园"):
        late(stock, unit)
    other = create_app(app.state.settings)

    async def send(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(f"{AT}/run")

    answers = at_once([app, other], world.token["supervisor"], send, 8)
    other.state.database.close()
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(len(answer.json()["proposed"]) for answer in answers) == [0] * 7 + [3]
    assert len(ok(as_("supervisor").get(AT))["data"]) == 3


def test_the_daily_run_proposes_for_nobody(app: FastAPI, as_: As, stock: Stock, world: World) -> None:
    late(stock)
    installation = Installation(app.state.settings, app.state.database)
    assert "accountability.run" in schedules.SCHEDULES
    registry.KINDS["accountability.run"].run(Work(installation, system_within(world.district), world.district))
    (row,) = ok(as_("leader").get(AT))["data"]
    assert row["proposed_by_name"] is None and "approve" in row["allowed_actions"]


@pytest.mark.parametrize("account", ["office", "school", "leader", "discipline"])
def test_only_the_supervisor_runs_it(as_: As, account: str) -> None:
    assert as_(account).post(f"{AT}/run").status_code == 403
    assert as_(account).get(f"{AT}/preview").status_code == 403


def test_nobody_runs_it_against_their_own_unit(app: FastAPI, as_: As, browse: As, stock: Stock, world: World) -> None:
    """The head of 督查室 does not learn of it either; the daily run proposes it."""
    supervisor = as_("supervisor")
    late(stock), late(stock, "督查室")
    seen = ok(supervisor.get(f"{AT}/preview"))
    assert [each["unit_name"] for each in seen["data"]] == [SCHOOL] and seen["total"] == 1
    page = browse("supervisor").get("/accountability-actions/preview").text.partition("<tbody>")[2]
    assert SCHOOL in page and "督查室" not in page.partition("</tbody>")[0]
    assert told(run(supervisor)) == {(SCHOOL, "circular", 1)}
    assert [each["unit_name"] for each in ok(as_("leader").get(AT))["data"]] == [SCHOOL]
    installation = Installation(app.state.settings, app.state.database)
    registry.KINDS["accountability.run"].run(Work(installation, system_within(world.district), world.district))
    assert {each["unit_name"] for each in ok(as_("leader").get(AT))["data"]} == {SCHOOL, "督查室"}
    assert [each["unit_name"] for each in ok(supervisor.get(AT))["data"]] == [SCHOOL]
