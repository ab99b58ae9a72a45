"""At least once: killed, away, gone, or always failing; and what the log says of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI

from app.core.calendar import now
from app.core.policy import system_within
from app.installation import Installation
from app.settings import Settings
from app.webhooks import operations as ops
from app.webhooks.models import STANDING
from app.webhooks.trying import SCHEDULE
from tests.conftest import As, form
from tests.walk.steps import API, ok
from tests.webhooks.conftest import Clock, Hook, Turn
from tests.webhooks.receiver import Receiver, verify
from tests.world import World

Sent = Callable[..., list[dict[str, Any]]]
SECONDS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]


SENDER = """
from app.settings import Settings
from app.installation import open_current
from app.webhooks.sending import send_some
with open_current(Settings()) as installation:
    while send_some(installation):
        pass
"""
"""A worker's thread that sends, in a process of its own."""


def poke(as_: As, made: dict[str, Any]) -> dict[str, Any]:
    """A test message."""
    found: dict[str, Any] = ok(as_("secadmin").post(f"{API}/webhooks/{made['id']}/test"), 201)
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_worker_killed_between_sending_and_noting_it_leaves_it_to_be_sent_again(
    app: FastAPI, settings: Settings, as_: As, hook: Hook, turn: Turn, receiver: Receiver, sent: Sent
) -> None:
    made = hook("教育局")
    poke(as_, made)
    env = os.environ | {
        "QL_DATA": str(settings.data),
        "QL_DATABASE_URL": settings.url,
        "QL_WEBHOOK_ALLOW": "127.0.0.1/32",
    }
    app.state.settings.secret  # noqa: B018  # One file for both.
    worker = subprocess.Popen([sys.executable, "-c", SENDER], env=env, stderr=subprocess.DEVNULL)

    def kill(count: int) -> None:
        """It was taken; the answer never comes."""
        if count == 1:
            worker.send_signal(signal.SIGKILL)
            worker.wait()

    receiver.before = kill
    assert worker.wait(60) == -signal.SIGKILL
    assert [each["state"] for each in sent()] == ["waiting"]
    turn()
    assert len(receiver.got) == 1, "its lease still stands"
    passed = sa.update(STANDING).values(lease_until=now() - timedelta(seconds=1))
    app.state.database.write_now(lambda connection: connection.execute(passed))
    turn()
    first, again = receiver.got
    assert first.headers["webhook-id"] == again.headers["webhook-id"] and first.body == again.body
    assert verify(made["secret"], first) and verify(made["secret"], again)
    assert [(each["state"], each["attempts"], each["status"]) for each in sent()] == [("delivered", 1, 200)]


def test_what_does_not_arrive_is_tried_ten_times_in_three_days_and_again_on_request(
    as_: As, hook: Hook, turn: Turn, receiver: Receiver, clock: Clock, sent: Sent
) -> None:
    assert [int(each.total_seconds()) for each in SCHEDULE] == SECONDS
    made = hook("教育局")
    delivery = poke(as_, made)
    receiver.status = 500
    turn()
    for tries, seconds in enumerate(SECONDS, 1):
        (row,) = sent()
        assert (row["state"], row["attempts"], row["status"], row["fault"]) == ("waiting", tries, 500, "status")
        waits = (at(row["due_at"]) - clock()).total_seconds()
        assert seconds * 0.99 - 1 < waits <= seconds * 1.2
        clock.go(at(row["due_at"]) - timedelta(seconds=1))
        turn()
        assert len(receiver.got) == tries, "not before its time"
        clock.go(at(row["due_at"]))
        turn()
        assert len(receiver.got) == tries + 1
    (row,) = sent()
    assert (row["state"], row["attempts"]) == ("failed", 10)
    clock.go(clock() + timedelta(days=1))
    turn()
    assert len(receiver.got) == 10 and len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert ok(as_("secadmin").get(f"{API}/webhooks/{made['id']}"))["failing_since"] is not None
    receiver.status = 204
    ok(as_("secadmin").post(f"{API}/webhook-deliveries/{delivery['id']}/resend"))
    turn()
    shown = ok(as_("secadmin").get(f"{API}/webhook-deliveries/{delivery['id']}"))
    assert (shown["state"], shown["attempts"], len(shown["tries"])) == ("delivered", 1, 11)
    assert [each["status"] for each in shown["tries"]] == [204, *[500] * 10]
    assert ok(as_("secadmin").get(f"{API}/webhooks/{made['id']}"))["failing_since"] is None


