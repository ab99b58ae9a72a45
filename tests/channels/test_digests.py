"""Digests by mail: only whoever asked, only once a period, only counts; and what is said of a mail that failed."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.channels.models import DIGEST
from app.installation import Installation
from app.jobs.models import JOB
from app.settings import Settings
from app.worker import Worker
from tests.channels.conftest import OWN, SITE, Morning, Subscribe
from tests.channels.smtp import Box
from tests.conftest import As, form
from tests.identity.test_dump import dump
from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World

MONDAY, TUESDAY, SATURDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 21)
Work = Callable[[], int]


def busy(stock: Stock, unit: str = "实验小学") -> None:
    plan = stock.plan()
    stock.assignment(plan, stock.item(plan), unit, "in_progress", days=-3)
    stock.assignment(plan, stock.item(plan), unit, "pending", days=200)
    stock.rectification(unit, "in_progress", days=200)


def digests(box: Box) -> list[Any]:
    return [mail for mail in box.mails if "确认" not in mail["subject"]]


def test_a_digest_says_how_much_waits_and_where_and_nothing_else(
    subscribe: Subscribe, stock: Stock, morning: Morning, work: Work, box: Box, as_: As
) -> None:
    busy(stock)
    subscribe("school", "daily")
    assert morning(TUESDAY) == 1
    work()
    (mail,) = digests(box)
    assert (mail["to"], mail["from"]) == ("school@example.cn", "no-reply@example.cn")
    assert mail["subject"] == "清廉工作平台：3 项待办" and mail["auto-submitted"] == "auto-generated"
    first, _, rest = mail.get_content().partition("\n")
    assert first.strip() == "您有 1 项逾期、1 项待签收、1 项待整改。"
    groups = {each["group"]: each["count"] for each in ok(as_("school").get(f"{API}/my-work"))["groups"]}
    assert {name: count for name, count in groups.items() if count} == {"overdue": 1, "acknowledge": 1, "rectify": 1}
    links = [line.partition("：") for line in rest.split("\n") if line.strip()]
    assert all(name in ("待办", "通知", "设置", "退订") and link.startswith(f"{SITE}/") for name, _, link in links)


def test_one_a_period_whoever_looks_and_however_often(
    app: FastAPI, subscribe: Subscribe, stock: Stock, morning: Morning, work: Work, box: Box
) -> None:
    busy(stock)
    subscribe("school", "daily")
    busy(stock, "第一中学")
    subscribe("middle", "weekly")
    assert [morning(SATURDAY), morning(MONDAY), morning(MONDAY), morning(TUESDAY)] == [0, 2, 0, 1]
    # Put in once more, as by a worker that was taken for dead: two at once.
    again = sa.insert(JOB).from_select(
        (columns := ["district_id", "kind", "subject_id", "state", "due_at", "attempts", "created_at"]),
        sa.select(*(JOB.c[name] for name in columns)).where(JOB.c.kind == "channels.digest"),
    )
    app.state.database.write_now(lambda connection: connection.execute(again))
    workers = [Worker(Installation(app.state.settings, app.state.database)) for _ in range(2)]

    def all_of(worker: Worker) -> None:
        while worker.work_once():
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(all_of, workers))
    assert sorted(mail["to"] for mail in digests(box)) == ["middle@example.cn", *["school@example.cn"] * 2]


def test_what_was_left_out_is_not_counted_and_an_empty_digest_is_not_sent(
    subscribe: Subscribe, stock: Stock, morning: Morning, work: Work, box: Box
) -> None:
    busy(stock)
    browser = subscribe("school", "daily", left_out=["overdue", "rectify"])
    morning(MONDAY)
    work()
    assert digests(box)[0].get_content().startswith("您有 1 项待签收。")
    form_ = form(browser, digest="daily", **{"left_out[]": ["overdue", "soon", "acknowledge", "rectify", "unread"]})
    assert browser.post("/account/notices", data=form_).status_code == 303
    morning(TUESDAY)
    work()
    assert len(digests(box)) == 1


def test_a_link_ends_the_mails_without_a_login_but_asks_first(
    client: TestClient, subscribe: Subscribe, stock: Stock, morning: Morning, work: Work, box: Box
) -> None:
    busy(stock)
    browser = subscribe("school", "daily")
    morning(MONDAY)
    work()
    mail = digests(box)[0]
    found = re.search(rf"退订：{SITE}(/unsubscribe\?key=([\w-]+))", mail.get_content())
    assert found and mail["list-unsubscribe"] == f"<{SITE}{found[1]}>"
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert "确认退订" in client.get(found[1]).text and ok(browser.get(OWN))["digest"] == "daily"
    wrong = found[2][:-1] + ("0" if found[2][-1] != "0" else "1")
    assert client.post("/unsubscribe", data={"key": wrong}).status_code == 422
    assert client.post(f"{API}/unsubscribe", json={"key": wrong}).status_code == 422
    assert "已退订" in client.post(found[1], data={"List-Unsubscribe": "One-Click"}).text
    assert ok(browser.get(OWN))["digest"] == "none" and morning(TUESDAY) == 0
    for _ in range(2):
        assert ok(client.post(f"{API}/unsubscribe", json={"key": found[2]})) == {"digest": "none"}
    assert "已退订" in client.post("/unsubscribe", data={"key": found[2]}).text


@pytest.mark.parametrize(
    ("answers", "fault", "sent"),
    [
        ({"RCPT": "550 no such user"}, "refused", "failed"),
        ({"RCPT": "450 try later"}, "later", "waiting"),
        ({"MAIL": "553 not you"}, "sender", "failed"),
        ({"TEXT": ""}, "unsure", "failed"),
        ({"EHLO": "", "HELO": ""}, "connection", "waiting"),
    ],
)
def test_what_the_server_refuses_is_shown_and_tried_again_only_where_it_may_help(
    app: FastAPI,
    subscribe: Subscribe,
    stock: Stock,
    morning: Morning,
    work: Work,
    box: Box,
    answers: dict[str, str],
    fault: str,
    sent: str,
) -> None:
    busy(stock)
    browser = subscribe("school", "daily")
    box.answers |= answers
    morning(MONDAY)
    work()
    assert ok(browser.get(OWN))["fault"] == fault and "没有发成" in browser.get("/account/notices").text
    state = app.state.database.read_now(lambda connection: connection.execute(sa.select(DIGEST.c.state)).scalar_one())
    assert state == sent and digests(box) == []
    box.answers.clear()
    app.state.database.write_now(lambda connection: connection.execute(sa.update(JOB).values(due_at=JOB.c.created_at)))
    work()
    assert len(digests(box)) == (1 if sent == "waiting" else 0)
    assert (ok(browser.get(OWN))["fault"] is None) == (sent == "waiting")


def test_without_tls_nothing_is_said_to_the_server(
    app: FastAPI, settings: Settings, subscribe: Subscribe, stock: Stock, morning: Morning, work: Work, box: Box
) -> None:
    """A server that offers none, where the setting does not say that none is wanted."""
    busy(stock)
    browser = subscribe("school", "daily")
    settings.smtp_url = type(settings.smtp_url)(f"smtp://user:password@127.0.0.1:{box.port}")
    before = len(box.heard)
    morning(MONDAY)
    work()
    assert ok(browser.get(OWN))["fault"] == "tls"
    assert not any(line.upper().startswith(("MAIL", "AUTH")) for line in box.heard[before:])


def test_an_address_counts_once_its_code_came_back_and_is_in_no_dump(
    app: FastAPI, browse: As, as_: As, work: Work, box: Box, world: World
) -> None:
    browser = browse("school")
    refused = browser.post(OWN, json={"digest": "daily"})
    assert refused.status_code == 422 and "先填写并确认" in refused.json()["detail"]
    for bad in (
        "",
        "a@b",
        "a b@example.cn",
        "a@example.cn\r\nBcc: b@example.cn",
        "甲@example.cn",
        "a@example.cn,b@c.cn",
    ):
        assert browser.post(f"{OWN}/email", json={"email": bad}).status_code == 422, bad
    assert as_("school").post(f"{OWN}/email", json={"email": "a@example.cn"}).status_code == 403
    data = form(browser, email="lin.qing@example.cn")
    assert browser.post("/account/notices/email", data=data).status_code == 303
    again = browser.post("/account/notices/email", data=data)
    assert again.status_code == 409 and "两分钟" in again.text
    work()
    wrong = browser.post("/account/notices/email/confirm", data=form(browser, code="aaaaaaaaaaaa"))
    assert wrong.status_code == 422 and "确认码不对" in wrong.text
    assert ok(browser.get(OWN))["email"] is None
    code = re.search(r"确认码是 (\w{12})", box.mails[-1].get_content())
    assert code and code[1] not in str(box.mails[-1]["message-id"])
    assert browser.post("/account/notices/email/confirm", data=form(browser, code=code[1])).status_code == 303
    assert ok(browser.get(OWN))["email"] == "lin.qing@example.cn"
    assert ok(as_("school").get(OWN))["email"] == "l…@example.cn"
    held = dump(app)
    assert b"lin.qing" not in held and code[1].encode() not in held
    assert browser.post("/account/notices/email/remove", data=form(browser)).status_code == 303
    assert ok(browser.get(OWN))["email"] is None and ok(browser.get(OWN))["digest"] == "none"


def test_where_no_server_is_set_the_page_says_so(settings: Settings, browse: As, morning: Morning) -> None:
    settings.mail_from = ""
    browser = browse("school")
    assert "没有设置发信服务器" in browser.get("/account/notices").text
    refused = browser.post(f"{OWN}/email", json={"email": "a@example.cn"})
    assert (refused.status_code, refused.json()["code"]) == (409, "mail_off")
    assert morning(MONDAY) == 0
