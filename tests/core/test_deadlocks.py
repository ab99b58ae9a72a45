"""Two writes that take the same rows in opposite order: the database ends one of them, which is done again unasked."""

import threading
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import Connection

from app.units.models import UNIT
from tests.world import World


def test_of_two_writes_that_wait_for_each_other_both_are_done(app: FastAPI, world: World) -> None:
    """As an import that takes appointments before units, while units are merged, which takes units first."""
    database, tries = app.state.database, [0, 0]
    rows = [world.unit["实验小学"], world.unit["第一中学"]]
    met = threading.Barrier(2)

    def job(n: int, connection: Connection) -> int:
        tries[n] += 1
        first, second = rows if n == 0 else reversed(rows)
        hold = sa.select(UNIT.c.id).where(UNIT.c.id == sa.bindparam("unit")).with_for_update()
        connection.execute(hold, {"unit": first})
        if tries[n] == 1 and not database.is_sqlite:
            met.wait(timeout=30)
        connection.execute(hold, {"unit": second})
        return n

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(database.write_now, lambda connection, n=n: job(n, connection)) for n in range(2)]
        assert [each.result(timeout=60) for each in done] == [0, 1]
    assert sum(tries) == (2 if database.is_sqlite else 3)
