"""What a table writes in bulk, and what a unit that goes leaves to another: one message a subject to whoever may read
some of it, however many rows there are."""

from collections.abc import Callable
from typing import Any

from app.accountability.models import AccountabilityAction
from app.succession.registry import FOLLOW, HELD_ELSEWHERE, PARTS
from app.webhooks.subjects import SUBJECTS
from tests.conftest import As
from tests.imports.long import few as few
from tests.imports.long import table
from tests.imports.tables import IMPORTS, send
from tests.imports.test_appointments import SECRETARY, day, imported
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.units.merging import NEW, OLD, close, merge
from tests.walk.steps import API, ok
from tests.webhooks.conftest import Hook, Turn
from tests.webhooks.receiver import Receiver, verify
from tests.workers import nursery as nursery
from tests.workers import work as work
from tests.world import World


def told(receiver: Receiver, made: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    """What this webhook was told."""
    mine = [got for got in receiver.got if verify(made["secret"], got)]
    return sorted(((got.json["type"], got.data["resource"], got.data["id"]) for got in mine), key=repr)


def test_a_long_table_of_units_is_told_once_and_so_is_its_end(
    as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver, work: Callable[[], int]
) -> None:
    hook("实验小学")
    client = as_("sysadmin")
    row = ok(client.get(f"{API}/units/{world.unit['第一中学']}"))
    run = ok(send(client, table(5, (row["code"], row["name"], "学校", "", "小学")), mode="commit"), 202)
    assert work() == 2
    turn()
    assert receiver.types() == ["unit.import"]
    (got,) = receiver.got
    assert (got.data["resource"], got.data["id"], got.data["version"]) == ("units", None, None)
    changed = ok(as_("school").get(got.data["href"]))["data"]
    assert {each["name"] for each in changed} == {"第一中学", *(f"第{n}小学" for n in range(5))}
    receiver.got.clear()
    ok(client.post(f"{IMPORTS}/{run['id']}/undo"), 202)
    assert work() == 1
    turn()
    # Those that it made are no more; the one that it changed is as before.
    assert receiver.types() == ["unit.undo_import"]
    assert [each["name"] for each in ok(as_("school").get(receiver.got[0].data["href"]))["data"]] == ["第一中学"]
    receiver.got.clear()
    # The same again changes nothing.
    ok(send(client, table(0, (row["code"], row["name"], "学校", "", "")), mode="commit"), 201)
    turn()
    assert receiver.got == []


def test_of_a_table_those_alone_are_told_who_may_read_some_of_its_rows(
    as_: As, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    own, other, bureau = (hook(unit, resources=["appointments"]) for unit in ("实验小学", "第一中学", "教育局"))
    imported(as_("school"), SECRETARY, ("实验小学", "高岩", "校长", "重要责任人", "", "", "", day(9)))
    turn()
    for made in (own, bureau):
        assert told(receiver, made) == [("appointment.import", "appointments", None)]
    assert told(receiver, other) == []


def test_what_goes_over_when_a_unit_is_merged_is_told_once_a_subject(
    as_: As, world: World, stock: Stock, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    plan = stock.plan()
    for _ in range(2):
        stock.assignment(plan, stock.item(plan), OLD, "in_progress", 10)
        stock.rectification(OLD, "in_progress", 10)
    stock.rectification(OLD, "closed")
    stock.venue_activity(OLD, "approved", 3)
    stock.extension(OLD, assignment_id=stock.assignment(plan, stock.item(plan), OLD, "in_progress", 10))
    # Proposed against it and served nobody; and an inspection that it is to know nothing of.
    stock.add(AccountabilityAction, unit_id=world.unit[OLD], kind="reminder", reason="逾期", state="proposed")
    stock.inspection(OLD, mode="unannounced")
    successor, other, bureau = (hook(unit) for unit in (NEW, "第一幼儿园", "教育局"))
    ok(merge(as_, world))
    turn()
    itself = ("unit.merge", "units", world.unit[OLD])
    nouns = ("assignments", "extensions", "rectifications", "venue-activities")
    gone_over = [("unit.merge", noun, None) for noun in nouns]
    assert told(receiver, successor) == sorted([itself, *gone_over], key=repr)
    assert told(receiver, other) == [itself]
    assert told(receiver, bureau) == sorted(
        [itself, *gone_over, ("unit.merge", "accountability-actions", None)], key=repr
    )
    for got in receiver.got:
        if got.data["resource"] == "rectifications" and verify(successor["secret"], got):
            assert len(ok(as_("middle").get(got.data["href"]))["data"]) == 2


def test_what_a_unit_that_is_closed_leaves_behind_is_told(
    as_: As, world: World, stock: Stock, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    plan = stock.plan()
    stock.assignment(plan, stock.item(plan), OLD, "pending", 10)
    bureau = hook("教育局", resources=["assignments", "archive-boxes", "leading-groups"])
    ok(close(as_, world))
    turn()
    assert told(receiver, bureau) == [("unit.close", "assignments", None)]


def test_every_subject_whose_rows_go_over_is_told_of() -> None:
    moved = {part.columns[0].table.name for part in PARTS} | {name.partition(".")[0] for name in FOLLOW}
    stays = {"archive_box", "filing", "major_decision", "document"}
    assert set(SUBJECTS) & moved - stays == HELD_ELSEWHERE
