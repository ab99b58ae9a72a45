"""The daily look for deadlines, on a day of the test's choosing."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.operation import Tx, transact
from app.core.policy import system_within
from app.notifications import operations as ops
from tests.stock import stock as stock  # the fixture
from tests.world import World

On = Callable[[date], int]


@pytest.fixture
def on(app: FastAPI, world: World) -> On:
    """As it is on that day; how many notices."""

    def remind(day: date) -> int:
        instant = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)

        def job(connection: sa.Connection) -> int:
            actor = system_within(world.district)
            return transact(Tx(connection, actor, app.state.settings, instant=instant), ops.remind)

        done: int = app.state.database.write_now(job)
        return done

    return remind
