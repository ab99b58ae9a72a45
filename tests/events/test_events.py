"""The audit log: who sees it, what it shows of what was written, and its page."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core.audit import audited_write
from app.units.models import UNIT, UnitKind
from tests.appraisals.steps import judged_by, started, step
from tests.assignments.test_dispatch import OUTLINE
from tests.conftest import As
from tests.evidence.test_upload import upload
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.world import World


def events(as_: As, account: str = "auditor", **params: Any) -> list[dict[str, Any]]:
    answer = as_(account).get("/api/v1/events", params=params)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def test_auditor_sees_what_happened_newest_first(as_: As, world: World) -> None:
    made = upload(as_("school")).json()
    as_("school").post(f"/api/v1/evidence/{made['id']}/void", json={"note": "重复上传，另有一份"})
    newest, *older = events(as_, resource="evidence")
    assert (newest["operation"], newest["resource_id"]) == ("evidence.void", made["id"])
    assert newest["user_name"] == "刘敏" and newest["request_id"]
    assert [event["operation"] for event in older] == ["evidence.create"]
    ids = [event["id"] for event in events(as_)]
    assert ids == sorted(ids, reverse=True)


def test_free_text_appears_as_its_hash_only(as_: As) -> None:
    made = upload(as_("school"), title="不宜外传的标题").json()
    as_("school").post(f"/api/v1/evidence/{made['id']}/void", json={"note": "不宜外传的原因"})
    answer = as_("auditor").get("/api/v1/events", params={"resource": "evidence"})
    assert "不宜外传" not in answer.text
    voided, created = answer.json()["data"]
    assert voided["reason"].keys() == {"length", "sha256"} and voided["reason"]["length"] == 7
    assert created["after"]["title"]["length"] == 7
    assert created["after"]["kind"] == "scheme"


@pytest.mark.parametrize("account", ["supervisor", "leader", "discipline", "school", "sysadmin", "secadmin"])
def test_others_get_an_empty_list(as_: As, account: str) -> None:
    upload(as_("school"))
    assert events(as_, account) == []
    newest = events(as_)[0]["id"]
    assert as_(account).get(f"/api/v1/events/{newest}").status_code == 404


def test_other_district_is_not_there(as_: As) -> None:
    upload(as_("other_school"))
    assert events(as_, resource="evidence") == []


def test_login_of_an_unknown_name_shows_where_there_is_one_bureau(
    app: FastAPI, client: TestClient, as_: As, world: World
) -> None:
    """Of two, neither auditor learns what was tried at the other's."""
    unknown = {"username": "nobody", "password": "wrong-password"}
    assert client.post("/api/v1/sessions", json=unknown).status_code == 401
    assert events(as_, outcome="refused") == events(as_, "other_auditor", outcome="refused") == []
    alone = sa.update(UNIT).where(UNIT.c.id == world.other_district).values(kind=UnitKind.OFFICE)

    def act(connection: Connection) -> None:
        with audited_write(connection):
            connection.execute(alone)

    app.state.database.write_now(act)
    assert client.post("/api/v1/sessions", json=unknown).status_code == 401
    [tried] = events(as_, outcome="refused")
    assert (tried["operation"], tried["code"], tried["user_id"]) == ("session.create", "unknown_account", None)
    page = as_("auditor").get("/events?operation=session.create&outcome=refused").text
    assert "账号不存在" in page and "nobody" not in page
    assert as_("auditor").post("/api/v1/events/verify").json()["ok"]


def test_refusals_are_rows(as_: As) -> None:
    made = upload(as_("school")).json()
    assert as_("middle").post(f"/api/v1/evidence/{made['id']}/void", json={"note": "x"}).status_code == 404
    [refused] = events(as_, outcome="refused")
    assert (refused["operation"], refused["code"], refused["resource_id"]) == ("evidence.void", "not_found", made["id"])


def test_filters_narrow(as_: As, world: World) -> None:
    upload(as_("school"))
    assert len(events(as_, operation="evidence.create", resource="evidence")) == 1
    assert events(as_, operation="evidence.void") == []
    assert events(as_, operation="evidence.create", user_id=world.user["office"]) == []
    assert events(as_, resource="evidence", **{"from": "2199-01-01"}) == []
    assert events(as_, resource="evidence", to="2001-01-01") == []
    assert len(events(as_, resource="evidence", **{"from": "2001-01-01", "to": "2199-01-01"})) == 1
    assert {event["user_name"] for event in events(as_, q="刘敏")} == {"刘敏"}


