"""Units over time: a successor answers for what it took over, once; against a unit that is gone nothing is proposed."""

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.appraisals.models import ROUND, AppraisalResult
from app.assignments.models import ASSIGNMENT
from app.complaints.models import Complaint
from app.core.audit import audited_write
from app.core.calendar import now
from app.core.operation import Tx
from app.rectifications.models import RECTIFICATION
from app.units.models import UNIT
from tests.accountability.steps import AT, LADDER, SCHOOL, late, proposed, run, take
from tests.accountability.test_ladder import moved, told
from tests.conftest import As
from tests.generated.rows import MAKE
from tests.notifications.test_happenings import heard
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.units.merging import NEW, close, merge
from tests.walk.steps import API, ok
from tests.world import World


def complaint(stock: Stock, unit: str = SCHOOL) -> int:
    """Found to be true."""
    number = stock.next("complaint")
    values = {"code": f"X{number}", "receipt_hash": f"{number:064x}", "channel": "web", "named": False}
    days = {"received_on": day(-30), "due_on": day(9), "concluded_on": day(-1)}
    found = {"state": "concluded", "result": "substantiated", "conclusion": "属实。", "category": "fees"}
    handled = {"unit_id": stock.world.unit[unit], "handling_unit_id": stock.world.unit["人事股"]}
    return stock.add(Complaint, text="收费没有公示。", **values, **days, **found, **handled)


def ranked_last(stock: Stock, unit: str = SCHOOL) -> None:
    """In an appraisal that is frozen."""
    made = MAKE["appraisal"](stock, "frozen")
    stock.do(lambda tx: _frozen(tx, made))
    for rank, name in enumerate(("第一幼儿园", "柳林小学", unit), 1):
        score = {"score": Decimal(100 - rank), "rank": rank, "detail": []}
        stock.add(AppraisalResult, appraisal_id=made, unit_id=stock.world.unit[name], unit_name=name, **score)


def _frozen(tx: Tx, round_id: int) -> None:
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(ROUND).where(ROUND.c.id == round_id).values(frozen_at=now()))


def gone(stock: Stock, unit: str = SCHOOL) -> None:
    """As one that was closed before its open work stood in the way of that."""
    lasting(stock, unit, valid_to=day(-1))


def lasting(stock: Stock, unit: str, **days: Any) -> None:
    def put(tx: Tx) -> None:
        with audited_write(tx.connection):
            tx.connection.execute(sa.update(UNIT).where(UNIT.c.id == stock.world.unit[unit]).values(days))

    stock.do(put)


def test_what_was_cited_before_a_merging_is_not_cited_against_the_successor_again(
    as_: As, stock: Stock, world: World
) -> None:
    supervisor = as_("supervisor")
    task, matter = late(stock), stock.rectification(SCHOOL, "in_progress", days=-40)
    complaint(stock)
    before = run(supervisor)
    assert told(before) == {(SCHOOL, "circular", 1), (SCHOOL, "talk", 1), (SCHOOL, "reminder", 1)}
    ok(merge(as_, world))
    assert {ok(supervisor.get(f"{AT}/{row['id']}"))["unit_name"] for row in before} == {NEW}
    assert ok(supervisor.get(f"{AT}/preview"))["total"] == 0 and run(supervisor) == []
    # Late once more by another deadline, it is the successor's delay.
    for table, row in ((ASSIGNMENT, task), (RECTIFICATION, matter)):
        stock.do(lambda tx, table=table, row=row: moved(tx, table, row, day(-20)))  # type: ignore[misc]
    again = run(supervisor)
    assert {row["unit_name"] for row in again} == {NEW} and len(again) == 2


