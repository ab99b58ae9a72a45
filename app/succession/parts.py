"""What belongs to a unit, and what becomes of it when the unit goes: the shapes of which ``registry`` is made.

A part looks for its rows, which is the preview, and acts on what it found. What is open goes to the successor; what
ended stays under the old name, as do rows that bear a number of the unit's own series: the successor's people carry
those on where they stand (``Actor.former``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.operation import Reader, Tx
from app.core.within import many, within

Found = dict[str, list[int]]
"""Ids by what becomes of them: ``moves``, ``merges``, ``ends``, ``cancels``, ``stays``."""
VERBS = {"moves": "移交", "merges": "并入", "ends": "终止", "cancels": "撤销", "stays": "留待处置"}


@dataclass(frozen=True)
class Ending:
    """A unit that goes. ``new`` is None where nothing follows it; ``on``: the first day on which it is so. ``former``:
    the units that were merged into it, whose rows its people carry on where they stand."""

    old: Any
    new: Any | None
    on: date
    former: frozenset[int] = frozenset()

    @property
    def last(self) -> date:
        return self.on - timedelta(days=1)

    @property
    def binds(self) -> dict[str, Any]:
        ours = sorted({self.old.id, *self.former})
        return {"old": self.old.id, "new": self.new.id if self.new is not None else None, "ours": ours}


class Part(Protocol):
    """``columns``: those that name the unit and that it looks after."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def path(self) -> str | None: ...
    @property
    def columns(self) -> Sequence[sa.Column[Any]]: ...

    def look(self, see: Reader, ending: Ending) -> Found: ...
    def told(self, see: Reader, found: Found) -> Found:
        """What of it may be counted before whoever asks, and in the log."""
        ...

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        """Within ``audited_write``; the run's one event tells of it."""
        ...


OLD, NEW = sa.bindparam("old", type_=sa.BigInteger), sa.bindparam("new", type_=sa.BigInteger)
IDS, OURS = many("ids"), many("ours")
"""``OURS``: the unit and those that it had taken over. A closing ends the one's rows as the others'; a merging leaves
where it is what earlier ones left, for the successor's people carry that on too."""


def ids_of(see: Reader, table: sa.Table, ending: Ending, *conditions: ColumnElement[bool]) -> list[int]:
    """In a write they are held until its end, so that what is counted is what is done."""
    statement = sa.select(table.c.id).where(*conditions).order_by(table.c.id)
    if isinstance(see, Tx):
        statement = statement.with_for_update(of=table)
    return list(see.connection.execute(statement, ending.binds).scalars())


def change(tx: Tx, table: sa.Table, ids: Sequence[int], **values: Any) -> None:
    if not ids:
        return
    if "version" in table.c:
        values["version"] = table.c.version + 1
    if "updated_at" in table.c:
        values["updated_at"] = tx.now
    tx.connection.execute(sa.update(table).where(within(table.c.id, IDS)).values(**values), {"ids": list(ids)})


@dataclass(frozen=True)
class Blocks:
    """What nobody could end any more once the unit is closed: ``first`` says what is to be done before."""

    first: str
    called: ColumnElement[str] | None = None
    """What a row is known by; None: they are counted."""
    by_its_own: bool = False
    """Whether the unit's own people must take part; for one without an account, those of the answering office."""


DUTY = Blocks("请先改由别的单位承担")
"""Someone else must be given it."""


