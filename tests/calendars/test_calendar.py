"""The bureau's calendar: what it changes, who keeps it, and what is refused."""

import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.calendars.models import DAY
from app.core.calendar import now, today_of
from app.core.operation import Tx
from app.core.policy import SYSTEM
from app.identity.founding import BureauCreate, found
from app.settings import Settings
from tests.assignments.conftest import Ledger
from tests.conftest import As, form
from tests.exported import book_lines, csv_lines
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import ok

API = "/api/v1"
DAYS, TERMS = f"{API}/calendar-days", f"{API}/school-terms"


def days(client: TestClient, query: str = "") -> list[tuple[str, bool]]:
    return [(day["on"], day["is_workday"]) for day in ok(client.get(f"{DAYS}?{query}"))["data"]]


def test_days_off_and_worked_weekends_move_the_lamps(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    ledger = Ledger(stock, plan, stock.item(plan))
    today = today_of(now())
    row = ledger.row("实验小学", "in_progress", deadline_on=today + timedelta(days=14))
    lamp = f"{API}/assignments/{row}"
    assert ok(as_("school").get(lamp))["lamp"] == "green"
    for n in range(14):
        on = today + timedelta(days=n)
        if on.weekday() < 5:
            ok(as_("supervisor").post(DAYS, json={"on": on.isoformat(), "is_workday": False}), 201)
    assert ok(as_("school").get(lamp))["lamp"] == "amber"


def test_holidays_loaded_count_at_the_next_request(as_: As, stock: Stock) -> None:
    plan = stock.plan()
    row = Ledger(stock, plan, stock.item(plan)).row("实验小学", "in_progress", days=-100)
    late = ok(as_("school").get(f"{API}/assignments/{row}"))["lamp_words"]
    for year in (today_of(now()).year, today_of(now()).year - 1):
        ok(as_("supervisor").post(f"{DAYS}/load-year", json={"year": year}))
    assert ok(as_("school").get(f"{API}/assignments/{row}"))["lamp_words"] != late


def test_public_holidays_of_a_year_are_loaded_once_and_keep_what_the_bureau_set(as_: As) -> None:
    supervisor = as_("supervisor")
    ok(supervisor.post(DAYS, json={"on": "2026-10-01", "is_workday": False, "name": "国庆（本局）"}), 201)
    loaded = ok(supervisor.post(f"{DAYS}/load-year", json={"year": 2026}))
    assert loaded["added"] > 20
    found = days(as_("school"), "since=2026-10-01&until=2026-10-31&limit=200")
    assert ("2026-10-10", True) in found and ("2026-10-02", False) in found
    assert ok(supervisor.get(f"{DAYS}?since=2026-10-01&until=2026-10-01"))["data"][0]["name"] == "国庆（本局）"
    assert ok(supervisor.post(f"{DAYS}/load-year", json={"year": 2026}))["added"] == 0
    [event] = ok(as_("auditor").get(f"{API}/events?operation=calendar_day.load_year"))["data"]
    assert event["after"] == {"year": 2026, "added": loaded["added"]}


def test_a_day_given_again_is_changed_not_doubled(as_: As) -> None:
    day = {"on": "2026-10-10", "is_workday": True}
    first = ok(as_("supervisor").post(DAYS, json=day), 201)
    again = ok(as_("supervisor").post(DAYS, json=day | {"name": "调休上班"}))
    assert (again["id"], again["name"]) == (first["id"], "调休上班")
    assert as_("supervisor").delete(f"{DAYS}/{first['id']}").status_code == 204
    assert days(as_("school")) == []


@pytest.mark.parametrize(("on", "is_workday"), [("2026-10-12", True), ("2026-10-11", False)])
def test_a_day_that_follows_the_rule_anyway_is_refused(as_: As, on: str, is_workday: bool) -> None:
    refused = as_("supervisor").post(DAYS, json={"on": on, "is_workday": is_workday})
    assert refused.status_code == 422 and "不用登记" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("on", "is_workday", "name", "said"),
    [
        ("2026-10-01", False, "国庆节", "2026-10-01 已登记为休息（国庆节），要恢复为上班，请删除这一条"),
        ("2026-10-10", True, "", "2026-10-10 已登记为上班，要恢复为休息，请删除这一条"),
    ],
)
def test_a_day_registered_otherwise_is_to_be_deleted(as_: As, on: str, is_workday: bool, name: str, said: str) -> None:
    ok(as_("supervisor").post(DAYS, json={"on": on, "is_workday": is_workday, "name": name}), 201)
    refused = as_("supervisor").post(DAYS, json={"on": on, "is_workday": not is_workday})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"pointer": "/on", "detail": said}]


