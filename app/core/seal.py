"""The chain over the audit log: each transaction ends with one seal per district, over its events and the seal before.

A seal holds the id and the fingerprint of each event, so that the first changed one can be named, and so that a seal
still stands when its events have been archived. What is sealed is checked by ``app/events/chain.py``.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field, SQLModel

from app.core.models import BIG_ID, instant_column, json_column, table_of

INSTALLATION = 0
"""The chain of events that belong to no district."""
Entry = tuple[int, str]
"""An event's id and fingerprint."""


class EventSeal(SQLModel, table=True):
    """One transaction's events in one district; ``hash`` covers the seal and, through the one before, all before it."""

    __tablename__ = "event_seal"

    district_id: int = Field(primary_key=True, sa_type=BIG_ID)
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


def as_kept(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    """As a JSON column gives it back: a key that is no text, a tuple or an enum returns as another type."""
    kept: dict[str, Any] | None = json.loads(json.dumps(fields)) if fields else fields
    return kept


text_of = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def instant_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def seal_hash(previous: str, district_id: int, seq: int, at: datetime, events: Sequence[Any]) -> str:
    """``previous`` is the hash of the seal before, empty for the first."""
    told = f"{previous}|{district_id}|{seq}|{instant_text(at)}|{text_of(events)}"
    return hashlib.sha256(told.encode()).hexdigest()


_LAST = sa.select(SEAL.c.seq, SEAL.c.hash).where(SEAL.c.district_id == sa.bindparam("district"))
_LAST = _LAST.order_by(SEAL.c.seq.desc()).limit(1)
_INSERT = sa.insert(SEAL)

# One round trip, so that the lock is held no longer than it must be; a statement sent alone sees the commits before it,
# which one that began with the lock would not. The values are figures, hexadecimal digits and an instant.
_POSTGRESQL = """\
SELECT pg_advisory_xact_lock(hashtextextended('event_seal', {district}));
INSERT INTO event_seal (district_id, seq, events, hash, at)
SELECT {district}, last.seq + 1, '{events}',
       encode(sha256(convert_to(last.hash || '|{district}|' || last.seq + 1 || '|{at}|{events}', 'UTF8')), 'hex'),
       '{at}'
FROM (SELECT seq, hash FROM event_seal WHERE district_id = {district} UNION ALL SELECT 0, ''
      ORDER BY seq DESC LIMIT 1) AS last"""


def seal(connection: Connection, district_id: int, events: Sequence[Entry], at: datetime) -> None:
    """The transaction's last act: from here to its commit no other may seal in this district.

    SQLite's write transaction is the lock. The key (district, seq) makes a fork impossible even without one.
    """
    if connection.dialect.name == "postgresql":
        made = _POSTGRESQL.format(district=int(district_id), events=text_of(events), at=instant_text(at))
        connection.exec_driver_sql(made)
        return
    last = connection.execute(_LAST, {"district": district_id}).one_or_none()
    seq, previous = (last.seq + 1, last.hash) if last else (1, "")
    values = {"district_id": district_id, "seq": seq, "events": events, "at": at}
    connection.execute(_INSERT, values | {"hash": seal_hash(previous, district_id, seq, at, events)})
