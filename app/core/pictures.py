"""What rows were before a write over many of them, and what they are after it: each that differs leaves an event.

The flush hook sees single rows alone. Here they are looked at twice, some at a time; as they were they wait on disk.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.audit import EVENT, OMITTED, Told, record_each, shown
from app.core.db import owed
from app.core.files import store_of
from app.core.models import Audited, table_of
from app.core.spill import Spill
from app.core.within import many, within

AT_ONCE = 1000
Beside = Callable[[Any, Sequence[int]], Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True)
class Subject:
    """Rows of ``model``, found by their id or by another column; ``beside(tx, ids)``: what of each lies elsewhere."""

    model: type[Audited]
    by: str = "id"
    beside: Beside = lambda tx, ids: {}


class Picture(NamedTuple):
    """A row as events show it. Of a list an event says how many entries it has, so its own are kept as well."""

    told: dict[str, Any]
    lists: dict[str, Any]


@contextmanager
def traced(
    tx: Any, subject: Subject, operation: str, ids: Collection[int], *, silent_only: bool = False
) -> Iterator[list[int]]:
    """Of rows found by ``ids``, and by those that are added to what it yields, an event for each that the block makes,
    changes or takes away; ``silent_only``: where the block itself left none of it."""
    with Spill(store_of(tx.settings).staging) as before:
        for some in _some([*ids]):
            before.put([some, [[row_id, *picture] for row_id, picture in _pictures(tx, subject, some).items()]])
        begun, further = len(owed(tx.connection)), list[int]()
        yield further
        told = _told_by_itself(tx, subject, begun) if silent_only else frozenset()
        for some, rows in before:
            _tell(tx, subject, operation, some, {row_id: Picture(*picture) for row_id, *picture in rows}, told)
        for some in _some([*{*further} - {*ids}]):
            _tell(tx, subject, operation, some, {}, told)


def _some(ids: list[int]) -> Iterator[list[int]]:
    ids.sort()
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


def _tell(
    tx: Any, subject: Subject, operation: str, ids: Sequence[int], before: dict[int, Picture], told: Collection[int]
) -> None:
    after = _pictures(tx, subject, ids)
    moved = (
        _moved(row_id, before.get(row_id), after.get(row_id)) for row_id in sorted({*before, *after}.difference(told))
    )
    record_each(tx, subject.model.audit_name, [each for each in moved if each is not None], operation=operation)


def _moved(row_id: int, before: Picture | None, after: Picture | None) -> Told | None:
    if before is None or after is None:
        return Told(row_id, before and before.told, after and after.told)
    names = [
        name
        for name in dict.fromkeys((*before.told, *after.told))
        if (before.told.get(name), before.lists.get(name)) != (after.told.get(name), after.lists.get(name))
    ]
    if not names:
        return None
    was, now_at = ({name: picture.told.get(name) for name in names} for picture in (before, after))
    return Told(row_id, was, now_at)


def _pictures(tx: Any, subject: Subject, ids: Sequence[int]) -> dict[int, Picture]:
    rows = tx.connection.execute(_rows(subject.model, subject.by), {"ids": ids})
    beside = subject.beside(tx, ids)
    return {row["id"]: _picture({**row, **beside.get(row["id"], {})}) for row in rows.mappings()}


def _picture(row: dict[str, Any]) -> Picture:
    held = {name: value for name, value in row.items() if name != "id" and value is not None}
    return Picture(
        {name: shown(value) for name, value in held.items()},
        {name: value for name, value in held.items() if isinstance(value, list | dict)},
    )


@lru_cache(maxsize=64)
def _rows(model: type[Audited], by: str) -> sa.Select[Any]:
    table = table_of(model)
    told = [column for column in table.c if column.name not in OMITTED | model.audit_omit]
    return sa.select(table.c.id, *told).where(within(table.c[by], many("ids"))).order_by(table.c.id)


_OF_EVENTS = sa.select(EVENT.c.resource_id).where(
    within(EVENT.c.id, many("events")), EVENT.c.resource == sa.bindparam("resource"), EVENT.c.resource_id.is_not(None)
)


def _told_by_itself(tx: Any, subject: Subject, begun: int) -> frozenset[int]:
    """The rows of which the block left an event: those that wait for their seal since it began."""
    events = [entry[0] for _, _, entry in owed(tx.connection)[begun:]]
    found = tx.connection.execute(_OF_EVENTS, {"events": events, "resource": subject.model.audit_name})
    return frozenset(found.scalars())
