"""The statements of a list, each built once for its shape: the roles, the filters by name, the order, and whether a
cursor is given. What each means stands with ``Listing``.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql.util import find_tables

from app.core.lanes import Lane, Order, all_of, page_of
from app.core.policy import Policy, Roles, beside_narrower
from app.core.prepared import Prepared
from app.core.within import amid, many, within


class Described(Protocol):
    """What of a ``Listing`` the statements follow from."""

    policy: Policy
    columns: Sequence[ColumnElement[Any]]
    sorts: Mapping[str, Any]
    filters: Mapping[str, Any]
    search: Sequence[ColumnElement[str]]
    detail: Sequence[ColumnElement[Any]]
    search_lanes: Callable[[Roles], Sequence[Lane]]
    led_by: frozenset[str]

    @property
    def rows(self) -> sa.FromClause: ...

    def __hash__(self) -> int: ...


@lru_cache(maxsize=2048)
def _conditions(listing: Described, roles: Roles, shape: tuple[str, ...]) -> list[ColumnElement[bool]]:
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


def _ways(listing: Described, roles: Roles, shape: tuple[str, ...]) -> tuple[Sequence[Lane], list[ColumnElement[bool]]]:
    """The lanes by which rows are found, if any, and what else they are chosen by: without lanes the scope first."""
    read, *filters = _conditions(listing, roles, shape)
    if lanes := listing.policy.lanes(roles):
        return lanes, filters
    if "q" in shape and (lanes := listing.search_lanes(roles)):
        read, *filters = _conditions(listing, roles, tuple(name for name in shape if name != "q"))
        return lanes, [beside_narrower(read, listing.policy.table), *filters]
    led = not listing.led_by.isdisjoint(shape)
    return (), [beside_narrower(read, listing.policy.table) if led else read, *filters]


@lru_cache(maxsize=2048)
def rows_of(listing: Described, roles: Roles, shape: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """The conditions of all rows, for counts and sums: of a scope of several grounds gathered ground by ground."""
    lanes, conditions = _ways(listing, roles, shape)
    if not lanes:
        return conditions
    table = listing.policy.table
    return [amid(table.c.id, all_of(lanes, _source(listing, conditions), table, shape, conditions))]


def _source(listing: Described, filters: Sequence[ColumnElement[bool]]) -> sa.FromClause:
    """The table alone, unless a filter looks into those that are joined to it."""
    table = listing.policy.table
    met = {each for one in filters for each in find_tables(one, check_columns=True)}
    return listing.rows if met - {table, None} else table


@lru_cache(maxsize=2048)
def page_statement(
    listing: Described,
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
    lanes, conditions = _ways(listing, roles, shape)
    if lanes and not gathered:
        lanes, conditions = (), _conditions(listing, roles, shape)
    source = _source(listing, conditions)
    chosen = [*conditions, *_after(listing.sorts[sort], row_id, after)]
    if units:
        chosen = [row_id.in_(_merged(listing, roles, sort, units, chosen[1:]))]
    elif lanes:
        assert isinstance(key, sa.Column), "a lane is read off an index in the order of a column"
        order = Order(key, listing.sorts[sort].descending, sa.bindparam("page_limit"), shape, chosen)
        chosen = [amid(row_id, page_of(lanes, source, listing.policy.table, order))]
    elif not listing.led_by.isdisjoint(shape):
        found = _in_order(listing, sa.select(row_id), sort, chosen, source, led=True)
        chosen = [amid(row_id, found.correlate(None))]
    statement = sa.select(*listing.columns, *listing.policy.columns(roles, grounds), key.label("page_key"))
    return Prepared(_in_order(listing, statement, sort, chosen))


def _in_order(
    listing: Described,
    statement: sa.Select[Any],
    sort: str,
    conditions: Sequence[ColumnElement[bool]],
    source: sa.FromClause | None = None,
    led: bool = False,
) -> sa.Select[Any]:
    """``led``: the rows are found first. By its own key PostgreSQL would go through the table from the newest row until
    it has met a page of them; the sign keeps it from that."""
    key, descending, _ = listing.sorts[sort]
    row_id: ColumnElement[Any] = listing.policy.table.c.id
    if led and key is row_id:
        key = row_id = sa.literal_column(f"+{listing.policy.table.name}.id", sa.BigInteger)
    order = [key.desc(), row_id.desc()] if descending else [key.asc(), row_id.asc()]
    found = statement.select_from(listing.rows if source is None else source).where(*conditions)
    return found.order_by(*order[-1:] if key is row_id else order).limit(sa.bindparam("page_limit"))


def _after(sort: Any, row_id: sa.Column[Any], after: bool) -> list[ColumnElement[bool]]:
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
    listing: Described, roles: Roles, sort: str, units: int, conditions: Sequence[ColumnElement[bool]]
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
def one_statement(listing: Described, roles: Roles) -> Prepared:
    mine = listing.policy.table.c.id == sa.bindparam("row_id", type_=sa.BigInteger)
    columns = [*listing.columns, *listing.detail, *listing.policy.columns(roles)]
    return Prepared(sa.select(*columns).select_from(listing.rows).where(mine, listing.policy.read(roles)))


@lru_cache(maxsize=2048)
def named_statement(listing: Described, roles: Roles) -> sa.Select[Any]:
    table = listing.policy.table
    mine = within(table.c.id, many("named_ids"))
    return sa.select(*listing.columns).select_from(listing.rows).where(mine, listing.policy.read(roles))


@lru_cache(maxsize=2048)
def count_statement(listing: Described, roles: Roles, shape: tuple[str, ...], bounded: bool) -> sa.Select[Any]:
    table = listing.policy.table
    lanes, conditions = _ways(listing, roles, shape)
    source = _source(listing, conditions) if lanes or listing.led_by else listing.rows
    rows = sa.select(table.c.id).select_from(source).where(*conditions)
    if lanes:
        rows = sa.select(all_of(lanes, source, table, shape, conditions).subquery().c.id)
    if bounded:
        rows = rows.limit(sa.bindparam("count_limit", type_=sa.Integer))
    return sa.select(sa.func.count()).select_from(rows.subquery())
