"""Groups are told once a workday how much waits, signed as their program wants it; what fails is shown and ends."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.audit import audited_write
from app.jobs.models import JOB
from app.robots.models import ROBOT
from app.robots.queries import COUNTED
from app.settings import Settings
from tests.conftest import As, form
from tests.generated.rows import MAKE
from tests.identity.test_dump import dump
from tests.notifications.test_deadlines import with_deadlines
from tests.robots.conftest import SITE, Morning, Robot
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.webhooks.receiver import Receiver
from tests.world import World

ROBOTS = f"{API}/robots"
MONDAY, SATURDAY = date(2026, 11, 16), date(2026, 11, 21)
Work = Callable[[], int]


def busy(stock: Stock, unit: str = "实验小学") -> None:
    plan = stock.plan()
    stock.assignment(plan, stock.item(plan), unit, "in_progress", days=-3)
    stock.assignment(plan, stock.item(plan), unit, "in_progress", days=200)
    stock.assignment(plan, stock.item(plan), unit, "pending", days=200)
    stock.rectification(unit, "in_progress", days=200)


def test_a_group_is_told_once_a_workday_how_much_waits_for_its_unit(
    stock: Stock, robot: Robot, morning: Morning, work: Work, group: Receiver, as_: As
) -> None:
    busy(stock)
    robot("实验小学")
    robot("第一中学")  # Nothing waits for it.
    assert [morning(SATURDAY), morning(MONDAY), morning(MONDAY)] == [0, 2, 0]
    work()
    (got,) = group.got
    said = f"【清廉工作平台】实验小学有 1 项逾期、1 项待签收、1 项待整改。\n{SITE}/my-work"
    assert got.json == {"msgtype": "text", "text": {"content": said}}
    rows = ok(as_("secadmin").get(ROBOTS))["data"]
    assert {row["unit_name"]: row["last_state"] for row in rows} == {"实验小学": "sent", "第一中学": "empty"}


def test_dingtalks_signature_is_right_and_nothing_of_the_address_is_shown_or_kept_open(
    app: FastAPI, browse: As, robot: Robot, work: Work, group: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    ask = __import__("app.webhooks.posting", fromlist=["ask"]).ask
    monkeypatch.setattr("app.webhooks.posting.ask", lambda url, *more: (sent.append(url), ask(url, *more))[1])
    made = robot("实验小学", "dingtalk", secret="SECcanary")
    browser = browse("secadmin")
    assert browser.post(f"/robots/{made['id']}/test", data=form(browser)).status_code == 303
    work()
    assert "测试消息" in group.got[0].json["text"]["content"]
    query = parse_qs(urlsplit(sent[0]).query)
    signed = f"{query['timestamp'][0]}\nSECcanary".encode()
    right = base64.b64encode(hmac.digest(b"SECcanary", signed, hashlib.sha256)).decode()
    assert query["sign"] == [right] and query["key"] == ["s3cr3t"]
    pages = browser.get(f"/robots/{made['id']}").text + browser.get("/robots").text + str(made)
    assert "已送达" in pages and "已设置" in pages
    for secret in ("SECcanary", "s3cr3t"):
        assert secret not in pages and secret.encode() not in dump(app)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "https://example.com/cgi-bin/webhook/send?key=1"}, "url"),
        ({"url": "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"}, "url"),
        ({"url": "https://qyapi.weixin.qq.com.example.com/send"}, "url"),
        ({"url": "https://oapi.dingtalk.com@127.0.0.2/send"}, "url"),
        ({"secret": "SEC1"}, "secret"),
    ],
)
def test_only_the_programs_own_hosts_are_taken(
    settings: Settings, as_: As, world: World, fields: dict[str, Any], field: str
) -> None:
    settings.webhook_allow = ""
    settings.__dict__.pop("webhook_ranges", None)
    body = {"name": "群", "unit_id": world.unit["实验小学"], "kind": "wecom", "url": "https://qyapi.weixin.qq.com/a"}
    refused = as_("secadmin").post(ROBOTS, json=body | fields)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == f"/{field}"


def changed_on(app: FastAPI, robot_id: int, day: date) -> None:
    """As if it had been registered, or enabled, at the beginning of that day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)

    def put_back(connection: sa.Connection) -> None:
        with audited_write(connection):
            connection.execute(sa.update(ROBOT).where(ROBOT.c.id == robot_id).values(updated_at=at))

    app.state.database.write_now(put_back)


