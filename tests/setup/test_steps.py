"""The six steps, each by its page with scripts off and by the API: what is typed is saved, and by whom it was."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.audit import audited_write
from app.core.calendar import now, today_of
from app.identity.models import USER
from app.imports.models import RUN
from tests.conftest import form
from tests.setup.conftest import OWN, PERSONS, Fresh
from tests.walk.steps import API, ok

STEPS = ("administrators", "bureau", "units", "names", "calendar", "enable")
TABLE = "单位名称,类别,专项职责\n督查室,股室,督查\n人事股,股室,\n实验小学,学校,\n第一幼儿园,幼儿园,\n电教馆,二级单为,\n"
CREDIT = "91350100M000100Y43"


def events(fresh: Fresh, **asked: str) -> list[tuple[str, str]]:
    """(operation, outcome) of the auditor's log, the oldest first."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    rows = ok(fresh.browser("auditor").get(f"{API}/events?limit=200&{query}"))["data"]
    return [(row["operation"], row["outcome"]) for row in reversed(rows)]


def count_of(fresh: Fresh, step: str) -> int:
    steps = ok(fresh.browser().get(f"{API}/setup"))["steps"]
    return next(int(each["count"]) for each in steps if each["step"] == step)


def saturday() -> date:
    """One to come that nobody has registered: not in the weeks around the long holidays."""
    day = date(today_of(now()).year + 1, 7, 1)
    return day + timedelta(days=(5 - day.weekday()) % 7)


def store(app: FastAPI, statement: sa.Update) -> None:
    def write(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(statement)

    app.state.database.write_now(write)


# The way


def test_first_administrator_is_led_to_the_first_step_that_is_not_done(fresh: Fresh) -> None:
    browser = fresh.browser()
    assert browser.get("/").headers["location"] == "/setup"
    assert browser.get("/setup").headers["location"] == "/setup/administrators"
    assert fresh.named().get("/setup").headers["location"] == "/setup/units"
    assert fresh.browser("secadmin").get("/").headers["location"] == "/users"


def test_each_step_can_be_skipped_and_gone_back_from(fresh: Fresh) -> None:
    browser = fresh.browser()
    for at, step in enumerate(STEPS):
        page = browser.get(f"/setup/{step}")
        assert page.status_code == 200, step
        foot = page.text.partition('<footer class="foot">')[2]
        assert f"第 {at + 1} 步，共 6 步" in page.text and page.text.count('aria-current="step"') == 1
        ways = dict((words, href) for href, words in re.findall(r'<a class="btn[^>]*href="([^"]+)"[^>]*>([^<]+)', foot))
        assert ways.get("上一步") == (f"/setup/{STEPS[at - 1]}" if at else None), step
        assert "上一步" in foot and ways["跳过"] == (f"/setup/{STEPS[at + 1]}" if at < 5 else "/users"), step
    assert ok(browser.get(f"{API}/setup"))["enabled"] is False


# 1 · The three administrators


def test_naming_the_three_by_page_gives_those_who_have_not_come_yet_a_password(fresh: Fresh) -> None:
    page = fresh.browser().post("/setup/administrators", data=form(fresh.browser(), **PERSONS))
    given = re.findall(r"bp-(\w+)</td>.*?<code>([a-z0-9-]+)</code>", page.text)
    assert page.status_code == 200 and [duty for duty, _ in given] == ["secadmin", "auditor"]
    assert not fresh.entered("secadmin", fresh.passwords["secadmin"]) and fresh.entered("secadmin", given[0][1])
    fresh.browser("auditor", given[1][1])
    assert [each["name"] for each in ok(fresh.browser().get(f"{API}/setup"))["administrators"]] == [*PERSONS.values()]
    log = events(fresh, resource="user")
    assert log.count(("user.edit", "done")) == 3 and log.count(("user.reset_password", "done")) == 2
    assert "<code>" not in fresh.browser().get("/setup/administrators").text.replace("<code>qinglian", "")


def test_naming_the_three_by_api_and_once_more_issues_nothing_new(fresh: Fresh) -> None:
    named = ok(fresh.browser().post(f"{API}/setup/administrators", json=PERSONS))["data"]
    assert [bool(each["one_time_password"]) for each in named] == [False, True, True]
    again = ok(fresh.browser().post(f"{API}/setup/administrators", json=PERSONS))["data"]
    assert not any(each["one_time_password"] for each in again)
    assert fresh.entered("auditor", named[2]["one_time_password"])
    anew = ok(fresh.browser().post(f"{API}/setup/administrators", json=PERSONS | {"reissue": True}))["data"]
    assert fresh.entered("auditor", anew[2]["one_time_password"])
    assert not fresh.entered("auditor", named[2]["one_time_password"])


def test_nobody_replaces_the_password_that_an_administrator_chose(fresh: Fresh) -> None:
    fresh.browser("secadmin")
    fresh.browser("auditor")
    for body in (PERSONS, PERSONS | {"reissue": True}, PERSONS | {"secadmin": "钱进", "reissue": True}):
        named = ok(fresh.browser().post(f"{API}/setup/administrators", json=body))["data"]
        assert not any(each["one_time_password"] for each in named)
    assert fresh.entered("secadmin", OWN) and fresh.entered("auditor", OWN)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (PERSONS | {"auditor": "吴 越"}, "同名"),
        (PERSONS | {"secadmin": "周岚", "auditor": "周岚"}, "三员须由三个人担任"),
        (PERSONS | {"auditor": "审计管理员"}, "请填写担任审计管理员的人的姓名"),
        (PERSONS | {"auditor": ""}, "审计管理员"),
    ],
)
def test_one_person_cannot_hold_two_duties(fresh: Fresh, typed: dict[str, str], said: str) -> None:
    page = fresh.browser().post("/setup/administrators", data=form(fresh.browser(), **typed))
    assert page.status_code == 422 and said in page.text and typed["secadmin"] in page.text
    assert fresh.browser().post(f"{API}/setup/administrators", json=typed).status_code == 422
    assert count_of(fresh, "administrators") == 0 and fresh.entered("secadmin", fresh.passwords["secadmin"])


