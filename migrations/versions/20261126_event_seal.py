"""event_seal: the chain over the audit log

The events there are get seals too, a thousand each, in the order of their ids: from then on they are held as all others.

Revision: 20261126_event_seal
Follows: 20261123
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261126_event_seal"
down_revision = "20261123"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EVENTS_A_SEAL = 1000
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
_TYPES: dict[str, Any] = {"at": sa.DateTime(timezone=True), "before": sa.JSON(), "after": sa.JSON()}
EVENT = sa.table("event", sa.column("id"), *(sa.column(name, _TYPES.get(name)) for name in FIELDS))


def upgrade() -> None:
    op.create_table(
        "event_seal",
        sa.Column("district_id", BIG_ID, nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("seq", BIG_ID, nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "lane", "seq", name=op.f("pk_event_seal")),
    )
    for act in ("dispatch", "retire"):
        there = sa.text(f"{act}_event_id IS NOT NULL")
        name, columns = f"ix_assignment_{act}_event", [f"{act}_event_id"]
        op.create_index(name, "assignment", columns, sqlite_where=there, postgresql_where=there)
    connection = op.get_bind()
    for district_id in connection.scalars(sa.select(EVENT.c.district_id).distinct()).all():
        _seal(connection, district_id)


def _seal(connection: sa.Connection, district_id: int | None) -> None:
    seals = sa.table(
        "event_seal", *map(sa.column, ("district_id", "lane", "seq")), sa.column("events", sa.JSON()),
        sa.column("hash"), sa.column("at", sa.DateTime(timezone=True)),
    )  # fmt: skip
    mine = EVENT.c.district_id.is_(None) if district_id is None else EVENT.c.district_id == district_id
    page = sa.select(EVENT).where(mine, EVENT.c.id > sa.bindparam("after_id")).order_by(EVENT.c.id).limit(EVENTS_A_SEAL)
    after, seq, previous = 0, 0, ""
    while rows := connection.execute(page, {"after_id": after}).mappings().all():
        after, seq, at = rows[-1]["id"], seq + 1, _instant(rows[-1]["at"])
        events = [[row["id"], _fingerprint(row)] for row in rows]
        told = f"{previous}|{district_id or 0}|0|{seq}|{at.isoformat(timespec='microseconds')}|{_text(events)}"
        previous = hashlib.sha256(told.encode()).hexdigest()
        values = {"district_id": district_id or 0, "lane": 0, "seq": seq, "events": events, "hash": previous, "at": at}
        connection.execute(sa.insert(seals), values)


def _fingerprint(row: Any) -> str:
    told = {name: row[name] for name in ("id", *FIELDS)}
    told["at"] = _instant(row["at"]).isoformat(timespec="microseconds")
    return hashlib.sha256(_text(told).encode()).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _instant(at: datetime) -> datetime:
    """SQLite keeps UTC without saying so."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def downgrade() -> None:
    for act in ("dispatch", "retire"):
        op.drop_index(f"ix_assignment_{act}_event", "assignment")
    op.drop_table("event_seal")
