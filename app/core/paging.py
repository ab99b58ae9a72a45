"""Lists: one description per resource gives its filters, sorts, keyset pages and counts.

A statement is built once per shape (roles, filters named, sort, whether a cursor is given) and cached; the
values go in as parameters. Pages follow the key, never an offset: their cost follows the page, not the table.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql.util import find_tables
from starlette.datastructures import QueryParams

from app.core.cursors import close_cursor, open_cursor
from app.core.errors import NotFound, invalid
from app.core.lanes import Order, all_of, page_of
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
from app.core.prepared import Prepared
from app.core.syncing import Mark, mark
from app.core.within import amid, many, within

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
        statement = _page_statement(self, see.actor.roles, shape, asked.sort, after, len(units), grounds, gathered)
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
        statement = _one_statement(self, see.actor.roles)
        row = statement.one_or_none(see.connection, {**see.actor.binds, "row_id": row_id})
        if row is None:
            raise NotFound()
        return row

    def named(self, see: Reader, ids: Collection[int]) -> Sequence[Any]:
        """Those of these rows that the actor may read, without buttons."""
        binds = {**see.actor.binds, "named_ids": sorted(ids)}
        return see.connection.execute(_named_statement(self, see.actor.roles), binds).all()

    def _merging(self, see: Reader) -> dict[str, int]:
        """The parameters of a page merged from several units' rows; none where it is not."""
        units = see.actor.units | see.actor.former
        if not 1 < len(units) <= MOST_MERGED or self.policy.own_by(see.actor.roles) is None:
            return {}
        return {f"unit_{n}": unit for n, unit in enumerate(sorted(units))}

    def count(self, see: Reader, asked: Asked, most: int | None = None) -> int:
        """How many rows there are; with ``most`` no further than that."""
        statement = _count_statement(self, see.actor.roles, self.shape(asked), most is not None)
        binds = {**see.actor.binds, **self.binds(see, asked), "count_limit": most}
        total: int = see.connection.execute(statement, binds).scalar_one()
        return total

    def where(self, roles: Roles, shape: tuple[str, ...]) -> list[ColumnElement[bool]]:
        """Scope and filters as conditions, for sums over the same rows as the list's."""
        return _rows(self, roles, shape)

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


@lru_cache(maxsize=2048)
def _conditions(listing: Listing, roles: Roles, shape: tuple[str, ...]) -> list[ColumnElement[bool]]:
    conditions = [listing.policy.read(roles)]
    for entry in shape:
        name, _, value = entry.partition("=")
        if name == "q":
            pattern: sa.BindParameter[str] = sa.bindparam("f_q")
            conditions.append(sa.or_(*(column.like(pattern, escape="\\") for column in listing.search)))
        elif name == "updated_since":
            conditions.append(listing.policy.table.c.updated_at >= sa.bindparam("f_updated_since"))
        else:
            condition = listing.filters[name].condition
            if isinstance(condition, Mapping):
                condition = condition[value]
            conditions.append(condition if isinstance(condition, ColumnElement) else condition(roles))
    return conditions