def test_where_a_duty_has_no_account_the_command_is_named(fresh: Fresh, app: FastAPI) -> None:
    gone = sa.update(USER).where(USER.c.username == "bp-auditor").values(disabled_at=now())
    store(app, gone)
    page = fresh.browser().get("/setup/administrators").text
    assert "没有审计管理员的账号" in page and "<code>qinglian user grant 账号 auditor</code>" in page
    assert "<code>qinglian user grant 账号 secadmin</code>" not in page
    missing = [each["words"] for each in ok(fresh.browser().get(f"{API}/setup"))["missing"] if each["blocks"]]
    assert missing[0].startswith("没有审计管理员的账号，请在服务器上用 qinglian user create")
    assert "审计管理员" not in missing[1] and missing[1].endswith("还没有填写姓名")


# 2 · The bureau


def test_the_bureau_s_name_and_code_are_saved_by_page(fresh: Fresh) -> None:
    browser = fresh.browser()
    assert "北教督〔" in browser.get("/setup/bureau").text
    typed = form(browser, version="1", name="北坪区教育体育局", credit_code=CREDIT[:-1] + "4")
    wrong = browser.post("/setup/bureau", data=typed)
    assert wrong.status_code == 422 and "校验位不符" in wrong.text and "北坪区教育体育局" in wrong.text
    assert browser.post("/setup/bureau", data=typed | {"credit_code": CREDIT}).headers["location"] == "/setup/units"
    assert "北坪区教育体育局" in browser.get("/setup/units").text
    bureau = ok(browser.get(f"{API}/setup"))["district_id"]
    own = re.sub(r"<(?!input)[^>]+>", "", browser.get(f"/units/{bureau}").text)
    assert f'value="{CREDIT}"' in own and own.count(CREDIT) == 2, "as a fact and in the form"
    late = browser.post("/setup/bureau", data=typed | {"credit_code": CREDIT, "name": "另一个名"})
    assert late.status_code == 412 and "另一个名" in late.text
    assert ("unit.edit", "done") in events(fresh, resource="unit")


