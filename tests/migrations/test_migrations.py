"""The schema the migrations make is the one the models describe, going up with data, down, and up again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from app.schema import Standing, config, standing
from tests.conftest import Prepared
from tests.world import World


@pytest.fixture
def engine(prepared: Prepared, tmp_path: Path) -> Iterator[sa.Engine]:
    """A migrated database with the small bureau in it."""
    with prepared.server.copy(tmp_path) as url:
        made = sa.create_engine(url)
        yield made
        made.dispose()


def alembic(engine: sa.Engine, act: Any, revision: str) -> None:
    with engine.begin() as connection:
        settings = config(str(engine.url))
        settings.attributes["connection"] = connection
        act(settings, revision)


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_database_is_at_the_newest_revision(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert standing(connection) == Standing.CURRENT


def test_models_need_no_further_migration(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_there_is_one_head() -> None:
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(config("sqlite://")).get_heads()) == 1


def test_schema_goes_down_with_data_and_up_again(engine: sa.Engine, world: World) -> None:
    with engine.connect() as connection:
        before = connection.execute(sa.text("SELECT count(*) FROM unit")).scalar_one()
    assert before > 10
    alembic(engine, command.downgrade, "base")
    assert tables(engine) == set()
    alembic(engine, command.upgrade, "head")
    assert tables(engine) == set(SQLModel.metadata.tables)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM unit")).scalar_one() == 0


def enums() -> list[Any]:
    """(table, column, values) of every enum in the models."""
    return [
        pytest.param(table.name, column.name, set(column.type.enums), id=f"{table.name}.{column.name}")
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]


def test_enums_are_found_at_all() -> None:
    assert len(enums()) > 15


@pytest.mark.parametrize(("table", "column", "values"), enums())
def test_check_constraint_admits_exactly_the_enum(engine: sa.Engine, table: str, column: str, values: set[str]) -> None:
    """Autogenerate does not notice a member added to an enum: the CHECK would refuse it in production."""
    admitted = [
        found
        for check in sa.inspect(engine).get_check_constraints(table)
        if re.search(rf'\(*"?\b{column}\b"?\)*(?:::text)?\)? (?:IN|= ANY)', check["sqltext"])
        for found in [set(re.findall(r"'([a-z_]+)'", check["sqltext"]))]
    ]
    assert admitted == [values]


def test_every_foreign_key_has_an_index(engine: sa.Engine) -> None:
    """A reference without one costs a scan of the referring table, in checks and in joins.

    Columns that only say who or which event, never asked for by themselves, are left out.
    """
    inspector = sa.inspect(engine)
    bare = []
    for table in SQLModel.metadata.sorted_tables:
        led = {index["column_names"][0] for index in inspector.get_indexes(table.name)}
        led |= {unique["column_names"][0] for unique in inspector.get_unique_constraints(table.name)}
        led |= set(inspector.get_pk_constraint(table.name)["constrained_columns"][:1])
        for column in table.columns:
            if column.foreign_keys and column.name not in led and not _names_a_doer(column):
                bare.append(f"{table.name}.{column.name}")
    assert bare == []


def _names_a_doer(column: sa.Column[Any]) -> bool:
    target = next(iter(column.foreign_keys)).column.table.name
    return column.name == "district_id" or target in ("user", "event", "api_token")