@lru_cache(maxsize=2048)
def _rows(listing: Listing, roles: Roles, shape: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """The conditions of all rows, for counts and sums: of a scope of several grounds gathered ground by ground."""
    read, *filters = _conditions(listing, roles, shape)
    lanes = listing.policy.lanes(roles)
    if not lanes:
        return [read, *filters]
    table = listing.policy.table
    return [amid(table.c.id, all_of(lanes, _source(listing, filters), table, shape, filters))]


def _source(listing: Listing, filters: Sequence[ColumnElement[bool]]) -> sa.FromClause:
    """The table alone, unless a filter looks into those that are joined to it."""
    table = listing.policy.table
    met = {each for one in filters for each in find_tables(one, check_columns=True)}
    return listing.rows if met - {table} else table


@lru_cache(maxsize=2048)
def _page_statement(
    listing: Listing,
    roles: Roles,
    shape: tuple[str, ...],
    sort: str,
    after: bool,
    units: int,
    grounds: frozenset[str] | None,
    gathered: bool,
) -> Prepared:
    """``units``: of how many units rows are merged; 0 where they come in order as they are."""
    key, row_id = listing.sorts[sort].key, listing.policy.table.c.id
    read, *filters = _conditions(listing, roles, shape)
    chosen = [read, *filters, *_after(listing.sorts[sort], row_id, after)]
    if units:
        chosen = [row_id.in_(_merged(listing, roles, sort, units, chosen[1:]))]
    elif gathered and (lanes := listing.policy.lanes(roles)):
        assert isinstance(key, sa.Column), "a lane is read off an index in the order of a column"
        order = Order(key, listing.sorts[sort].descending, sa.bindparam("page_limit"), shape, chosen[1:])
        chosen = [amid(row_id, page_of(lanes, _source(listing, filters), listing.policy.table, order))]
    statement = sa.select(*listing.columns, *listing.policy.columns(roles, grounds), key.label("page_key"))
    return Prepared(_in_order(listing, statement, sort, chosen))


def _in_order(
    listing: Listing, statement: sa.Select[Any], sort: str, conditions: Sequence[ColumnElement[bool]]
) -> sa.Select[Any]:
    key, descending, _ = listing.sorts[sort]
    row_id = listing.policy.table.c.id
    order = [key.desc(), row_id.desc()] if descending else [key.asc(), row_id.asc()]
    ordered = statement.select_from(listing.rows).where(*conditions).order_by(*order[-1:] if key is row_id else order)
    return ordered.limit(sa.bindparam("page_limit"))


def _after(sort: Sort, row_id: sa.Column[Any], after: bool) -> list[ColumnElement[bool]]:
    """The rows behind a cursor."""
    if not after:
        return []
    key, descending, _ = sort
    cursor_key = sa.bindparam("cursor_key", type_=key.type)
    cursor_id = sa.bindparam("cursor_id", type_=sa.BigInteger)
    if key is row_id:
        return [row_id < cursor_id if descending else row_id > cursor_id]
    pair, seen = sa.tuple_(key, row_id), sa.tuple_(cursor_key, cursor_id)
    return [key <= cursor_key if descending else key >= cursor_key, pair < seen if descending else pair > seen]


def _merged(
    listing: Listing, roles: Roles, sort: str, units: int, conditions: Sequence[ColumnElement[bool]]
) -> sa.Select[Any]:
    """The ids of a page's worth of each unit's rows. ``IN (two units)`` cannot be read off one index in order: all
    their rows would be fetched and sorted for each page."""
    unit, row_id = listing.policy.own_by(roles), listing.policy.table.c.id
    assert unit is not None
    mine = [unit == sa.bindparam(f"unit_{n}", type_=sa.BigInteger) for n in range(units)]
    lanes = [_in_order(listing, sa.select(row_id), sort, [one, *conditions]).subquery() for one in mine]
    every = sa.union_all(*(sa.select(lane.c.id) for lane in lanes)).subquery()
    return sa.select(every.c.id)


@lru_cache(maxsize=2048)
def _one_statement(listing: Listing, roles: Roles) -> Prepared:
    mine = listing.policy.table.c.id == sa.bindparam("row_id", type_=sa.BigInteger)
    columns = [*listing.columns, *listing.detail, *listing.policy.columns(roles)]
    return Prepared(sa.select(*columns).select_from(listing.rows).where(mine, listing.policy.read(roles)))


@lru_cache(maxsize=2048)
def _named_statement(listing: Listing, roles: Roles) -> sa.Select[Any]:
    table = listing.policy.table
    mine = within(table.c.id, many("named_ids"))
    return sa.select(*listing.columns).select_from(listing.rows).where(mine, listing.policy.read(roles))


@lru_cache(maxsize=2048)
def _count_statement(listing: Listing, roles: Roles, shape: tuple[str, ...], bounded: bool) -> sa.Select[Any]:
    table, lanes = listing.policy.table, listing.policy.lanes(roles)
    read, *filters = _conditions(listing, roles, shape)
    rows = sa.select(table.c.id).select_from(listing.rows).where(read, *filters)
    if lanes:
        rows = sa.select(all_of(lanes, _source(listing, filters), table, shape, filters).subquery().c.id)
    if bounded:
        rows = rows.limit(sa.bindparam("count_limit", type_=sa.Integer))
    return sa.select(sa.func.count()).select_from(rows.subquery())
