"""A row that somebody holds is waited for only so long, and who holds it is told rightly."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import Connection

from app.core.errors import Conflict
from app.core.idempotency import claim
from app.core.operation import Tx
from app.core.policy import Actor
from app.units.models import UNIT
from tests.world import World


def test_whoever_waits_for_anothers_work_is_not_told_that_it_is_their_own(app: FastAPI, world: World) -> None:
    database = app.state.database
    if database.is_sqlite:
        pytest.skip("one writer: there is nothing to wait for")
    actor = Actor(user_id=world.user["school"], district_id=world.district)

    def hold(connection: Connection) -> None:
        connection.execute(sa.select(UNIT.c.id).where(UNIT.c.id == world.unit["实验小学"]).with_for_update())

    def send(connection: Connection) -> None:
        claim(Tx(connection, actor, app.state.settings), "a-key", "the same")

    for act, words in ((hold, "别人正在办理同一项"), (send, "同一请求正在办理")):
        held, gate = threading.Event(), threading.Event()

        def first(connection: Connection, act: Any = act, held: Any = held, gate: Any = gate) -> None:
            act(connection)
            held.set()
            gate.wait(30)

        def second(connection: Connection, act: Any = act) -> None:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            act(connection)

        with ThreadPoolExecutor(1) as threads:
            under_way = threads.submit(database.write_now, first)
            assert held.wait(30)
            with pytest.raises(Conflict) as refused:
                database.write_now(second)
            gate.set()
            under_way.result(30)
        assert refused.value.code == "in_flight" and words in refused.value.detail
