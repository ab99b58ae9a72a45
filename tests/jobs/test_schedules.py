"""A schedule fires once however many instances look, and what it puts in outlives whoever took it."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.calendar import now
from app.installation import Installation
from app.jobs import schedules
from app.jobs.models import JOB, JobState
from app.settings import Settings
from app.worker import Worker
from tests.world import World

NAMES = {
    "accountability.run",
    "assignments.renew",
    "campaigns.take_in",
    "integrity_risks.fall_due",
    "notifications.remind",
    "notifications.prune",
    "digests.prepare",
    "digests.prune",
    "robots.prepare",
    "robots.prune",
    "webhooks.prune",
    "jobs.prune",
    "imports.prune",
    "exports.prune",
    "complaints.prune",
    "idempotency.prune",
    "sessions.prune",
}
NOON = datetime(2026, 11, 26, 4, tzinfo=UTC)


def jobs(app: FastAPI) -> list[tuple[str, int, str]]:
    every = sa.select(JOB.c.kind, JOB.c.subject_id, JOB.c.state).order_by(JOB.c.id)
    return [tuple(row) for row in app.state.database.read_now(lambda connection: connection.execute(every).all())]


def look(app: FastAPI) -> None:
    schedules.put_due(Installation(app.state.settings, app.state.database))


def test_of_many_instances_one_puts_in_what_is_due(app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each asks and claims by itself; what each found before the others claimed does not count."""
    monkeypatch.setattr(schedules, "now", lambda: NOON)
    monkeypatch.setattr(schedules, "_is_claimed", lambda *_: False)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: look(app), range(12)))
    found = jobs(app)
    assert len(found) == len(set(found))
    assert {(kind, subject) for kind, subject, _ in found} == {
        (name, district) for name in NAMES for district in (world.district, world.other_district)
    }


def test_each_period_fires_once_and_the_next_one_again(
    app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fired(at: datetime) -> list[str]:
        before = len(jobs(app))
        monkeypatch.setattr(schedules, "now", lambda: at)
        look(app)
        return sorted(kind for kind, subject, _ in jobs(app)[before:] if subject == world.district)

    assert fired(NOON) == sorted(NAMES)
    assert fired(NOON + timedelta(minutes=59)) == []
    assert fired(NOON + timedelta(hours=1)) == ["assignments.renew"]
    # The day of reminders begins at seven in the bureau's morning, that of tidying at two.
    morning = datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert fired(morning - timedelta(seconds=1)) == sorted(
        NAMES - {"notifications.remind", "digests.prepare", "robots.prepare"}
    )
    assert fired(morning) == ["assignments.renew", "notifications.remind"]


STUCK = """
import time
from app.installation import open_current
from app.jobs.registry import Kind, register
from app.settings import Settings
from app.worker import Worker
register("notifications.remind", Kind(lambda work: time.sleep(600), print))
with open_current(Settings()) as installation:
    worker = Worker(installation)
    worker.start()
    worker.wait()
"""
"""A worker in a process of its own that never comes to an end with the day's reminders."""


def test_of_two_workers_the_one_that_is_killed_loses_nothing(app: FastAPI, settings: Settings, world: World) -> None:
    """Promise 19: killed at its job; the other one, which saw the same schedule, does it when the lease is over."""
    look(app)
    others = sa.delete(JOB).where(JOB.c.kind != "notifications.remind")
    app.state.database.write_now(lambda connection: connection.execute(others))
    env = os.environ | {"QL_DATA": str(settings.data), "QL_DATABASE_URL": settings.url}
    killed = subprocess.Popen([sys.executable, "-c", STUCK], env=env, stderr=subprocess.DEVNULL)
    end = now() + timedelta(seconds=90)
    while JobState.RUNNING not in {state for _, _, state in jobs(app)}:
        assert now() < end and killed.poll() is None
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    other = Worker(Installation(app.state.settings, app.state.database))
    look(app)
    assert [other.work_once(), other.work_once()] == [True, False], "one bureau's; the other's is still held"
    passed = sa.update(JOB).values(lease_until=now() - timedelta(seconds=1))
    app.state.database.write_now(lambda connection: connection.execute(passed))
    assert [other.work_once(), other.work_once()] == [True, False]
    districts = sorted([world.district, world.other_district])
    assert sorted(jobs(app)) == [("notifications.remind", district, "done") for district in districts]


def test_what_was_done_a_month_ago_is_forgotten(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(Installation(app.state.settings, app.state.database))

    def at(instant: datetime) -> list[Any]:
        for module in (schedules, sys.modules["app.worker"], sys.modules["app.core.operation"]):
            monkeypatch.setattr(module, "now", lambda: instant)
        monkeypatch.setattr("app.core.operation.begun", lambda connection: None)
        look(app)
        while worker.work_once():
            pass
        return jobs(app)

    first = at(NOON)
    again = at(NOON + timedelta(days=31))
    assert len(first) == len(again) == len(NAMES) * 2
    rows = sa.select(schedules.RUN.c.period)
    periods = app.state.database.read_now(lambda connection: connection.execute(rows).scalars().all())
    assert not any(period.startswith("2026-11") for period in periods)
