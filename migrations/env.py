"""Alembic's environment: the application's own metadata and settings, batch mode for SQLite."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import app.schema  # noqa: F401
from app.settings import Settings

target = SQLModel.metadata


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """SQLModel's own types as plain SQLAlchemy ones, so that old migrations do not depend on it."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.impl.length})" if item.impl.length else "sa.String()"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: sa.Connection) -> None:
    last = _last_given(connection)

    def number_on(**_step: Any) -> None:
        """On SQLite a table that is made anew would begin after its greatest row, and give the id of a deleted one
        again. Asked after each revision: one of them may be the first by which a table's ids are given once. (A batch
        operation keeps AUTOINCREMENT only where it is told to: ``table_kwargs={"sqlite_autoincrement": True}``.)
        """
        nonlocal last
        last = _numbered_on(connection, last)

    context.configure(
        connection=connection,
        target_metadata=target,
        render_as_batch=True,
        render_item=render_item,
        compare_type=False,
        on_version_apply=number_on,
    )
    with context.begin_transaction():
        context.run_migrations()


def _numbered_on(connection: sa.Connection, before: dict[str, int]) -> dict[str, int]:
    """No table counts from less than ``before``; what each counts from then."""
    run, after = connection.exec_driver_sql, _last_given(connection)
    for table in before.keys() & after.keys():
        if after[table] < before[table]:
            run("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, before[table]))
            after[table] = before[table]
    return after


def _last_given(connection: sa.Connection) -> dict[str, int]:
    """Of each table whose ids are given once: the last one."""
    if connection.dialect.name != "sqlite":
        return {}
    run = connection.exec_driver_sql
    numbered = run("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'").scalars().all()
    given = run("SELECT name, seq FROM sqlite_sequence").all() if numbered else []
    return dict.fromkeys(numbered, 0) | {row.name: row.seq for row in given}


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url") or Settings().url)
    with engine.connect() as connection:
        run(connection)
        connection.commit()
