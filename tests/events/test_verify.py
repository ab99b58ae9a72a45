"""The auditor checks the chain and takes the log away, by page and by JSON; each of it is an event."""

import json
import re
import threading
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.audit import EVENT
from app.core.db import Database
from app.core.operation import Tx, transact
from app.core.policy import SYSTEM, Role
from app.core.seal import owe
from app.events import queries, standing
from app.events.chain import Checked
from app.events.operations import note_check
from app.events.standing import stands
from tests.at_once import at_once
from tests.conftest import As, form
from tests.evidence.test_upload import upload
from tests.world import World

API = "/api/v1/events"


def newest(as_: As) -> dict[str, Any]:
    event: dict[str, Any] = as_("auditor").get(f"{API}?limit=1").json()["data"][0]
    return event


def forge(app: FastAPI, world: World) -> int:
    """Change one event behind the program's back."""
    database: Database = app.state.database
    mine = EVENT.c.district_id == world.district
    event_id: int = database.read_now(lambda c: c.execute(sa.select(sa.func.min(EVENT.c.id)).where(mine)).scalar_one())
    database.write_now(lambda c: c.execute(sa.update(EVENT).where(EVENT.c.id == event_id).values(reason="改过")))
    return event_id


def event(database: Database, event_id: int) -> dict[str, Any]:
    one = sa.select(EVENT).where(EVENT.c.id == event_id)
    return database.read_now(lambda connection: dict(connection.execute(one).mappings().one()))


def test_check_is_shown_and_recorded(app: FastAPI, as_: As, browse: As, world: World) -> None:
    browser = browse("auditor")
    assert "还没有校验过" in browser.get("/events").text
    said = as_("auditor").post(f"{API}/verify").json()
    assert said["ok"] and said["fault"] is None and said["events"] > 50
    assert (newest(as_)["operation"], newest(as_)["after"]["ok"]) == ("audit.verify", True)
    shown = browser.get("/events").text
    assert f"日志链校验通过：{said['events']}" in shown and "审计管理员" in shown
    event_id = forge(app, world)
    assert browser.post("/events/verify", data=form(browser)).status_code == 303
    shown = browser.get("/events").text
    assert f"日志链校验不通过：第 {event_id} 号记录被改动" in shown and 'role="alert"' in shown
    assert newest(as_)["after"] == newest(as_)["after"] | {"ok": False, "fault": "changed", "event_id": event_id}
    assert f"第 {event_id} 号记录" in as_("auditor").post(f"{API}/verify").json()["fault"]


def test_the_page_says_of_how_many_nothing_but_the_log_says_that_they_were_archived(
    app: FastAPI, browse: As, world: World
) -> None:
    actor = replace(SYSTEM, roles=frozenset({Role.AUDITOR}), district_id=world.district)
    found = Checked(world.district, seals=9, events=99, archived=2000, fault=None, unproven=1200)

    def note(connection: sa.Connection) -> Checked:
        return transact(Tx(connection, actor, app.state.settings), lambda tx: note_check(tx, found))

    app.state.database.write_now(note)
    told = "已归档的记录中有 1,200 条没有本系统的签名，只凭日志自己的记载，请与归档文件核对。"
    assert told in browse("auditor").get("/events").text


def test_one_event_is_held_against_its_seal_and_those_beside_it(
    app: FastAPI, as_: As, browse: As, world: World
) -> None:
    upload(as_("school"))
    browser, event_id = browse("auditor"), newest(as_)["id"]
    opened = browser.get(f"/events?open={event_id}").text
    assert "本条校验" in opened and "与前后的封条相符" in opened
    forged = forge(app, world)
    assert browser.get(f"/events?open={event_id}").text.count("与前后的封条相符") == 1, "another's words are its own"
    database: Database = app.state.database
    assert database.read_now(stands, world.district, forged) is False
    database.write_now(lambda c: c.execute(sa.update(EVENT).where(EVENT.c.id == event_id).values(reason="改过")))
    opened = browser.get(f"/events?open={event_id}").text
    assert "与封条不符" in opened and "与前后的封条相符" not in opened


def test_an_event_that_no_seal_holds_is_shown_as_a_fault(app: FastAPI, as_: As, browse: As, world: World) -> None:
    upload(as_("school"))
    database: Database = app.state.database
    copied = event(database, newest(as_)["id"])
    copied["id"] += 1000
    database.write_now(lambda c: c.execute(sa.insert(EVENT).values(copied)))
    shown = browse("auditor").get(f"/events?open={copied['id']}").text
    assert '<span class="tag bad">找不到封条，请校验日志链</span>' in shown and "与前后的封条相符" not in shown
    assert "是后来塞进去的" in as_("auditor").post(f"{API}/verify").json()["fault"]


