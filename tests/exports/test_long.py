"""Workbooks too long to wait for: refused with the way named, made by a worker by its asker's right, and given to
nobody else.
"""

import os
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

import web.main  # noqa: F401  # Its pages offer their lists.
from app import worker
from app.core import exports
from app.core.audit import audited_write
from app.core.calendar import CalendarDay, now
from app.core.models import table_of
from app.core.policy import system_within
from app.core.tables import XLSX
from app.exports import operations as ops
from app.exports import pruning, queries, working
from app.exports.models import RUN
from app.installation import Installation
from app.jobs import queue
from app.jobs.registry import Work
from tests.assignments.conftest import Ledger
from tests.conftest import As
from tests.exported import book_lines, csv_lines
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.workers import Start, kill, lapse
from tests.world import World
from web.tables import LISTS

EXPORTS, UNITS = f"{API}/exports", f"{API}/units"
PATIENCE_S = 90
Do = Callable[[], int]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of more than three rows is long."""
    monkeypatch.setattr(exports, "MOST_AT_ONCE", 3)


def asked(client: Any, path: str = "units", **filters: str) -> dict[str, Any]:
    run: dict[str, Any] = ok(client.post(EXPORTS, json={"list": path, "filters": filters}), 202)
    return run


def again(client: Any, run: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ok(client.get(f"{EXPORTS}/{run['id']}"))
    return found


def files(app: FastAPI) -> list[Path]:
    folder = working.folder_of(app.state.settings)
    return sorted(folder.iterdir()) if folder.exists() else []


def end_grants(as_: As, world: World, account: str) -> None:
    for grant in ok(as_("secadmin").get(f"{API}/role-grants?user_id={world.user[account]}"))["data"]:
        ok(as_("secadmin").post(f"{API}/role-grants/{grant['id']}/end", json={"note": "调离。"}))


# What is refused, and where it leads


@pytest.mark.usefixtures("few")
def test_up_to_the_limit_a_workbook_is_made_at_once_and_above_the_way_is_named(as_: As) -> None:
    supervisor = as_("supervisor")
    of = {n: ok(supervisor.get(f"{UNITS}?q={q}&count=true"))["total"] for n, q in ((3, "小学"), (4, "学"))}
    assert of[3] == 3 < of[4]
    assert len(book_lines(supervisor.get(f"{UNITS}.xlsx?q=小学").content)) == 4
    refused = supervisor.get(f"{UNITS}.xlsx?q=学")
    assert (refused.status_code, refused.json()["code"], refused.json()["most"]) == (409, "too_many_rows", 3)
    assert "POST /api/v1/exports，list 填 units" in refused.json()["detail"]
    assert len(csv_lines(supervisor.get(f"{UNITS}.csv?q=学").content)) == of[4] + 1


@pytest.mark.usefixtures("few")
def test_parts_of_a_row_are_counted_within_it(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    ledger = Ledger(stock, plan, stock.item(plan))
    rows = [ledger.row("实验小学", "in_progress", period=f"2023-{n:02}") for n in (1, 2)]
    school = as_("school")
    for row, count in zip(rows, (2, 4), strict=True):
        for n in range(count):
            sent = {"text": f"第{n}次。", "percent": n}
            ok(school.post(f"{API}/assignments/{row}/progress-reports", json=sent), 201)
    few, many = (school.get(f"{API}/assignments/{row}/progress-reports.xlsx") for row in rows)
    assert few.status_code == 200 and f"list 填 assignments/{rows[1]}/progress-reports" in many.json()["detail"]


@pytest.mark.usefixtures("few")
def test_the_page_offers_a_job_that_can_be_followed_without_scripts(browse: As, work: Do) -> None:
    person = browse("supervisor")
    shown = person.get("/units.xlsx?q=学&sort=code")
    assert shown.status_code == 409 and "行数太多" in shown.text
    fields = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text.partition('action="/exports"')[2])
    )
    assert {**fields, "csrf": ""} == {"csrf": "", "list": "units", "format": "xlsx", "q": "学", "sort": "code"}
    address = person.post("/exports", data=fields).headers["location"]
    for _ in range(2):
        assert "排队中" in (page := person.get(address).text) and "刷新进度" in page and "every 2s" in page
    partial = {"hx-request-type": "partial"}
    assert "every 2s" in person.get(f"{address}?state=waiting", headers=partial).text
    work()
    assert person.get(f"{address}?state=waiting", headers=partial).headers["hx-refresh"] == "true"
    page = person.get(address).text
    assert f'href="{address}/file"' in page and "every 2s" not in page and "/units?q=" in page
    made = person.get(f"{address}/file")
    assert book_lines(made.content) == [
        [cell.removeprefix("'") for cell in line] for line in csv_lines(person.get("/units.csv?q=学&sort=code").content)
    ]
    assert "单位" in person.get("/exports").text


def test_every_page_that_gives_a_list_away_leads_to_one_that_a_job_can_make() -> None:
    assert len(LISTS) > 20
    assert {path.removeprefix("/") for path in LISTS} <= exports.LISTS.keys()


# The job


def test_a_job_makes_what_the_list_itself_would(as_: As, app: FastAPI, work: Do) -> None:
    school = as_("school")
    answer = school.post(
        EXPORTS, json={"list": "units", "filters": {"kind": "school"}}, headers={"idempotency-key": "1"}
    )
    run = ok(answer, 202)
    assert answer.headers["location"] == f"{EXPORTS}/{run['id']}"
    once_more = school.post(
        EXPORTS, json={"list": "units", "filters": {"kind": "school"}}, headers={"idempotency-key": "1"}
    )
    assert (once_more.json(), once_more.headers["location"]) == (run, answer.headers["location"])
    assert school.get(f"{EXPORTS}/{run['id']}/file").json()["code"] == "not_done"
    assert work() == 1
    done = again(school, run)
    made = school.get(f"{EXPORTS}/{run['id']}/file")
    assert (done["state"], done["problem"], done["size"]) == ("done", None, len(made.content))
    assert int(made.headers["content-length"]) == len(made.content)
    whole = school.get(f"{UNITS}.xlsx?kind=school").content
    assert book_lines(made.content) == book_lines(whole)
    assert done["read_count"] == done["written_count"] == len(book_lines(whole)) - 1
    assert (now() + timedelta(days=6)).isoformat() < done["expires_at"] < (now() + timedelta(days=8)).isoformat()
    assert len(files(app)) == 1 and list((app.state.settings.files / "staging").iterdir()) == []


def test_what_there_is_not_is_refused_where_it_stands(as_: As, world: World) -> None:
    school = as_("school")
    for sent, pointer in (
        ({"list": "nothing"}, "/list"),
        ({"list": "plans/{id}/ledger"}, "/list"),
        ({"list": "units/7"}, "/list"),
        ({"list": "units", "filters": {"colour": "red"}}, "/filters/colour"),
        ({"list": "units", "filters": {"kind": "castle"}}, "/filters/kind"),
        ({"list": "units", "filters": {"limit": "5"}}, "/filters/limit"),
    ):
        answer = school.post(EXPORTS, json=sent)
        assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (422, [pointer]), sent
    assert school.post(EXPORTS, json={"list": "plans/999/ledger"}).status_code == 404
    assert ok(school.get(EXPORTS))["data"] == []


def test_nobody_keeps_all_others_waiting(as_: As, work: Do) -> None:
    for _ in range(ops.MOST_WAITING):
        asked(as_("school"))
    assert as_("school").post(EXPORTS, json={"list": "units"}).json()["code"] == "too_many_exports"
    asked(as_("office"))
    work()
    asked(as_("school"))


def test_the_log_taken_away_by_a_job_is_noted_too(as_: As, work: Do) -> None:
    run = asked(as_("auditor"), "events", resource="audit")
    noted = ok(as_("auditor").get(f"{API}/events?operation=audit.export"))["data"]
    assert [event["after"] for event in noted] == [{"filters": ["resource"]}]
    work()
    assert again(as_("auditor"), run)["read_count"] == 1
    # For others the log is empty, and there is nothing to note.
    run = asked(as_("school"), "events")
    work()
    assert again(as_("school"), run)["read_count"] == 0
    assert len(ok(as_("auditor").get(f"{API}/events?operation=audit.export"))["data"]) == 1


# By whose right, and for whom


def test_it_holds_what_its_asker_sees(as_: As, stock: Stock, work: Do) -> None:
    plan = stock.plan()
    ledger = Ledger(stock, plan, stock.item(plan))
    for name in ("实验小学", "第一幼儿园"):
        ledger.row(name, "in_progress")
    runs = {account: asked(as_(account), "assignments") for account in ("school", "supervisor")}
    work()
    seen = {account: as_(account).get(f"{EXPORTS}/{run['id']}/file").content for account, run in runs.items()}
    units = {account: {line[3] for line in book_lines(content)[1:]} for account, content in seen.items()}
    assert units == {"school": {"实验小学"}, "supervisor": {"实验小学", "第一幼儿园"}}


@pytest.mark.parametrize("account", ["supervisor", "leader", "sysadmin", "auditor", "other_supervisor"])
def test_it_is_there_for_its_asker_alone(as_: As, work: Do, account: str) -> None:
    run = asked(as_("school"))
    work()
    assert as_("school").get(f"{EXPORTS}/{run['id']}/file").status_code == 200
    for path in (f"{EXPORTS}/{run['id']}", f"{EXPORTS}/{run['id']}/file"):
        assert as_(account).get(path).status_code == 404
    assert ok(as_(account).get(f"{EXPORTS}?count=true")) == {"data": [], "next": None, "total": 0}


def test_a_right_that_ended_before_the_job_began_makes_nothing(as_: As, world: World, app: FastAPI, work: Do) -> None:
    run = asked(as_("supervisor"), "assignments")
    end_grants(as_, world, "supervisor")
    work()
    ended = again(as_("supervisor"), run)
    assert (ended["state"], ended["problem"], files(app)) == ("failed", queries.MOVED, [])
    assert as_("supervisor").get(f"{EXPORTS}/{run['id']}/file").json()["code"] == "not_done"


def test_an_account_that_is_gone_before_the_job_began_makes_nothing(
    as_: As, world: World, app: FastAPI, work: Do
) -> None:
    asked(as_("supervisor"), "assignments")
    user = ok(as_("sysadmin").get(f"{API}/users/{world.user['supervisor']}"))
    headers = {"if-match": f'"{user["version"]}"'}
    ok(as_("sysadmin").patch(f"{API}/users/{user['id']}", json={"disabled": True}, headers=headers))
    work()
    every = sa.select(RUN.c.state, RUN.c.problem)
    found = app.state.database.read_now(lambda connection: connection.execute(every).all())
    assert [tuple(row) for row in found] == [("failed", worker.NO_LONGER)] and files(app) == []


def test_a_right_that_ended_afterwards_keeps_the_file_back(as_: As, world: World, work: Do) -> None:
    """After a move nothing of the old unit is visible from the next request."""
    run = asked(as_("supervisor"), "assignments")
    work()
    assert as_("supervisor").get(f"{EXPORTS}/{run['id']}/file").status_code == 200
    end_grants(as_, world, "supervisor")
    refused = as_("supervisor").get(f"{EXPORTS}/{run['id']}/file")
    assert (refused.status_code, refused.json()["code"]) == (403, "rights_changed")


def test_a_narrower_token_gets_no_file_that_its_user_asked_for(as_: As, world: World, work: Do) -> None:
    run = asked(as_("supervisor"), "assignments")
    work()
    narrow = as_("supervisor")

    def token(**limits: Any) -> str:
        sent = {"name": "窄", "days": 1, "user_id": world.user["supervisor"], **limits}
        return str(ok(as_("secadmin").post(f"{API}/api-tokens", json=sent), 201)["token"])

    for limits, code in (
        ({"scopes": ["exports:read", "units:read"]}, "insufficient_scope"),
        ({"scopes": ["exports:read", "assignments:read"], "unit_id": world.unit["督查室"]}, "rights_changed"),
    ):
        narrow.headers["authorization"] = f"Bearer {token(**limits)}"
        assert narrow.get(f"{EXPORTS}/{run['id']}/file").json()["code"] == code, limits
    narrow.headers["authorization"] = f"Bearer {token(scopes=['exports:write'])}"
    assert narrow.post(EXPORTS, json={"list": "assignments"}).json()["code"] == "insufficient_scope"


# Its end


def prune(app: FastAPI, world: World) -> int:
    do = Installation(app.state.settings, app.state.database)
    return pruning.prune_all(Work(do, system_within(world.district), world.district))


def age(app: FastAPI, days: int) -> None:
    """It was all done so long ago."""
    past = now() - timedelta(days=days)

    def put(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.update(RUN).values(finished_at=past))

    app.state.database.write_now(put)


def test_its_file_goes_after_some_days_and_what_nobody_names_with_it(
    as_: As, app: FastAPI, world: World, work: Do
) -> None:
    run = asked(as_("school"))
    work()
    days = app.state.settings.export_days
    orphan = working.folder_of(app.state.settings) / "7-left.xlsx"
    orphan.write_bytes(b"half")
    age(app, days - 1)
    assert prune(app, world) == 0 and len(files(app)) == 2
    age(app, days + 1)
    assert prune(app, world) == 1 and files(app) == [orphan]
    past = (now() - timedelta(days=days + 2)).timestamp()
    os.utime(orphan, (past, past))
    assert prune(app, world) == 0 and files(app) == []
    gone = as_("school").get(f"{EXPORTS}/{run['id']}/file")
    assert (gone.status_code, gone.json()["code"]) == (410, "expired")
    assert (again(as_("school"), run)["state"], again(as_("school"), run)["expires_at"]) == ("expired", None)
    (event,) = ok(as_("auditor").get(f"{API}/events?operation=export_run.expire"))["data"]
    assert (event["resource_id"], event["user_id"]) == (run["id"], None)


def test_a_row_whose_file_no_backup_held_says_so(as_: As, app: FastAPI, work: Do) -> None:
    run = asked(as_("school"))
    work()
    files(app)[0].write_bytes(b"PK")
    assert as_("school").get(f"{EXPORTS}/{run['id']}/file").json()["code"] == "file_damaged"
    files(app)[0].unlink()
    assert as_("school").get(f"{EXPORTS}/{run['id']}/file").json()["code"] == "expired"


def test_a_job_that_keeps_failing_is_given_up_and_leaves_no_file(
    as_: As, app: FastAPI, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(extract: Any, out: Any, staging: Path) -> None:
        out.write(b"PK")
        raise ZeroDivisionError

    run = asked(as_("school"))
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    monkeypatch.setitem(working.FORMS, "xlsx", XLSX._replace(write=broken))
    assert work() == queue.MOST_ATTEMPTS
    ended = again(as_("school"), run)
    assert (ended["state"], ended["problem"], files(app)) == ("failed", worker.BROKEN, [])


def test_a_worker_that_lost_its_lease_ends_without_a_trace(
    as_: As, app: FastAPI, monkeypatch: pytest.MonkeyPatch, work: Do
) -> None:
    run = asked(as_("school"))
    write, turns = XLSX.write, iter((True, False))

    def overtaken(extract: Any, out: Any, staging: Path) -> None:
        if next(turns):
            lapse(app)
            assert work() == 1  # Another one does it all meanwhile.
        write(extract, out, staging)

    monkeypatch.setitem(working.FORMS, "xlsx", XLSX._replace(write=overtaken))
    assert work() == 1
    assert again(as_("school"), run)["state"] == "done" and len(files(app)) == 1
    assert as_("school").get(f"{EXPORTS}/{run['id']}/file").status_code == 200


ROWS = 40_000


def test_a_worker_killed_at_it_leaves_nothing_half_served(app: FastAPI, as_: As, other: Start, world: World) -> None:
    """Promise 19: killed while it reads, and while it writes; another one ends the work."""
    client, database, day = as_("school"), app.state.database, table_of(CalendarDay)
    first, plain = date(2050, 1, 1), {"is_workday": True, "name": "调休上班", "version": 1}
    stamps = {"district_id": world.district, "created_at": now(), "updated_at": now()}
    rows = [{"on": first + timedelta(days=n), **plain, **stamps} for n in range(ROWS)]

    def put(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.insert(day), rows)

    database.write_now(put)
    run = asked(client, "calendar-days", since="2050-01-01")

    def until(state: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE_S
        while not state(now_at := again(client, run)):
            assert time.monotonic() < end, now_at
            time.sleep(0.02)
        return now_at

    for name in ("read_count", "written_count"):
        process = other()
        until(lambda at, name=name: at[name] > 0)  # type: ignore[misc]
        kill(process)
        assert again(client, run)["state"] == "running"
        assert client.get(f"{EXPORTS}/{run['id']}/file").json()["code"] == "not_done"
        lapse(app)
    other()
    done = until(lambda at: at["state"] not in ("waiting", "running"))
    assert (done["state"], done["written_count"], len(files(app))) == ("done", ROWS, 1)
    lines = book_lines(client.get(f"{EXPORTS}/{run['id']}/file").content)
    assert (len(lines), lines[-1][0]) == (ROWS + 1, (first + timedelta(days=ROWS - 1)).isoformat())
