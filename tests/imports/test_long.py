"""Tables too long to wait for: received at once, gone through by a worker, and whole or not at all when it is killed."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app import worker
from app.core.calendar import now
from app.core.errors import Conflict
from app.core.files import store_of
from app.evidence.sweeping import sweep_all
from app.imports import operations as ops
from app.imports import working
from app.imports.models import ROW
from app.installation import open_current
from app.jobs import queue
from app.settings import Settings
from app.worker import Worker
from tests.conftest import As, form
from tests.imports.long import again, failed_job, table
from tests.imports.long import few as few
from tests.imports.tables import IMPORTS, as_csv, counts, faults, rows_of, send, unit
from tests.walk.steps import API, ok
from tests.workers import Start, kill, lapse
from tests.workers import nursery as nursery
from tests.workers import other as other
from tests.workers import work as work

PATIENCE_S = 90


def test_a_long_table_is_received_gone_through_and_written_by_jobs(as_: As, work: Callable[[], int]) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(5)), 202)
    assert (run["busy"], run["line_count"], run["allowed_actions"]) == ("checking", 6, [])
    assert client.post(f"{IMPORTS}/{run['id']}/commit").json()["code"] == "busy"
    assert work() == 1
    run = again(client, run)
    assert (run["busy"], counts(run), run["done_count"]) == (None, (5, 0, 0, 0), 5)
    assert ok(client.post(f"{IMPORTS}/{run['id']}/commit"), 202)["busy"] == "committing"
    assert client.post(f"{IMPORTS}/{run['id']}/discard").json()["code"] == "busy"
    assert ok(client.get(f"{API}/units?q=第4小学"))["data"] == []
    assert work() == 1
    run = again(client, run)
    assert (run["state"], run["busy"], run["written_count"]) == ("committed", None, 5)
    assert unit(client, "第4小学")["code"] == "L4"
    # At once, as it was asked for; and the same again changes nothing.
    run = ok(send(client, table(5), mode="commit"), 202)
    assert work() == 2
    assert (again(client, run)["state"], counts(again(client, run))) == ("committed", (0, 0, 5, 0))


def test_a_long_table_that_is_sent_twice_leaves_one_file_of_lines(
    as_: As, settings: Settings, work: Callable[[], int]
) -> None:
    client, staging = as_("sysadmin"), store_of(settings).staging
    sent: dict[str, Any] = {"data": {"resource": "units"}, "headers": {"idempotency-key": "long"}}
    first, second = (client.post(IMPORTS, **sent, files={"file": ("名录.csv", table(5))}) for _ in range(2))
    assert ok(first, 202)["id"] == ok(second, 202)["id"]
    assert len(list(staging.glob("*.lines"))) == 1
    assert work() == 1 and counts(again(client, first.json())) == (5, 0, 0, 0)
    assert list(staging.glob("*.lines")) == []


def test_a_long_table_waits_for_its_worker_however_long_that_is_away(
    app: FastAPI, as_: As, settings: Settings, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hourly sweep of what was never recorded leaves it alone, also once the work was given up."""
    client = as_("sysadmin")
    run = ok(send(client, table(5)), 202)
    assert asyncio.run(sweep_all(app.state.database, settings, 0)) == 0
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    with monkeypatch.context() as broken:
        broken.setattr("app.imports.working.look_through", lambda *_: 1 / 0)
        assert work() == queue.MOST_ATTEMPTS
    assert asyncio.run(sweep_all(app.state.database, settings, 0)) == 0
    (job,) = ok(client.get(f"{API}/jobs?state=failed"))["data"]
    ok(client.post(f"{API}/jobs/{job['id']}/retry"))
    assert work() == 1
    run = again(client, run)
    assert (run["busy"], run["problem"], counts(run)) == (None, None, (5, 0, 0, 0))
    # One that nobody will look at any more goes.
    ok(send(client, table(5)), 202)
    with monkeypatch.context() as broken:
        broken.setattr("app.imports.working.look_through", lambda *_: 1 / 0)
        work()
    given_up = ok(client.get(IMPORTS))["data"][0]
    ok(client.post(f"{IMPORTS}/{given_up['id']}/discard"))
    assert asyncio.run(sweep_all(app.state.database, settings, 0)) == 1


