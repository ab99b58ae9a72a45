"""Lists: one description per resource gives its filters, sorts, keyset pages and counts.

A statement is built once per shape (roles, filters named, sort, whether a cursor is given) and cached; the
values go in as parameters. Pages follow the key, never an offset: their cost follows the page, not the table.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from starlette.datastructures import QueryParams

from app.core import shapes
from app.core.cursors import close_cursor, open_cursor
from app.core.errors import NotFound, invalid
from app.core.lanes import Lane
from app.core.operation import Reader
from app.core.params import (
    WRONG_PLACE,
    Parse,
    parse_choice,
    parse_cursor,
    parse_flag,
    parse_id,
    parse_instant,
    parse_number,
    parse_text,
    read_params,
    takes,
)
from app.core.policy import Condition, Policy, Roles
from app.core.syncing import Mark, mark

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
AT_ONCE = 1000
"""Rows of a whole list that are read at once."""
MOST_MERGED = 8
"""Of more units than these a page's rows are not merged one by one."""


class Filter(NamedTuple):
    """A filter of a list.

    ``condition`` uses ``bindparam("f_<name>")``; when it maps each value to a condition of its own, the value
    is part of the statement's shape instead (a lamp). One that looks at rows of another resource is a function of
    the roles: it finds only what the actor may read there. ``binds`` computes further parameters from the reader.
    """

    condition: ColumnElement[bool] | Mapping[str, ColumnElement[bool]] | Condition
    parse: Parse = parse_id
    binds: Callable[[Reader], dict[str, Any]] | None = None
    description: str = ""


def equals(column: sa.Column[Any], name: str, parse: Parse = parse_id) -> Filter:
    return Filter(column == sa.bindparam(f"f_{name}", type_=column.type), parse)


def one_of(column: sa.Column[Any], name: str, enum: type[StrEnum]) -> Filter:
    """``?state=pending`` or several, comma-separated."""
    allowed = {member.value for member in enum}

    @takes(type="array", items={"type": "string", "enum": sorted(allowed)}, minItems=1)
    def parse(parameter: str, value: str) -> list[str]:
        chosen = value.split(",")
        for each in chosen:
            if each not in allowed:
                raise invalid(parameter, f"没有这一选项，可选：{'、'.join(sorted(allowed))}")
        return chosen

    return Filter(column.in_(sa.bindparam(f"f_{name}", expanding=True)), parse)


class Sort(NamedTuple):
    """A sort key that is never NULL, with an index that serves it; ``id`` breaks ties."""

    key: ColumnElement[Any]
    descending: bool = False
    load: Callable[[Any], Any] = lambda value: value
    """Turns the key back from its JSON form in a cursor."""


def by_id(table: sa.Table, *, descending: bool = True) -> Sort:
    return Sort(table.c.id, descending)


