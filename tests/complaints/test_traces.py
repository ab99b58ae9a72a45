"""Promises 11 and 12: who reported is read by the handler alone, and whoever gave no name leaves nothing behind."""

import io
import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from app.core import log
from app.core.audit import EVENT
from app.core.db import Database
from app.identity.models import TOKEN
from app.settings import Settings
from tests.complaints.steps import AT, PUBLIC, newest, reported, status, step, under_way
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

NAME, CONTACT = "欧阳举报", "13900008765"
AGENT = "Canary-Agent/7.7"


def everything(app: FastAPI, settings: Settings, but: tuple[str, ...] = ()) -> str:
    """All rows of all tables and all files of the data folder, as text."""
    database: Database = app.state.database

    def read(connection: sa.Connection) -> str:
        tables = [table for table in SQLModel.metadata.sorted_tables if table.name not in but]
        return "\n".join(
            f"{table.name} {tuple(row)}" for table in tables for row in connection.execute(sa.select(table))
        )

    files = [path for path in Path(settings.data).rglob("*") if path.is_file()]
    return database.read_now(read) + "".join(path.read_bytes().decode("latin-1") for path in files)


def raw(text: str) -> str:
    """As it would stand in a file of bytes."""
    return text.encode().decode("latin-1")


def test_a_name_is_read_by_the_named_handler_with_a_reason_and_found_nowhere_else(
    app: FastAPI, settings: Settings, client: TestClient, as_: As, browse: As, world: World
) -> None:
    logged = io.StringIO()
    log.configure(settings, logged)
    row, receipt = under_way(as_, client, world, name=NAME, contact=CONTACT)
    office = browse("office")
    step(office, row, "identify", 422)
    assert step(office, row, "identify", note="需要当面核实。") == {"name": NAME, "contact": CONTACT}
    by_token = step(as_("office"), row, "identify", 403, note="程序要核实。")
    assert by_token["code"] == "session_required", "not a program in the handler's name, whoever made its token"
    assert "identify" not in ok(as_("office").get(f"{AT}/{row['id']}"))["allowed_actions"]
    shown = office.post(
        f"/complaints/{row['id']}/identify", data={"csrf": office.headers["x-csrf-token"], "note": "再核实。"}
    )
    assert NAME in shown.text and NAME not in office.get(f"/complaints/{row['id']}").text
    for account in ("discipline", "supervisor", "leader"):
        assert step(browse(account), row, "identify", 403, note="想知道是谁。")["code"] == "forbidden"
    trail = ok(as_("auditor").get(f"{API}/events?resource=complaint&resource_id={row['id']}"))["data"]
    read = [event for event in trail if event["operation"] == "complaint.identify" and event["outcome"] == "done"]
    assert len(read) == 2 and all(event["reason"] for event in read)
    told = [
        as_(account).get(f"{AT}{end}") for account in ("discipline", "office") for end in (".csv", "", f"/{row['id']}")
    ]
    told += [as_("auditor").get(f"{API}/events.csv"), client.get("/metrics")]
    held = (
        everything(app, settings)
        + logged.getvalue()
        + "".join(answer.text for answer in told)
        + str(status(client, receipt))
    )
    for secret in (NAME, raw(NAME), CONTACT, receipt, receipt.replace("-", "")):
        assert secret not in held


def test_without_the_key_nothing_opens(
    settings: Settings, client: TestClient, as_: As, browse: As, world: World
) -> None:
    office = browse("office")
    row, _ = under_way(as_, client, world, name=NAME, contact=CONTACT)
    key = settings.complaint_key_path
    assert key.stat().st_mode & 0o777 == 0o600
    kept = key.read_text()
    key.write_text("another")
    assert step(office, row, "identify", 503, note="核实。")["code"] == "key_missing"
    key.unlink()
    step(office, row, "identify", 503, note="核实。")
    assert not key.exists()  # Reading makes no new one.
    key.write_text(kept)
    step(office, row, "identify", note="核实。")


def test_an_anonymous_report_leaves_no_trace(
    app: FastAPI, settings: Settings, client: TestClient, as_: As, world: World
) -> None:
    logged = io.StringIO()
    log.configure(settings, logged)
    stranger: Any = TestClient(client.app, base_url="http://testserver", client=("203.0.113.77", 50123))
    stranger.portal = client.portal
    stranger.headers.update(
        {"user-agent": AGENT, "cookie": "ql=canary-cookie", "referer": "https://example.com/canary"}
    )
    receipt = reported(stranger, world, "实验小学")
    ok(stranger.post(f"{PUBLIC}/answers", json={"receipt": receipt, "text": "还有一次。"}))
    stranger.get("/report"), stranger.post("/report/status", data={"receipt": receipt})
    # What a browser loads with it, and no script: a line of these would say that the page was read, and when.
    page = stranger.get(f"/report?bureau_id={world.district}").text
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert {each.partition("?")[0] for each in loaded} >= {"/static/ql.css", "/static/seal.svg"}
    assert all(stranger.get(each).status_code == 200 for each in [*loaded, "/favicon.ico"])
    held = everything(app, settings) + logged.getvalue()
    for trace in ("203.0.113.77", AGENT, "canary-cookie", "example.com"):
        assert trace not in held
    for of_the_public in ("/report", "public", "/static", "favicon"):
        assert of_the_public not in logged.getvalue()
        assert of_the_public not in app.state.metrics.text().decode()
    # Of its time the day is known: what stands in the rows and in the log begins with it, or ends with it.
    row = newest(as_)
    instants = [row["created_at"], row["updated_at"]]
    events = sa.select(EVENT.c.at, EVENT.c.request_id).where(EVENT.c.resource == "complaint")
    for at, request_id in app.state.database.read_now(lambda connection: connection.execute(events).all()):
        instants.append(at.isoformat())
        assert request_id == ""
    assert all(re.search(r"T(16:00:00|15:59:59)", at) for at in instants), instants
    assert not list(Path(settings.data).glob("daily/.*"))


def test_whoever_is_logged_in_reports_as_nobody(app: FastAPI, browse: As, as_: As, world: World) -> None:
    """Not even that the account was used is noted."""
    reported(browse("school"), world, "第一中学")
    reported(as_("middle"), world, "实验小学")
    events = sa.select(EVENT.c.user_id).where(EVENT.c.operation == "complaint.submit")
    used = sa.select(TOKEN.c.last_used_at).where(TOKEN.c.user_id == world.user["middle"])
    read = app.state.database.read_now
    assert read(lambda connection: connection.execute(events).scalars().all()) == [None, None]
    assert read(lambda connection: connection.execute(used).scalars().all()) == [None]
