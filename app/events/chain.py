"""Whether the audit log is what was written: the seals of a district in order, each event in exactly one of them.

Memory stays bounded: seals come by their number, events by their id, and only those wait that were numbered before and
sealed after others. Whoever can write to the database can make a whole new chain; a signed head kept elsewhere
(``heads.py``) shows that, and a tail cut off.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import EVENT, Outcome
from app.core.calendar import SHANGHAI
from app.core.db import consistent
from app.core.seal import INSTALLATION, SEAL, fingerprint, seal_hash
from app.units.models import UNIT

SEALS, EVENTS = 200, 1000
"""How many are read at once."""
MOST_AHEAD = 20_000
"""Events read and not yet met in a seal; more than that cannot come from writes under way at the same time."""
FIRST = -(2**63)
"""Beneath every number, also those that no program of ours gives."""
ARCHIVE = "audit.archive"
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, sa.exc.DataError)
"""What a column raises that holds something no program of ours wrote."""


class Fault(NamedTuple):
    """The first broken place: ``changed``, ``missing``, ``extra``, ``swapped`` or ``twice`` of an event, ``seal`` or
    ``gap`` of the chain itself, ``head`` where a signed head is not in the chain.
    """

    kind: str
    seq: int | None = None
    event_id: int | None = None
    at: datetime | None = None
    other_id: int | None = None

    @property
    def words(self) -> str:
        when = f"（{self.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}）" if self.at else ""
        place = f"，应在第 {self.seq} 号封条" if self.seq and self.event_id else ""
        return {
            "changed": f"第 {self.event_id} 号记录{when}被改动{place}",
            "missing": f"第 {self.event_id} 号记录{when}不在了{place}",
            "extra": f"第 {self.event_id} 号记录{when}不在任何封条里，是后来塞进去的",
            "swapped": f"第 {self.event_id} 号记录{when}与第 {self.other_id} 号记录被调换{place}",
            "twice": f"第 {self.event_id} 号记录{when}被封了两次{place}",
            "seal": f"第 {self.seq} 号封条{when}被改动或调换",
            "gap": f"第 {self.seq} 号封条不在了",
            "head": f"留存的第 {self.seq} 号封条{when}不在日志链里：日志被截断或重写",
        }[self.kind]


class Checked(NamedTuple):
    """What was found in one district: how much was walked, the last seal, and the fault, if any."""

    district_id: int
    seals: int
    events: int
    archived: int
    seq: int
    hash: str
    fault: Fault | None

    @property
    def ok(self) -> bool:
        return self.fault is None


class Read(NamedTuple):
    """An event as it stands in the database; without a fingerprint where it cannot even be read."""

    id: int
    at: datetime | None
    fingerprint: str | None


_AFTER = sa.bindparam("after", type_=sa.BigInteger)
_OF = sa.bindparam("district", type_=sa.BigInteger)
_SEALS = sa.select(SEAL).where(SEAL.c.district_id == _OF, SEAL.c.seq > _AFTER).order_by(SEAL.c.seq).limit(SEALS)
_SEAL_NUMBERS = _SEALS.with_only_columns(SEAL.c.seq)
_SEAL = sa.select(SEAL).where(SEAL.c.district_id == _OF, SEAL.c.seq == sa.bindparam("seq", type_=sa.BigInteger))
_LAST = sa.select(sa.func.max(SEAL.c.seq)).where(SEAL.c.district_id == _OF)
_EVENT = sa.select(EVENT).where(EVENT.c.id == sa.bindparam("id", type_=sa.BigInteger))


def of_district(district_id: int) -> sa.ColumnElement[bool]:
    return EVENT.c.district_id.is_(None) if district_id == INSTALLATION else EVENT.c.district_id == district_id


def seals(connection: Connection, district_id: int, after: int = FIRST) -> Iterator[Mapping[str, Any] | int]:
    """A district's seals in order; the bare number of one that cannot be read."""
    while True:
        binds = {"district": district_id, "after": after}
        page: list[Mapping[str, Any] | int]
        try:
            page = [dict(row) for row in connection.execute(_SEALS, binds).mappings()]
        except UNREADABLE:
            numbers = connection.execute(_SEAL_NUMBERS, binds).scalars().all()
            page = [seal_of(connection, district_id, seq) or seq for seq in numbers]
        yield from page
        if len(page) < SEALS:
            return
        after = page[-1] if isinstance(page[-1], int) else page[-1]["seq"]


def seal_of(connection: Connection, district_id: int, seq: int) -> Mapping[str, Any] | None:
    """One seal; None where it is not there, or cannot be read."""
    try:
        row = connection.execute(_SEAL, {"district": district_id, "seq": seq}).mappings().one_or_none()
    except UNREADABLE:
        return None
    return None if row is None else dict(row)


def last_seal(connection: Connection, district_id: int) -> Mapping[str, Any] | None:
    seq = connection.execute(_LAST, {"district": district_id}).scalar()
    return None if seq is None else seal_of(connection, district_id, seq)


