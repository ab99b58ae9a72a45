"""A receiver on this machine, a worker's turns, and a clock that can be turned."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.calendar import now
from app.installation import Installation
from app.settings import Settings
from app.webhooks.hearing import hear_all
from app.webhooks.sending import send_some
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.webhooks.receiver import Receiver, receiving
from tests.world import World


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The receiver is within this machine, which is allowed here and nowhere else."""
    return settings.model_copy(update={"webhook_allow": "127.0.0.1/32"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as told:
        yield told


Turn = Callable[[], None]


@pytest.fixture
def turn(app: FastAPI) -> Turn:
    """All that a worker would find to do now."""
    do = Installation(app.state.settings, app.state.database)

    def turn() -> None:
        while hear_all(do) or send_some(do):
            pass

    return turn


class Clock:
    """What the worker takes for the time."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead

    def go(self, until: datetime) -> None:
        self.ahead = until - now() + timedelta(milliseconds=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in ("app.core.operation", "app.webhooks.hearing", "app.webhooks.sending"):
        monkeypatch.setattr(f"{module}.now", made)
    monkeypatch.setattr("app.core.operation.begun", lambda connection: None)
    return made


Hook = Callable[..., dict[str, Any]]


@pytest.fixture
def hook(as_: As, world: World, receiver: Receiver) -> Hook:
    """``hook("实验小学")``: a webhook of that unit, told at the receiver, with its secret."""

    def make(unit: str, **fields: Any) -> dict[str, Any]:
        unit_id = world.district if unit == "教育局" else world.unit[unit]
        body = {"name": f"{unit}的系统", "url": receiver.url, "unit_id": unit_id, **fields}
        made: dict[str, Any] = ok(as_("secadmin").post(f"{API}/webhooks", json=body), 201)
        return made

    return make


@pytest.fixture
def sent(as_: As) -> Callable[..., list[dict[str, Any]]]:
    """The log of deliveries, oldest first."""

    def read(**filters: Any) -> list[dict[str, Any]]:
        rows = ok(as_("secadmin").get(f"{API}/webhook-deliveries", params={"limit": 200, **filters}))["data"]
        return list(reversed(rows))

    return read
