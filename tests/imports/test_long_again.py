"""Second looks at a table too long to wait for: a cell put right, suggestions taken, and whoever hands it over
meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from app import worker
from app.core.errors import Conflict
from app.imports import examining, rows
from app.imports import operations as ops
from app.imports.models import Correction
from app.installation import Installation
from app.jobs import queue
from tests.conftest import As, form
from tests.imports.long import again, failed_job, table
from tests.imports.long import few as few
from tests.imports.tables import IMPORTS, counts, rows_of, send, unit
from tests.walk.steps import API, ok
from tests.workers import work as work


def test_a_cell_of_a_long_table_is_put_right_by_a_job(browse: As, as_: As, work: Callable[[], int]) -> None:
    """Going through all rows is not for the request, which holds the one writer."""
    client = as_("sysadmin")
    wrong = (("L8", "第8小学", "学样", "", ""), ("L9", "第9小学", "学样", "", ""), ("L1", "重码小学", "学校", "", ""))
    run = ok(send(client, table(5, *wrong)), 202)
    work()
    run = again(client, run)
    assert run["wrong_count"] == 3
    doubled = next(row for row in rows_of(client, run, kind="wrong") if row["cells"][1] == "重码小学")
    given = {"column": "code", "value": "L7"}
    clerk, home = browse("sysadmin"), f"/imports/{run['id']}"
    sent = clerk.post(f"/import-rows/{doubled['id']}/correct", data=form(clerk, **given))
    assert sent.status_code == 303
    shown = clerk.get(home).text
    assert "已改正，正在重新核对" in shown and "every 2s" in shown and f"{home}/file" not in shown
    now_at = again(client, run)
    assert (now_at["busy"], now_at["wrong_count"], now_at["version"]) == ("checking", 3, run["version"] + 1)
    for path, body in (
        (f"{IMPORTS}/{run['id']}/commit-valid", None),
        (f"{API}/import-rows/{doubled['id']}/correct", given),
    ):
        assert client.post(path, json=body).json()["code"] == "busy"
    refused = client.get(f"{IMPORTS}/{run['id']}/file")
    assert (refused.status_code, refused.json()["code"]) == (409, "busy"), "it would say less than there is"
    assert work() == 1
    now_at = again(client, run)
    assert (now_at["busy"], now_at["wrong_count"], now_at["suggestion_count"]) == (None, 2, 2)
    assert client.get(f"{IMPORTS}/{run['id']}/file").status_code == 200
    assert ok(client.post(f"{IMPORTS}/{run['id']}/accept-suggestions"))["busy"] == "checking"
    assert work() == 1
    assert counts(again(client, run)) == (8, 0, 0, 0)
    assert client.post(f"{IMPORTS}/{run['id']}/accept-suggestions").json()["code"] == "no_suggestions"
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"), 202)
    assert "正在写入 8 行（新增 8 行，更新 0 行）" in clerk.get(home).text
    work()
    assert unit(client, "重码小学")["code"] == "L7" and unit(client, "第9小学")["kind"] == "school"


def give_up_looking(work: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look that waits fails as often as it is tried."""
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    with monkeypatch.context() as broken:
        broken.setattr("app.imports.rows.anew", lambda *_, **__: 1 / 0)
        assert work() == queue.MOST_ATTEMPTS


def test_a_second_look_that_fails_changes_nothing_and_may_be_tried_again(
    as_: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(5, ("L8", "第8小学", "学样", "", ""))), 202)
    work()
    ok(client.post(f"{IMPORTS}/{run['id']}/accept-suggestions"))
    give_up_looking(work, monkeypatch)
    now_at = again(client, run)
    assert (now_at["busy"], now_at["problem"], now_at["wrong_count"]) == (None, worker.BROKEN, 1)
    ok(client.post(f"{failed_job(client)}/retry"))
    assert work() == 1 and counts(again(client, run)) == (6, 0, 0, 0)


