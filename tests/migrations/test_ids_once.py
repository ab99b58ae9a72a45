"""On SQLite each table has from the migration on the key that the models declare, and all else that it had before."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.runtime.migration import HeadMaintainer
from sqlmodel import SQLModel

from app.briefs.models import BRIEF
from app.core.audit import EVENT
from app.core.calendar import now
from tests.architecture.test_ids_once import is_once
from tests.migrations.test_migrations import alembic, content
from tests.migrations.test_migrations import engine as engine  # the fixture

HERE, BEFORE = "20270111_ids_once", "20270110_export_format"


@pytest.fixture
def sqlite(engine: sa.Engine) -> sa.Engine:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's sequences give each number once")
    return engine


def schema(engine: sa.Engine) -> dict[str, str]:
    """Everything that is defined, in its own words but for the table's name, which a renaming puts in marks."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema WHERE sql <> ''").all()
    return {f"{row.type} {row.name}": re.sub(r'\ACREATE TABLE "?(\w+)"?', r"CREATE TABLE \1", row.sql) for row in rows}


def numbers(engine: sa.Engine) -> set[str]:
    """The tables whose numbers are given once."""
    return {key.partition(" ")[2] for key, words in schema(engine).items() if "AUTOINCREMENT" in words}


def test_tables_are_as_the_models_declare(sqlite: sa.Engine) -> None:
    """A migration that makes one anew loses it, unless ``table_kwargs={"sqlite_autoincrement": True}`` says so."""
    assert numbers(sqlite) == {table.name for table in SQLModel.metadata.tables.values() if is_once(table)}


def test_all_else_of_the_tables_stays_on_the_way_down_and_up(sqlite: sa.Engine) -> None:
    alembic(sqlite, command.downgrade, HERE)
    there, rows = schema(sqlite), content(sqlite)
    alembic(sqlite, command.downgrade, BEFORE)
    assert numbers(sqlite) == set() and content(sqlite) == rows
    plain = {key: words.replace(" AUTOINCREMENT", "") for key, words in there.items()}
    assert {key: words for key, words in schema(sqlite).items() if "sqlite_sequence" not in key} == {
        key: words for key, words in plain.items() if "sqlite_sequence" not in key
    }
    alembic(sqlite, command.upgrade, HERE)
    assert schema(sqlite) == there and content(sqlite) == rows


def test_numbers_go_on_after_those_that_were_given(sqlite: sa.Engine) -> None:
    """Of a brief that was deleted before the migration the audit log tells; what was refused may name any number."""
    alembic(sqlite, command.downgrade, BEFORE)
    with sqlite.begin() as connection:
        told: dict[str, Any] = {"at": now(), "operation": "brief.delete", "resource": "brief", "request_id": ""}
        for number, outcome in ((41, "done"), (2**53 - 1, "refused")):
            connection.execute(sa.insert(EVENT).values(**told, resource_id=number, outcome=outcome))
    alembic(sqlite, command.upgrade, "head")
    with sqlite.begin() as connection:
        home = connection.execute(sa.select(EVENT.c.district_id).where(EVENT.c.district_id.is_not(None))).scalars()
        own = {"district_id": (district := home.first()), "unit_id": district}
        words = {
            "kind": "highlight",
            "state": "draft",
            "title": "清廉家风",
            "text": "微课。",
            "written_on": now().date(),
        }
        stamps = {"created_at": now(), "updated_at": now(), "version": 1}
        made = sa.insert(BRIEF).values(**own, **words, **stamps).returning(BRIEF.c.id)
        first = connection.execute(made).scalar_one()
        connection.execute(sa.delete(BRIEF))
        assert (first, connection.execute(made).scalar_one()) == (42, 43)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """After it each revision but the one that gives ids once makes the table of briefs anew: a copy of a table counts
    on after the greatest row that it was given; ``migrations/env.py`` knows better."""
    update = HeadMaintainer.update_to_step

    def update_and_forget(heads: HeadMaintainer, step: Any) -> None:
        update(heads, step)
        if HERE not in step.to_revisions_no_deps:
            op.get_bind().exec_driver_sql("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'brief'")

    monkeypatch.setattr(HeadMaintainer, "update_to_step", update_and_forget)


def last_brief(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'brief'")
        return int(found.scalar_one())


@pytest.mark.usefixtures("forgetful")
def test_what_a_migration_makes_anew_goes_on_where_it_stood(sqlite: sa.Engine) -> None:
    alembic(sqlite, command.downgrade, HERE)
    with sqlite.begin() as connection:
        connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = 77 WHERE name = 'brief'")
    alembic(sqlite, command.upgrade, "head")
    assert last_brief(sqlite) == 77


@pytest.mark.usefixtures("forgetful")
def test_so_it_does_in_the_run_by_which_its_ids_are_given_once(sqlite: sa.Engine) -> None:
    """From a release before that to the newest: all in one run."""
    alembic(sqlite, command.downgrade, BEFORE)
    told = {"at": now(), "operation": "brief.delete", "resource": "brief", "request_id": "", "outcome": "done"}
    with sqlite.begin() as connection:
        connection.execute(sa.insert(EVENT).values(**told, resource_id=41))
    alembic(sqlite, command.upgrade, "head")
    assert last_brief(sqlite) == 41
