"""SQLite as requests use it: a file, one writer, and nothing acknowledged that is not on disk."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_S = 10
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32000",
)
AWAY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")


def engine(url: sa.URL, pool_size: int, *, immediate: bool, **options: Any) -> Engine:
    """``immediate``: BEGIN IMMEDIATE, since a deferred one fails when it turns from reading to writing."""
    memory = url.database in (None, "", ":memory:")
    if memory:
        raise ValueError("SQLite needs a file: readers and the writer have connections of their own")
    made = sa.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_reset_on_return="rollback" if immediate else None,
        hide_parameters=True,
        **options,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S, "cached_statements": 512},
    )

    @event.listens_for(made, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    if immediate:

        @event.listens_for(made, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return made
    return made.execution_options(isolation_level="AUTOCOMMIT")


def is_away(error: Any) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith(AWAY)
