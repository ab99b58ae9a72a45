"""How often something may be tried: one counter per key, exact however many instances count, closed when in doubt.

An attempt is taken before what it pays for is done, in a transaction of its own: of N + 1 at once exactly N pass. A
database that is away refuses everyone (503). Keys stand in the table only as keyed hashes: neither an address nor
an account's name can be read from it, or tried against it without the installation's secret.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field, SQLModel

from app.core.db import insert_or_update
from app.core.models import instant_column, table_of
from app.core.secrecy import keyed_hash

SWEPT = 20
"""At most so many expired counters are removed when a new one begins: the table stays as small as its traffic."""


class AttemptCount(SQLModel, table=True):
    __tablename__ = "attempt_count"

    key: str = Field(primary_key=True, max_length=64)
    count: int
    until: datetime = instant_column(nullable=False, index=True)


COUNT = table_of(AttemptCount)


class Limit(NamedTuple):
    """``most`` attempts within ``period``; the last one that passes closes for a whole ``period`` from then on."""

    purpose: str
    most: int
    period: timedelta


class Taken(NamedTuple):
    """An attempt that was counted: the how-manieth of how many, and until when the counter stands."""

    number: int
    most: int
    until: datetime

    @property
    def passes(self) -> bool:
        return self.number <= self.most


def take(connection: Connection, secret: str, limit: Limit, value: str, now: datetime) -> Taken:
    """Count an attempt of ``value`` (an address, a name). One statement: two at once never get the same number."""
    until = now + limit.period
    insert = insert_or_update(connection, COUNT).values(key=_key(secret, limit, value), count=1, until=until)
    over = COUNT.c.until <= now
    counted = insert.on_conflict_do_update(
        index_elements=[COUNT.c.key],
        set_={
            "count": sa.case((over, 1), else_=COUNT.c.count + 1),
            "until": sa.case((sa.or_(over, COUNT.c.count + 1 == limit.most), until), else_=COUNT.c.until),
        },
    ).returning(COUNT.c.count.label("number"), COUNT.c.until)
    row = connection.execute(counted).one()
    if row.number == 1:
        _sweep(connection, now)
    return Taken(row.number, limit.most, row.until)


def is_closed(connection: Connection, secret: str, limit: Limit, value: str, now: datetime) -> bool:
    """Whether a further attempt would not pass; none is counted."""
    standing = sa.select(COUNT.c.count).where(COUNT.c.key == _key(secret, limit, value), COUNT.c.until > now)
    return (connection.execute(standing).scalar() or 0) >= limit.most


def give_back(connection: Connection, secret: str, limit: Limit, value: str) -> None:
    """The attempt does not count after all."""
    mine = sa.and_(COUNT.c.key == _key(secret, limit, value), COUNT.c.count > 0)
    connection.execute(sa.update(COUNT).where(mine).values(count=COUNT.c.count - 1))


def clear(connection: Connection, secret: str, limit: Limit, value: str) -> None:
    """Count anew."""
    connection.execute(sa.delete(COUNT).where(COUNT.c.key == _key(secret, limit, value)))


def _key(secret: str, limit: Limit, value: str) -> str:
    return keyed_hash(secret, f"limit {limit.purpose}", value)


def _sweep(connection: Connection, now: datetime) -> None:
    expired = sa.select(COUNT.c.key).where(COUNT.c.until < now).limit(SWEPT).with_for_update(skip_locked=True)
    connection.execute(sa.delete(COUNT).where(COUNT.c.key.in_(expired)))