def test_a_receiver_that_is_away_costs_one_try_and_not_one_a_message(
    as_: As, hook: Hook, turn: Turn, receiver: Receiver, clock: Clock, sent: Sent
) -> None:
    made = hook("教育局")
    for _ in range(5):
        poke(as_, made)
    receiver.status = 503
    turn()
    assert len(receiver.got) == 1
    clock.go(clock() + timedelta(seconds=6))
    turn()
    assert len(receiver.got) == 2
    receiver.status = 200
    clock.go(clock() + timedelta(minutes=7))
    turn()
    assert {each["state"] for each in sent()} == {"delivered"} and len(receiver.got) == 7


def test_410_disables_at_once(as_: As, hook: Hook, turn: Turn, receiver: Receiver, sent: Sent) -> None:
    made, client = hook("教育局"), as_("secadmin")
    poke(as_, made)
    poke(as_, made)
    receiver.status = 410
    turn()
    now_is = ok(client.get(f"{API}/webhooks/{made['id']}"))
    assert (now_is["state"], now_is["why"]) == ("disabled", "gone") and len(receiver.got) == 1
    assert [each["state"] for each in sent()] == ["failed", "waiting"]
    assert client.post(f"{API}/webhooks/{made['id']}/test").json()["code"] == "wrong_state"
    event = ok(as_("auditor").get(f"{API}/events?operation=webhook.disable"))["data"][0]
    assert event["user_id"] is None and event["after"]["why"] == "gone"
    # What happens meanwhile is not told later; what waited is.
    ok(as_("sysadmin").post(f"{API}/units", json={"code": "N1", "name": "新建小学", "kind": "school"}), 201)
    receiver.status = 200
    ok(client.post(f"{API}/webhooks/{made['id']}/enable"))
    turn()
    assert receiver.types() == ["webhook.test", "webhook.test"]
    ok(as_("sysadmin").post(f"{API}/units", json={"code": "N2", "name": "新建中学", "kind": "school"}), 201)
    turn()
    assert receiver.types() == ["webhook.test", "webhook.test", "unit.create"]


def test_nothing_but_failures_for_days_disables(
    as_: As, hook: Hook, turn: Turn, receiver: Receiver, clock: Clock
) -> None:
    made = hook("教育局")
    receiver.status = 500
    for day in range(6):
        assert ok(as_("secadmin").get(f"{API}/webhooks/{made['id']}"))["state"] == "active", day
        poke(as_, made)
        turn()
        clock.go(now() + timedelta(days=day + 1, minutes=day))
    now_is = ok(as_("secadmin").get(f"{API}/webhooks/{made['id']}"))
    assert (now_is["state"], now_is["why"]) == ("disabled", "failing")


def test_after_a_rotation_both_secrets_sign_for_a_day(
    as_: As, hook: Hook, turn: Turn, receiver: Receiver, clock: Clock
) -> None:
    old = hook("教育局")
    new = ok(as_("secadmin").post(f"{API}/webhooks/{old['id']}/rotate"))
    assert new["secret"] != old["secret"] and new["version"] == old["version"] + 1
    assert timedelta(hours=23) < at(new["old_secret_until"]) - now() <= timedelta(hours=24)
    poke(as_, old)
    turn()
    assert len(receiver.got[0].headers["webhook-signature"].split()) == 2
    assert verify(old["secret"], receiver.got[0]) and verify(new["secret"], receiver.got[0])
    clock.go(at(new["old_secret_until"]))
    poke(as_, old)
    turn()
    later = clock().timestamp()
    assert verify(new["secret"], receiver.got[1], later) and not verify(old["secret"], receiver.got[1], later)