def test_a_refusal_is_shown_with_its_code_and_five_days_of_them_disable(
    app: FastAPI, browse: As, as_: As, stock: Stock, robot: Robot, morning: Morning, work: Work, group: Receiver
) -> None:
    busy(stock)
    made = robot("实验小学")
    group.answer = b'{"errcode":93000,"errmsg":"invalid webhook url"}'
    day, told = MONDAY, 0
    changed_on(app, made["id"], day)
    while told < 5:
        told += morning(day)
        day += timedelta(days=1)
        work()
        row = ok(as_("secadmin").get(f"{ROBOTS}/{made['id']}"))
        assert (row["last_state"], row["last_errcode"]) == ("failed", 93000)
        assert row["state"] == ("disabled" if told == 5 else "active")
    assert len(group.got) == 5 and row["why"] == "failing" and morning(day) == 0
    page = browse("secadmin").get(f"/robots/{made['id']}").text
    assert "错误码 93000" in page and "连续多日" in page
    # Enabled again, it has five days before it as at first.
    ok(as_("secadmin").post(f"{ROBOTS}/{made['id']}/enable"))
    changed_on(app, made["id"], day)
    while not morning(day):
        day += timedelta(days=1)
    work()
    row = ok(as_("secadmin").get(f"{ROBOTS}/{made['id']}"))
    assert (row["last_state"], row["state"]) == ("failed", "active")


def test_too_many_a_minute_is_tried_again(
    app: FastAPI, as_: As, stock: Stock, robot: Robot, morning: Morning, work: Work, group: Receiver
) -> None:
    busy(stock)
    made = robot("实验小学")
    group.answer = b'{"errcode":45009,"errmsg":"api freq out of limit"}'
    morning(MONDAY)
    work()
    assert ok(as_("secadmin").get(f"{ROBOTS}/{made['id']}"))["last_state"] == "waiting"
    group.answer = b'{"errcode":0}'
    app.state.database.write_now(lambda connection: connection.execute(sa.update(JOB).values(due_at=JOB.c.created_at)))
    work()
    assert ok(as_("secadmin").get(f"{ROBOTS}/{made['id']}"))["last_state"] == "sent" and len(group.got) == 2


@pytest.mark.parametrize(("account", "unit"), [("school", "实验小学"), ("education", "教育股")])
def test_a_group_is_told_of_as_much_as_waits_for_its_people_on_their_first_page(
    stock: Stock, robot: Robot, morning: Morning, work: Work, group: Receiver, as_: As, account: str, unit: str
) -> None:
    """But for what some of them alone may know: how many cases, complaints and inspections there are is not said."""
    busy(stock)
    with_deadlines(stock)
    for resource, state in (("filing", "sent_back"), ("liaison_matter", "answered"), ("self_check", "submitted")):
        MAKE[resource](stock, state)
    groups = {each["group"]: each["count"] for each in ok(as_(account).get(f"{API}/my-work"))["groups"]}
    parts = [f"{count} 项{COUNTED[name]}" for name, count in groups.items() if count]
    assert len(parts) == (4 if account == "school" else 1)
    stock.handle(MAKE["case_file"](stock, "clue"), "office")
    stock.inspection("实验小学", team=unit)
    robot(unit)
    morning(MONDAY)
    work()
    assert group.got[0].json["text"]["content"].startswith(f"【清廉工作平台】{unit}有 {'、'.join(parts)}。")