def test_a_long_transactions_event_is_found_in_its_seal(
    app: FastAPI, as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number was given early, its seal made late: many others came between."""
    upload(as_("school"))
    database: Database = app.state.database
    early = event(database, newest(as_)["id"]) | {"id": -5}

    def seal_late(connection: sa.Connection) -> None:
        connection.execute(sa.insert(EVENT).values(early))
        owe(connection, -5, early)

    database.write_now(seal_late)
    monkeypatch.setattr(standing, "NEAR", 0)
    assert database.read_now(stands, world.district, -5) is True


def test_the_page_offers_every_operation_by_what_it_is_done_to(as_: As, browse: As) -> None:
    upload(as_("school"))
    browser = browse("auditor")
    page = browser.get("/events").text
    assert '<option value="">全部操作</option>' in page
    assert re.search('<optgroup label="任务">.*<option value="assignment.send_back">退回</option>', page)
    chosen = browser.get("/events?operation=evidence.create").text
    assert '<option value="evidence.create" selected>上传</option>' in chosen
    assert '<tr id="e' in chosen and ">修改</span>" not in chosen
    of_one = browser.get("/events?resource=evidence").text
    assert "evidence.void" in of_one and "assignment.send_back" not in of_one
    empty = browser.get("/events?operation=plan.dispatch&resource=evidence").text
    assert "当前条件：下发、印证资料" in empty


def test_export_is_the_list_by_the_same_filters(as_: As, browse: As) -> None:
    upload(as_("school"), title="不宜外传的标题")
    answer = as_("auditor").get(f"{API}/export?resource=evidence")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert "attachment" in answer.headers["content-disposition"] and "不宜外传" not in answer.text
    *lines, end = [json.loads(line) for line in answer.text.splitlines()]
    listed = as_("auditor").get(f"{API}?resource=evidence").json()["data"]
    assert [{k: v for k, v in line.items() if k != "fingerprint"} for line in lines] == listed and end == {"end": 1}
    assert (newest(as_)["operation"], newest(as_)["after"]) == ("audit.export", {"filters": ["resource"]})
    everything = browse("auditor").get("/events/export").text.splitlines()
    ids = [json.loads(line)["id"] for line in everything[:-1]]
    assert ids == sorted(set(ids), reverse=True) and json.loads(everything[-1]) == {"end": len(ids)}


@pytest.mark.parametrize("account", ["supervisor", "school", "sysadmin"])
def test_others_neither_check_nor_export(as_: As, account: str) -> None:
    for answer in (as_(account).post(f"{API}/verify"), as_(account).get(f"{API}/export")):
        assert answer.status_code == 403
        assert (newest(as_)["outcome"], newest(as_)["code"]) == ("refused", "forbidden")


def test_refusals_at_the_gate_are_recorded(as_: As, browse: As, client: TestClient) -> None:
    browser = browse("school")
    del browser.headers["x-csrf-token"]
    assert browser.post("/api/v1/evidence").status_code == 403
    assert (newest(as_)["code"], newest(as_)["user_name"], newest(as_)["after"]) == (
        "csrf",
        "刘敏",
        {"noun": "evidence"},
    )
    foreign = browser.post("/api/v1/units", headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403 and newest(as_)["code"] == "cross_site"
    assert browser.post("/my-work/无此页", data={}).status_code == 404 and newest(as_)["code"] == "cross_site"
    made = as_("school").post("/api/v1/api-tokens", json={"name": "只读", "scopes": ["evidence:read"]}).json()
    client.headers["authorization"] = f"Bearer {made['token']}"
    assert client.post("/api/v1/evidence").status_code == 403
    event = newest(as_)
    assert (event["operation"], event["code"], event["outcome"]) == ("request.post", "insufficient_scope", "refused")


def test_a_stranger_leaves_nothing_but_failed_logins(app: FastAPI, as_: As, client: TestClient) -> None:
    database: Database = app.state.database
    count = sa.select(sa.func.count()).select_from(EVENT)
    before = database.read_now(lambda connection: connection.execute(count).scalar_one())
    for path in ("/api/v1/units", "/units", "/logout", "/api/v1/nothing", "/login"):
        client.post(path, headers={"sec-fetch-site": "cross-site"})
    assert database.read_now(lambda connection: connection.execute(count).scalar_one()) == before
    for username in ("nobody", "school", "school"):
        wrong = {"username": username, "password": "wrong-password"}
        assert client.post("/api/v1/sessions", json=wrong).status_code == 401
    codes = sa.select(EVENT.c.code).order_by(EVENT.c.id.desc()).limit(3)
    found = database.read_now(lambda connection: connection.execute(codes).scalars().all())
    assert found == ["wrong_password", "wrong_password", "unknown_account"]


def test_of_many_who_press_at_once_one_walks_and_nobody_else_waits(
    app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A walk of years takes half a minute: six of them held every thread for that long."""
    walk, at_work, refused, gate = queries.check, list[str](), list[int](), threading.Event()

    def slowly(*given: Any) -> Checked:
        at_work.append(threading.current_thread().name)
        assert gate.wait(30)
        return walk(*given)

    monkeypatch.setattr(queries, "check", slowly)

    async def press(client: httpx.AsyncClient, n: int) -> httpx.Response:
        answer = await client.post("/api/v1/events/verify")
        if answer.status_code == 409:
            refused.append(n)
        if len(refused) == 5:
            gate.set()
        return answer

    answers = at_once(app, world.token["auditor"], press, 6)
    told = [(answer.status_code, answer.json().get("code")) for answer in answers]
    assert sorted(told, key=str) == [(200, None), *[(409, "in_flight")] * 5]
    assert "正在校验" in next(answer.text for answer in answers if answer.status_code == 409)
    [name] = at_work
    assert name.startswith("ql-lengthy")