def test_a_second_rotation_leaves_the_secret_that_is_still_good(
    as_: As, hook: Hook, turn: Turn, receiver: Receiver, clock: Clock
) -> None:
    first = hook("教育局")
    second, third = (ok(as_("secadmin").post(f"{API}/webhooks/{first['id']}/rotate")) for _ in range(2))
    poke(as_, first)
    turn()
    assert all(verify(each["secret"], receiver.got[0]) for each in (first, second, third))
    clock.go(at(third["old_secret_until"]))
    poke(as_, first)
    turn()
    later = clock().timestamp()
    assert [verify(each["secret"], receiver.got[1], later) for each in (first, second, third)] == [False, False, True]


def test_no_secret_can_be_read_from_the_database(app: FastAPI, as_: As, hook: Hook, turn: Turn) -> None:
    made = hook("教育局")
    secrets = [made["secret"], ok(as_("secadmin").post(f"{API}/webhooks/{made['id']}/rotate"))["secret"]]

    def everything(connection: sa.Connection) -> str:
        tables = sa.inspect(connection).get_table_names()
        return "".join(str(connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()) for table in tables)

    dump = app.state.database.read_now(everything)
    assert made["url"] in dump
    assert not any(secret.removeprefix("whsec_") in dump for secret in secrets)


def test_the_log_goes_back_after_a_month(
    app: FastAPI, world: World, as_: As, hook: Hook, turn: Turn, receiver: Receiver, clock: Clock, sent: Sent
) -> None:
    made = hook("教育局")
    poke(as_, made)
    turn()
    do = Installation(app.state.settings, app.state.database)
    for days, left in ((29, 1), (31, 0)):
        clock.go(now() + timedelta(days=days))
        do.perform(system_within(world.district), ops.prune)
        assert len(sent()) == left


def test_the_security_administrator_does_all_of_it_by_page(
    browse: As, world: World, turn: Turn, receiver: Receiver, as_: As
) -> None:
    browser = browse("secadmin")
    fields = {
        "name": "学籍系统",
        "url": receiver.url,
        "unit_id": world.unit["实验小学"],
        "resources[]": ["plans", "assignments"],
    }
    shown = browser.post("/webhooks", data=form(browser, **fields))
    secret = shown.text.partition("<code>whsec_")[2].partition("</code>")[0]
    assert shown.status_code == 200 and len(secret) == 44
    (row,) = ok(as_("secadmin").get(f"{API}/webhooks"))["data"]
    home = f"/webhooks/{row['id']}"
    assert row["resources"] == ["plans", "assignments"] and secret not in browser.get(home).text
    there = browser.post(f"{home}/test", data=form(browser)).headers["location"]
    assert "还没有发送" in browser.get(there).text
    receiver.status = 500
    turn()
    told = browser.get(there).text
    assert "对方没有接受" in told and "500" in told and "下次发送" in told
    assert (
        "测试消息" in browser.get(f"{home}?state=waiting").text
        and "没有符合条件的推送" in browser.get(f"{home}?state=failed").text
    )
    edited = form(browser, version=row["version"], name="学籍平台", url=receiver.url)
    assert browser.post(home, data=edited).status_code == 303
    (row,) = ok(as_("secadmin").get(f"{API}/webhooks"))["data"]
    assert (row["name"], row["resources"]) == ("学籍平台", None)
    assert browser.post(home, data=edited | {"version": row["version"], "url": "https://10.0.0.1/"}).status_code == 422
    rotated = browser.post(f"{home}/rotate", data=form(browser)).text
    assert "whsec_" in rotated and secret not in rotated and "仍然有效" in rotated
    assert browser.post(f"{home}/disable", data=form(browser)).status_code == 303
    assert "由安全管理员停用" in browser.get(home).text
    assert (
        'href="/webhooks"' in browser.get("/users").text
        and 'href="/webhooks"' not in browse("sysadmin").get("/users").text
    )
    assert browse("sysadmin").get(home).status_code == 404
