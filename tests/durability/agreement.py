"""What is in the database and in the store, held against what people remember and against itself."""

import hashlib
import itertools
from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import SQLModel

from app.assignments.models import ASSIGNMENT, REPORT, AssignmentState
from app.core.audit import EVENT
from app.core.files import Store
from app.core.idempotency import RECORD
from app.core.stored import FILE
from app.events.chain import check, districts
from app.evidence.models import EVIDENCE, LINK, REVISION
from app.units.models import UNIT
from tests.durability.load import Memory

CREATED_ALONE = (REPORT, EVIDENCE, REVISION)
"""Tables of which each row was made by a request of its own."""


def sound(connection: Connection) -> None:
    """The database by its own word: whole, every foreign key leads somewhere, no claim without its answer."""
    if connection.dialect.name == "sqlite":
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    else:
        for table in SQLModel.metadata.sorted_tables:
            for key in table.foreign_keys:
                _leads_somewhere(connection, key)
            for constraint in table.constraints:
                if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint):
                    _are_unique(connection, *constraint.columns)
    assert connection.execute(sa.select(RECORD.c.id).where(RECORD.c.status == 0)).all() == []
    assert [
        (name, fault) for district, name in districts(connection) if (fault := check(connection, district).fault)
    ] == []


def _leads_somewhere(connection: Connection, key: sa.ForeignKey) -> None:
    child, parent = key.parent, key.column.table.alias("parent")
    there = sa.exists().where(parent.c[key.column.name] == child)
    assert connection.execute(sa.select(child).where(child.is_not(None), ~there).limit(1)).all() == [], key


def _are_unique(connection: Connection, *columns: sa.Column[Any]) -> None:
    known = [column.is_not(None) for column in columns]
    twice = sa.select(*columns).where(*known).group_by(*columns).having(sa.func.count() > 1).limit(1)
    assert connection.execute(twice).all() == [], columns


def whole(connection: Connection) -> None:
    """Nothing half: a row has its event and an event its row, a file its revision, a figure what it counts."""
    done = EVENT.c.outcome == "done"
    for table in CREATED_ALONE:
        made = sa.and_(done, EVENT.c.resource == table.name)
        events = sa.select(EVENT.c.resource_id, sa.func.count().label("n")).where(made).group_by(EVENT.c.resource_id)
        told = events.subquery()
        both = sa.join(table, told, told.c.resource_id == table.c.id, full=True)
        odd = sa.select(table.c.id, told.c.resource_id, told.c.n).select_from(both)
        linked = table is EVIDENCE  # Linking at once is an event of its own, about the same piece.
        wrong = [row for row in connection.execute(odd) if row[0] is None or row[2] != (2 if linked else 1)]
        assert wrong == [], f"{table.name}: {wrong[:5]}"
    halves = sa.select(EVIDENCE.c.id).outerjoin(LINK).outerjoin(REVISION)
    assert connection.execute(halves.where(sa.or_(LINK.c.id.is_(None), REVISION.c.id.is_(None)))).all() == []
    counted = sa.select(sa.func.count()).where(REPORT.c.assignment_id == ASSIGNMENT.c.id).scalar_subquery()
    wrong = connection.execute(sa.select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.report_count != counted)).all()
    assert wrong == [], wrong


def remembered(connection: Connection, memory: Memory, *, all_of_it: bool) -> None:
    """What was acknowledged is there, once. ``all_of_it``: and nothing else, since nobody is under way any more."""
    texts = Counter(connection.execute(sa.select(REPORT.c.text)).scalars())
    codes = Counter(connection.execute(sa.select(UNIT.c.code).where(sa.func.length(UNIT.c.code) == 16)).scalars())
    hashes = Counter(connection.execute(sa.select(REVISION.c.sha256)).scalars())
    for found, known in ((texts, set(memory.reports)), (codes, memory.units), (hashes, set(memory.files))):
        assert set(found.values()) <= {1}, f"doubled: {found.most_common(3)}"
        assert known <= set(found), f"lost: {sorted(known - set(found))[:5]}"
        assert not all_of_it or known == set(found), f"made by nobody: {sorted(set(found) - known)[:5]}"
    for unit_id, (version, name) in memory.names.items():
        row = connection.execute(sa.select(UNIT.c.version, UNIT.c.name).where(UNIT.c.id == unit_id)).one()
        assert row.version >= version and (row.version > version or row.name == name)
        assert not all_of_it or row.version == version
    for row_id, known_state in memory.states.items():
        _stepped(connection, row_id, known_state, all_of_it)


def _stepped(connection: Connection, row_id: int, known: tuple[int, str], all_of_it: bool) -> None:
    """The row stands where its events lead, each beginning where the one before ended."""
    row = connection.execute(sa.select(ASSIGNMENT.c.version, ASSIGNMENT.c.state).where(ASSIGNMENT.c.id == row_id)).one()
    told = sa.select(EVENT.c.before, EVENT.c.after).where(
        EVENT.c.resource == "assignment", EVENT.c.resource_id == row_id
    )
    events: list[Any] = connection.execute(told.where(EVENT.c.outcome == "done").order_by(EVENT.c.id)).all()
    steps = [event for event in events if event.before and "state" in event.before]
    for earlier, later in itertools.pairwise(steps):
        assert earlier.after["state"] == later.before["state"]
    assert not steps or steps[-1].after["state"] == row.state
    assert row.version >= known[0] and (row.version > known[0] or AssignmentState(row.state) == known[1])
    assert not all_of_it or row.version == known[0]


def stored(connection: Connection, store: Store, seen: set[str]) -> None:
    """A recorded file is there with its bytes; ``seen`` were read before and are looked at for their size alone."""
    for row in connection.execute(sa.select(FILE.c.sha256, FILE.c.size)).all():
        path = store.path(row.sha256)
        assert path.exists(), f"recorded and not there: {row.sha256}"
        assert path.stat().st_size == row.size
        if row.sha256 not in seen:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
            seen.add(row.sha256)
