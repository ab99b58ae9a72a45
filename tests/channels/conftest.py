"""A mail server on this machine, a bureau that knows it, and the morning on which digests are made."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr

from app.channels import digests
from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.settings import Settings
from tests.channels.smtp import Box, receiving
from tests.conftest import As
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.workers import work as work  # the fixture
from tests.world import World

OWN = f"{API}/me/notice-settings"
SITE = "https://qinglian.example.cn"


@pytest.fixture
def box() -> Iterator[Box]:
    with receiving() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, box: Box) -> Settings:
    mail = {"smtp_url": SecretStr(box.url), "mail_from": "no-reply@example.cn", "site_url": SITE}
    return settings.model_copy(update=mail)


Morning = Callable[[date], int]


@pytest.fixture
def morning(app: FastAPI, world: World) -> Morning:
    """The look for digests, as it is on that day; how many were put in."""

    def prepare(day: date) -> int:
        instant = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)

        def job(connection: sa.Connection) -> int:
            tx = Tx(connection, system_within(world.district), app.state.settings, instant=instant)
            return transact(tx, digests.prepare)

        done: int = app.state.database.write_now(job)
        return done

    return prepare


Subscribe = Callable[..., Any]


@pytest.fixture
def subscribe(browse: As, work: Callable[[], int], box: Box) -> Subscribe:
    """``subscribe("school", "daily")``: an address confirmed by the code that came to it; the browser."""

    def make(account: str, digest: str, **choices: Any) -> Any:
        browser = browse(account)
        ok(browser.post(f"{OWN}/email", json={"email": f"{account}@example.cn"}))
        work()
        assert box.mails[-1]["to"] == f"{account}@example.cn"
        ok(browser.post(f"{OWN}/email/confirm", json={"code": code_in(box)}))
        ok(browser.post(OWN, json={"digest": digest, **choices}))
        return browser

    return make


def code_in(box: Box) -> str:
    found = re.search(r"确认码是 (\w{12})", box.mails[-1].get_content())
    assert found, "no code"
    return found[1]
