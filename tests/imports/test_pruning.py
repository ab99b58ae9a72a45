"""Old imports: their rows go, their counts stay."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.audit import audited_write
from app.core.calendar import now
from app.core.policy import system_within
from app.imports import operations as ops
from app.imports.models import ROW, RUN
from app.imports.pruning import prune_all
from app.installation import Installation
from app.jobs.models import JOB
from app.jobs.registry import Work
from app.settings import Settings
from tests.conftest import As
from tests.imports.tables import IMPORTS, as_csv, counts, looked_through, rows_of, send
from tests.walk.steps import API, ok
from tests.world import World


def grown_old(app: FastAPI, run: dict[str, Any], days: int) -> None:
    def job(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.update(RUN).where(RUN.c.id == run["id"]).values(updated_at=now() - timedelta(days)))

    app.state.database.write_now(job)


def test_the_rows_of_an_old_import_go_and_its_counts_stay(app: FastAPI, as_: As, browse: As, world: World) -> None:
    client, database = as_("sysadmin"), app.state.database
    installation = Installation(Settings(import_days=30), database)
    mine, others = (
        Work(installation, system_within(bureau), bureau) for bureau in (world.district, world.other_district)
    )
    rows = [("A1", "甲小学", "学校", "", ""), ("A2", "乙小学", "学校", "", "")]
    written = looked_through(client, as_csv(rows[0]), mode="commit")
    waiting, young = looked_through(client, as_csv(rows[1])), looked_through(client, as_csv(*rows))
    for run, days in ((written, 31), (waiting, 31), (young, 29)):
        grown_old(app, run, days)
    assert [prune_all(work) for work in (others, mine, mine)] == [0, 2, 0]
    for run, state in ((written, "committed"), (waiting, "discarded")):
        now_at = ok(client.get(f"{IMPORTS}/{run['id']}"))
        assert (now_at["state"], counts(now_at), now_at["allowed_actions"]) == (state, counts(run), [])
        assert now_at["pruned_at"] and rows_of(client, run) == []
        for act in ("undo", "commit", "discard"):
            assert client.post(f"{IMPORTS}/{run['id']}/{act}").status_code == 409, act
        assert client.get(f"{IMPORTS}/{run['id']}/file").json()["code"] == "pruned"
        page = browse("sysadmin").get(f"/imports/{run['id']}").text
        assert "逐行记录已过保存期" in page and "下载核对表" not in page
    kept = database.read_now(lambda connection: set(connection.execute(sa.select(ROW.c.import_run_id)).scalars()))
    assert kept == {young["id"]} and len(rows_of(client, young)) == 2
    told = ok(as_("auditor").get(f"{API}/events?operation=import_run.prune"))["data"]
    assert [(event["resource_id"], event["after"]) for event in told] == [
        (waiting["id"], {"rows_gone": 1}),
        (written["id"], {"rows_gone": 1}),
    ]


def test_what_a_killed_command_was_going_through_is_given_back(
    app: FastAPI, as_: As, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "AT_ONCE", 1)
    monkeypatch.setattr("app.imports.uploads.AT_ONCE", 1)
    client = as_("sysadmin")
    rows = [("A1", "甲小学", "学校", "", ""), ("A2", "乙小学", "学校", "", "")]
    work = Work(
        Installation(Settings(import_days=30), app.state.database), system_within(world.district), world.district
    )
    waits, killed, lately = (ok(send(client, as_csv(*rows)), 202) for _ in range(3))

    def without_a_job(connection: sa.Connection) -> None:
        connection.execute(sa.delete(JOB).where(JOB.c.subject_id.in_([killed["id"], lately["id"]])))

    app.state.database.write_now(without_a_job)
    for run in (waits, killed):
        grown_old(app, run, 1)
    assert client.post(f"{IMPORTS}/{killed['id']}/discard").json()["code"] == "busy"
    prune_all(work)
    busy = [ok(client.get(f"{IMPORTS}/{run['id']}"))["busy"] for run in (waits, killed, lately)]
    assert busy == ["checking", None, "checking"]
    assert "没有运行完" in ok(client.get(f"{IMPORTS}/{killed['id']}"))["problem"]
    assert ok(client.post(f"{IMPORTS}/{killed['id']}/discard"))["state"] == "discarded"
