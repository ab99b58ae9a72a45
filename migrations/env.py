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
    context.configure(
        connection=connection,
        target_metadata=target,
        render_as_batch=True,
        render_item=render_item,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url") or Settings().url)
    with engine.connect() as connection:
        run(connection)
        connection.commit()
