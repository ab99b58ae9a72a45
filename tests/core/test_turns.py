"""Work whose turn does not come is given up with a 503 before it begins, and nothing of it happens afterwards."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.db import Database
from app.installation import open_current
from app.settings import Settings
from tests.conftest import As
from tests.walk.steps import API, ok

PATIENCE_S = 0.3


@contextmanager
def busy(database: Database) -> Iterator[None]:
    """Whatever works for the database is held, longer than anybody waits."""
    gate = threading.Event()
    held = [database._submit(lambda _connection: gate.wait(30))]
    held += [database._threads.submit(gate.wait, 30) for _ in range(database._threads._max_workers)]
    try:
        yield
    finally:
        gate.set()
        for each in held:
            each.result(30)


def test_what_gets_no_turn_is_told_so_and_leaves_nothing(app: FastAPI, as_: As) -> None:
    client, database = as_("sysadmin"), app.state.database
    made = {"code": "T1", "name": "迟到小学", "kind": "school"}
    ok(client.get(f"{API}/units"))
    kept = database.timeout_s
    database.timeout_s = PATIENCE_S
    with busy(database):
        written = client.post(f"{API}/units", json=made)
        counted = client.get(f"{API}/units?q=迟到&count=true")
    database.timeout_s = kept
    for answer in (written, counted):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "没有轮到" in answer.json()["detail"]
    # Whatever was still waiting has been called off, not put off.
    assert ok(client.get(f"{API}/units?q=迟到"))["data"] == []
    ok(client.post(f"{API}/units", json=made), 201)


def test_the_command_line_and_a_worker_wait_as_long_as_it_is_set_to(settings: Settings) -> None:
    patient = settings.model_copy(update={"database_timeout_s": 90})
    with open_current(patient) as installation:
        database = installation.database
        assert database.timeout_s == 90
        if not database.is_sqlite:
            asked = sa.text("SHOW statement_timeout")
            assert database.read_now(lambda connection: connection.execute(asked).scalar_one()) == "90s"


def test_where_no_connection_comes_free_it_is_told_so(app: FastAPI, as_: As) -> None:
    client, database = as_("sysadmin"), app.state.database
    if database.is_sqlite:
        pytest.skip("SQLite's one writer is waited for in a queue")
    ok(client.get(f"{API}/units"))
    pool = database.writer.pool
    pool._timeout = 0.1
    with ExitStack() as held:
        for _ in range(pool.size()):
            held.enter_context(database.writer.connect())
        read, written = client.get(f"{API}/units"), client.post(f"{API}/units", json={"code": "T2", "name": "后到小学"})
    for answer in (read, written):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    ok(client.get(f"{API}/units"))
