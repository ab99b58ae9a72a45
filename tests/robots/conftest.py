"""A chat program on this machine, and the morning on which groups are told."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.robots import working
from app.settings import Settings
from tests.conftest import As
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.webhooks.receiver import Receiver, receiving
from tests.workers import work as work  # the fixture
from tests.world import World

SITE = "https://qinglian.example.cn"
TAKEN = b'{"errcode":0,"errmsg":"ok"}'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The receiver is within this machine, which is allowed here and nowhere else."""
    here = {"webhook_allow": "127.0.0.1/32", "robot_hosts": "127.0.0.1,qyapi.weixin.qq.com", "site_url": SITE}
    return settings.model_copy(update=here)


@pytest.fixture
def group() -> Iterator[Receiver]:
    with receiving() as told:
        told.answer = TAKEN
        yield told


Morning = Callable[[date], int]


@pytest.fixture
def morning(app: FastAPI, world: World) -> Morning:
    def prepare(day: date) -> int:
        instant = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)

        def job(connection: sa.Connection) -> int:
            tx = Tx(connection, system_within(world.district), app.state.settings, instant=instant)
            return transact(tx, working.prepare)

        done: int = app.state.database.write_now(job)
        return done

    return prepare


Robot = Callable[..., dict[str, Any]]


@pytest.fixture
def robot(as_: As, world: World, group: Receiver) -> Robot:
    def make(unit: str, kind: str = "wecom", **fields: Any) -> dict[str, Any]:
        body = {"name": f"{unit}工作群", "unit_id": world.unit[unit], "kind": kind, "url": f"{group.url}?key=s3cr3t"}
        made: dict[str, Any] = ok(as_("secadmin").post(f"{API}/robots", json=body | fields), 201)
        return made

    return make
