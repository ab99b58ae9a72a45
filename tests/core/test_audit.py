"""Writes that leave no event are refused by the engine, and every event tells no more than it may."""

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError

from app.core.audit import UnauditedWrite, audited_write
from app.core.db import Database
from app.core.operation import Tx
from app.core.policy import system_within
from app.identity.models import User
from app.settings import Settings
from app.units.models import UNIT
from tests.conftest import As
from tests.world import World

STATEMENTS = (
    sa.update(UNIT).values(name="改名"),
    sa.delete(UNIT).where(UNIT.c.id == 0),
    sa.text("UPDATE unit SET name = '改名'"),
    sa.text("WITH chosen AS (SELECT 0 AS id) DELETE FROM unit WHERE id IN (SELECT id FROM chosen)"),
)


@pytest.mark.parametrize("statement", STATEMENTS, ids=str)
def test_unaudited_dml_is_refused(app: FastAPI, statement: sa.Executable) -> None:
    database: Database = app.state.database
    with pytest.raises(UnauditedWrite):
        database.write_now(lambda connection: connection.execute(statement))


def test_dml_that_writes_its_event_passes(app: FastAPI) -> None:
    database: Database = app.state.database

    def job(connection: sa.Connection) -> int:
        with audited_write(connection):
            return connection.execute(sa.update(UNIT).where(UNIT.c.id == 0).values(name="改名")).rowcount

    assert database.write_now(job) == 0


def test_a_flush_that_fails_in_a_savepoint_leaves_the_rest_of_its_transaction_watched(
    app: FastAPI, world: World
) -> None:
    """As of a bulk step one of whose rows is refused."""
    database: Database = app.state.database
    actor = system_within(world.district)

    def job(connection: sa.Connection) -> None:
        tx = Tx(connection, actor, Settings())
        with pytest.raises(IntegrityError), tx.savepoint():
            tx.add(User(username="school", name="重名", password_hash="x"))
        connection.execute(STATEMENTS[0])

    with pytest.raises(UnauditedWrite):
        database.write_now(job)


def test_edit_leaves_an_event_with_names_of_fields_and_no_words(as_: As, world: World) -> None:
    unit = as_("sysadmin").get(f"/api/v1/units/{world.unit['实验小学']}").json()
    answer = as_("sysadmin").patch(
        f"/api/v1/units/{unit['id']}", json={"name": "第一实验小学"}, headers={"if-match": f'"{unit["version"]}"'}
    )
    assert answer.status_code == 200
    event = as_("auditor").get("/api/v1/events?operation=unit.edit").json()["data"][0]
    assert set(event["after"]) == {"name"}
    assert "实验" not in str(event)


def test_refusal_is_recorded(as_: As, world: World) -> None:
    body = {"code": "X1", "name": "新学校", "kind": "school"}
    assert as_("school").post("/api/v1/units", json=body).status_code == 403
    event = as_("auditor").get("/api/v1/events?outcome=refused").json()["data"][0]
    assert (event["operation"], event["code"], event["user_id"]) == ("unit.create", "forbidden", world.user["school"])
