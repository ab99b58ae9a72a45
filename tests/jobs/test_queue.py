"""The administrator's page of the queue: how work stands, what may be tried again, and that nobody works on it."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app import readiness
from app.core.audit import audited_write
from app.core.calendar import now
from app.exports import working as exporting
from app.imports import operations as importing
from app.installation import Installation
from app.jobs import queue, schedules
from app.jobs.models import JOB, RUN
from app.jobs.registry import KINDS, Kind, label_of
from app.jobs.standing import LATE, SILENT, idle_since
from app.units.models import UNIT
from app.worker import Worker
from tests.conftest import As, form
from tests.imports.tables import IMPORTS, as_csv, send
from tests.walk.steps import API, ok
from tests.workers import lapse
from tests.world import World

JOBS = f"{API}/jobs"
Do = Callable[[], int]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)


def change(app: FastAPI, *statements: Any) -> None:
    def put(connection: sa.Connection) -> None:
        with audited_write(connection):
            for each in statements:
                connection.execute(each)

    app.state.database.write_now(put)


def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Until ``undo()`` every export fails with words that nobody but its asker may read."""

    def fail(*_: Any) -> None:
        raise ValueError("刘敏 13900000000")

    monkeypatch.setattr(exporting, "_write", fail)
    return monkeypatch


def failed(as_: As, work: Do) -> tuple[dict[str, Any], dict[str, Any]]:
    """An export that was given up, and its job."""
    run = ok(as_("school").post(f"{API}/exports", json={"list": "units", "filters": {"q": "小学"}}), 202)
    work()
    (job,) = ok(as_("sysadmin").get(f"{JOBS}?state=failed"))["data"]
    return run, job


