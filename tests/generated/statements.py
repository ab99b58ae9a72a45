"""What a request asks of the database, statement by statement, and which of them go through the whole of a table."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.core.db import Database

THROUGH = re.compile(r"SCAN (\w+)\b(?! VIRTUAL TABLE)")
"""Row by row or along an index: either way the whole of it. A ``SEARCH`` goes to its place, and a
list of parameters is no table."""
NAMED = re.compile(r"(?<![.\w])(\w+) AS (\w+)")
"""A table by another name: SQLite speaks of it by that one. A column has its table's name before it."""
GROWING = {
    "assignment",
    "event",
    "evidence",
    "evidence_link",
    "finding",
    "plan_item",
    "progress_report",
    "rectification",
}
GROWING |= {"responsibility", "urging", "import_row", "extension"}
"""Not visits: an office that lists evidence goes through those of its bureau, a few thousand a year."""
EXCEPTIONS: dict[str, str] = {}
"""Statements that may, by a piece of their text, and why: none is known."""
PLANNED = re.compile(r"SELECT|WITH|UPDATE|DELETE|INSERT (?!.*VALUES)", re.DOTALL)
"""Of rows that are put in, SQLite names each table that may refer to them, and looks at none."""
LAST_USE = re.compile(r"UPDATE (user_session|api_token) SET last_")
"""Noted once a minute, of whichever request comes first."""


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Those of what is done meanwhile, each with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not LAST_USE.match(statement):
            seen.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def going_through(connection: sa.Connection, met: Mapping[str, Any]) -> dict[str, list[str]]:
    """Statements that read a whole table instead of asking an index for a part, and what SQLite says of them."""
    found = {}
    for statement, parameters in met.items():
        if PLANNED.match(statement) and "WHERE 0 = 1" not in statement:
            one = parameters[0] if isinstance(parameters, list) else parameters
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one)
            through = [row.detail for row in plan if _is_of_one_that_grows(row.detail, statement)]
            if through and not any(piece in statement for piece in EXCEPTIONS):
                found[statement] = through
    return found


def through(database: Database, met: Mapping[str, Any]) -> list[str]:
    """The same in words; PostgreSQL does not tell beforehand, with a handful of rows."""
    if not database.is_sqlite:
        return []
    with database.reader.connect() as connection:
        return [f"{said}: {statement}" for statement, said in going_through(connection, met).items()]


def _is_of_one_that_grows(said: str, statement: str) -> bool:
    if (scanned := THROUGH.match(said)) is None:
        return False
    # One name may stand for two tables, in two parts of a statement.
    named: dict[str, set[str]] = defaultdict(set)
    for table, name in NAMED.findall(statement):
        named[name].add(table)
    return not GROWING.isdisjoint({scanned[1], *named[scanned[1]]})