# 3 · Units


def upload(fresh: Fresh, table: str = TABLE) -> Any:
    sent = {"csrf": fresh.browser().headers["x-csrf-token"], "resource": "units", "mode": "preview"}
    return fresh.browser().post("/setup/units/import", data=sent, files={"file": ("单位名录.csv", table.encode())})


def test_a_table_of_units_is_looked_through_and_written_without_leaving(fresh: Fresh) -> None:
    browser = fresh.browser()
    assert upload(fresh).headers["location"] == "/setup/units"
    page = browser.get("/setup/units").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert "单位名录.csv 已读取 5 行：新增 4 个单位，1 行需要改正。" in words and "查看第 6 行" in words
    assert count_of(fresh, "units") == 0
    target = unescape(re.search(r'action="(/imports/\d+/commit-valid)"', page)[1])  # type: ignore[index]
    written = browser.post(target, data=form(browser, back="/setup/units"))
    assert written.headers["location"] == "/setup/units"
    page = browser.get("/setup/units").text
    assert "共 4 个" in page and "人事股、督查室" in page and "已写入 4 个单位" in page


def test_how_the_file_was_read_and_why_nothing_came_of_it_is_told(fresh: Fresh, app: FastAPI) -> None:
    upload(fresh)
    said = sa.update(RUN).values(problem="磁盘已满，没有写入", notes=["读取的是工作表“名单”"])
    store(app, said)
    page = fresh.browser().get("/setup/units").text
    assert "磁盘已满，没有写入。" in page and "读取的是工作表“名单”。" in page


def test_after_the_newest_table_is_given_up_no_older_one_is_offered(fresh: Fresh) -> None:
    browser = fresh.browser()
    for _ in range(2):
        upload(fresh)
    newest = ok(browser.get(f"{API}/imports"))["data"][0]["id"]
    ok(browser.post(f"{API}/imports/{newest}/discard"))
    assert "已读取" not in browser.get("/setup/units").text


def test_what_is_no_table_is_told_on_the_step_s_own_page(fresh: Fresh) -> None:
    for table, status in (("没有表头\n", 422), ("", 422)):
        page = upload(fresh, table)
        assert page.status_code == status and "第 3 步，共 6 步" in page.text and 'id="errors"' in page.text


def test_a_unit_is_added_by_hand(fresh: Fresh) -> None:
    browser = fresh.browser()
    assert 'action="/setup/units"' not in browser.get("/setup/units").text
    assert 'action="/setup/units"' in browser.get("/setup/units?add=1").text
    typed = form(browser, code="B1", name="北坪小学", kind="school", credit_code="1")
    wrong = browser.post("/setup/units", data=typed)
    assert wrong.status_code == 422 and "北坪小学" in wrong.text
    assert browser.post("/setup/units", data=typed | {"credit_code": ""}).headers["location"] == "/setup/units"
    ok(browser.post(f"{API}/units", json={"code": "B2", "name": "北坪中学", "kind": "school"}), 201)
    assert "北坪小学、北坪中学" in browser.get("/setup/units").text or count_of(fresh, "units") == 2


# 4 · Names