@dataclass(frozen=True)
class Moving:
    """Rows that are ``open`` go to the successor. Where nothing follows they are ``ended``, or go if they are
    ``dropped`` as mere mentions, or must be seen to first (``blocks``); else they stay, for someone to decide.

    ``unique``: columns that may occur only once beside the unit: where the successor has such a row already, the old
    one stays, or goes where it is ``dropped`` or a ``DUTY``.
    """

    column: sa.Column[Any]
    label: str
    open: ColumnElement[bool] = field(default_factory=sa.true)
    path: str | None = None
    unique: tuple[str, ...] = ()
    dropped: bool = False
    countable: ColumnElement[bool] | None = None
    """Which of the rows may be counted; None: all."""
    blocks: Blocks | None = None
    ended: Mapping[str, Any] | None = None
    """What a row of a closed unit becomes."""
    at_closing: ColumnElement[bool] | None = None
    """Which rows a closing looks at; None: those that are ``open``."""

    @property
    def name(self) -> str:
        table, column = self.column.table.name, self.column.name
        return table if column == "unit_id" else f"{table}.{column}"

    @property
    def table(self) -> sa.Table:
        table = self.column.table
        assert isinstance(table, sa.Table)
        return table

    @property
    def columns(self) -> tuple[sa.Column[Any], ...]:
        return (self.column,)

    def look(self, see: Reader, ending: Ending) -> Found:
        ours = (self.column == OLD, self.open)
        if ending.new is None:
            verb = "ends" if self.dropped or self.ended else "stays"
            left = self.open if self.at_closing is None else self.at_closing
            return {verb: ids_of(see, self.table, ending, within(self.column, OURS), left)}
        if not self.unique:
            return {"moves": ids_of(see, self.table, ending, *ours)}
        free = ids_of(see, self.table, ending, *ours, sa.not_(self._held()))
        taken = ids_of(see, self.table, ending, *ours, self._held())
        return {"moves": free, "merges" if self.dropped or self.blocks is DUTY else "stays": taken}

    def _held(self) -> ColumnElement[bool]:
        other = self.table.alias("held")
        same = [other.c[name] == self.table.c[name] for name in self.unique]
        mine = sa.select(sa.literal(1)).where(other.c[self.column.name] == NEW, *same)
        return mine.correlate(self.table).exists()

    def told(self, see: Reader, found: Found) -> Found:
        if self.countable is None:
            return found
        statement = sa.select(self.table.c.id).where(within(self.table.c.id, IDS), self.countable)
        return {
            verb: list(see.connection.execute(statement, {"ids": ids}).scalars()) for verb, ids in found.items() if ids
        }

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        if ending.new is not None:
            change(tx, self.table, found["moves"], **{self.column.name: ending.new.id})
        if self.ended:
            change(tx, self.table, found.get("ends", []), **self.ended)
        if gone := [*found.get("merges", ()), *(found.get("ends", ()) if self.dropped else ())]:
            tx.connection.execute(sa.delete(self.table).where(within(self.table.c.id, IDS)), {"ids": gone})


@dataclass(frozen=True)
class Standing:
    """Rows that are open and stay with the unit all the same; the successor's people carry them on. Where nothing
    follows they must be seen to first (``blocks``), unless the bureau's own people may end them."""

    column: sa.Column[Any]
    label: str
    open: ColumnElement[bool]
    path: str | None = None
    blocks: Blocks | None = None

    @property
    def name(self) -> str:
        return self.column.table.name

    @property
    def columns(self) -> tuple[sa.Column[Any], ...]:
        return (self.column,)

    def look(self, see: Reader, ending: Ending) -> Found:
        table = self.column.table
        assert isinstance(table, sa.Table)
        return {"stays": ids_of(see, table, ending, within(self.column, OURS), self.open)}

    def told(self, see: Reader, found: Found) -> Found:
        return found

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        pass


@dataclass(frozen=True)
class Dated:
    """Rows with days of their own: those that would go on end with the unit's last day."""

    column: sa.Column[Any]
    label: str
    path: str | None = None

    @property
    def name(self) -> str:
        return self.column.table.name

    @property
    def table(self) -> sa.Table:
        table = self.column.table
        assert isinstance(table, sa.Table)
        return table

    @property
    def columns(self) -> tuple[sa.Column[Any], ...]:
        return (self.column,)

    def look(self, see: Reader, ending: Ending) -> Found:
        going_on = sa.or_(self.table.c.valid_to.is_(None), self.table.c.valid_to > ending.last)
        return {"ends": ids_of(see, self.table, ending, self.column == OLD, going_on)}

    def told(self, see: Reader, found: Found) -> Found:
        return found

    def act(self, tx: Tx, ending: Ending, found: Found, event_id: int) -> None:
        end(tx, self.table, found["ends"], ending.last)


def end(tx: Tx, table: sa.Table, ids: Sequence[int], last: date) -> None:
    """What was to begin later ends on the day on which it would have begun."""
    day = sa.literal(last, sa.Date)
    change(tx, table, ids, valid_to=sa.case((table.c.valid_from > day, table.c.valid_from), else_=day))
