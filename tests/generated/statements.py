"""What a request asks of the database, statement by statement, and which of them go through the whole of a table."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

WHOLE = re.compile(r"SCAN (\w+)(?! USING)")
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
    """Statements that read a whole table instead of asking an index, and what SQLite says of them."""
    found = {}
    for statement, parameters in met.items():
        if PLANNED.match(statement) and "WHERE 0 = 1" not in statement:
            one = parameters[0] if isinstance(parameters, list) else parameters
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one)
            through = [row.detail for row in plan if (said := WHOLE.match(row.detail)) and said[1] in GROWING]
            if through:
                found[statement] = through
    return found
