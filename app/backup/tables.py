"""Rows out of a database and into one, raw: no model, so that any revision of the schema will do."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydantic_core
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

LEFT_OUT = frozenset({"alembic_version", "user_session"})
"""A restored session would let in whoever had logged out since; the revision stands in the manifest."""
BATCH = 2000
Tick = Callable[[int], None]


def engine(url: str | sa.URL) -> sa.Engine:
    """Without the requests' time-outs. Instants go out and come in as UTC without saying so: the server may be set to
    another zone.
    """
    is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
    options: dict[str, Any] = {} if is_sqlite else {"connect_args": {"options": "-c timezone=UTC"}}
    return sa.create_engine(url, poolclass=NullPool, hide_parameters=True, **options)


def names(connection: Connection) -> list[str]:
    return sorted(set(sa.inspect(connection).get_table_names()) - LEFT_OUT)


def columns(connection: Connection, table: str) -> dict[str, sa.types.TypeEngine[Any]]:
    """Those that are kept; a generated one follows from the others."""
    found = sa.inspect(connection).get_columns(table)
    return {column["name"]: column["type"] for column in found if "computed" not in column}


def count(connection: Connection, table: str) -> int:
    counted: int = connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one()
    return counted


def revision(connection: Connection) -> str:
    found: str = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    return found


def is_empty(connection: Connection) -> bool:
    return not any(
        connection.exec_driver_sql(f'SELECT 1 FROM "{table}" LIMIT 1').first() for table in names(connection)
    )


@contextmanager
def snapshot(url: str | sa.URL) -> Iterator[Connection]:
    """Everything read within it is of one instant, while others go on writing."""
    made = engine(url)
    if made.dialect.name == "postgresql":
        with made.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection
        return
    with made.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.isolation_level = None
        driver.execute("BEGIN")
        driver.execute("SELECT 1 FROM sqlite_master").fetchone()
        try:
            yield connection
        finally:
            driver.execute("ROLLBACK")


# Out


def rows(connection: Connection, table: str) -> Iterator[Any]:
    """In the order of the key, each value as SQLite keeps it."""
    found = columns(connection, table)
    key = ", ".join(f'"{name}"' for name in sa.inspect(connection).get_pk_constraint(table)["constrained_columns"])
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        wanted = ", ".join(f'"{name}"' for name in found)
        yield from driver.execute(f'SELECT {wanted} FROM "{table}" ORDER BY {key}')
        return
    wanted = ", ".join(_as_sqlite(name, kind) for name, kind in found.items())
    with driver.cursor("backup") as cursor:
        cursor.itersize = BATCH
        yield from cursor.execute(f'SELECT {wanted} FROM "{table}" ORDER BY {key}')


def _as_sqlite(name: str, kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, sa.DateTime):
        return f"to_char(\"{name}\" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    if isinstance(kind, sa.Boolean):
        return f'"{name}"::int'
    if isinstance(kind, sa.Date | sa.JSON):
        return f'"{name}"::text'
    if isinstance(kind, sa.Integer | sa.String | sa.LargeBinary | sa.Float):
        return f'"{name}"'
    raise TypeError(f"no way to write {kind!r}")


def dump(connection: Connection, table: str, path: Path, tick: Tick) -> int:
    """Write a table's rows to a new file; how many."""
    written = 0
    with path.open("xb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        for row in rows(connection, table):
            file.write(pydantic_core.to_json([_hex(v) if isinstance(v, bytes) else v for v in row]) + b"\n")
            written += 1
            if written % BATCH == 0:
                tick(BATCH)
    tick(written % BATCH)
    return written


def _hex(value: bytes) -> dict[str, str]:
    return {"hex": value.hex()}


# In


def read(path: Path) -> Iterator[list[Any]]:
    with gzip.open(path, "rb") as file:
        for line in file:
            yield json.loads(line)


def load(connection: Connection, table: str, fields: list[str], path: Path, tick: Tick) -> int:
    """Fill an empty table; how many rows."""
    into = f'"{table}" (' + ", ".join(f'"{name}"' for name in fields) + ")"
    driver: Any = connection.connection.driver_connection
    loaded = 0
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in read(path):
                copy.write_row([f"\\x{v['hex']}" if isinstance(v, dict) else v for v in row])
                loaded += 1
                tick(1)
        return loaded
    statement = f"INSERT INTO {into} VALUES ({', '.join('?' * len(fields))})"
    for batch in _batches(read(path)):
        driver.executemany(statement, batch)
        loaded += len(batch)
        tick(len(batch))
    return loaded


def _batches(found: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    batch = []
    for row in found:
        batch.append([bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for v in row])
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def references_last(connection: Connection) -> Iterator[None]:
    """Rows may refer to rows that come later: references are checked at the end, all together."""
    if connection.dialect.name == "sqlite":
        yield  # ``engine`` leaves PRAGMA foreign_keys off.
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise ValueError(f"{len(broken)} broken references, the first in {broken[0][0]}")
        return
    held = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).all()
    for table, name, _ in held:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in held:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


IN_EVENTS = {"user_session": "session"}
"""Tables whose rows the audit log calls otherwise."""


def number_on(connection: Connection) -> None:
    """New rows get ids after the greatest there is, and after those of rows that were deleted before the backup, as far
    as the audit log tells. What was refused may name any id, and counts for nothing.
    """
    told = sa.text(
        "SELECT resource_id FROM event WHERE resource = :resource AND outcome = 'done' AND resource_id IS NOT NULL"
        " ORDER BY resource_id DESC LIMIT 1"
    )
    for table, column in _numbered(connection):
        last = connection.exec_driver_sql(f'SELECT max("{column}") FROM "{table}"').scalar() or 0
        gone = connection.execute(told, {"resource": IN_EVENTS.get(table, table)}).scalar() or 0
        if last or gone:
            _go_on_after(connection, table, column, max(last, gone))


def _numbered(connection: Connection) -> list[tuple[str, str]]:
    """Tables whose last number is kept, each with its key. For most of its own SQLite looks at the rows there are."""
    if connection.dialect.name == "sqlite":
        once = "SELECT name, 'id' FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
        return [tuple(row) for row in connection.exec_driver_sql(once)]
    counted = connection.exec_driver_sql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
    )
    return [tuple(row) for row in counted]


def _go_on_after(connection: Connection, table: str, column: str, last: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
        return
    connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), {last})")
