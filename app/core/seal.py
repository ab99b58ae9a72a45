"""The chain over the audit log: each transaction ends with one seal per district, over its events and the seal before.

A seal holds the id and the fingerprint of each event, so that the first changed one can be named, and so that a seal
still stands when its events have been archived. What is sealed is checked by ``app/events/chain.py``.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from types import NoneType
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field, SQLModel

from app.core.db import owed
from app.core.models import BIG_ID, instant_column, json_column, table_of
from app.core.prepared import Prepared

INSTALLATION = 0
"""The chain of events that belong to no district."""
LANES = 16
"""Chains of one district on PostgreSQL. A lock on a chain is held until the commit is on disk: with a single one,
writers at the same time would wait for each other's disk, and no commit could be shared."""
Entry = tuple[int, str]
"""An event's id and fingerprint."""


class Chain(NamedTuple):
    district_id: int
    lane: int


class EventSeal(SQLModel, table=True):
    """One transaction's events in one district; ``hash`` covers it and, through the one before, its lane so far."""

    __tablename__ = "event_seal"

    district_id: int = Field(primary_key=True, sa_type=BIG_ID)
    lane: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    seq: int = Field(primary_key=True, sa_type=BIG_ID)
    events: list[Any] = json_column(nullable=False)
    hash: str = Field(max_length=64)
    at: datetime = instant_column(nullable=False)


SEAL = table_of(EventSeal)
FIELDS = (
    "district_id",
    "at",
    "user_id",
    "token_id",
    "operation",
    "resource",
    "resource_id",
    "outcome",
    "code",
    "before",
    "after",
    "reason",
    "request_id",
)


def fingerprint(event_id: int, event: Mapping[str, Any] | sa.RowMapping) -> str:
    """The same for what is inserted (``as_kept``) and for what is read back, on either database."""
    told = {name: event[name] for name in FIELDS}
    told["id"], told["at"] = event_id, instant_text(event["at"])
    return hashlib.sha256(text_of(told).encode()).hexdigest()


_PLAIN = {str, int, bool, NoneType}


def as_kept(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    """As a JSON column gives it back: a key that is no text, a tuple or an enum returns as another type."""
    if not fields or all(type(name) is str and type(value) in _PLAIN for name, value in fields.items()):
        return fields
    kept: dict[str, Any] = json.loads(json.dumps(fields))
    return kept


text_of = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def instant_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def seal_hash(previous: str, chain: Chain, seq: int, at: datetime, events: Sequence[Any]) -> str:
    """``previous`` is the hash of the seal before, empty for the first."""
    told = f"{previous}|{chain.district_id}|{chain.lane}|{seq}|{instant_text(at)}|{text_of(events)}"
    return hashlib.sha256(told.encode()).hexdigest()


_LAST = sa.select(SEAL.c.seq, SEAL.c.hash).where(SEAL.c.district_id == sa.bindparam("district"), SEAL.c.lane == 0)
_LAST_OF = Prepared(_LAST.order_by(SEAL.c.seq.desc()).limit(sa.literal_column("1")))
_INSERT = Prepared(sa.insert(SEAL), [column.name for column in SEAL.c])


@cache
def _heads(lanes: int) -> sa.Select[Any]:
    """By index, one probe a lane: a maximum of a group would go through all seals there ever were."""
    of = [sa.literal_column(str(INSTALLATION)), sa.bindparam("district", type_=sa.BigInteger)]
    chains = [(district, lane) for district in of for lane in range(lanes)]
    last = (
        sa.select(sa.func.max(SEAL.c.seq)).where(
            SEAL.c.district_id == district, SEAL.c.lane == sa.literal_column(str(lane))
        )
        for district, lane in chains
    )
    return sa.select(*(each.scalar_subquery().label(f"head_{n}") for n, each in enumerate(last)))


def heads(connection: Connection, district_id: int | None) -> tuple[int | None, ...]:
    """Where the chains of a district stand, and those of the installation.

    What is changed of audited rows moves one of them in the same transaction: while they stand, the rows do. Read them
    before the rows; what is committed in between is met again, as a move, the next time.
    """
    lanes = LANES if connection.dialect.name == "postgresql" else 1
    return tuple(connection.execute(_heads(lanes), {"district": district_id or INSTALLATION}).one())


# From the lock to the commit no other may seal in this lane of the district; the key makes a fork impossible even
# without a lock. Two statements: the second sees what was committed while the first waited. The values written into
# it are figures, hexadecimal digits and an instant.
_POSTGRESQL = f"""\
SELECT pg_advisory_xact_lock(hashtextextended('event_seal', {{district}} * {LANES} + pg_backend_pid() %% {LANES}));
INSERT INTO event_seal (district_id, lane, seq, events, hash, at)
SELECT {{district}}, own.lane, coalesce(last.seq, 0) + 1, '{{events}}',
       encode(sha256(convert_to(coalesce(last.hash, '') || '|{{district}}|' || own.lane || '|'
              || coalesce(last.seq, 0) + 1 || '|{{at}}|{{events}}', 'UTF8')), 'hex'), '{{at}}'
FROM (SELECT pg_backend_pid() %% {LANES} AS lane) AS own
LEFT JOIN LATERAL (
    SELECT seq, hash FROM event_seal WHERE district_id = {{district}} AND lane = own.lane ORDER BY seq DESC LIMIT 1
) AS last ON true"""


def owe(connection: Connection, event_id: int, event: Mapping[str, Any]) -> None:
    """An event waits for its seal, which ``settle`` makes before the commit."""
    entry = (event_id, fingerprint(event_id, event))
    owed(connection).append((event["district_id"] or INSTALLATION, event["at"], entry))


def settle(connection: Connection) -> None:
    """One seal per district, in one order for everyone: of a single write, or of all that share a commit."""
    waiting = owed(connection)
    seals = []
    for district in sorted({district for district, _, _ in waiting}):
        own = [(at, entry) for each, at, entry in waiting if each == district]
        seals.append((district, [entry for _, entry in own], max(at for at, _ in own)))
    waiting.clear()
    if connection.dialect.name == "postgresql":
        _seal_and_commit(connection, seals)
        return
    for each in seals:
        _seal(connection, *each)


def _seal_and_commit(connection: Connection, seals: Sequence[tuple[int, Sequence[Entry], datetime]]) -> None:
    """All in one round trip, with the commit: no lock is held while this side has something to do."""
    if not seals:
        return
    made = [
        _POSTGRESQL.format(district=int(district_id), events=text_of(events), at=instant_text(at))
        for district_id, events, at in seals
    ]
    connection.exec_driver_sql(";\n".join([*made, "COMMIT"]))


def _seal(connection: Connection, district_id: int, events: Sequence[Entry], at: datetime) -> None:
    """The transaction's last act. SQLite's write transaction is the lock, and has one lane."""
    last = _LAST_OF.one_or_none(connection, {"district": district_id})
    seq, previous = (last.seq + 1, last.hash) if last else (1, "")
    made = seal_hash(previous, Chain(district_id, 0), seq, at, events)
    values = {"district_id": district_id, "lane": 0, "seq": seq, "events": events, "hash": made, "at": at}
    _INSERT.change(connection, values)
