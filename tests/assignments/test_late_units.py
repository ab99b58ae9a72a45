"""Units that open or close while a plan is carried out: what they are given, and what no more."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.assignments import dispatch as ops
from app.assignments import renewal
from app.assignments.models import ASSIGNMENT
from app.core.calendar import now
from app.units.models import Unit, UnitGroup, UnitKind
from app.units.succession_models import SuccessionKind, UnitSuccession
from tests.assignments.test_dispatch import change, named, on, path
from tests.assignments.test_dispatch import plan as plan  # the fixture
from tests.conftest import As
from tests.stock import Stock, day
from tests.walk.steps import ok
from tests.world import World


@pytest.mark.parametrize(("field", "offset", "gets"), [("valid_to", -1, 0), ("valid_to", 0, 1), ("valid_from", 1, 0)])
def test_unit_that_has_closed_or_not_yet_opened_gets_nothing(
    as_: As, stock: Stock, plan: int, world: World, field: str, offset: int, gets: int
) -> None:
    named(stock, plan, "教研室")
    change(stock, Unit.__table__, world.unit["教研室"], **{field: day(offset)})  # type: ignore[attr-defined]
    assert len(ok(as_("supervisor").post(path(plan)))["add"]) == gets


def test_school_that_opens_later_is_taken_in(as_: As, stock: Stock, plan: int) -> None:
    named(stock, plan, "各学校（园）")
    ok(as_("supervisor").post(path(plan)))
    new = stock.add(Unit, name="第六幼儿园", code="NEW", kind=UnitKind.KINDERGARTEN)
    assert [row["unit_id"] for row in ok(as_("supervisor").post(path(plan)))["add"]] == [new]


def test_school_that_opened_later_gets_no_earlier_period(stock: Stock, plan: int, world: World) -> None:
    named(stock, plan, "二级单位", cadence="monthly")
    on(stock, date(2023, 10, 11), ops.dispatch, plan)
    new = stock.add(Unit, name="电教馆", code="NEW", kind=UnitKind.SUBORDINATE_UNIT, valid_from=date(2023, 12, 1))
    later = on(stock, date(2023, 12, 5), ops.dispatch, plan)
    assert [n.period for n in later.add if n.unit_id == new] == ["2023-12"]
    assert [n.period for n in later.add if n.unit_id != new] == ["2023-11", "2023-12"]


def test_a_school_that_opens_later_is_taken_in_by_its_groups_rule(stock: Stock, plan: int, world: World) -> None:
    ours = named(stock, plan, "各学校（园）")
    office = named(stock, plan, "人事股")
    on(stock, date(2027, 10, 11), ops.dispatch, plan)
    # What the plan comes to name, and what its group comes to hold of what was there already, is previewed first.
    stock.responsible(plan, office, "各学校（园）")
    stock.responsible(plan, office, "党办")
    assert on(stock, date(2027, 10, 12), renewal.take_in, plan) == 0
    new = stock.add(Unit, code="N1", name="新建小学", kind=UnitKind.SCHOOL, valid_from=date(2028, 9, 1))
    named_one = stock.add(Unit, code="N2", name="新设股", kind=UnitKind.OFFICE, valid_from=date(2028, 9, 1))
    world.unit["新设股"] = named_one
    stock.responsible(plan, office, "新设股")
    assert on(stock, date(2028, 8, 31), renewal.take_in, plan) == 0, "it has not opened"
    assert on(stock, date(2028, 9, 1), renewal.take_in, plan) == 2
    assert on(stock, date(2028, 9, 2), renewal.take_in, plan) == 0
    mine = sa.select(ASSIGNMENT.c.plan_item_id, ASSIGNMENT.c.state).where(ASSIGNMENT.c.unit_id == new)
    held = stock.app.state.database.read_now(lambda connection: connection.execute(mine).all())
    assert sorted(held) == sorted([(ours, "pending"), (office, "pending")])
    # Of a group that the plan comes to name all members may have opened late, and have rows.
    world.group["新设学校"] = stock.add(UnitGroup, name="新设学校", rule={"includes": [new]})
    named(stock, plan, "新设学校")
    assert on(stock, date(2028, 9, 3), renewal.take_in, plan) == 0, "whoever changed the plan looks at that first"
    others = sa.select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.unit_id == named_one)
    assert stock.app.state.database.read_now(lambda connection: connection.execute(others).all()) == []


def test_a_school_founded_to_take_over_others_is_given_what_they_had_not(stock: Stock, plan: int, world: World) -> None:
    moved, finished, begun = (named(stock, plan, "各学校（园）") for _ in range(3))
    on(stock, date(2027, 10, 11), ops.dispatch, plan)
    old = world.unit["柳林小学"]
    for item, state in ((finished, "completed"), (begun, "cancelled")):
        of_old = sa.select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.unit_id == old, ASSIGNMENT.c.plan_item_id == item)
        row = stock.app.state.database.read_now(lambda connection, of=of_old: connection.execute(of).scalar_one())
        change(stock, ASSIGNMENT, row, state=state)
    new = stock.add(Unit, code="N1", name="新柳小学", kind=UnitKind.SCHOOL, valid_from=date(2028, 9, 1))
    world.unit["新柳小学"] = new
    stock.assignment(plan, moved, "新柳小学", "in_progress", former_unit_id=old)
    on_ = {"effective_on": date(2028, 9, 1), "old_name": "柳林小学", "reason": "布局调整。", "done_at": now()}
    stock.add(UnitSuccession, unit_id=old, kind=SuccessionKind.MERGED, successor_id=new, **on_)
    later = named(stock, plan, "各学校（园）")
    assert on(stock, date(2028, 9, 1), renewal.take_in, plan) == 1
    assert on(stock, date(2028, 9, 2), renewal.take_in, plan) == 0, "what the plan has come to name is previewed first"
    mine = sa.select(ASSIGNMENT.c.plan_item_id).where(ASSIGNMENT.c.unit_id == new)
    held = set(stock.app.state.database.read_now(lambda connection: connection.execute(mine).scalars().all()))
    assert held == {moved, begun} and later not in held
