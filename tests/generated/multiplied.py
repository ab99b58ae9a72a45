"""Every row of a database copied several times, whatever the tables: copies hang on the same parents where they may."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.appointments.models import AppointmentDuty
from app.core.audit import audited_write
from app.core.db import Database, insert_or_ignore

KEPT = {"access_epoch", "session", "school_term", "idempotency_record", "webhook_cursor"}
KEPT |= {"decision_supervision", "setup"}
"""Tables whose rows stand alone: counters, logins, places in a log, and names that only the calendar gives."""
FIXED = {"district_id", "period", "target", "target_id", "year"}
"""Columns with a meaning of their own: a copy differs from its row in another one."""

FIXED_OF = {"accountability_trigger": {"kind", "source_id"}}
"""More of them, of one table: here the row that is cited, which no foreign key names. Copies go with their action's."""
SOFTENED: dict[str, dict[str, Any]] = {
    "appointment": {"duty": AppointmentDuty.DUAL_DUTY},
    "plan_item": {"for_information": True},
}
"""What copies are like, of which there may be but one, or which would want parts of their own."""


def multiply(database: Database, times: int) -> None:
    """``times`` copies of every row; what is unique gets a mark, or hangs on the copy of a parent. Here and there a row
    has no second of its kind, such as one that hangs on parents without copies.
    """

    def job(connection: sa.Connection) -> None:
        tables = [table for table in SQLModel.metadata.sorted_tables if table.name not in KEPT]
        rows = {table.name: connection.execute(sa.select(table)).mappings().all() for table in tables}
        made = 0
        with audited_write(connection):
            for copy in range(1, times + 1):
                known: dict[tuple[str, Any], Any] = {}
                for table in tables:
                    for row in rows[table.name]:
                        if row.get("kind") != "bureau":
                            made += _copy(connection, table, dict(row), copy, known)
        assert made > 0.9 * times * sum(map(len, rows.values())), f"too few rows could be copied: {made}"

    database.write_now(job)


def _copy(
    connection: sa.Connection, table: sa.Table, row: dict[str, Any], copy: int, known: dict[tuple[str, Any], Any]
) -> bool:
    key = next(iter(table.primary_key.columns))
    own = row[key.name]
    values = {column.name: row[column.name] for column in table.columns if column.computed is None}
    values |= SOFTENED.get(table.name, {})
    for names in _unique(table):
        values |= _varied([table.c[name] for name in names], row, copy, known)
    if key.name == "id":
        del values["id"]
    made = connection.execute(insert_or_ignore(connection, table).values(values).returning(key)).scalar_one_or_none()
    if made is not None:
        known[table.name, own] = made
    return made is not None


def _unique(table: sa.Table) -> Iterator[list[str]]:
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint):
            names = [column.name for column in constraint.columns]
            if names != ["id"]:
                yield names
    for index in table.indexes:
        if index.unique:
            yield [column.name for column in index.columns]


def _varied(
    columns: list[sa.Column[Any]], row: dict[str, Any], copy: int, known: dict[tuple[str, Any], Any]
) -> dict[str, Any]:
    if any(row[c.name] is None for c in columns if c.computed is None):
        return {}  # nothing is unique about it
    fixed = FIXED | FIXED_OF.get(columns[0].table.name, set())
    free = [c for c in columns if c.name not in fixed and c.computed is None]
    plain = [c for c in free if not c.foreign_keys and not isinstance(c.type, sa.Enum)]
    if plain:
        return {plain[-1].name: _marked(plain[-1], row[plain[-1].name], copy)}
    parents = []
    for column in (c for c in free if c.foreign_keys):
        target = next(iter(column.foreign_keys)).column
        if (made := known.get((target.table.name, row[column.name]))) is not None:
            if target.table is column.table:
                return {column.name: made}  # what it follows; all else of it stays with its own parts
            parents.append({column.name: made})
    # Now more children of the one parent, now of the other.
    return parents[copy % len(parents)] if parents else {}


def _marked(column: sa.Column[Any], value: Any, copy: int) -> Any:
    if isinstance(value, str):
        length = getattr(column.type, "length", None) or 1000
        return f"{value[-(length - 2) :]}~{copy}"  # The end tells one from another, of numbers too.
    if isinstance(value, date):
        return value + timedelta(days=400 * copy)
    return value + 1_000 * copy