def test_a_wrong_row_keeps_a_long_table_out(as_: As, work: Callable[[], int]) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(5, ("L9", "第9小学", "学样", "", "")), mode="commit"), 202)
    work()
    run = again(client, run)
    assert (run["state"], run["busy"], run["wrong_count"]) == ("checked", None, 1)
    assert run["problem"] == "有 1 行有错，没有写入任何内容，请改正后重新提交"
    assert [fault[:2] for fault in faults(rows_of(client, run, kind="wrong"))] == [(7, "kind")]
    ok(client.post(f"{IMPORTS}/{run['id']}/commit-valid"), 202)
    work()
    assert again(client, run)["written_count"] == 5 and again(client, run)["problem"] is None


def test_one_wrong_row_of_five_thousand_keeps_all_of_them_out(as_: As, work: Callable[[], int]) -> None:
    client = as_("sysadmin")
    before = ok(client.get(f"{API}/units?count=true"))["total"]
    run = ok(send(client, table(4999, ("L", "错行小学", "学样", "", "")), mode="commit"), 202)
    work()
    run = again(client, run)
    assert (run["state"], run["wrong_count"], run["written_count"]) == ("checked", 1, 0)
    assert [fault[:2] for fault in faults(rows_of(client, run, kind="wrong"))] == [(5001, "kind")]
    assert ok(client.get(f"{API}/units?count=true"))["total"] == before


def test_what_another_changed_before_the_job_began_is_told(as_: As, work: Callable[[], int]) -> None:
    client = as_("sysadmin")
    heads = ("名称", "学段", "启用日期")
    rows = [(name, "小学", "2020-09-01") for name in ("实验小学", "河湾小学", "城关小学")]
    held = unit(client, "实验小学")
    run = ok(send(client, as_csv(*rows[:1], *[(f"第{n}小学", "小学", "") for n in range(3)], heads=heads)), 202)
    work()
    run = again(client, run)
    ok(client.post(f"{IMPORTS}/{run['id']}/commit-valid"), 202)
    sent = {"valid_from": "2019-09-01"}
    ok(client.patch(f"{API}/units/{held['id']}", json=sent, headers={"if-match": f'"{held["version"]}"'}))
    work()
    run = again(client, run)
    assert (run["state"], run["busy"]) == ("checked", None) and "被他人改动" in run["problem"]
    assert unit(client, "实验小学")["valid_from"] == "2019-09-01"


def test_a_person_who_lost_the_right_meanwhile_writes_nothing(as_: As, world: Any, work: Callable[[], int]) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(5), mode="commit"), 202)
    grants = ok(as_("secadmin").get(f"{API}/role-grants?user_id={world.user['sysadmin']}"))["data"]
    for grant in grants:
        ok(as_("secadmin").post(f"{API}/role-grants/{grant['id']}/end", json={"note": "调离。"}))
    assert work() == 1
    assert ok(as_("supervisor").get(f"{API}/units?q=第4小学"))["data"] == []
    assert run["busy"] == "checking"


def test_progress_is_shown_and_survives_a_reload(browse: As, work: Callable[[], int]) -> None:
    clerk = browse("sysadmin")
    sent = form(clerk, resource="units", mode="preview")
    made = clerk.post("/imports", data=sent, files={"file": ("名录.csv", table(5))})
    address = made.headers["location"]
    for _ in range(2):
        shown = clerk.get(address).text
        assert "正在逐行核对" in shown and "共 6 行" in shown and "every 2s" in shown
        assert "全部写入</button>" not in shown
    partial = {"hx-request-type": "partial"}
    assert "every 2s" in clerk.get(f"{address}?busy=checking", headers=partial).text
    work()
    assert clerk.get(f"{address}?busy=checking", headers=partial).headers["hx-refresh"] == "true"
    assert "可以写入 5 行" in clerk.get(address).text


def test_a_job_whose_worker_died_is_taken_up_when_its_lease_is_over(
    app: FastAPI, as_: As, work: Callable[[], int]
) -> None:
    client, database = as_("sysadmin"), app.state.database
    run = ok(send(client, table(5), mode="commit"), 202)
    taken = database.write_now(lambda connection: queue.claim(connection, now()))
    assert taken.kind == ops.CHECK and work() == 0
    lapse(app)
    assert work() == 2
    assert again(client, run)["written_count"] == 5
    # Whoever was thought dead no longer has a say.
    assert not database.write_now(lambda connection: queue.done(connection, taken, now()))


def test_a_job_that_keeps_failing_is_given_up_and_says_so(
    as_: As, app: FastAPI, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(5)), 202)
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    monkeypatch.setattr("app.imports.working.look_through", lambda *_: 1 / 0)
    assert work() == queue.MOST_ATTEMPTS
    run = again(client, run)
    assert (run["busy"], run["problem"]) == (None, worker.BROKEN)
    ok(client.post(f"{IMPORTS}/{run['id']}/discard"))


