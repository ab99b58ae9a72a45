"""No way out tells of an unannounced inspection before its release to whom it is aimed at, and none names a person."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.identity.models import USER
from app.robots import working
from app.settings import Settings
from tests.channels.conftest import Morning, Subscribe
from tests.channels.smtp import Box
from tests.channels.test_feeds import feed_of, titles
from tests.conftest import As
from tests.generated import scenario
from tests.stock import Stock
from tests.walk.steps import API, finding, inspection, ok
from tests.webhooks.receiver import receiving
from tests.world import World

MONDAY = date(2026, 11, 16)
TARGETS = ("school", "central", "education")
"""The target, the central school above it, the office paired with it."""
Work = Callable[[], int]


def test_an_unannounced_inspection_reaches_no_channel_of_its_target_before_its_release(
    client: TestClient,
    as_: As,
    browse: As,
    world: World,
    stock: Stock,
    subscribe: Subscribe,
    morning: Morning,
    work: Work,
    box: Box,
) -> None:
    pair = {"office_id": world.unit["教育股"], "school_id": world.unit["实验小学"]}
    as_("supervisor").post(f"{API}/liaisons", json=pair)
    paths = {account: feed_of(browse, account) for account in (*TARGETS, "supervisor")}
    for account, unit in zip(TARGETS, ("实验小学", "柳林小学", "教育股"), strict=True):
        subscribe(account, "daily")
        plan = stock.plan()
        stock.assignment(plan, stock.item(plan), unit, "pending", days=200)
    days = iter(MONDAY + timedelta(days=n) for n in range(5))

    def heard() -> Any:
        before = len(box.mails)
        assert morning(next(days)) == len(TARGETS)
        work()
        mails = [mail.get_content().partition("退订")[0] for mail in box.mails[before:]]
        told = [[row["text"] for row in ok(as_(account).get(f"{API}/notifications"))["data"]] for account in TARGETS]
        return {account: titles(client, paths[account]) for account in TARGETS}, mails, told

    quiet = heard()
    assert len(quiet[1]) == len(TARGETS)
    hit = [world.unit["实验小学"], world.unit["柳林小学"]]
    made = inspection(as_, hit, mode="unannounced", title="林青老师班级暗访")["id"]
    step = f"{API}/inspections/{made}"
    for action in ("start", None):
        assert heard() == quiet
        assert titles(client, paths["supervisor"]) == [f"督查检查 #{made}"]
        if action:
            ok(as_("supervisor").post(f"{step}/{action}"))
            finding(as_, made, world.unit["实验小学"], description="林青老师没有公示。")
    announced = inspection(as_, hit)["id"]
    assert titles(client, paths["school"])[1:] == [f"督查检查 #{announced}"], "they are told of what they may know"


def test_no_message_holds_a_persons_name_or_anything_that_a_person_wrote(
    app: FastAPI,
    settings: Settings,
    client: TestClient,
    as_: As,
    browse: As,
    world: World,
    stock: Stock,
    subscribe: Subscribe,
    morning: Morning,
    work: Work,
    box: Box,
) -> None:
    settings.webhook_allow, settings.robot_hosts = "127.0.0.1/32", f"127.0.0.1,{settings.robot_hosts}"
    settings.__dict__.pop("webhook_ranges", None)
    scenario.build(as_, world)
    plan = stock.plan("请林青落实")
    stock.assignment(plan, stock.item(plan, title="由林青负责收费公示"), "实验小学", "in_progress", days=1)
    stock.rectification("实验小学", "in_progress", days=1, problem="林青老师未公示")
    subscribe("school", "daily")
    path = feed_of(browse, "school")
    morning(MONDAY)
    with receiving() as group:
        group.answer = b'{"errcode":0}'
        body = {"name": "群", "unit_id": world.unit["实验小学"], "kind": "wecom", "url": group.url}
        made = ok(as_("secadmin").post(f"{API}/robots", json=body), 201)

        def prepare(connection: sa.Connection) -> Any:
            return transact(Tx(connection, system_within(world.district), settings), working.prepare)

        app.state.database.write_now(prepare)
        ok(as_("secadmin").post(f"{API}/robots/{made['id']}/test"))
        work()
        said = [got.body.decode() for got in group.got]
    mails = [f"{mail['subject']}\n{mail.get_content()}" for mail in box.mails]
    feed = client.get(path).text.replace("\r\n ", "")
    assert len(said) >= 1 and len(mails) == 2 and feed.count("BEGIN:VEVENT") >= 4
    names = app.state.database.read_now(lambda connection: list(connection.execute(sa.select(USER.c.name)).scalars()))
    assert len(names) > 5
    for text in (*said, *mails, feed):
        assert not [name for name in (*names, "林青", "公示", "议事") if name in text], text
