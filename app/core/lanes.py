"""Rows that a few keys lead to, units and items, found by these instead of by a look at every row of the table.

A scope that is an OR (own units, paired ones, the office's items) can be read off no index in the order of a list:
where few rows pass, a database would go through all there are to fill one page. So each ground is a lane of its own:
its keys, and of each key the rows in order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.within import amid


@dataclass(frozen=True, eq=False)
class Lane:
    """``column`` leads from a key to its rows, by an index for each order of the list; ``keys`` selects the actor's
    (one column, ``key``); ``also`` holds of all rows of the lane. ``narrowed``: filters of the list, by name, that tell
    already which keys are meant, as conditions of ``keys``.
    """

    column: sa.Column[Any]
    keys: sa.Select[Any]
    also: Sequence[ColumnElement[bool]] = ()
    narrowed: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)

    def meant(self, shape: Sequence[str]) -> sa.Select[Any]:
        return self.keys.where(*(condition for name, condition in self.narrowed.items() if name in shape))


@dataclass(frozen=True, eq=False)
class Order:
    """A list's order, a page's length, and what a page is chosen by beside the scope."""

    key: sa.Column[Any]
    descending: bool
    limit: ColumnElement[int]
    shape: Sequence[str]
    chosen: Sequence[ColumnElement[bool]]

    def of(self, table: sa.FromClause) -> list[ColumnElement[Any]]:
        by = [table.c[name] for name in dict.fromkeys((self.key.name, "id"))]
        return [each.desc() if self.descending else each.asc() for each in by]


def page_of(lanes: Sequence[Lane], source: sa.FromClause, table: sa.Table, order: Order) -> sa.Select[Any]:
    """Ids of the page. No more keys of a lane can have a part in it than it has rows: those whose first rows come
    first.
    """
    found = [_page_of(lane, source, table, order) for lane in lanes]
    every = sa.union(*found).subquery()  # Two lanes may lead to the same row.
    return sa.select(every.c.id).order_by(*order.of(every)).limit(order.limit).correlate(None)


def _page_of(lane: Lane, source: sa.FromClause, table: sa.Table, order: Order) -> sa.Select[Any]:
    def rows(keys: sa.FromClause, limit: ColumnElement[int]) -> sa.Select[Any]:
        mine = sa.select(table.c.id).select_from(source).where(lane.column == keys.c.key, *lane.also, *order.chosen)
        return mine.order_by(*order.of(table)).limit(limit).correlate(keys)

    keys, first, one = lane.meant(order.shape).subquery(), table.alias("first"), table.alias("one")
    firsts = keys.join(first, amid(first.c.id, rows(keys, sa.literal_column("1", sa.Integer))))
    ahead = sa.select(keys.c.key).select_from(firsts).order_by(*order.of(first)).limit(order.limit).subquery()
    told = (one.c[name] for name in dict.fromkeys(("id", order.key.name)))
    return sa.select(*told).select_from(ahead.join(one, amid(one.c.id, rows(ahead, order.limit))))


def all_of(
    lanes: Sequence[Lane],
    source: sa.FromClause,
    table: sa.Table,
    shape: Sequence[str],
    chosen: Sequence[ColumnElement[bool]],
) -> sa.CompoundSelect[Any]:
    """Ids of every row, for counts and sums."""
    return sa.union(
        *(
            sa.select(table.c.id)
            .select_from(source)
            .where(amid(lane.column, lane.meant(shape).correlate(None)), *lane.also, *chosen)
            .correlate(None)
            for lane in lanes
        )
    )
