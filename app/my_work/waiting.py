"""How many matters wait for a person: the number in the navigation of every page.

Counting them takes longer than most pages' own statements. It follows from who asks, the day, and rows that cannot
change without an event sealed in the district's chains; so a number stands until the day or a chain moves on
(docs/decisions/0027-the-number-on-every-page.md).
"""

from datetime import date
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from app.core.operation import Reader
from app.core.policy import Actor
from app.core.seal import heads
from app.my_work import matters

MOST = 100
"""Of each kind no more are counted."""
MOST_KEPT = 10_000
"""Persons whose number is kept; at the next one all begin anew."""


class Counted(NamedTuple):
    day: date
    heads: tuple[int | None, ...]
    pieces: int


_KEPT: WeakKeyDictionary[Engine, dict[Actor, Counted]] = WeakKeyDictionary()
"""By database, and by whoever asks: with other rights the same person is another."""


def waiting_count(see: Reader) -> int:
    statement = matters.waiting_statement(see.actor.roles, MOST)
    if statement is None:
        return 0
    kept = _KEPT.setdefault(see.connection.engine, {})
    stand = heads(see.connection, see.actor.district_id)
    last = kept.get(see.actor)
    if last is not None and (last.day, last.heads) == (see.today, stand):
        return last.pieces
    pieces: int = see.connection.execute(statement, matters.binds(see)).scalar_one()
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[see.actor] = Counted(see.today, stand, pieces)
    return pieces