def test_terms_do_not_overlap(as_: As) -> None:
    first = {"name": "2026-T1", "starts_on": "2026-09-01", "ends_on": "2027-01-22"}
    ok(as_("supervisor").post(TERMS, json=first), 201)
    for wrong in (first, first | {"name": "2026-T2"}):
        assert as_("supervisor").post(TERMS, json=wrong).json()["code"] == "term_overlaps"
    for wrong in ({"name": "上学期"}, {"name": "2026-T3"}, {"name": "2030-T1", "ends_on": "2026-09-01"}):
        assert as_("supervisor").post(TERMS, json=first | wrong).status_code == 422
    assert [term["name"] for term in ok(as_("school").get(TERMS))["data"]] == ["2026-T1"]


@pytest.mark.parametrize("account", ["school", "office", "leader", "sysadmin"])
def test_only_the_supervision_office_keeps_it(as_: As, account: str) -> None:
    row = ok(as_("supervisor").post(DAYS, json={"on": "2026-10-10", "is_workday": True}), 201)["id"]
    assert as_(account).post(DAYS, json={"on": "2026-10-10", "is_workday": True}).status_code == 403
    assert as_(account).post(f"{DAYS}/load-year", json={"year": 2026}).status_code == 403
    assert as_(account).delete(f"{DAYS}/{row}").status_code == 403
    assert as_("other_supervisor").delete(f"{DAYS}/{row}").status_code == 404


def test_page_keeps_days_and_terms(browse: As) -> None:
    office = browse("supervisor")
    page = office.get("/calendar?year=2026").text
    assert "还没有登记放假和调休" in page and "载入 2026 年" in page
    loaded = office.post("/calendar-days/load-year", data=form(office, year="2026"))
    assert "调休上班" in office.get(loaded.headers["location"]).text
    assert '<option value="2026-T2">2026学年第二学期</option>' in page
    term = form(office, term="上学期", starts_on="2026-09-01", ends_on="2027-01-22")
    wrong = office.post("/school-terms", data=term)
    assert wrong.status_code == 422 and 'value="上学期"' in wrong.text
    assert "载入" not in browse("school").get("/calendar").text


def test_its_page_leads_to_no_year_that_there_is_not(browse: As) -> None:
    office = browse("supervisor")
    for year, beside in ((2000, {"2001"}), (2026, {"2025", "2027"}), (2199, {"2198"})):
        page = office.get(f"/calendar?year={year}").text
        assert set(re.findall(r'href="/calendar\?year=(\d+)"', page)) == beside, year
        for each in beside:
            assert office.get(f"/calendar?year={each}").status_code == 200, each
    assert office.get("/calendar?year=1999").status_code == 422
    assert 'value="1999-T1"' not in office.get("/calendar?year=2000").text


def test_its_page_gives_both_lists_away(browse: As, as_: As) -> None:
    """The year's days by the dates in the button's address, and every term."""
    for on in ("2025-10-11", "2026-10-10"):
        ok(as_("supervisor").post(DAYS, json={"on": on, "is_workday": True, "name": "调休上班"}), 201)
    term = {"name": "2026-T1", "starts_on": "2026-09-01", "ends_on": "2027-01-22"}
    ok(as_("supervisor").post(TERMS, json=term), 201)
    school = browse("school")
    links = re.findall(r'href="([^"]+\.(?:csv|xlsx)[^"]*)"', school.get("/calendar?year=2026").text)
    read = [csv_lines if ".csv" in link else book_lines for link in links]
    found = [lines(school.get(unescape(link)).content) for lines, link in zip(read, links, strict=True)]
    assert found[:2] == [[["日期", "当天", "名称"], ["2026-10-10", "上班", "调休上班"]]] * 2
    assert found[2:] == [[["学期", "开始日期", "结束日期"], list(term.values())]] * 2


def test_a_new_bureau_begins_with_the_public_holidays(app: FastAPI) -> None:
    settings = Settings()

    def begin(connection: Connection) -> set[int]:
        tx = Tx(connection, SYSTEM, settings)
        found(tx, BureauCreate(bureau="北坪区教育局", code="BP"))
        tx.finish()
        mine = sa.select(DAY.c.on).where(DAY.c.district_id == tx.actor.district_id)
        return {on.year for on in connection.execute(mine).scalars()}

    year = today_of(now()).year
    assert app.state.database.write_now(begin) == {year, year + 1}