@pytest.mark.parametrize(
    "wrong",
    [{"from": "yesterday"}, {"operation": "x' OR 1=1"}, {"colour": "red"}, {"to": "9999-12-31"}, {"outcome": "lost"}],
)
def test_wrong_filters_are_422(as_: As, wrong: dict[str, str]) -> None:
    assert as_("auditor").get("/api/v1/events", params=wrong).status_code == 422


def test_page_shows_rows_details_and_counts_that_match(as_: As, browse: As) -> None:
    made = upload(as_("school"), title="不宜外传的标题").json()
    as_("middle").post(f"/api/v1/evidence/{made['id']}/void", json={"note": "x"})
    auditor = browse("auditor")
    page = auditor.get("/events").text
    assert 'role="search"' not in page, "no global search for the auditor"
    assert "越权被拒" in page and "不在本人可见范围" in page and "上传" in page
    created = events(as_, resource="evidence", outcome="done")[0]["id"]
    opened = auditor.get(f"/events?open={created}").text
    assert "已隐去 · 7 字" in opened and "不宜外传" not in opened and "方案" in opened
    assert "<dd>已办成</dd>" in opened and "查看身份 0" in page
    for href, count in re.findall(r'<a href="(/events[^"]*)"[^>]*>[^<]*? (\d+)</a>', page):
        query = href.replace("&amp;", "&").partition("?")[2]
        rows = as_("auditor").get(f"/api/v1/events?{query}&limit=1&count=true".replace("?&", "?")).json()
        assert rows["total"] == int(count), href


def test_runs_over_many_rows_have_a_chip_of_their_own(as_: As, browse: As, stock: Stock) -> None:
    plan = stock.plan(outline=OUTLINE | {"organization": None})
    row = stock.assignment(plan, stock.item(plan), "实验小学")
    assert as_("school").post(f"/api/v1/assignments/{row}/acknowledge").status_code == 200, "one row, no run"
    assert as_("supervisor").post(f"/api/v1/plans/{plan}/dispatch").status_code == 200
    assert as_("supervisor").post(f"/api/v1/plans/{plan}/withdraw", json={"note": "上级停止。"}).status_code == 200
    assert as_("school").post(f"/api/v1/plans/{plan}/dispatch").status_code == 403
    runs = events(as_, bulk="true")
    assert [(each["operation"], each["resource_id"] is None) for each in runs] == [
        ("assignment.cancel", True),
        ("plan.dispatch", False),
        ("accountability_rung.lay_down", True),
    ]
    assert [each["outcome"] for each in events(as_, bulk="false", operation="plan.dispatch")] == ["refused"]
    page = browse("auditor").get("/events?bulk=true&from=2020-01-01").text
    assert re.search(r'href="/events\?from=2020-01-01&amp;bulk=true" aria-current="true">批量 3</a>', page)
    assert page.count('id="e') == 3 and '<input type="hidden" name="bulk" value="true">' in page


def test_page_of_another_role_is_empty(browse: As) -> None:
    answer = browse("supervisor").get("/events")
    assert answer.status_code == 200 and "没有可以查看的日志" in answer.text


def test_a_run_is_known_by_naming_no_row_or_by_its_operation(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    row = started(supervisor, world)
    judged_by(supervisor, row, "briefs", required=1)
    for action in ("score", "publish"):
        step(supervisor, row, action)
    gone = started(supervisor, world, title="误建")
    judged_by(supervisor, gone, "briefs", required=1)
    assert supervisor.delete(f"/api/v1/appraisals/{gone['id']}").status_code == 204
    closed = supervisor.post(f"/api/v1/units/{world.unit['教研室']}/close", json={"reason": "停办。"})
    assert closed.status_code == 200, closed.text
    # Neither names a row, and neither is a run.
    assert as_("auditor").post("/api/v1/events/verify").json()["ok"]
    assert as_("school").post("/api/v1/notifications/read-all").status_code == 200
    assert [(each["operation"], each["resource"]) for each in events(as_, bulk="true")] == [
        ("unit.close", "unit"),
        ("appraisal.delete", "appraisal_criterion"),
        ("appraisal.publish", "appraisal"),
        ("appraisal.score", "appraisal_result"),
        ("appraisal.score", "appraisal_deduction"),
        ("accountability_rung.lay_down", "accountability_rung"),
    ]