def test_suggestions_that_could_not_be_taken_are_not_taken_once_a_cell_was_put_right_by_hand(
    as_: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_("sysadmin")
    run = ok(send(client, table(5, ("L8", "第8小学", "学样", "", ""), ("L9", "第9小学", "学样", "", ""))), 202)
    work()
    ok(client.post(f"{IMPORTS}/{run['id']}/accept-suggestions"))
    give_up_looking(work, monkeypatch)
    row = rows_of(client, run, kind="wrong")[0]
    ok(client.post(f"{API}/import-rows/{row['id']}/correct", json={"column": "kind", "value": "幼儿园"}))
    assert work() == 1
    refused = client.post(f"{failed_job(client)}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "overtaken")
    assert work() == 0 and again(client, run)["wrong_count"] == 1


def test_what_a_second_look_changes_is_stored_some_at_a_time(
    as_: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once it would be one answer of the server's to wait for, however long the table."""
    client, put = as_("sysadmin"), rows.put_again
    sizes: list[int] = []
    run = ok(send(client, table(1, *((f"W{n}", f"错{n}小学", "学样", "", "") for n in range(5)))), 202)
    work()

    def put_again(tx: Any, changed: Any) -> None:
        sizes.append(len(changed))
        put(tx, changed)

    monkeypatch.setattr(examining, "BATCH", 2)
    monkeypatch.setattr(rows, "put_again", put_again)
    ok(client.post(f"{IMPORTS}/{run['id']}/accept-suggestions"))
    assert work() == 1
    # As they were looked at: what waits for the end waits on disk, and not in one list.
    assert counts(again(client, run)) == (6, 0, 0, 0) and sizes == [1, 2, 2]


def test_a_cell_put_right_while_the_table_is_handed_over_is_not_lost(
    app: FastAPI, as_: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    if app.state.database.is_sqlite:
        pytest.skip("SQLite has one writer: one of the two finds what the other did")
    client, refuse = as_("sysadmin"), ops._refuse_wrong
    run = ok(send(client, table(5)), 202)
    work()
    row = rows_of(client, run)[0]
    do = Installation(app.state.settings, app.state.database)

    def meanwhile(*given: Any) -> None:
        do.perform(do.person("sysadmin"), ops.correct, row["id"], Correction(column="name", value="改名小学"))
        refuse(*given)

    with monkeypatch.context() as between:
        between.setattr(ops, "_refuse_wrong", meanwhile)
        lost = client.post(f"{IMPORTS}/{run['id']}/commit")
    assert (lost.status_code, lost.json()["code"]) == (409, "lost_race")
    assert work() == 1 and again(client, run)["busy"] is None
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"), 202)
    work()
    assert unit(client, "改名小学")["code"] == "L0"


def test_a_table_that_met_another_at_work_is_written_all_the_same(
    as_: As, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FIRST_DELAY_S", 0)
    client, write, tries = as_("sysadmin"), ops._commit, 0
    run = ok(send(client, table(5)), 202)
    work()

    def once(*given: Any) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Conflict("别人正在办理，请稍后再试", code="in_flight") from OperationalError(
                "UPDATE", {}, Exception()
            )
        write(*given)

    monkeypatch.setattr(ops, "_commit", once)
    ok(client.post(f"{IMPORTS}/{run['id']}/commit"), 202)
    work()
    assert tries == 2 and again(client, run)["state"] == "committed"


def test_a_page_whose_table_is_looked_through_again_is_shown_anew_as_a_whole(
    browse: As, as_: As, work: Callable[[], int]
) -> None:
    """Its head offers the table for download, which there is not meanwhile."""
    client, clerk = as_("sysadmin"), browse("sysadmin")
    run = ok(send(client, table(5, *((f"W{n}", f"错{n}小学", "学样", "", "") for n in range(3)))), 202)
    work()
    row, partial = rows_of(client, run, kind="wrong")[0], {"hx-request-type": "partial"}
    for path, given in (
        (f"/import-rows/{row['id']}/correct", {"column": "kind", "value": "学校"}),
        (f"/imports/{run['id']}/accept-suggestions", {}),
    ):
        work()
        answer = clerk.post(path, data=form(clerk, **given), headers=partial)
        assert (answer.status_code, answer.headers.get("hx-refresh")) == (200, "true"), path
        assert "下载核对表" not in clerk.get(f"/imports/{run['id']}").text
