"""Promises 20 and 22: two instances under load are stopped one after the other, and backed up meanwhile."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.core.audit import EVENT
from app.core.files import store_of
from app.core.stored import FILE
from app.evidence.models import EVIDENCE, REVISION
from app.settings import Settings
from app.units.models import UNIT
from tests.cli.conftest import run
from tests.conftest import Prepared
from tests.running.serving import Server, Writers, serving
from tests.world import World

EVERY = 4
"""Each so many-th write is an upload."""
NAME = "甲乙丙丁小学"
METRICS = {"authorization": "Bearer figures"}


def content_of(n: int) -> bytes:
    return f"第 {n} 份材料".encode() * 400


@contextmanager
def database(settings: Settings) -> Iterator[sa.Connection]:
    engine = sa.create_engine(settings.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def written(settings: Settings) -> set[int]:
    """Numbers of the writes that are there, each whole: its row, its event, its file."""
    with database(settings) as connection:
        units = connection.execute(sa.select(UNIT.c.id, UNIT.c.code).where(UNIT.c.code.like("N%"))).all()
        evidence = connection.execute(sa.select(EVIDENCE.c.id, EVIDENCE.c.title, EVIDENCE.c.sha256)).all()
        told = {
            (row.resource, row.resource_id)
            for row in connection.execute(sa.select(EVENT.c.resource, EVENT.c.resource_id))
        }
        revised = set(connection.execute(sa.select(REVISION.c.evidence_id)).scalars())
        recorded = set(connection.execute(sa.select(FILE.c.sha256)).scalars())
    assert all(("unit", row.id) in told for row in units)
    for row in evidence:
        assert ("evidence", row.id) in told and row.id in revised and row.sha256 in recorded
        kept = store_of(settings).path(row.sha256).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == row.sha256
    return {int(row.code[1:]) for row in units} | {int(row.title) for row in evidence}


@pytest.fixture
def elsewhere(prepared: Prepared, tmp_path: Path) -> Iterator[Settings]:
    """An installation that is there already, with other data than the backup's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with prepared.server.copy(folder) as url:
        yield Settings(data=folder, database_url=url)


def test_two_instances_under_load_are_backed_up_and_restarted(
    settings: Settings, elsewhere: Settings, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def request(client: httpx.Client, url: str, n: int) -> httpx.Response:
        if n % EVERY:
            asked = {"code": f"N{n}", "name": f"{NAME}{n}", "kind": "school"}
            return client.post(f"{url}/api/v1/units", json=asked, headers=bearer("sysadmin"))
        fields = {"title": str(n), "kind": "scheme", "evidence_on": "2026-09-01"}
        file = {"file": (f"{NAME}.txt", content_of(n))}
        return client.post(f"{url}/api/v1/evidence", data=fields, files=file, headers=bearer("school"))

    def bearer(account: str) -> dict[str, str]:
        return {"authorization": f"Bearer {world.token[account]}"}

    target = tmp_path / "backups"
    more = {"QL_METRICS_TOKEN": "figures", "QL_LOG_FORMAT": "json"}
    with (
        serving(settings, tmp_path, "first", **more) as first,
        serving(settings, tmp_path, "second", **more) as second,
    ):
        first.wait_ready()
        second.wait_ready()
        writers = Writers([first, second], request)
        writers.start()
        try:
            writers.until(40)
            before = set(writers.acknowledged)
            command(monkeypatch, settings, "backup", str(target))
            writers.until(10)
            figures = httpx.get(f"{first.url}/metrics", headers=METRICS).text
            first.stop()
            writers.until(20)  # The other one goes on.
            second.stop()
        finally:
            writers.stop()

    # Everything acknowledged is there, and nothing is there that was not acknowledged: no answer was lost.
    assert writers.unlike == [] and writers.turned_away
    assert written(settings) == set(writers.acknowledged)
    assert_measured(figures)
    for server in (first, second):
        assert_logged(server)

    command(monkeypatch, settings, "verify", str(target))
    refused = command(monkeypatch, elsewhere, "restore", str(target), code=1)
    assert "--replace" in refused
    command(monkeypatch, elsewhere, "restore", "--replace", str(target))
    restored = written(elsewhere)
    assert before <= restored <= set(writers.acknowledged)
    # The same state gives the same bytes, but for the log, in which the restore is an event of each bureau's chain.
    command(monkeypatch, elsewhere, "backup", str(tmp_path / "again"))
    again, taken = tables_of(tmp_path / "again"), tables_of(target)
    assert again["event"]["rows"] > taken["event"]["rows"]
    for log in ("event", "event_seal"):
        del again[log], taken[log]
    assert again == taken


def command(patch: pytest.MonkeyPatch, settings: Settings, *arguments: str, code: int = 0) -> str:
    patch.setenv("QL_DATA", str(settings.data))
    patch.setenv("QL_DATABASE_URL", settings.url)
    ran = run(*arguments)
    assert ran.code == code, ran.out + ran.err
    return ran.out + ran.err


def tables_of(target: Path) -> Any:
    (manifest,) = target.glob("*/manifest.json")
    return json.loads(manifest.read_text())["tables"]


def assert_measured(figures: str) -> None:
    assert 'qinglian_requests_total{method="POST",route="/api/v1/units",status="201"}' in figures
    assert 'qinglian_request_seconds_bucket{le="0.25",method="POST",route="/api/v1/evidence"}' in figures
    for name in ("database_wait_seconds_count", "data_free_bytes", "database_waiting", "info"):
        assert f"qinglian_{name}" in figures
    assert NAME not in figures


def assert_logged(server: Server) -> None:
    """One object a line, from the first to the last, and each with its request's id."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert all({"event", "level", "at"} <= set(line) for line in lines)
    requests = [line for line in lines if line["event"] == "request" and line["route"] == "/api/v1/units"]
    assert len(requests) > 10
    assert all(set(r) == {"event", "level", "at", "request_id", "method", "route", "status", "ms"} for r in requests)
    assert len({line["request_id"] for line in requests}) == len(requests)
    assert "Application shutdown complete." in [line["event"] for line in lines]
    assert NAME not in server.log.read_text()
