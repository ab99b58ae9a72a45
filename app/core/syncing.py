"""How far a client has got that mirrors a list by ``updated_since``: what it may go on from without missing a row.

A row carries the instant at which the transaction that changed it began (``Tx.now``), and is seen when that commits:
later, and not in order. So no client can tell from the rows it was given, nor from its clock, what may still come from
before them. The database can:

- SQLite has one writer, and the instant is taken while it writes: whatever commits after the last seal is younger.
- PostgreSQL says when each open transaction began, and ``Tx.now`` is taken from the same clock once the transaction
  shows there: whatever is not committed yet is younger than the oldest of them. A long export or a forgotten session
  holds the instant back; rows are then given again, and none is missed.

It is asked *before* the page's rows are read: what commits in between is seen. A pass of several pages goes on from
where its first one stood, which the cursor hands on.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.models import EPOCH
from app.core.policy import Actor
from app.core.postgresql import INSTANT
from app.core.prepared import Prepared
from app.core.seal import SEAL

_LAST_SEAL = (
    sa.select(SEAL.c.at)
    .where(SEAL.c.district_id == sa.bindparam("district"), SEAL.c.lane == 0)
    .order_by(SEAL.c.seq.desc())
    .limit(1)
)
# The statement's own instant is from before its first look at the others; that of its end would not be.
_OLDEST_OPEN = sa.text(
    "SELECT least(statement_timestamp(), min(xact_start)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_CLOCK = Prepared(sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))))


class Mark(NamedTuple):
    """``until``: what to ask ``updated_since`` next. ``view``: differs when the actor's roles or units do: rows have
    then come into sight, or gone out of it, without having changed."""

    until: datetime
    view: str


def mark(connection: Connection, actor: Actor) -> Mark:
    """Of a pass that begins now. Not within a transaction that reads one state: that would be older than the answer."""
    if connection.dialect.name == "postgresql":
        until = connection.execute(_OLDEST_OPEN).scalar_one()
    else:
        until = connection.execute(_LAST_SEAL, {"district": actor.district_id}).scalar() or EPOCH
    return Mark(until, view_of(actor))


def view_of(actor: Actor) -> str:
    """Differs when the person, their roles or units do: where it is the same, the same rows are in sight."""
    units = [sorted(each) for each in (actor.units | actor.former, actor.offices, actor.paired, actor.concerned)]
    seen = repr((actor.user_id, sorted(map(str, actor.roles)), units))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def begun(connection: Connection) -> datetime | None:
    """The instant of a write transaction by PostgreSQL's clock, which begins with this; None on SQLite."""
    if connection.dialect.name != "postgresql":
        return None
    known: datetime | None = connection.info.pop(INSTANT, None)
    instant: datetime = known or _CLOCK.scalar_one(connection, {})
    return instant
