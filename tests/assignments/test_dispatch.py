"""Dispatch: what it adds, keeps and retires, previewed and repeated."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app.assignments import dispatch as ops
from app.assignments import renewal
from app.assignments.models import ASSIGNMENT
from app.calendars.models import SchoolTerm
from app.core.audit import audited_write
from app.core.calendar import long_day
from app.core.operation import Tx, transact
from app.core.policy import Actor, Role, bound, system_within
from app.installation import Installation
from app.jobs.registry import Work
from app.plans.models import ITEM, PLAN, RESPONSIBILITY, Responsibility
from app.settings import Settings
from tests.conftest import As
from tests.generated.statements import statements
from tests.stock import Stock, day
from tests.walk.steps import ok
from tests.world import OFFICES, World

API = "/api/v1"


OUTLINE: dict[str, Any] = {key: [] for key in ("basis", "sections", "requirements", "table_rows", "warnings")}


@pytest.fixture
def plan(stock: Stock) -> int:
    return stock.plan(outline=OUTLINE | {"organization": None})


def path(plan: int) -> str:
    return f"{API}/plans/{plan}/dispatch"


def named(stock: Stock, plan: int, *units: str, lead: str = "", **fields: Any) -> int:
    """An item with these responsible units and groups."""
    item = stock.item(plan, **fields)
    for unit in units:
        stock.responsible(plan, item, unit)
    if lead:
        stock.responsible(plan, item, lead, "lead")
    return item


def rows(as_: As, plan: int, **params: Any) -> dict[int, dict[str, Any]]:
    params = {"plan_id": plan, "limit": 200, **params}
    return {row["unit_id"]: row for row in ok(as_("supervisor").get(f"{API}/assignments", params=params))["data"]}


def change(stock: Stock, table: sa.Table, row: int, **values: Any) -> None:
    def act(tx: Tx) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(table).where(table.c.id == row).values(**values))

    stock.do(act)


def on(stock: Stock, today: date, operation: Any, *args: Any) -> Any:
    """Run an operation as the supervisor on another day."""
    actor = Actor(user_id=None, district_id=stock.world.district, roles=frozenset({Role.SUPERVISOR}))
    actor = Actor(user_id=None, district_id=actor.district_id, roles=actor.roles, binds=bound(actor))
    instant = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)

    def job(connection: sa.Connection) -> Any:
        tx = Tx(connection, actor, Settings(), instant=instant)
        return transact(tx, lambda tx: operation(tx, *args))

    return stock.app.state.database.write_now(job)


def test_preview_and_dispatch_have_one_shape_and_again_adds_nothing(as_: As, stock: Stock, plan: int) -> None:
    named(stock, plan, "人事股", "各学校（园）")
    supervisor = as_("supervisor")
    before = ok(supervisor.get(path(plan)))
    done = ok(supervisor.post(path(plan)))
    assert before == done
    assert set(done) == {"add", "keep", "retire"}
    assert done["add"][0] == {
        "plan_item_id": 1,
        "unit_id": stock.world.unit["人事股"],
        "period": "once",
        "role": "responsible",
    }
    again = ok(supervisor.post(path(plan)))
    assert (again["add"], again["retire"]) == ([], [])
    assert sorted(row["unit_id"] for row in again["keep"]) == sorted(row["unit_id"] for row in done["add"])


def test_groups_expand_by_rule(as_: As, stock: Stock, plan: int, world: World) -> None:
    named(stock, plan, "各基层党组织", "二级单位")
    ok(as_("supervisor").post(path(plan)))
    assert set(rows(as_, plan)) == {world.unit[n] for n in ("实验小学党支部", "城区联合党支部", "教研室")}


def test_strongest_role_wins_and_gets_one_row(as_: As, stock: Stock, plan: int, world: World) -> None:
    item = named(stock, plan, "各股室办", lead="人事股")
    stock.responsible(plan, item, "人事股", "cooperate")
    stock.responsible(plan, item, "督查室", "cooperate")
    ok(as_("supervisor").post(path(plan)))
    found = rows(as_, plan)
    assert found[world.unit["人事股"]]["role"] == "lead"
    assert found[world.unit["督查室"]]["role"] == "responsible"


def test_only_lead_rows_count_where_one_leads(as_: As, stock: Stock, plan: int, world: World) -> None:
    named(stock, plan, "教育股", lead="人事股")
    second = named(stock, plan, "教育股")
    stock.responsible(plan, second, "党办", "cooperate")
    ok(as_("supervisor").post(path(plan)))
    counted = {(row["plan_item_id"] == second, row["unit_name"]): row["counted"] for row in _all(as_, plan)}
    assert counted == {
        (False, "人事股"): True,
        (False, "教育股"): False,
        (True, "教育股"): True,
        (True, "党办"): False,
    }


def _all(as_: As, plan: int) -> list[dict[str, Any]]:
    return ok(as_("supervisor").get(f"{API}/assignments?plan_id={plan}&limit=200"))["data"]  # type: ignore[no-any-return]


def test_item_for_information_gives_nobody_work(as_: As, stock: Stock, plan: int) -> None:
    named(stock, plan, "人事股", for_information=True)
    assert ok(as_("supervisor").post(path(plan)))["add"] == []


def test_dropped_names_give_nobody_work(as_: As, stock: Stock, plan: int) -> None:
    item = named(stock, plan, "人事股")
    dropped = {"unit_id": stock.world.unit["教育股"], "dropped_reason": "重复"}
    stock.add(Responsibility, plan_id=plan, plan_item_id=item, name="教育股", role="responsible", **dropped)
    assert len(ok(as_("supervisor").post(path(plan)))["add"]) == 1


def test_rows_get_the_items_deadline(as_: As, stock: Stock, plan: int, world: World) -> None:
    named(stock, plan, "人事股", deadline_on=day(10))
    ok(as_("supervisor").post(path(plan)))
    row = rows(as_, plan)[world.unit["人事股"]]
    assert row["deadline_on"] == row["original_deadline_on"] == day(10).isoformat()


def test_retired_row_is_cancelled_unless_work_was_done(as_: As, stock: Stock, plan: int, world: World) -> None:
    item = named(stock, plan, "各学校（园）")
    supervisor, unit = as_("supervisor"), world.unit
    ok(supervisor.post(path(plan)))
    before = rows(as_, plan)
    ok(as_("school").post(f"{API}/assignments/{before[unit['实验小学']]['id']}/acknowledge"))
    ok(as_("middle").post(f"{API}/assignments/{before[unit['第一中学']]['id']}/decline", json={"note": "不属本校。"}))
    named_instead(stock, item, unit["人事股"])
    preview = ok(supervisor.get(path(plan)))
    assert len(preview["retire"]) == 4 and len(preview["add"]) == 1
    assert ok(supervisor.post(path(plan)))["retire"] == preview["retire"]
    after = rows(as_, plan)
    kept, cancelled, declined = after[unit["实验小学"]], after[unit["柳林小学"]], after[unit["第一中学"]]
    assert (kept["state"], kept["awaits_decision"]) == ("in_progress", True)
    assert (cancelled["state"], cancelled["awaits_decision"]) == ("cancelled", False)
    assert declined["state"] == "declined"
    assert ok(supervisor.post(path(plan)))["retire"] == []
    waiting = ok(supervisor.get(f"{API}/assignments?awaits_decision=true"))["data"]
    assert [row["unit_id"] for row in waiting] == [unit["实验小学"]]
    told = [entry["label"] for entry in ok(supervisor.get(f"{API}/assignments/{cancelled['id']}"))["timeline"]]
    assert told == ["收回", "下发"]


def named_instead(stock: Stock, item: int, unit_id: int) -> None:
    def act(tx: Tx) -> None:
        with audited_write(tx.connection):
            instead = {"unit_id": unit_id, "unit_group_id": None}
            mine = RESPONSIBILITY.c.plan_item_id == item
            tx.connection.execute(sa.update(RESPONSIBILITY).where(mine).values(instead))

    stock.do(act)


def test_what_was_retired_comes_back_when_its_unit_is_responsible_again(
    as_: As, stock: Stock, plan: int, world: World
) -> None:
    item, supervisor = named(stock, plan, "教育股"), as_("supervisor")
    ok(supervisor.post(path(plan)))
    first = rows(as_, plan)[world.unit["教育股"]]
    named_instead(stock, item, world.unit["人事股"])
    ok(supervisor.post(path(plan)))
    named_instead(stock, item, world.unit["教育股"])
    again = ok(supervisor.post(path(plan)))
    assert [row["unit_id"] for row in again["add"]] == [world.unit["教育股"]]
    back = rows(as_, plan)[world.unit["教育股"]]
    assert (back["id"], back["state"]) == (first["id"], "pending")


def test_row_that_the_supervisor_cancelled_does_not_come_back(as_: As, stock: Stock, plan: int, world: World) -> None:
    named(stock, plan, "教育股")
    supervisor = as_("supervisor")
    ok(supervisor.post(path(plan)))
    row = rows(as_, plan)[world.unit["教育股"]]
    ok(supervisor.post(f"{API}/assignments/{row['id']}/cancel", json={"note": "误下发。"}))
    assert ok(supervisor.post(path(plan))) == {"add": [], "keep": [], "retire": []}


def test_later_deadline_reaches_open_rows_and_spares_extended_ones(
    as_: As, stock: Stock, plan: int, world: World
) -> None:
    item = named(stock, plan, "人事股", "教育股", "党办", deadline_on=day(10))
    ok(as_("supervisor").post(path(plan)))
    ids = {unit: rows(as_, plan)[world.unit[unit]]["id"] for unit in ("人事股", "教育股", "党办")}
    change(stock, ASSIGNMENT, ids["教育股"], deadline_on=day(40))
    change(stock, ASSIGNMENT, ids["党办"], state="completed")
    change(stock, ITEM, item, deadline_on=day(20))
    ok(as_("supervisor").post(path(plan)))
    after = rows(as_, plan)
    assert after[world.unit["人事股"]]["deadline_on"] == day(20).isoformat()
    assert after[world.unit["教育股"]]["original_deadline_on"] == day(20).isoformat()
    assert after[world.unit["教育股"]]["deadline_on"] == day(40).isoformat()
    assert after[world.unit["党办"]]["deadline_on"] == day(10).isoformat()


def told(as_: As, row_id: int, account: str = "office") -> list[tuple[str, str | None]]:
    return [(e["label"], e["note"]) for e in ok(as_(account).get(f"{API}/assignments/{row_id}"))["timeline"]]


def test_a_row_whose_deadline_a_dispatch_moved_tells_from_what_day_to_what_day(
    as_: As, browse: As, stock: Stock, plan: int, world: World
) -> None:
    item = named(stock, plan, "人事股", "教育股", deadline_on=day(10))
    ok(as_("supervisor").post(path(plan)))
    ids = {unit: rows(as_, plan)[world.unit[unit]]["id"] for unit in ("人事股", "教育股")}
    change(stock, ASSIGNMENT, ids["教育股"], deadline_on=day(40))
    change(stock, ITEM, item, deadline_on=day(20))
    ok(as_("supervisor").post(path(plan), json={"note": "上级提前验收。"}))
    said = f"完成时限由 {long_day(day(10))} 改为 {long_day(day(20))}"
    assert told(as_, ids["人事股"]) == [("时限调整", f"{said}。上级提前验收。"), ("下发", None)]
    assert said in browse("office").get(f"/assignments/{ids['人事股']}").text
    assert told(as_, ids["教育股"], "education") == [("下发", None)], "the day it was extended to stands"
    (event,) = ok(as_("auditor").get(f"{API}/events?resource=assignment"))["data"]
    assert (event["before"], event["after"]) == (
        {"deadline_on": day(10).isoformat()},
        {"deadline_on": day(20).isoformat()},
    )
    ok(as_("supervisor").post(path(plan)))
    change(stock, ITEM, item, deadline_on=None)
    ok(as_("supervisor").post(path(plan)))
    assert told(as_, ids["人事股"])[0] == ("时限调整", f"不再有完成时限，原为 {long_day(day(20))}")
    assert len(told(as_, ids["人事股"])) == 3, "a dispatch that moves nothing tells nothing"


def test_many_deadlines_are_moved_by_as_many_statements_as_few(as_: As, stock: Stock, plan: int, world: World) -> None:
    few, many = named(stock, plan, "人事股", deadline_on=day(10)), named(stock, plan, *OFFICES, deadline_on=day(10))
    ok(as_("supervisor").post(path(plan)))
    counted = []
    for item in (few, many):
        change(stock, ITEM, item, deadline_on=day(20))
        with statements() as seen:
            ok(as_("supervisor").post(path(plan)))
        counted.append(sum(not statement.startswith("SELECT") for statement, _ in seen))
    assert counted[1] <= counted[0], counted
    moved = ok(as_("auditor").get(f"{API}/events?operation=assignment.move_deadline&limit=50"))["data"]
    assert len(moved) == 1 + len(OFFICES)
    assert {event["after"]["deadline_on"] for event in moved} == {day(20).isoformat()}
    assert ok(as_("auditor").post(f"{API}/events/verify"))["fault"] is None, "each event is sealed as it stands"


def test_later_role_reaches_rows(as_: As, stock: Stock, plan: int, world: World) -> None:
    item = named(stock, plan, "人事股", "教育股")
    ok(as_("supervisor").post(path(plan)))
    stock.responsible(plan, item, "人事股", "lead")
    ok(as_("supervisor").post(path(plan)))
    after = rows(as_, plan)
    assert after[world.unit["人事股"]]["role"] == "lead"
    assert [after[world.unit[u]]["counted"] for u in ("人事股", "教育股")] == [True, False]


def test_one_event_for_the_run_which_the_rows_timelines_tell(as_: As, stock: Stock, plan: int, world: World) -> None:
    named(stock, plan, "各学校（园）")
    ok(as_("supervisor").post(path(plan), json={"note": "秋季学期下发。"}))
    events = ok(as_("auditor").get(f"{API}/events?resource=assignment"))["data"]
    assert events == []
    row = rows(as_, plan)[world.unit["实验小学"]]
    told = ok(as_("school").get(f"{API}/assignments/{row['id']}"))["timeline"]
    assert [(entry["label"], entry["note"]) for entry in told] == [("下发", "秋季学期下发。")]


@pytest.mark.parametrize("state", ["draft", "archived", "withdrawn"])
def test_plan_must_be_issued(as_: As, stock: Stock, state: str) -> None:
    plan = stock.plan(state=state)
    for answer in (as_("supervisor").get(path(plan)), as_("supervisor").post(path(plan))):
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("account", "status"),
    [("office", 403), ("school", 403), ("leader", 403), ("other_supervisor", 404), ("sysadmin", 404)],
)
def test_supervisor_alone_dispatches_and_withdraws(as_: As, stock: Stock, plan: int, account: str, status: int) -> None:
    client = as_(account)
    assert client.get(path(plan)).status_code == status
    assert client.post(path(plan)).status_code == status
    assert client.post(f"{API}/plans/{plan}/withdraw").status_code == status


def test_withdrawn_plan_cancels_open_rows_and_keeps_what_is_done(as_: As, stock: Stock, plan: int) -> None:
    item = named(stock, plan, "人事股")
    for unit, state in (("人事股", "pending"), ("教育股", "in_progress"), ("党办", "completed"), ("办公室", "waived")):
        stock.assignment(plan, item, unit, state)
    assert (
        ok(as_("supervisor").post(f"{API}/plans/{plan}/withdraw", json={"note": "上级停止。"}))["state"] == "withdrawn"
    )
    found = {row["unit_name"]: row["state"] for row in _all(as_, plan)}
    assert found == {"人事股": "cancelled", "教育股": "cancelled", "党办": "completed", "办公室": "waived"}


def test_recurring_item_adds_each_due_period_and_keeps_the_earlier(stock: Stock, plan: int) -> None:
    named(stock, plan, "人事股", cadence="monthly")
    first = on(stock, date(2023, 10, 11), ops.dispatch, plan)
    assert [(new.period, new.deadline_on) for new in first.add] == [("2023-10", date(2023, 10, 31))]
    later = on(stock, date(2024, 1, 5), ops.dispatch, plan)
    assert [new.period for new in later.add] == ["2023-11", "2023-12", "2024-01"]
    assert [row.period for row, _ in later.keep] == ["2023-10"]
    assert on(stock, date(2024, 1, 31), ops.dispatch, plan).add == []


def test_every_month_is_due_on_the_day_that_the_plan_names(stock: Stock, plan: int) -> None:
    named(stock, plan, "人事股", cadence="monthly", deadline_kind="recurring", deadline_text="每月25日前")
    assert {new.deadline_on for new in on(stock, date(2026, 10, 8), ops.dispatch, plan).add} == {date(2026, 10, 25)}
    on(stock, date(2026, 11, 1), renewal.renew, plan)
    held = sa.select(ASSIGNMENT.c.deadline_on).where(ASSIGNMENT.c.plan_id == plan).order_by(ASSIGNMENT.c.period)
    days = stock.app.state.database.read_now(lambda connection: connection.execute(held).scalars().all())
    assert days == [date(2026, 10, 25), date(2026, 11, 25)]


def test_terms_come_from_the_districts_table(stock: Stock, plan: int) -> None:
    stock.add(SchoolTerm, name="2023-T1", starts_on=date(2023, 8, 28), ends_on=date(2024, 1, 19))
    named(stock, plan, "人事股", cadence="termly")
    made = on(stock, date(2023, 10, 11), ops.dispatch, plan)
    assert [(new.period, new.deadline_on) for new in made.add] == [("2023-T1", date(2024, 1, 19))]


def test_changed_cadence_retires_the_old_period(stock: Stock, plan: int) -> None:
    item = named(stock, plan, "人事股")
    on(stock, date(2023, 10, 11), ops.dispatch, plan)
    change(stock, ITEM, item, cadence="yearly")
    run = on(stock, date(2023, 10, 12), ops.dispatch, plan)
    assert [new.period for new in run.add] == ["2023"]
    assert [row.period for row in run.retire] == ["once"]


def test_due_periods_are_renewed_without_anyones_help(stock: Stock, plan: int) -> None:
    item = named(stock, plan, "人事股", cadence="quarterly")
    named(stock, plan, "教育股")
    on(stock, date(2023, 10, 11), ops.dispatch, plan)
    stock.responsible(plan, item, "党办")
    assert on(stock, date(2023, 12, 31), renewal.renew, plan) == 0, "a new unit waits for a dispatch that is previewed"
    assert on(stock, date(2024, 1, 1), renewal.renew, plan) == 2
    assert on(stock, date(2024, 1, 2), renewal.renew, plan) == 0


def test_only_issued_plans_that_were_dispatched_are_renewed(stock: Stock, plan: int, world: World) -> None:
    do = Installation(stock.app.state.settings, stock.app.state.database)
    work = Work(do, system_within(world.district), world.district)

    def due() -> list[tuple[int, bool]]:
        return stock.app.state.database.read_now(renewal.dispatched_plans, world.district)  # type: ignore[no-any-return]

    item = named(stock, plan, "人事股", cadence="monthly")
    assert due() == []
    on(stock, date(2023, 10, 11), ops.dispatch, plan)
    assert due() == [(plan, True)]
    assert renewal.renew_all(work) > 0
    assert renewal.renew_all(work) == 0
    change(stock, PLAN, plan, state="archived")
    assert due() == []
    assert on(stock, date(2030, 1, 1), renewal.renew, plan) == 0
    change(stock, PLAN, plan, state="issued")
    change(stock, ITEM, item, cadence="once")
    assert due() == [(plan, False)]
    assert on(stock, date(2030, 1, 1), renewal.take_in, plan) == 0


@pytest.mark.parametrize("state", ["in_progress", "completed"])
def test_a_row_whose_unit_is_named_no_more_stops_counting_beside_a_lead(
    as_: As, stock: Stock, plan: int, world: World, state: str
) -> None:
    """Only lead rows count where one leads (rule 5), those that await a decision or were completed before included."""
    item = named(stock, plan, "教育股", "党办")
    ok(as_("supervisor").post(path(plan)))
    at_work, new_lead = world.unit["教育股"], world.unit["党办"]
    change(stock, ASSIGNMENT, rows(as_, plan)[at_work]["id"], state=state)
    assert rows(as_, plan)[at_work]["counted"]
    tag = ok(as_("supervisor").get(f"{API}/plan-items/{item}"))["version"]
    given = [{"unit_id": new_lead, "role": "lead"}]
    body = {"responsibilities": given, "reason": "改由党办牵头。"}
    ok(as_("supervisor").patch(f"{API}/plan-items/{item}", json=body, headers={"if-match": f'"{tag}"'}))
    for _ in range(2):
        ok(as_("supervisor").post(path(plan)))
        found = rows(as_, plan)
        assert found[new_lead]["counted"] and not found[at_work]["counted"]
        assert found[at_work]["awaits_decision"] == (state == "in_progress")
