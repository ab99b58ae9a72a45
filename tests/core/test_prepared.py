"""Statements written out once read, write and fail as any other does."""

from contextlib import suppress
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError

from app.assignments.models import ASSIGNMENT
from app.assignments.rules import POLICY
from app.core.audit import UnauditedWrite, audited_write
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.policy import Role
from app.core.prepared import Prepared
from app.core.workflow import _find_statement
from app.identity.access import resolve
from app.units.models import UNIT
from tests.assignments.conftest import Ledger
from tests.assignments.conftest import ledger as ledger  # the fixtures
from tests.stock import day
from tests.stock import stock as stock
from tests.world import World

_RENAME = Prepared(sa.update(UNIT).where(UNIT.c.id == sa.bindparam("row")).values(code=sa.bindparam("new_code")))


@pytest.mark.parametrize("account", ["school", "supervisor", "office"])
def test_a_row_is_read_as_by_any_statement(app: FastAPI, world: World, ledger: Ledger, account: str) -> None:
    database, row_id = app.state.database, ledger.row("实验小学", "in_progress", report_count=2)
    statement = _find_statement(POLICY, frozenset({*Role}), None)

    def read(connection: sa.Connection) -> tuple[sa.Row | None, ...]:
        actor = resolve(connection, world.user[account], day(0))
        assert actor is not None
        binds = {**actor.binds, "row_id": row_id}
        usual = connection.execute(statement.statement, binds).one_or_none()
        return usual, statement.one_or_none(connection, binds), statement.one_or_none(connection, binds)

    usual, *prepared = database.read_now(read)
    assert usual is not None and prepared == [usual, usual]
    for each in prepared:
        assert each._asdict() == usual._asdict() and [*map(type, each)] == [*map(type, usual)]


def test_there_may_be_no_row(app: FastAPI) -> None:
    none = Prepared(sa.select(ASSIGNMENT).where(ASSIGNMENT.c.id == sa.bindparam("row")))
    assert app.state.database.read_now(lambda connection: none.one_or_none(connection, {"row": 0})) is None


def test_unaudited_dml_is_refused(app: FastAPI) -> None:
    with pytest.raises(UnauditedWrite):
        app.state.database.write_now(lambda connection: _RENAME.change(connection, {"row": 0, "new_code": "X"}))


def test_what_the_database_refuses_is_told_as_of_any_statement(app: FastAPI, world: World) -> None:
    database: Database = app.state.database
    asked = sa.select(UNIT.c.code).where(UNIT.c.id == world.district)
    taken = database.read_now(lambda connection: connection.execute(asked).scalar_one())
    given = {"row": world.unit["实验小学"], "new_code": taken}

    def job(connection: sa.Connection) -> int:
        with audited_write(connection):
            return _RENAME.change(connection, given)

    with pytest.raises(IntegrityError) as refused:
        database.write_now(job)
    assert refused.value.hide_parameters


def test_what_differs_at_each_execution_runs_as_usual(app: FastAPI, world: World) -> None:
    both = sorted([world.district, world.unit["实验小学"]])
    among = Prepared(sa.select(sa.func.count()).where(UNIT.c.id.in_(both)))
    assert app.state.database.read_now(lambda connection: among.scalar_one(connection, {})) == 2


def test_a_connection_that_was_lost_is_given_up(app: FastAPI) -> None:
    database: Database = app.state.database
    if database.is_sqlite:
        pytest.skip("a file is not lost")
    one = Prepared(sa.select(sa.literal_column("1")))

    def job(connection: sa.Connection) -> int:
        driver: Any = connection.connection.driver_connection
        with suppress(psycopg.OperationalError):
            driver.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return int(one.scalar_one(connection, {}))

    with pytest.raises(Unavailable):
        database.write_now(job)
    assert database.write_now(lambda connection: one.scalar_one(connection, {})) == 1
