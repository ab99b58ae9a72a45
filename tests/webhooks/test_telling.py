"""What a webhook is told: little, signed, once each, and nothing that its unit could not read."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.assignments import operations as assignments
from app.installation import Installation
from app.webhooks import hearing
from app.webhooks.hearing import hear_all
from app.webhooks.sending import send_some
from tests.accountability import test_importing as actions
from tests.accountability.steps import late, proposed, take
from tests.complaints.steps import step as complained
from tests.complaints.steps import under_way
from tests.conftest import As
from tests.documents.steps import draft, receipt, served
from tests.documents.test_documents import released
from tests.generated import scenario
from tests.imports import test_major_decisions as decisions
from tests.major_decisions.steps import edited
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, assignment, issued_plan, ok
from tests.webhooks.conftest import Clock, Hook, Turn
from tests.webhooks.receiver import Receiver, verify
from tests.world import World


def test_a_change_is_told_in_few_words_and_signed(
    as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    issued_plan(as_)
    row = assignment(as_, "school", world.unit["实验小学"])
    made = hook("实验小学")
    after = ok(as_("school").post(f"{API}/assignments/{row['id']}/acknowledge"))
    ok(as_("middle").post(f"{API}/assignments/{assignment(as_, 'middle', world.unit['第一中学'])['id']}/acknowledge"))
    turn()
    assert receiver.types() == ["assignment.acknowledge"]
    got = receiver.got[0]
    href = f"{API}/assignments/{row['id']}"
    assert got.data == {"resource": "assignments", "id": row["id"], "href": href, "version": after["version"]}
    assert got.json.keys() == {"type", "timestamp", "data"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", got.json["timestamp"])
    assert got.headers["content-type"] == "application/json"
    assert verify(made["secret"], got)
    assert not verify(made["secret"], got._replace(body=got.body.replace(b"acknowledge", b"acknowledgd")))
    assert not verify(made["secret"], got._replace(headers=got.headers | {"webhook-id": "msg_1"}))
    # Nothing of it is kept in the clear.
    assert made["secret"] not in ok(as_("secadmin").get(f"{API}/webhooks/{made['id']}")).values()


def test_each_unit_hears_what_it_may_read_and_nothing_of_an_inspection_unannounced(
    as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    accounts = {"实验小学": "school", "第一幼儿园": "kindergarten", "教育股": "education", "教育局": "leader"}
    hooks = {unit: hook(unit) for unit in (*accounts, "督查室")}
    made = scenario.build(as_, world)
    turn()
    told: dict[str, list[Any]] = {unit: [] for unit in hooks}
    for got in receiver.got:
        told[next(unit for unit, each in hooks.items() if verify(each["secret"], got))].append(got)
    heard = {unit: {(got.data["resource"], got.data["id"]) for got in each} for unit, each in told.items()}
    for unit, account in accounts.items():
        for got in told[unit]:
            ok(as_(account).get(got.data["href"]))
    mine = ("assignments", made.ids["assignments"]["实验小学"])
    theirs = ("assignments", made.ids["assignments"]["柳林小学"])
    assert mine in heard["实验小学"] and theirs not in heard["实验小学"]
    assert {mine, theirs} <= heard["教育局"] and not {mine, theirs} & heard["第一幼儿园"]
    assert ("rectifications", made.ids["rectifications"]["实验小学"]) in heard["实验小学"]
    hidden = {(noun, made.ids[noun][unit]) for noun in ("inspections", "findings") for unit in ("实验小学", "柳林小学")}
    assert all(not hidden & each for each in heard.values())
    # What is proposed against a school is the bureau's alone; complaints and cases are nobody's.
    action = ("accountability-actions", made.ids["accountability-actions"]["实验小学"])
    assert action in heard["教育局"] and action not in heard["实验小学"]
    nouns = ["filings", "breakdowns", "integrity-risks", "major-decisions", "liaison-visits", "venue-activities"]
    for noun in [*nouns, "campaigns", "indicator-values", "appointments", "leading-groups"]:
        assert (noun, made.ids[noun]["实验小学"]) in heard["实验小学"] & heard["教育局"] - heard["第一幼儿园"], noun
    # Of the time before its start a campaign tells those it asks nothing, however late they hear of it.
    of_campaigns = {got.json["type"] for got in told["实验小学"] if got.data["resource"] == "campaigns"}
    assert of_campaigns == {"campaign.start"}
    assert not {"complaints", "cases"} & {noun for each in heard.values() for noun, _ in each}
    # Released, it is there, and told.
    receiver.got.clear()
    surprise = f"{API}/inspections/{made.ids['inspections']['实验小学']}"
    for step in ("report", "release"):
        ok(as_("supervisor").post(f"{surprise}/{step}"))
    result = made.ids["appraisal-results"]["实验小学"]
    ok(as_("school").post(f"{API}/appraisal-results/{result}/confirm"))
    turn()
    types = receiver.types()
    assert "inspection.release" in types
    assert types.count("appraisal_result.confirm") == 2, "its own and the bureau's"


@pytest.mark.parametrize("at_once", [True, False])
def test_a_unit_is_told_of_what_is_held_against_it_from_its_service_on(
    as_: As, world: World, stock: Stock, hook: Hook, turn: Turn, receiver: Receiver, at_once: bool
) -> None:
    """Where the worker hears of each step when it is taken, and where of all at once, long after."""
    hooks = {unit: hook(unit, resources=["accountability-actions"]) for unit in ("实验小学", "教育局")}
    made = proposed(as_("supervisor"), world, late(stock))
    for account, step in (("leader", "approve"), ("supervisor", "serve")):
        if not at_once:
            turn()
        take(as_(account), made, step)
    turn()
    told = {
        unit: [got.json["type"] for got in receiver.got if verify(each["secret"], got)] for unit, each in hooks.items()
    }
    assert told["实验小学"] == ["accountability_action.serve"]
    assert {"accountability_action.propose", "accountability_action.approve"} < set(told["教育局"])


def test_no_unit_is_told_of_anothers_receipt_until_the_last_ends_the_document(
    as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    held = released(as_, world, "实验小学", "第一中学", mode="announced")
    made = draft(as_, "circular", inspection_ids=[held["id"]])
    served(as_, made)
    hooks = {unit: hook(unit, resources=["documents"]) for unit in ("实验小学", "第一中学", "教育局")}
    for account, told in (("school", {"实验小学", "教育局"}), ("middle", set(hooks))):
        receiver.got.clear()
        ok(receipt(as_, account, made))
        turn()
        assert set(receiver.types()) == {"document.receipt"}
        heard = {unit for unit, each in hooks.items() for got in receiver.got if verify(each["secret"], got)}
        assert heard == told, account


def test_a_school_is_not_told_by_the_name_of_an_event_that_somebody_complained(
    client: TestClient, as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    hook("实验小学")
    row, _ = under_way(as_, client, world)
    mend = {"problem": "课后服务收费没有公示。", "deadline_on": "2199-01-01"}
    complained(as_("supervisor"), row, "rectify", **mend)
    complained(as_("office"), row, "conclude", result="substantiated", conclusion="属实，已整改。")
    turn()
    assert receiver.types() == ["rectification.create", "rectification.disclose"]


def test_what_is_brought_in_of_the_past_is_no_news(
    as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    for unit in ("教育局", "实验小学"):
        hook(unit)
    school = as_("school")
    actions.imported(as_("supervisor"), actions.OF_UNIT, actions.OF_PERSON)
    decisions.imported(school, decisions.PAST, decisions.ALONE)
    turn()
    assert receiver.got == []
    for noun in ("accountability-actions", "major-decisions"):
        assert len(ok(school.get(f"{API}/{noun}?updated_since=2020-01-01T00:00:00Z"))["data"]) == 2, noun
    row = ok(school.get(f"{API}/major-decisions?q=购置桌椅"))["data"][0]
    assert edited(school, row, execution="已验收，已入账。").status_code == 200
    turn()
    assert receiver.types() == ["major_decision.edit"] * 2


def test_it_hears_only_the_resources_it_asked_for(
    as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    hook("教育局", resources=["plans"])
    plan = issued_plan(as_)
    ok(as_("school").post(f"{API}/assignments/{assignment(as_, 'school', world.unit['实验小学'])['id']}/acknowledge"))
    turn()
    assert {(got.data["resource"], got.data["id"]) for got in receiver.got} == {("plans", plan["id"])}
    assert {"plan.issue", "plan.dispatch"} <= set(receiver.types())
    wrong = as_("secadmin").post(
        f"{API}/webhooks",
        json={"name": "错的", "url": receiver.url, "unit_id": world.district, "resources": ["plan"]},
    )
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/resources/0"
    assert "plans" in wrong.json()["errors"][0]["detail"]


def test_a_bulk_write_is_told_once_to_those_whose_rows_it_touched(
    as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    plan = issued_plan(as_)
    touched, untouched = hook("实验小学", resources=["assignments"]), hook("教研室", resources=["assignments"])
    assert ok(as_("school").get(f"{API}/assignments?count=true"))["total"] > 0
    ok(as_("supervisor").post(f"{API}/plans/{plan['id']}/withdraw", json={"note": "停止执行。"}))
    turn()
    assert receiver.types() == ["assignment.cancel"]
    got = receiver.got[0]
    assert verify(touched["secret"], got) and not verify(untouched["secret"], got)
    assert got.data["id"] is None and got.data["version"] is None
    changed = ok(as_("school").get(got.data["href"]))["data"]
    assert changed and {row["state"] for row in changed} == {"cancelled"}


def test_what_is_committed_late_is_heard_all_the_same(
    app: FastAPI, as_: As, world: World, hook: Hook, turn: Turn, receiver: Receiver
) -> None:
    """Its event has the smaller number, and is there only when the greater one has been heard already."""
    if app.state.database.is_sqlite:
        pytest.skip("SQLite has one writer: what begins first is committed first")
    issued_plan(as_)
    hook("教育局", resources=["assignments"])
    rows = {
        who: assignment(as_, who, world.unit[unit])["id"]
        for who, unit in (("school", "实验小学"), ("middle", "第一中学"))
    }
    do = Installation(app.state.settings, app.state.database)
    written, go_on = threading.Event(), threading.Event()

    def slowly(tx: Any) -> None:
        assignments.acknowledge(tx, rows["school"])
        written.set()
        assert go_on.wait(30)

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(do.perform, do.person("school"), slowly)
        assert written.wait(30)
        ok(as_("middle").post(f"{API}/assignments/{rows['middle']}/acknowledge"))
        turn()
        assert [got.data["id"] for got in receiver.got] == [rows["middle"]]
        go_on.set()
        late.result()
    turn()
    assert [got.data["id"] for got in receiver.got] == [rows["middle"], rows["school"]]


def test_workers_at_the_same_time_tell_everything_once(
    app: FastAPI, as_: As, world: World, hook: Hook, receiver: Receiver
) -> None:
    hook("教育局")
    issued_plan(as_)
    for account, unit in (("school", "实验小学"), ("middle", "第一中学"), ("kindergarten", "第一幼儿园")):
        ok(as_(account).post(f"{API}/assignments/{assignment(as_, account, world.unit[unit])['id']}/acknowledge"))

    def work(n: int) -> None:
        do = Installation(app.state.settings, app.state.database)
        idle = 0
        while idle < 5:
            idle = 0 if hear_all(do) or send_some(do) else idle + 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    told = [(got.json["type"], got.data["resource"], got.data["id"], got.json["timestamp"]) for got in receiver.got]
    assert len(told) == len(set(told)) and receiver.types().count("assignment.acknowledge") == 3
    assert len({got.headers["webhook-id"] for got in receiver.got}) == len(receiver.got)


def test_a_webhook_that_cannot_hear_keeps_nobody_from_it(
    app: FastAPI,
    as_: As,
    world: World,
    hook: Hook,
    receiver: Receiver,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told in the log, keeps its place, rests longer each time and hears later what it has missed."""
    issued_plan(as_)
    row = assignment(as_, "school", world.unit["实验小学"])
    first, second = hook("实验小学"), hook("教育局")
    ok(as_("school").post(f"{API}/assignments/{row['id']}/acknowledge"))
    do, heard, start = Installation(app.state.settings, app.state.database), hearing._hear, clock()
    told: list[BaseException] = []

    def hear(connection: Any, webhook_id: int) -> Any:
        if webhook_id == first["id"]:
            raise ValueError("a row that nobody foresaw")
        return heard(connection, webhook_id)

    with monkeypatch.context() as broken:
        broken.setattr(hearing, "_hear", hear)
        broken.setattr(hearing, "fault", told.append)
        for seconds, tries in ((0, 1), (3, 1), (7, 2), (14, 2), (20, 3)):
            clock.go(start + timedelta(seconds=seconds))
            while hear_all(do):
                pass
            assert [type(each) for each in told] == [ValueError] * tries, seconds
    while send_some(do):
        pass
    assert len(receiver.got) == 1 and verify(second["secret"], receiver.got[0])
    clock.go(start + timedelta(minutes=1))
    while hear_all(do) or send_some(do):
        pass
    assert len(receiver.got) == 2 and verify(first["secret"], receiver.got[1])


def test_a_new_webhook_is_served_before_one_that_was_served_already(
    app: FastAPI, as_: As, world: World, hook: Hook, receiver: Receiver
) -> None:
    """Also where a database puts what is not known behind everything else."""
    do = Installation(app.state.settings, app.state.database)
    old = hook("教育局")
    ok(as_("secadmin").post(f"{API}/webhooks/{old['id']}/test"), 201)
    assert send_some(do)
    new = hook("实验小学")
    for each in (old, new):
        ok(as_("secadmin").post(f"{API}/webhooks/{each['id']}/test"), 201)
    assert send_some(do) and verify(new["secret"], receiver.got[1])