def test_the_successor_answers_for_a_complaint_that_was_not_cited_yet(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    first, second = complaint(stock), complaint(stock)
    ok(merge(as_, world))
    refused = supervisor.post(
        AT,
        json={
            "unit_id": world.unit[SCHOOL],
            "kind": "talk",
            "reason": "收费。",
            "triggers": [{"kind": "complaint", "source_id": first}],
        },
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/unit_id")
    assert f"{SCHOOL}已并入{NEW}，请选择{NEW}" in refused.text
    by_hand = proposed(supervisor, world, first, NEW, triggers=[{"kind": "complaint", "source_id": first}])
    assert by_hand["triggers"][0]["source_id"] == first
    assert told(run(supervisor)) == {(NEW, "reminder", 2)}
    assert run(supervisor) == [] and second


def test_a_successor_is_told_once_of_what_is_served_to_it_with_its_paper(as_: As, stock: Stock, world: World) -> None:
    supervisor, leader = as_("supervisor"), as_("leader")
    for way in ("documents", "accountability-actions"):
        old = SCHOOL if way == "documents" else "柳林小学"
        row = take(leader, proposed(supervisor, world, late(stock, old), old, kind="circular"), "approve")
        row = take(supervisor, row, "draw-up")
        paper = f"{API}/documents/{row['document_id']}"
        ok(supervisor.post(f"{paper}/submit"))
        ok(leader.post(f"{paper}/approve"))
        ok(merge(as_, world, old))
        before = len(heard(as_, "middle"))
        ok(supervisor.post(f"{paper}/serve" if way == "documents" else f"{AT}/{row['id']}/serve"))
        now_heard = heard(as_, "middle")
        assert now_heard[: len(now_heard) - before] == [("given", "accountability-actions", row["id"])], way


def test_complaints_of_both_units_add_up_after_a_merging(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    rung = {"trigger": "complaint", "threshold": 2, "proposes": "talk"}
    run(supervisor)
    ok(supervisor.post(LADDER, json=rung), 201)
    complaint(stock, NEW)
    complaint(stock)
    assert told(run(supervisor)) == {(SCHOOL, "reminder", 1), (NEW, "reminder", 1)}
    ok(merge(as_, world))
    assert told(run(supervisor)) == {(NEW, "talk", 1)}
    assert run(supervisor) == []


def test_a_unit_that_is_still_to_open_is_not_said_to_be_closed(as_: As, stock: Stock, world: World) -> None:
    supervisor, until = as_("supervisor"), day(9)
    matter, finding = late(stock), stock.finding(stock.inspection(SCHOOL), SCHOOL, state="draft")
    lasting(stock, SCHOOL, valid_from=until)
    cited = [{"kind": "overdue_assignment", "source_id": matter}]
    asked = {"unit_id": world.unit[SCHOOL], "kind": "talk", "reason": "逾期。", "triggers": cited}
    for refused in (supervisor.post(AT, json=asked), supervisor.post(f"{API}/findings/{finding}/issue")):
        assert refused.status_code in (409, 422), refused.text
        assert f"{until} 才启用" in refused.text and "停用" not in refused.text


def test_over_several_mergings_the_last_unit_answers(as_: As, stock: Stock, world: World) -> None:
    complaint(stock, "柳林小学")
    ok(merge(as_, world, "柳林小学", SCHOOL))
    ok(merge(as_, world, SCHOOL, NEW))
    assert told(run(as_("supervisor"))) == {(NEW, "reminder", 1)}


def test_a_rank_is_the_own_of_whoever_had_it(as_: As, stock: Stock, world: World) -> None:
    ranked_last(stock)
    ok(merge(as_, world))
    assert not [row for row in run(as_("supervisor")) if row["unit_name"] in (SCHOOL, NEW)]


def test_a_unit_ranked_last_by_a_plan_is_not_called_in_once_it_is_gone(as_: As, stock: Stock, world: World) -> None:
    plan = stock.plan()
    item = stock.item(plan)
    stock.assignment(plan, item, SCHOOL, "completed", days=-9)
    for unit in ("第一幼儿园", "柳林小学"):
        stock.assignment(plan, item, unit, "completed", days=9)
    seen = ok(as_("supervisor").get(f"{AT}/preview"))["data"]
    assert SCHOOL in {each["unit_name"] for each in seen}
    ok(merge(as_, world))
    assert not {row["unit_name"] for row in run(as_("supervisor"))} & {SCHOOL, NEW}


def _late(stock: Stock) -> Any:
    return late(stock)


def _unrectified(stock: Stock) -> Any:
    return stock.rectification(SCHOOL, "in_progress", days=-40)


@pytest.mark.parametrize("trigger", [_late, _unrectified, complaint, ranked_last])
def test_nothing_is_proposed_against_a_unit_that_is_gone(as_: As, stock: Stock, trigger: Any) -> None:
    trigger(stock)
    supervisor = as_("supervisor")
    assert SCHOOL in {each["unit_name"] for each in ok(supervisor.get(f"{AT}/preview"))["data"]}
    gone(stock)
    assert SCHOOL not in {each["unit_name"] for each in ok(supervisor.get(f"{AT}/preview"))["data"]}
    assert SCHOOL not in {row["unit_name"] for row in run(supervisor)}


def test_a_refused_recheck_of_a_unit_that_is_gone_proposes_nothing(as_: As, stock: Stock) -> None:
    supervisor, matter = as_("supervisor"), MAKE["rectification"](stock, "submitted")
    home = f"{API}/rectifications/{matter}"
    ok(supervisor.post(f"{home}/send-back", json={"note": "照片看不清。"}))
    ok(as_("school").post(f"{home}/submit"))
    ok(supervisor.post(f"{home}/send-back", json={"note": "照片还是看不清。"}))
    assert SCHOOL in {each["unit_name"] for each in ok(supervisor.get(f"{AT}/preview"))["data"]}
    gone(stock)
    assert run(supervisor) == []


def test_a_complaint_about_a_school_that_was_closed_is_held_against_nobody(as_: As, stock: Stock, world: World) -> None:
    complaint(stock)
    ok(close(as_, world))
    assert run(as_("supervisor")) == []
