"""A column that is among many ids, all of which come as one parameter, or two that are one of many pairs; an id among
those that a column holds; the day that goes with an id; a text that says one of some names.

``IN`` with a parameter for each id is another statement for each number of ids: SQLAlchemy would write it out anew at
every execution, and PostgreSQL, which plans what it has not met before, would hardly ever meet one again.
"""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Ids(sa.TypeDecorator[Sequence[int]]):
    """Ids as a parameter: an array, or JSON where a database has none.

    An actor's come as a tuple, which a statement names a dozen times: its JSON is kept.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(
            postgresql.ARRAY(sa.BigInteger) if dialect.name == "postgresql" else sa.Text(),
        )

    def process_bind_param(self, value: Sequence[int] | None, dialect: Any) -> Any:
        if dialect.name == "postgresql":
            return list(value) if isinstance(value, tuple) else value
        return _json(value) if isinstance(value, tuple) else json.dumps(value)


_json = lru_cache(4096)(json.dumps)


def many(name: str) -> sa.BindParameter[Sequence[int]]:
    return sa.bindparam(name, type_=Ids())


class within(FunctionElement[bool]):
    """``within(column, OWN)``; an empty list holds nothing."""

    type = sa.Boolean()
    inherit_cache = True
    name = "within"

    def self_group(self, against: Any = None) -> Self:
        """As it is: SQLAlchemy would compare it with 1 where a database has no booleans, and SQLite then goes through
        the whole table instead of asking an index."""
        return self


@compiles(within, "sqlite")
def _in_json(element: within, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({given})))"


@compiles(within, "postgresql")
def _in_array(element: within, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY ({given}))"


class amid(FunctionElement[bool]):
    """``amid(column, rows)``: the column is among the ids that a SELECT finds, and these are looked up. PostgreSQL
    takes ``IN (SELECT …)`` for a join, for which it may go through the whole table, and joins with no array."""

    type = sa.Boolean()
    inherit_cache = True
    name = "amid"

    def __init__(self, column: sa.ColumnElement[Any], rows: sa.SelectBase) -> None:
        super().__init__(column, rows.scalar_subquery())

    def self_group(self, against: Any = None) -> Self:
        return self


@compiles(amid, "sqlite")
def _in_rows(element: amid, compiler: Any, **options: Any) -> str:
    column, rows = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN {rows})"


@compiles(amid, "postgresql")
def _in_array_of_rows(element: amid, compiler: Any, **options: Any) -> str:
    column, rows = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY (ARRAY{rows}))"


class holds(FunctionElement[bool]):
    """``holds(column, id)``: the id is in the JSON list of that column."""

    type = sa.Boolean()
    inherit_cache = True
    name = "holds"

    def self_group(self, against: Any = None) -> Self:
        return self


@compiles(holds, "sqlite")
def _held_in_json(element: holds, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({given} IN (SELECT value FROM json_each({column})))"


@compiles(holds, "postgresql")
def _held_in_elements(element: holds, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({given} IN (SELECT held::bigint FROM json_array_elements_text({column}) AS held))"


class Pairs(sa.TypeDecorator[Sequence[tuple[int, int]]]):
    """Pairs of ids as a parameter, as JSON."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[tuple[int, int]] | None, dialect: Any) -> str:
        return json.dumps(value or [])


class paired(FunctionElement[bool]):
    """``paired(column, other, pairs)``: both columns are one of the pairs in a parameter of ``Pairs``."""

    type = sa.Boolean()
    inherit_cache = True
    name = "paired"

    def self_group(self, against: Any = None) -> Self:
        return self


@compiles(paired, "sqlite")
def _pair_in_json(element: paired, compiler: Any, **options: Any) -> str:
    one, other, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(({one}, {other}) IN (SELECT value ->> 0, value ->> 1 FROM json_each({given})))"


@compiles(paired, "postgresql")
def _pair_in_elements(element: paired, compiler: Any, **options: Any) -> str:
    one, other, given = (compiler.process(clause, **options) for clause in element.clauses)
    return (
        f"(({one}, {other}) IN (SELECT CAST(pair ->> 0 AS bigint), CAST(pair ->> 1 AS bigint)"
        f" FROM json_array_elements(CAST({given} AS json)) AS pair))"
    )


class Days(sa.TypeDecorator[dict[int, date]]):
    """A day for each of some ids as a parameter, as JSON."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: dict[int, date] | None, dialect: Any) -> str:
        return json.dumps({str(key): day.isoformat() for key, day in (value or {}).items()})


class day_for(FunctionElement[date]):
    """``day_for(column, days)``: the day that a parameter of ``Days`` gives for the id; NULL where it gives none."""

    type = sa.Date()
    inherit_cache = True
    name = "day_for"


@compiles(day_for, "sqlite")
def _day_in_json(element: day_for, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({given}, '$.\"' || {column} || '\"')"


@compiles(day_for, "postgresql")
def _day_in_object(element: day_for, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(CAST({given} AS json) ->> CAST({column} AS text) AS date)"


class Names(sa.TypeDecorator[Sequence[str]]):
    """Names as a parameter: an array, or JSON where a database has none."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(postgresql.ARRAY(sa.Text) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Any) -> Any:
        return list(value or ()) if dialect.name == "postgresql" else _json(tuple(value or ()))


class says(FunctionElement[bool]):
    """``says(column, names)``: one of the names in a parameter of ``Names`` stands in the column's text."""

    type = sa.Boolean()
    inherit_cache = True
    name = "says"

    def self_group(self, against: Any = None) -> Self:
        return self


@compiles(says, "sqlite")
def _said_of_json(element: says, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(EXISTS (SELECT 1 FROM json_each({given}) AS said WHERE instr({column}, said.value) > 0))"


@compiles(says, "postgresql")
def _said_of_array(element: says, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(EXISTS (SELECT 1 FROM unnest({given}) AS said WHERE strpos({column}, said) > 0))"