class Events:
    """A district's events by id; those read before their seal comes wait in ``ahead``."""

    def __init__(self, connection: Connection, district_id: int) -> None:
        self.connection = connection
        self.ahead: dict[int, Read] = {}
        self.last = FIRST
        self.exhausted = False
        mine = sa.and_(of_district(district_id), EVENT.c.id > _AFTER)
        self._page = sa.select(EVENT).where(mine).order_by(EVENT.c.id).limit(EVENTS)

    def take(self, event_id: int) -> Read | None:
        while self.last < event_id and self.more():
            pass
        return self.ahead.pop(event_id, None)

    def more(self) -> bool:
        """Read on; False at the end, or where so many wait that some cannot have a seal."""
        if self.exhausted or len(self.ahead) > MOST_AHEAD:
            return False
        page = self._read()
        self.ahead |= {read.id: read for read in page}
        self.exhausted = len(page) < EVENTS
        self.last = page[-1].id if page else self.last
        return True

    def _read(self) -> list[Read]:
        binds = {"after": self.last}
        try:
            rows = self.connection.execute(self._page, binds).mappings()
            return [Read(row["id"], row["at"], fingerprint(row["id"], row)) for row in rows]
        except UNREADABLE:
            ids = self.connection.execute(self._page.with_only_columns(EVENT.c.id), binds).scalars().all()
            return [self._one(event_id) for event_id in ids]

    def _one(self, event_id: int) -> Read:
        try:
            row = self.connection.execute(_EVENT, {"id": event_id}).mappings().one()
            return Read(event_id, row["at"], fingerprint(event_id, row))
        except UNREADABLE:
            return Read(event_id, None, None)


@consistent
def check(connection: Connection, district_id: int) -> Checked:
    """Walk a district's chain to its end or to the first fault, on one state of the database."""
    archived_through = last_archived(connection, district_id)
    reader = Events(connection, district_id)
    previous, seq, found, archived = "", 0, 0, 0

    def said(fault: Fault | None) -> Checked:
        return Checked(district_id, seq, found, archived, seq, previous, fault)

    for seal in seals(connection, district_id):
        if fault := of_seal(seal, district_id, seq + 1, previous):
            return said(fault)
        assert not isinstance(seal, int)
        for event_id, sealed in seal["events"]:
            read = reader.take(event_id)
            if read is not None and read.fingerprint == sealed:
                found += 1
            elif read is None and seal["seq"] <= archived_through:
                archived += 1
            else:
                return said(_fault(connection, district_id, seal, event_id, read))
        seq, previous = seal["seq"], seal["hash"]
    while reader.more():
        pass
    if reader.ahead:
        left = reader.ahead[min(reader.ahead)]
        return said(Fault("extra", event_id=left.id, at=left.at))
    return said(None)


def of_seal(seal: Mapping[str, Any] | int, district_id: int, seq: int, previous: str) -> Fault | None:
    """What is wrong with a seal in itself, coming after the one with hash ``previous``."""
    number = seal if isinstance(seal, int) else seal["seq"]
    if number != seq:
        return Fault("gap", seq)
    if isinstance(seal, int):
        return Fault("seal", seq)
    try:
        good = seal_hash(previous, district_id, seq, seal["at"], seal["events"]) == seal["hash"]
    except UNREADABLE:
        return Fault("seal", seq)
    return None if good else Fault("seal", seq, at=seal["at"])


def last_archived(connection: Connection, district_id: int) -> int:
    """The last seal whose events were archived: the log's own word, which stands in the chain like any other."""
    told = sa.select(EVENT.c.after).where(
        of_district(district_id), EVENT.c.operation == ARCHIVE, EVENT.c.outcome == Outcome.DONE
    )
    try:
        after = connection.execute(told.order_by(EVENT.c.id.desc()).limit(1)).scalar()
        return int(after["through_seq"]) if after else 0
    except UNREADABLE:
        return 0


def _fault(
    connection: Connection, district_id: int, seal: Mapping[str, Any], event_id: int, read: Read | None
) -> Fault:
    seq, at = seal["seq"], seal["at"]
    if read is None:
        twice = any(event_id == each for before in seals(connection, district_id) for each, _ in _entries(before, seq))
        return Fault("twice" if twice else "missing", seq, event_id, at)
    other = _whose(connection, district_id, event_id)
    return Fault("swapped" if other else "changed", seq, event_id, read.at or at, other)


def _entries(seal: Mapping[str, Any] | int, before: int) -> list[Any]:
    return seal["events"] if not isinstance(seal, int) and seal["seq"] < before else []


def _whose(connection: Connection, district_id: int, event_id: int) -> int | None:
    """The event whose words now stand under this id, if they are another's."""
    row = connection.execute(_EVENT, {"id": event_id}).mappings().one()
    for seal in seals(connection, district_id):
        try:
            for other, sealed in [] if isinstance(seal, int) else seal["events"]:
                if other != event_id and fingerprint(other, row) == sealed:
                    return int(other)
        except UNREADABLE:
            continue
    return None


def districts(connection: Connection) -> list[tuple[int, str]]:
    """(id, name) of every chain there is or should be; the installation's own is last."""
    known = sa.union(
        sa.select(sa.func.coalesce(EVENT.c.district_id, INSTALLATION).label("id")), sa.select(SEAL.c.district_id)
    )
    ids = set(connection.execute(known).scalars())
    units = connection.execute(sa.select(UNIT.c.id, UNIT.c.name, UNIT.c.code).where(UNIT.c.id.in_(ids)))
    names = {unit.id: f"{unit.name}（{unit.code}）" for unit in units} | {INSTALLATION: "不属于哪个局的记录"}
    return [(each, names[each]) for each in sorted(ids, key=lambda each: (each == INSTALLATION, each))]