def test_other_names_and_groups_by_page(fresh: Fresh) -> None:
    browser = fresh.browser()
    unit = ok(browser.post(f"{API}/units", json={"code": "B1", "name": "北坪小学", "kind": "school"}), 201)["id"]
    typed = form(browser, alias="坪小", meant=f"unit-{unit}")
    assert browser.post("/setup/unit-aliases", data=typed).headers["location"] == "/setup/names"
    twice = browser.post("/setup/unit-aliases", data=typed)
    assert twice.status_code == 409 and "坪小" in twice.text and 'id="f-alias-error"' in twice.text
    nowhere = browser.post("/setup/unit-aliases", data=typed | {"meant": ""})
    assert nowhere.status_code == 422 and 'id="f-meant-error"' in nowhere.text
    kept = ok(browser.get(f"{API}/unit-aliases?unit_id={unit}"))["data"]
    assert [alias["name"] for alias in kept] == ["坪小"]
    ended = browser.post(f"/setup/unit-aliases/{kept[0]['id']}/delete", data=form(browser))
    assert ended.status_code == 303 and ok(browser.get(f"{API}/unit-aliases?unit_id={unit}"))["data"] == []
    group = form(browser, name="各民办学校", ownership="private") | {"kinds[]": ["school"]}
    assert browser.post("/setup/unit-groups", data=group).headers["location"] == "/setup/names"
    again = browser.post("/setup/unit-groups", data=group)
    assert again.status_code == 409 and 'action="/setup/unit-groups"' in again.text
    assert "各民办学校" in browser.get("/setup/names").text
    log = events(fresh)
    assert {("unit_alias.create", "done"), ("unit_alias.delete", "done"), ("unit_group.create", "done")} <= set(log)


def test_other_names_and_groups_by_api(fresh: Fresh) -> None:
    browser = fresh.browser()
    unit = ok(browser.post(f"{API}/units", json={"code": "B1", "name": "北坪小学", "kind": "school"}), 201)["id"]
    alias = ok(browser.post(f"{API}/setup/unit-aliases", json={"name": "坪小", "unit_id": unit}), 201)
    ok(browser.delete(f"{API}/setup/unit-aliases/{alias['id']}"), 204)
    group = {"name": "各小学", "rule": {"kinds": ["school"], "stages": ["primary"]}}
    ok(browser.post(f"{API}/setup/unit-groups", json=group), 201)
    # The right is the setup's alone: by the ordinary way the names are the supervision office's.
    assert browser.post(f"{API}/unit-aliases", json={"name": "坪小", "unit_id": unit}).status_code == 403
    assert browser.post(f"{API}/unit-groups", json=group | {"name": "又"}).status_code == 403


# 5 · The calendar


def test_days_by_page(fresh: Fresh) -> None:
    browser, worked = fresh.browser(), saturday()
    typed = form(browser, on=worked.isoformat(), is_workday="true", name="调休上班")
    here = f"/setup/calendar?year={worked.year}"
    assert browser.post("/setup/calendar-days", data=typed).headers["location"] == here
    assert worked.isoformat() in browser.get(here).text
    needless = browser.post("/setup/calendar-days", data=typed | {"on": (worked - timedelta(days=1)).isoformat()})
    assert needless.status_code == 422 and "调休上班" in needless.text
    kept = ok(browser.get(f"{API}/calendar-days?since={worked}&until={worked}"))["data"][0]
    early = browser.post("/setup/calendar-days", data=typed | {"on": "1995-05-01", "is_workday": "false"})
    assert early.status_code == 422 and "2000-01-01 与 2199-12-31" in early.text
    gone = browser.post(f"/setup/calendar-days/{kept['id']}/delete", data=form(browser, back=here))
    assert gone.headers["location"] == here and worked.isoformat() not in browser.get(here).text
    loaded = browser.post("/setup/calendar-days/load-year", data=form(browser, year="2026"))
    assert (
        loaded.headers["location"] == "/setup/calendar?year=2026"
        and "国庆" in browser.get("/setup/calendar?year=2026").text
    )


def test_days_by_api(fresh: Fresh) -> None:
    browser, worked = fresh.browser(), saturday().isoformat()
    made = ok(browser.post(f"{API}/setup/calendar-days", json={"on": worked, "is_workday": True}), 201)
    ok(browser.post(f"{API}/setup/calendar-days", json={"on": worked, "is_workday": True, "name": "补"}))
    ok(browser.delete(f"{API}/setup/calendar-days/{made['id']}"), 204)
    assert ok(browser.post(f"{API}/setup/calendar-days/load-year", json={"year": 2026}))["year"] == 2026
    assert browser.post(f"{API}/calendar-days", json={"on": worked, "is_workday": True}).status_code == 403