def test_a_worker_that_lost_its_lease_says_nothing_of_the_work(
    as_: As, app: FastAPI, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, database = as_("sysadmin"), app.state.database
    run = ok(send(client, table(5)), 202)

    def overtaken(*_: Any) -> None:
        lapse(app)
        assert database.write_now(lambda connection: queue.claim(connection, now())) is not None
        raise Conflict("重复的行")

    monkeypatch.setattr("app.imports.working.look_through", overtaken)
    assert work() == 1
    assert (again(client, run)["busy"], again(client, run)["problem"]) == ("checking", None)


ROWS = 5000


def test_a_kill_during_an_import_leaves_all_rows_or_none(app: FastAPI, as_: As, other: Start) -> None:
    """Promises 2 and 19: the worker is killed in the middle of looking, and of writing; another one ends the work."""
    client, database = as_("sysadmin"), app.state.database
    run = ok(send(client, table(ROWS), mode="commit"), 202)

    def written() -> int:
        found: int = ok(client.get(f"{API}/units?kind=school&count=true&limit=1"))["total"]
        return found

    def until(state: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE_S
        while not state(now_at := again(client, run)):
            assert written() in (before, before + ROWS)
            assert time.monotonic() < end, now_at
            time.sleep(0.05)  # The worker has no more than what we leave of the machine.
        return now_at

    def killed(process: int) -> None:
        kill(process)
        lapse(app)

    before = written()
    process = other()
    until(lambda at: at["done_count"] > 0)
    killed(process)
    assert written() == before
    process = other()
    until(lambda at: at["busy"] != "checking")
    killed(process)
    assert written() in (before, before + ROWS)
    other()
    done = until(lambda at: at["busy"] is None)
    assert (done["state"], done["written_count"], written()) == ("committed", ROWS, before + ROWS)
    kept = sa.select(sa.func.count()).select_from(ROW).where(ROW.c.import_run_id == run["id"])
    assert database.read_now(lambda connection: connection.execute(kept).scalar_one()) == ROWS


def test_a_table_that_no_job_went_through_to_its_end_is_written_by_nobody(
    as_: As, browse: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, keep = as_("sysadmin"), ops.keep_rows
    run = ok(send(client, table(5), mode="commit-valid"), 202)

    def keep_some(tx: Any, run_id: int, lines: Any, done: int) -> None:
        if lines[0][0] > 3:
            raise ValueError("a row that nobody foresaw")
        keep(tx, run_id, lines, done)

    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    with monkeypatch.context() as broken:
        broken.setattr(working, "KEPT_TOGETHER", 2)
        broken.setattr(ops, "keep_rows", keep_some)
        assert work() == queue.MOST_ATTEMPTS
    run, home = again(client, run), f"{IMPORTS}/{run['id']}"
    assert (run["busy"], run["problem"], run["allowed_actions"]) == (None, worker.BROKEN, ["discard"])
    row = rows_of(client, run)[0]
    for path, body in (
        (f"{home}/commit", None),
        (f"{home}/commit-valid", None),
        (f"{home}/accept-suggestions", None),
        (f"{API}/import-rows/{row['id']}/correct", {"column": "name", "value": "改名小学"}),
    ):
        refused = client.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "unfinished"), path
    assert client.get(f"{home}/file").json()["code"] == "unfinished"
    shown = browse("sysadmin").get(f"/imports/{run['id']}").text
    assert "没有核对完，不能写入" in shown and "取消导入" in shown
    assert "全部写入</button>" not in shown and "下载核对表" not in shown
    ok(client.post(f"{failed_job(client)}/retry"))
    assert work() == 2
    run = again(client, run)
    assert (run["state"], run["written_count"]) == ("committed", 5)


def test_a_long_table_needs_no_more_connections_than_the_smallest_pool_has_beside_two_exports(
    as_: As, settings: Settings
) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(5)), 202)
    with open_current(settings.model_copy(update={"pool_size": 2})) as installation:
        database = installation.database
        if database.is_sqlite:
            pytest.skip("SQLite's writer is none of the readers' connections")
        database.writer.pool._timeout = 1  # type: ignore[attr-defined]
        with database.writer.connect(), database.writer.connect():
            assert Worker(installation).work_once()
    assert (again(client, run)["busy"], counts(again(client, run))) == (None, (5, 0, 0, 0))
