"""Old imports: their rows go, their counts stay."""

import asyncio
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI

from app.core.audit import audited_write
from app.core.calendar import now
from app.imports.models import ROW, RUN
from app.imports.pruning import prune_all
from app.settings import Settings
from tests.conftest import As
from tests.imports.tables import IMPORTS, as_csv, counts, looked_through, rows_of
from tests.walk.steps import API, ok


def grown_old(app: FastAPI, run: dict[str, Any], days: int) -> None:
    def job(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.update(RUN).where(RUN.c.id == run["id"]).values(updated_at=now() - timedelta(days)))

    app.state.database.write_now(job)


def test_the_rows_of_an_old_import_go_and_its_counts_stay(app: FastAPI, as_: As, browse: As) -> None:
    client, database, settings = as_("sysadmin"), app.state.database, Settings(import_days=30)
    rows = [("A1", "甲小学", "学校", "", ""), ("A2", "乙小学", "学校", "", "")]
    written = looked_through(client, as_csv(rows[0]), mode="commit")
    waiting, young = looked_through(client, as_csv(rows[1])), looked_through(client, as_csv(*rows))
    for run, days in ((written, 31), (waiting, 31), (young, 29)):
        grown_old(app, run, days)
    assert [asyncio.run(prune_all(database, settings)) for _ in range(2)] == [2, 0]
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