@dataclass(frozen=True)
class Asked:
    """What a client asks of a list, checked."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    q: str | None = None
    updated_since: datetime | None = None
    sort: str = ""
    limit: int = DEFAULT_LIMIT
    cursor: tuple[Any, int] | None = None
    count: bool = False
    mark: Mark | None = None
    """Where a client that mirrors the list stands; a cursor hands on that of the first page."""

    @property
    def unbounded(self) -> bool:
        return self.q is not None or self.count


@dataclass(frozen=True, eq=False)
class Listing:
    """One resource's list. ``columns`` are selected from ``source`` under ``policy.read``, ``detail`` of one row."""

    policy: Policy
    columns: Sequence[ColumnElement[Any]]
    sorts: Mapping[str, Sort]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    search: Sequence[ColumnElement[str]] = ()
    source: sa.FromClause | None = None
    detail: Sequence[ColumnElement[Any]] = ()
    search_lanes: Callable[[Roles], Sequence[Lane]] = lambda roles: ()
    """For roles that see all of a large table: the rows that ``search`` finds, by the keys of what it looks into."""
    led_by: frozenset[str] = frozenset()
    """Filters that leave few of a large table's rows, with indices of their own: these are found first and then brought
    in order. In the list's order a database would go through all that is newer than the first of them. Every row of
    such a table is a row of ``source``."""
    part_of: str = ""
    """The filter that names whose parts the rows are: by the path (``tables.part_of``), never by a parameter."""

    @property
    def rows(self) -> sa.FromClause:
        return self.policy.table if self.source is None else self.source

    @cached_property
    def parsers(self) -> dict[str, Parse]:
        """Every parameter that the list takes."""
        found = {name: each.parse for name, each in self.filters.items() if name != self.part_of}
        if self.search:
            found["q"] = parse_text
        if "updated_at" in self.policy.table.c:
            found["updated_since"] = parse_instant
        return found | {
            "sort": parse_choice(list(self.sorts)),
            "limit": parse_number(1, MAX_LIMIT),
            "cursor": parse_cursor,
            "count": parse_flag,
        }

    def asked(self, params: QueryParams | Mapping[str, str]) -> Asked:
        """Check a query string. 422 for an unknown parameter, a bad value, a foreign cursor."""
        given = read_params(params, self.parsers)
        filters = {name: value for name, value in given.items() if name in self.filters}
        options = {name: value for name, value in given.items() if name not in self.filters}
        options["q"] = (options.get("q") or "").strip() or None
        options.setdefault("sort", next(iter(self.sorts)))
        if "cursor" in options:
            options["cursor"], options["mark"] = self._opened(options["cursor"], options["sort"])
            if (options["mark"] is None) != (options.get("updated_since") is None):
                raise invalid("cursor", WRONG_PLACE)
        return Asked(filters, **options)

    def page(
        self, see: Reader, asked: Asked, grounds: frozenset[str] | None = None, gathered: bool = True
    ) -> tuple[Sequence[Any], str | None]:
        """A page of rows and the cursor of the next one. ``grounds``: the conditions of the policy that are looked at;
        all, for the buttons, unless said: those left out hold of no row. ``gathered``: by the policy's lanes.
        """
        units = self._merging(see)
        after = asked.cursor is not None
        shape = self.shape(asked)
        statement = shapes.page_statement(
            self, see.actor.roles, shape, asked.sort, after, len(units), grounds, gathered
        )
        binds = {**see.actor.binds, **self.binds(see, asked), "page_limit": asked.limit + 1, **units}
        if asked.cursor:
            binds["cursor_key"], binds["cursor_id"] = asked.cursor
        rows = statement.all(see.connection, binds)
        if len(rows) <= asked.limit:
            return rows, None
        rows = rows[: asked.limit]
        return rows, close_cursor(self._place(asked.sort), rows[-1].page_key, rows[-1].id, asked.mark)

    def body(self, see: Reader, asked: Asked, present: Callable[[Reader, Any], dict[str, Any]]) -> dict[str, Any]:
        """A page as it is answered: ``{"data": […], "next": cursor|null}``, with ``total`` when asked to count, and
        with ``synced_until`` and ``view`` when asked for what was changed since.
        """
        if asked.updated_since is not None and asked.mark is None:
            asked = replace(asked, mark=mark(see.connection, see.actor))
        rows, following = self.page(see, asked)
        body: dict[str, Any] = {"data": [present(see, row) for row in rows], "next": following}
        body |= {"synced_until": asked.mark.until, "view": asked.mark.view} if asked.mark else {}
        return body | ({"total": self.count(see, asked)} if asked.count else {})

    def every(self, see: Reader, asked: Asked, grounds: frozenset[str] = frozenset()) -> Iterator[Sequence[Any]]:
        """All rows, some at a time, read off the key as pages are: within one snapshot none is missed or met twice.
        They have no buttons: what these ask of each row costs more than the row. Only the first are gathered: where
        there are more, each stretch would gather nearly all of them, and going through the table once costs less.
        """
        asked = replace(asked, limit=AT_ONCE, cursor=None)
        while True:
            rows, following = self.page(see, asked, grounds, gathered=asked.cursor is None)
            yield rows
            if following is None:
                return
            asked = replace(asked, cursor=self._opened(following, asked.sort)[0])

    def one(self, see: Reader, row_id: int) -> Any:
        """The row with its buttons and details; 404 where there is none for the actor."""
        statement = shapes.one_statement(self, see.actor.roles)
        row = statement.one_or_none(see.connection, {**see.actor.binds, "row_id": row_id})
        if row is None:
            raise NotFound()
        return row

    def named(self, see: Reader, ids: Collection[int]) -> Sequence[Any]:
        """Those of these rows that the actor may read, without buttons."""
        binds = {**see.actor.binds, "named_ids": sorted(ids)}
        return see.connection.execute(shapes.named_statement(self, see.actor.roles), binds).all()

    def _merging(self, see: Reader) -> dict[str, int]:
        """The parameters of a page merged from several units' rows; none where it is not."""
        units = see.actor.units | see.actor.former
        if not 1 < len(units) <= MOST_MERGED or self.policy.own_by(see.actor.roles) is None:
            return {}
        return {f"unit_{n}": unit for n, unit in enumerate(sorted(units))}

    def count(self, see: Reader, asked: Asked, most: int | None = None) -> int:
        """How many rows there are; with ``most`` no further than that."""
        statement = shapes.count_statement(self, see.actor.roles, self.shape(asked), most is not None)
        binds = {**see.actor.binds, **self.binds(see, asked), "count_limit": most}
        total: int = see.connection.execute(statement, binds).scalar_one()
        return total

    def where(self, roles: Roles, shape: tuple[str, ...]) -> list[ColumnElement[bool]]:
        """Scope and filters as conditions, for sums over the same rows as the list's."""
        return shapes.rows_of(self, roles, shape)

    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        binds: dict[str, Any] = {}
        for name, value in asked.filters.items():
            one = self.filters[name]
            if not isinstance(one.condition, Mapping):
                binds[f"f_{name}"] = value
            if one.binds:
                binds |= one.binds(see)
        if asked.q is not None:
            binds["f_q"] = like(asked.q)
        if asked.updated_since is not None:
            binds["f_updated_since"] = asked.updated_since
        return binds

    def shape(self, asked: Asked) -> tuple[str, ...]:
        """What a statement is built for, beside the roles: the filters by name, not their values."""
        shape = [
            f"{name}={value}" if isinstance(self.filters[name].condition, Mapping) else name
            for name, value in asked.filters.items()
        ]
        shape += ["q"] if asked.q is not None else []
        shape += ["updated_since"] if asked.updated_since is not None else []
        return tuple(sorted(shape))

    def _opened(self, cursor: str, sort: str) -> tuple[tuple[Any, int], Mark | None]:
        key, _, load = self.sorts[sort]
        return open_cursor(cursor, self._place(sort), key.type, load)

    def _place(self, sort: str) -> str:
        """What a cursor belongs to: another list's, or one of another order, is refused."""
        return f"{self.policy.table.name}.{sort}"


def like(text: str) -> str:
    """A LIKE pattern that takes ``% _ \\`` literally (ESCAPE '\\')."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
