"""Whatever changes of a row that a list shows moves its ``updated_at``: a client that mirrors the list sees it."""

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import SQLModel

from app.core.db import Database
from tests.conftest import As
from tests.generated import scenario
from tests.world import World

UNSEEN = {"last_used_at", "password_hash", "token_sha256", "first_password_at", "folded"}
"""Columns that no list shows, or that say when a token was last used."""


def test_no_change_leaves_updated_at_where_it_was(app: FastAPI, as_: As, world: World) -> None:
    database: Database = app.state.database
    if not database.is_sqlite:
        pytest.skip("the writes are the same on PostgreSQL")
    watched = [table for table in SQLModel.metadata.tables.values() if "updated_at" in table.c]
    assert len(watched) > 15

    def watch(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE unmoved (what TEXT, at TEXT)")
        for table in watched:
            for column in set(table.c.keys()) - UNSEEN - {"updated_at"}:
                changed = f'OLD."{column}" IS NOT NEW."{column}" AND OLD.updated_at = NEW.updated_at'
                note = f"INSERT INTO unmoved VALUES ('{table.name}.{column}', NEW.updated_at);"
                named = f'"watch_{table.name}_{column}" AFTER UPDATE ON "{table.name}"'
                connection.exec_driver_sql(f"CREATE TRIGGER {named} WHEN {changed} BEGIN {note} END")
        # What is changed twice in one transaction has its instant, which the seal at its end has too.
        forget = "DELETE FROM unmoved WHERE at = NEW.at;"
        connection.exec_driver_sql(f"CREATE TRIGGER forgive AFTER INSERT ON event_seal BEGIN {forget} END")

    database.write_now(watch)
    scenario.build(as_, world)
    unmoved = sa.text("SELECT DISTINCT what FROM unmoved ORDER BY what")
    assert database.read_now(lambda connection: list(connection.execute(unmoved).scalars())) == []