def test_the_list_says_how_work_stands_and_not_what_it_is_about(
    as_: As, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    _, job = failed(as_, work)
    assert (job["kind"], job["label"], job["attempts"], job["error"]) == (
        "export.make",
        "生成导出文件",
        5,
        "ValueError",
    )
    assert (job["due_at"], job["lease_until"], job["allowed_actions"]) == (None, None, ["retry"])
    ok(as_("school").post(f"{API}/exports", json={"list": "units"}), 202)
    (waiting,) = ok(as_("sysadmin").get(f"{JOBS}?state=waiting"))["data"]
    assert waiting["due_at"] == waiting["created_at"] and waiting["allowed_actions"] == []
    everything = as_("sysadmin").get(JOBS).text + as_("sysadmin").get(f"{JOBS}.csv").text
    assert "刘敏" not in everything and "小学" not in everything and "subject" not in everything


@pytest.mark.parametrize("account", ["supervisor", "school", "secadmin", "auditor", "other_supervisor"])
def test_it_is_the_system_administrators_alone(
    as_: As, work: Do, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    broken(monkeypatch)
    _, job = failed(as_, work)
    assert ok(as_(account).get(JOBS))["data"] == []
    for answer in (as_(account).get(f"{JOBS}/{job['id']}"), as_(account).post(f"{JOBS}/{job['id']}/retry")):
        assert answer.status_code == 404
    assert as_(account).get(f"{JOBS}/standing").status_code == 403


def test_a_failed_job_is_tried_again_by_its_own_persons_right(
    as_: As, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    run, job = failed(as_, work)
    monkeypatch.undo()
    shown = ok(as_("sysadmin").post(f"{JOBS}/{job['id']}/retry", json={"note": "磁盘已清理。"}))
    assert (shown["state"], shown["attempts"], shown["error"]) == ("waiting", 5, "ValueError")
    assert ok(as_("school").get(f"{API}/exports/{run['id']}"))["state"] == "waiting"
    assert as_("sysadmin").post(f"{JOBS}/{job['id']}/retry").json()["code"] == "wrong_state"
    assert work() == 1
    assert ok(as_("school").get(f"{API}/exports/{run['id']}"))["state"] == "done"
    assert as_("school").get(f"{API}/exports/{run['id']}/file").status_code == 200
    assert as_("sysadmin").get(f"{API}/exports/{run['id']}/file").status_code == 404
    (event, *_) = ok(as_("auditor").get(f"{API}/events?operation=job.retry&outcome=done"))["data"]
    assert (event["resource_id"], event["after"]["kind"]) == (job["id"], "export.make")


def test_a_retry_has_all_its_attempts_again(as_: As, work: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    _, job = failed(as_, work)
    ok(as_("sysadmin").post(f"{JOBS}/{job['id']}/retry"))
    assert work() == queue.MOST_ATTEMPTS
    assert ok(as_("sysadmin").get(f"{JOBS}/{job['id']}"))["state"] == "failed"


def test_an_import_is_taken_up_again_unless_something_else_was_done_with_it(
    as_: As, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    monkeypatch.setattr("app.imports.uploads.AT_ONCE", 2)
    client = as_("sysadmin")
    rows = [(f"L{n}", f"第{n}小学", "学校", "", "小学") for n in range(4)]
    runs = [ok(send(client, as_csv(*rows[start:])), 202) for start in (0, 1)]
    with monkeypatch.context() as patch:
        patch.setattr("app.imports.working.look_through", lambda *_: 1 / 0)
        work()
    second, first = ok(client.get(f"{JOBS}?state=failed"))["data"]
    ok(client.post(f"{IMPORTS}/{runs[1]['id']}/discard"))
    assert client.post(f"{JOBS}/{second['id']}/retry").json()["code"] == "overtaken"
    ok(client.post(f"{JOBS}/{first['id']}/retry"))
    assert ok(client.get(f"{IMPORTS}/{runs[0]['id']}"))["busy"] == "checking"
    work()
    found = ok(client.get(f"{IMPORTS}/{runs[0]['id']}"))
    assert (found["busy"], found["problem"], found["new_count"]) == (None, None, 4)


def test_what_recurs_is_shown_with_its_last_and_its_next_time(app: FastAPI, as_: As) -> None:
    schedules.put_due(Installation(app.state.settings, app.state.database))
    found = ok(as_("sysadmin").get(f"{JOBS}/standing"))
    assert (found["idle_since"], found["worker"]) == (None, "outside")
    assert {each["kind"] for each in found["schedules"]} == set(schedules.SCHEDULES)
    for each in found["schedules"]:
        assert each["state"] == "waiting" and each["last_at"] <= now().isoformat() < each["next_at"]


def test_the_next_time_is_where_the_next_period_begins() -> None:
    for each in schedules.SCHEDULES.values():
        for minutes in range(0, 3 * 24 * 60, 95):
            at = datetime(2026, 12, 30, tzinfo=UTC) + timedelta(minutes=minutes)
            following = each.next(at)
            assert at < following and each.name(following - timedelta(microseconds=1)) == each.name(at)
            assert each.name(following) != each.name(at)


def test_every_kind_of_work_is_called_something() -> None:
    assert len(KINDS) >= 10
    assert [name for name in KINDS if not re.search(r"[\u4e00-\u9fff]", label_of(name))] == []
    assert label_of("gone.kind") == "gone.kind"


def test_the_page_leads_from_what_failed_to_its_retry(
    browse: As, as_: As, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    _, job = failed(as_, work)
    monkeypatch.undo()
    admin = browse("sysadmin")
    page = admin.get("/jobs").text
    assert "生成导出文件" in page and "ValueError" in page and f"/jobs/{job['id']}/retry" in page and "提醒时限" in page
    assert "生成导出文件" not in admin.get("/jobs?state=done").text
    ok(admin.post(f"/jobs/{job['id']}/retry", data=form(admin)), 303)
    assert "已重新排队" in admin.get("/jobs").text
    again = admin.post(f"/jobs/{job['id']}/retry", data=form(admin))
    assert again.status_code == 409 and "只有失败的才能重试" in again.text
    assert browse("supervisor").get("/jobs").status_code == 403


# Nobody works


def idle(app: FastAPI) -> datetime | None:
    found: datetime | None = app.state.database.read_now(idle_since, now())
    return found


def test_a_queue_that_nobody_works_on_is_told_of(app: FastAPI, as_: As, browse: As) -> None:
    assert idle(app) is None
    ok(as_("school").post(f"{API}/exports", json={"list": "units"}), 202)
    assert idle(app) is None
    change(app, sa.update(JOB).values(due_at=now() - LATE - timedelta(seconds=9)))
    assert idle(app) is not None
    assert ok(as_("sysadmin").get(f"{JOBS}/standing"))["idle_since"] is not None
    assert "没有进程办理后台工作，请在服务旁边运行 qinglian worker" in browse("sysadmin").get("/jobs").text
    told = app.state.database.read_now(readiness.working, app.state.settings)
    assert "qinglian worker" in told.mend and not told.grave
    answer = as_("school").get("/readyz")
    assert (answer.status_code, answer.json()["ready"], answer.json()["checks"]["worker"]) == (200, True, "failed")


def test_a_long_job_under_way_is_no_silence(app: FastAPI, as_: As) -> None:
    for _ in range(2):
        ok(as_("school").post(f"{API}/exports", json={"list": "units"}), 202)
    change(app, sa.update(JOB).values(due_at=now() - timedelta(hours=3)))
    app.state.database.write_now(lambda connection: queue.claim(connection, now()))
    assert idle(app) is None
    change(app, sa.update(JOB).values(lease_until=now() - LATE - timedelta(seconds=9)))
    assert idle(app) is not None


def test_schedules_that_nobody_puts_in_are_a_silence_too(app: FastAPI) -> None:
    long_ago = now() - SILENT - timedelta(minutes=1)
    change(app, sa.insert(RUN).values(kind="jobs.prune", period="2026-01-01", claimed_at=long_ago))
    assert idle(app) == long_ago
    change(app, sa.update(RUN).values(claimed_at=now() - timedelta(minutes=61)))
    assert idle(app) is None
    # Where nobody ever worked, since the bureau was founded.
    change(app, sa.delete(RUN))
    assert idle(app) is None
    change(app, sa.update(UNIT).values(created_at=long_ago))
    assert idle(app) == long_ago


def test_what_is_done_in_a_moment_does_not_wait_for_what_takes_long(
    app: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, told, over = threading.Event(), threading.Event(), threading.Event()

    def take_long(_: Any) -> None:
        begun.set()
        over.wait(60)

    monkeypatch.setitem(KINDS, "long", Kind(take_long, lambda work, why: None, is_long=True))
    monkeypatch.setitem(KINDS, "short", Kind(lambda work: told.set(), lambda work, why: None))
    monkeypatch.setattr("app.worker.LOOPS", {})
    worker = Worker(Installation(app.state.settings, app.state.database))

    def put(kind: str) -> None:
        whose = {"district_id": world.district}
        app.state.database.write_now(lambda connection: queue.put(connection, kind, 1, now(), **whose))

    for kind in ("long", "long"):
        put(kind)
    worker.start()
    try:
        assert begun.wait(30)
        put("short")
        assert told.wait(30), "while both of the long ones wait or are under way"
    finally:
        over.set()
        worker.stop()


def killed(app: FastAPI) -> None:
    """A worker at each of a job's attempts."""
    for _ in range(queue.MOST_ATTEMPTS):
        assert app.state.database.write_now(lambda connection: queue.claim(connection, now())) is not None
        lapse(app)


def test_work_that_kills_its_worker_is_given_up_as_other_failures_are(app: FastAPI, as_: As, work: Do) -> None:
    run = ok(as_("school").post(f"{API}/exports", json={"list": "units"}), 202)
    killed(app)
    assert work() == 1
    (job,) = ok(as_("sysadmin").get(f"{JOBS}?state=failed"))["data"]
    assert (job["error"], job["attempts"]) == ("lease_lost", queue.MOST_ATTEMPTS + 1)
    shown = ok(as_("school").get(f"{API}/exports/{run['id']}"))
    assert shown["state"] == "failed"
    # The administrator, who mended it, has it begun anew.
    ok(as_("sysadmin").post(f"{JOBS}/{job['id']}/retry"))
    assert work() == 1 and ok(as_("school").get(f"{API}/exports/{run['id']}"))["state"] == "done"


def test_what_could_not_be_given_up_is_given_up_later_and_not_begun_again(
    app: FastAPI, as_: As, browse: As, work: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ok(as_("school").post(f"{API}/exports", json={"list": "units"}), 202)
    kind, begun, tried = KINDS["export.make"], list[Any](), list[str]()

    def give_up(work: Any, why: str) -> None:
        tried.append(why)
        if len(tried) < 3:
            raise OSError(28, "full")
        kind.give_up(work, why)

    monkeypatch.setitem(KINDS, "export.make", replace(kind, run=begun.append, give_up=give_up))
    killed(app)
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            work()
        lapse(app)
    assert work() == 1 and begun == [] and len(tried) == 3
    assert ok(as_("school").get(f"{API}/exports/{run['id']}"))["state"] == "failed"
    page = browse("sysadmin").get("/jobs?state=failed").text
    assert "办理它的进程中断了" in page and "lease_lost" not in page
    # The administrator has it begun anew.
    (job,) = ok(as_("sysadmin").get(f"{JOBS}?state=failed"))["data"]
    ok(as_("sysadmin").post(f"{JOBS}/{job['id']}/retry"))
    assert work() == 1 and len(begun) == 1


def test_work_of_another_release_fails_too(as_: As, work: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    ok(as_("school").post(f"{API}/exports", json={"list": "units"}), 202)
    monkeypatch.delitem(KINDS, "export.make")
    assert work() == queue.MOST_ATTEMPTS
    (job,) = ok(as_("sysadmin").get(f"{JOBS}?state=failed"))["data"]
    assert (job["kind"], job["error"], job["allowed_actions"]) == ("export.make", "KeyError", [])
