"""What is done with the audit log itself; each of it is an event too."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.audit import EVENT, Outcome, record
from app.core.operation import Tx, operation
from app.core.paging import Asked
from app.core.policy import Role, require
from app.core.seal import INSTALLATION, instant_text
from app.events.chain import ARCHIVE, Checked, last_archived
from app.events.heads import head_of, key_of
from app.events.restores import RESTORE
from app.events.signing import signed

AT_ONCE = 500


@operation("audit.verify")
def note_check(tx: Tx, found: Checked) -> Checked:
    """The result of a check that was made before, outside any write."""
    require(tx.actor, Role.AUDITOR)
    told: dict[str, Any] = {"ok": found.ok, "events": found.events, "archived": found.archived, "seals": found.seals}
    if found.unproven:
        told["unproven"] = found.unproven
    if found.restores:
        told["restores"] = len(found.restores)
    if found.fault:
        told |= {"fault": found.fault.kind, "event_id": found.fault.event_id}
    record(tx, "audit", None, after=told)
    return found


@operation("audit.export")
def note_export(tx: Tx, filters: Collection[str]) -> None:
    """Someone takes the log away, or the part of it that fits ``filters``."""
    require(tx.actor, Role.AUDITOR)
    record(tx, "audit", None, after={"filters": sorted(filters)})


@operation("audit.export")
def note_table(tx: Tx, asked: Asked) -> None:
    """The log taken away as a table is noted like the log taken away; others take nothing, for they see none."""
    if tx.actor.has(Role.AUDITOR):
        note_export(tx, asked.filters)


@operation(RESTORE)
def note_restore(tx: Tx, taken_at: datetime, key: Ed25519PrivateKey) -> None:
    """The log was brought back to the state of a backup. Within the restore's own transaction, so that none goes
    without it.
    """
    district_id = tx.actor.district_id or INSTALLATION
    ends = head_of(tx.connection, district_id).seals
    told = {"taken_at": instant_text(taken_at), "restored_at": instant_text(tx.now), "ends": ends}
    record(tx, "audit", None, after=signed(key, RESTORE, district_id, told))


@operation(ARCHIVE)
def remove_archived(tx: Tx, ids: Sequence[int], begin: dict[int, int], through: dict[int, int], sha256: str) -> int:
    """Take events away that stand in a checked file; those stay to which a row still refers, from its first act with a
    reason on those of a row, and those of restores. How many went.

    ``begin`` and ``through``: of each lane the seal after which the file goes on, and its last. The seals themselves
    stay and still hold the chain together. What the event says is signed: the log's own word for what is gone would be
    anybody's who can write the database. Nor is it signed for more than it was believed of.
    """
    key, district_id = key_of(tx.settings), tx.actor.district_id or INSTALLATION
    before = last_archived(tx.connection, district_id, key.public_key().public_bytes_raw())
    free: list[int] = []
    for few in _by_few(ids):
        free += tx.connection.execute(
            sa.select(EVENT.c.id).where(
                EVENT.c.id.in_(few), *_unreferred(), _unreasoned(), EVENT.c.operation != RESTORE
            )
        ).scalars()
    # Before the removal: SQLite would give the number of a removed last event to this one.
    told: dict[str, Any] = {"through": through, "events": len(free), "sha256": sha256}
    unproven = {lane: min(seq, before.unproven.get(str(lane), 0)) for lane, seq in begin.items()}
    if any(unproven.values()):
        told["unproven"] = unproven
    record(tx, "audit", None, after=signed(key, ARCHIVE, district_id, told))
    for few in _by_few(free):
        tx.connection.execute(sa.delete(EVENT).where(EVENT.c.id.in_(few)))
    return len(free)


def _by_few(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _unreferred() -> list[sa.ColumnElement[bool]]:
    """For each column of the schema that refers to an event: no row does."""
    columns = (column for table in EVENT.metadata.sorted_tables for column in table.columns)
    referring = [column for column in columns if any(key.column is EVENT.c.id for key in column.foreign_keys)]
    return [~sa.exists().where(column == EVENT.c.id) for column in referring]


def _unreasoned() -> sa.ColumnElement[bool]:
    """By the event and before it nothing was done to its row with a reason. A reason (退回, 免办, 销号申请) stands in
    the log alone; pages tell it, rules count it, and what was done since says whether it still holds.
    """
    earlier = EVENT.alias("earlier")
    given = sa.and_(earlier.c.reason.is_not(None), earlier.c.outcome == Outcome.DONE, earlier.c.id <= EVENT.c.id)
    same = sa.and_(earlier.c.resource == EVENT.c.resource, earlier.c.resource_id == EVENT.c.resource_id)
    return ~sa.exists().where(same, given)
