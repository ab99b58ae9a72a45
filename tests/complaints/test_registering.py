"""What comes by letter, visit or telephone, or is handed down: routed, sealed and due as if the public had sent it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.complaints.models import COMPLAINT
from app.core.calendar import now, today_of, workdays
from app.settings import Settings
from tests.complaints.steps import AT, TEXT, newest, status, step
from tests.complaints.test_conflicts import seen_by
from tests.complaints.test_traces import CONTACT, NAME, everything, raw
from tests.conftest import As, form
from tests.exported import csv_lines
from tests.walk.steps import API, ok
from tests.world import World

TODAY = today_of(now())


def letter(world: World, unit: str | None = "实验小学", **fields: Any) -> dict[str, Any]:
    about = {"unit_id": world.unit[unit]} if unit else {}
    day = {"channel": "letter", "received_on": (TODAY - timedelta(days=10)).isoformat()}
    return {**about, **day, "category": "fees", "text": TEXT, **fields}


def test_a_letter_goes_the_way_of_a_report_and_is_due_from_the_day_it_came(
    app: FastAPI, settings: Settings, client: TestClient, as_: As, browse: As, world: World
) -> None:
    supervisor, body = as_("supervisor"), letter(world, name=NAME, contact=CONTACT)
    key = {"idempotency-key": "letter-17"}
    made = ok(supervisor.post(AT, json=body, headers=key), 201)
    assert ok(supervisor.post(AT, json=body, headers=key), 201) == made, "the same letter twice is one"
    row = newest(as_)
    assert ok(supervisor.get(f"{AT}?count=true"))["total"] == 1
    assert (made["complaint_id"], made["code"], made["received_on"]) == (row["id"], row["code"], body["received_on"])
    assert (row["channel"], row["named"], row["received_on"]) == ("letter", True, body["received_on"])
    calendar = app.state.database.read_now(lambda connection: workdays(connection, world.district))
    due = calendar.add(TODAY - timedelta(days=10), settings.complaint_accept_workdays)
    assert row["due_on"] == due.isoformat()
    assert seen_by(as_) == {"discipline", "supervisor", "leader"}
    assert status(client, made["receipt"])["received_on"] == body["received_on"]
    step(supervisor, row, "accept")
    step(supervisor, row, "assign", handling_unit_id=world.unit["人事股"], handler_id=world.user["office"])
    step(browse("supervisor"), row, "identify", 403, note="想知道是谁。")
    assert step(browse("office"), row, "identify", note="需要当面核实。") == {"name": NAME, "contact": CONTACT}
    held = everything(app, settings)
    for secret in (NAME, raw(NAME), CONTACT, made["receipt"], made["receipt"].replace("-", "")):
        assert secret not in held
    (told,) = ok(as_("auditor").get(f"{API}/events?operation=complaint.register"))["data"]
    assert (told["user_id"], told["after"]["channel"]) == (world.user["supervisor"], "letter")
    assert csv_lines(supervisor.get(f"{AT}.csv").content)[1][1:4] == [body["received_on"], "来信", "实名"]


@pytest.mark.parametrize(
    ("account", "unit", "readers"),
    [
        ("supervisor", "人事股", {"discipline"}),
        ("office", "实验小学", {"discipline", "supervisor", "leader"}),
        ("discipline", None, {"discipline"}),
    ],
)
def test_whoever_registers_it_sees_no_more_than_they_may(
    as_: As, world: World, account: str, unit: str | None, readers: set[str]
) -> None:
    made = ok(as_(account).post(AT, json=letter(world, unit)), 201)
    assert seen_by(as_) == readers and (made["complaint_id"] is not None) == (account in readers)
    again = ok(as_(account).post(AT, json=letter(world, unit)), 201)
    assert again["code"] != made["code"], "without a key each is one of its own"


def test_what_cannot_be_registered_is_told_at_its_field(app: FastAPI, as_: As, world: World) -> None:
    for account in ("leader", "school", "central", "sysadmin", "auditor"):
        assert as_(account).post(AT, json=letter(world, "第一中学")).status_code == 403, account
    days = {"future": TODAY + timedelta(days=1), "old": TODAY - timedelta(days=367)}
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("office", "unit_id", letter(world, "人事股")),
        ("office", "accused", letter(world, accused="周 敏 科长")),
        ("supervisor", "unit_id", letter(world, "派驻组")),
        ("other_supervisor", "unit_id", letter(world)),
        ("supervisor", "unit_named", letter(world, unit_named="实小")),
        ("supervisor", "contact", letter(world, name=NAME)),
        ("supervisor", "channel", letter(world, channel="web")),
        *(("supervisor", "received_on", letter(world, received_on=day.isoformat())) for day in days.values()),
    ]
    for account, field, body in wrong:
        refused = as_(account).post(AT, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}"), body
    count = sa.select(sa.func.count()).select_from(COMPLAINT)
    assert app.state.database.read_now(lambda connection: connection.execute(count).scalar_one()) == 0
    ok(as_("supervisor").post(AT, json=letter(world, received_on=(TODAY - timedelta(days=366)).isoformat())), 201)


def test_the_page_shows_a_receipt_to_print_once(client: TestClient, as_: As, browse: As, world: World) -> None:
    browser = browse("supervisor")
    page = browser.get("/complaints/new")
    assert "110" in page.text and "data-print" not in page.text
    assert browse("school").get("/complaints/new").status_code == browse("leader").get("/complaints/new").status_code
    assert browse("school").get("/complaints/new").status_code == 403
    nonce = re.findall(r'name="nonce" value="([^"]+)"', page.text)[0]
    sent = {key: str(value) for key, value in letter(world, name=NAME).items()} | {"nonce": nonce}
    refused = browser.post("/complaints", data=form(browser, **sent))
    assert refused.status_code == 422 and "请同时填写电话或邮箱" in refused.text and TEXT in refused.text
    assert nonce in refused.text
    done = browser.post("/complaints", data=form(browser, **sent, contact=CONTACT))
    receipt = re.findall(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", done.text)[0]
    assert done.status_code == 200 and "data-print" in done.text and NAME not in done.text
    assert receipt in browser.post("/complaints", data=form(browser, **sent, contact=CONTACT)).text
    assert ok(as_("supervisor").get(f"{AT}?count=true"))["total"] == 1
    row = newest(as_)
    assert receipt not in browser.get(f"/complaints/{row['id']}").text
    assert row["code"] in done.text and status(client, receipt)["named"] is True
