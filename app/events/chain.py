"""Whether the audit log is what was written: a district's seals in order, each event in exactly one of them.

Memory stays bounded: the lanes are walked together, seals by their number, events by their id, and only those wait that
were numbered before and sealed after others. Whoever can write to the database can make a whole new chain; a signed
head kept elsewhere (``heads.py``) shows that, and a tail cut off.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import EVENT, Outcome
from app.core.calendar import SHANGHAI, now
from app.core.db import consistent
from app.core.seal import INSTALLATION, SEAL, Chain, fingerprint, seal_hash
from app.events.restores import Restore, restore_of
from app.events.signing import is_signed
from app.units.models import UNIT

SEALS, EVENTS = 200, 1000
"""How many are read at once."""
MOST_AHEAD = 20_000
"""Events read and not yet met in a seal; more than that cannot come from writes under way at the same time."""
FIRST = -(2**63)
"""Beneath every number, also those that no program of ours gives."""
ARCHIVE = "audit.archive"
UNPROVEN = "已归档的记录中有 {} 条没有本系统的签名，只凭日志自己的记载，请与归档文件核对"
RESTORED = "日志从备份恢复过 {} 次，备份以后至恢复时的记录不在其中，见操作“从备份恢复”"
LEAST_KEPT = timedelta(days=180)
"""What nobody archives: ``QL_AUDIT_MONTHS`` is six at least."""
_BY_LANE = ("through", "unproven")
"""What the event of an archive says of each lane."""
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, sa.exc.DataError)
"""What a column raises that holds something no program of ours wrote."""


class Fault(NamedTuple):
    """The first broken place: ``changed``, ``missing``, ``extra``, ``swapped`` or ``twice`` of an event, ``seal`` or
    ``gap`` of the chain itself, ``head`` where a signed head is not in the chain.
    """

    kind: str
    lane: int = 0
    seq: int = 0
    event_id: int | None = None
    at: datetime | None = None
    other_id: int | None = None

    @property
    def kept(self) -> str:
        """A head that was kept, and when."""
        return f"留存的第 {self.lane}-{self.seq} 号封条{self._when}"

    @property
    def _when(self) -> str:
        return f"（{self.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}）" if self.at else ""

    @property
    def words(self) -> str:
        when, seal = self._when, f"第 {self.lane}-{self.seq} 号封条"
        place = f"，应在{seal}" if self.seq else ""
        return {
            "changed": f"第 {self.event_id} 号记录{when}被改动{place}",
            "missing": f"第 {self.event_id} 号记录{when}不在了{place}",
            "extra": f"第 {self.event_id} 号记录{when}不在任何封条里，是后来塞进去的",
            "swapped": f"第 {self.event_id} 号记录{when}与第 {self.other_id} 号记录被调换{place}",
            "twice": f"第 {self.event_id} 号记录{when}被封了两次{place}",
            "seal": f"{seal}{when}被改动或调换",
            "gap": f"{seal}不在了",
            "head": f"{self.kept}不在日志链里：日志被截断或重写",
        }[self.kind]


class Checked(NamedTuple):
    """What was found in one district: how much was walked, and the fault, if any."""

    district_id: int
    seals: int
    events: int
    archived: int
    fault: Fault | None
    unproven: int = 0
    """Of the archived, those that the log alone says were."""
    covered: Mapping[int, tuple[int, str]] = {}
    """Lane → (seq, hash) of the seal up to which all were archived before; a further archive goes on from there."""
    restores: tuple[Restore, ...] = ()
    """Each that the log tells of."""

    @property
    def ok(self) -> bool:
        return self.fault is None


class Archive(NamedTuple):
    """Up to which seal of each lane the events were archived, as the newest event of it says.

    The log's own word is no proof: whoever writes the database can seal such an event, and take away what they like. By
    a signature of the installation's key it is one. Without (an archive of before there were any, or of another key) it
    is believed of what was old enough, and told apart. ``unproven`` is how far nothing else is known: all of it where
    there is no signature, or what came before a signed one, whose signature makes it no better.
    """

    through: Mapping[str, int]
    unproven: Mapping[str, int] = {}
    before: datetime | None = None

    def covers(self, seal: Mapping[str, Any]) -> bool:
        if seal["seq"] > self.through.get(str(seal["lane"]), 0):
            return False
        return self.proves(seal) or (self.before is not None and bool(seal["at"] < self.before))

    def proves(self, seal: Mapping[str, Any]) -> bool:
        return bool(seal["seq"] > self.unproven.get(str(seal["lane"]), 0))


NOTHING = Archive({})


class Read(NamedTuple):
    """An event as it stands in the database; without a fingerprint where it cannot even be read."""

    id: int
    at: datetime | None
    fingerprint: str | None
    row: sa.RowMapping | None = None


_AFTER = sa.bindparam("after", type_=sa.BigInteger)
_OF = sa.bindparam("district", type_=sa.BigInteger)
_IN_LANE = sa.and_(SEAL.c.district_id == _OF, SEAL.c.lane == sa.bindparam("lane"))
_SEALS = sa.select(SEAL).where(_IN_LANE, SEAL.c.seq > _AFTER).order_by(SEAL.c.seq).limit(SEALS)
_SEAL_NUMBERS = _SEALS.with_only_columns(SEAL.c.seq)
_SEAL = sa.select(SEAL).where(_IN_LANE, SEAL.c.seq == sa.bindparam("seq", type_=sa.BigInteger))
_LAST = sa.select(SEAL.c.lane, sa.func.max(SEAL.c.seq)).where(SEAL.c.district_id == _OF).group_by(SEAL.c.lane)
_EVENTS_OF_NONE = sa.select(EVENT).where(EVENT.c.district_id.is_(None), EVENT.c.id > _AFTER)
_EVENTS_OF_NONE = _EVENTS_OF_NONE.order_by(EVENT.c.id).limit(EVENTS)
_EVENTS = sa.select(EVENT).where(EVENT.c.district_id == _OF, EVENT.c.id > _AFTER).order_by(EVENT.c.id).limit(EVENTS)
_EVENT = sa.select(EVENT).where(EVENT.c.id == sa.bindparam("id", type_=sa.BigInteger))


def of_district(district_id: int) -> sa.ColumnElement[bool]:
    return EVENT.c.district_id.is_(None) if district_id == INSTALLATION else EVENT.c.district_id == district_id


def lasts(connection: Connection, district_id: int) -> dict[int, int]:
    """The number of the last seal in each lane of a district."""
    return {lane: seq for lane, seq in connection.execute(_LAST.order_by(SEAL.c.lane), {"district": district_id})}


def seals(connection: Connection, chain: Chain) -> Iterator[Mapping[str, Any] | int]:
    """A lane's seals in order; the bare number of one that cannot be read."""
    after = FIRST
    while True:
        binds = {**_binds(chain), "after": after}
        page: list[Mapping[str, Any] | int]
        try:
            page = [dict(row) for row in connection.execute(_SEALS, binds).mappings()]
        except UNREADABLE:
            numbers = connection.execute(_SEAL_NUMBERS, binds).scalars().all()
            page = [seal_of(connection, chain, seq) or seq for seq in numbers]
        yield from page
        if len(page) < SEALS:
            return
        after = page[-1] if isinstance(page[-1], int) else page[-1]["seq"]


def seal_of(connection: Connection, chain: Chain, seq: int) -> Mapping[str, Any] | None:
    """One seal; None where it is not there, or cannot be read."""
    try:
        row = connection.execute(_SEAL, {**_binds(chain), "seq": seq}).mappings().one_or_none()
    except UNREADABLE:
        return None
    return None if row is None else dict(row)


def _binds(chain: Chain) -> dict[str, int]:
    return {"district": chain.district_id, "lane": chain.lane}


class Events:
    """A district's events by id; those read before their seal comes wait in ``ahead``."""

    def __init__(self, connection: Connection, district_id: int) -> None:
        self.connection = connection
        self.binds = {} if district_id == INSTALLATION else {"district": district_id}
        self.page = _EVENTS_OF_NONE if district_id == INSTALLATION else _EVENTS
        self.ahead: dict[int, Read] = {}
        self.last = FIRST
        self.exhausted = False

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
        binds = {**self.binds, "after": self.last}
        try:
            rows = self.connection.execute(self.page, binds).mappings()
            return [Read(row["id"], row["at"], fingerprint(row["id"], row), row) for row in rows]
        except UNREADABLE:
            ids = self.connection.execute(self.page.with_only_columns(EVENT.c.id), binds).scalars().all()
            return [self._one(event_id) for event_id in ids]

    def _one(self, event_id: int) -> Read:
        try:
            row = self.connection.execute(_EVENT, {"id": event_id}).mappings().one()
            return Read(event_id, row["at"], fingerprint(event_id, row), row)
        except UNREADABLE:
            return Read(event_id, None, None)


@consistent
def check(connection: Connection, district_id: int, public: bytes | None = None) -> Checked:
    """Walk a district's chains to their end or to the first fault, on one state of the database. ``public``: whose
    signature proves an archive, or a restore.
    """
    archive = last_archived(connection, district_id, public)
    reader = Events(connection, district_id)
    walked, found, archived, unproven = 0, 0, 0, 0
    covered: dict[int, tuple[int, str]] = {}
    restores: list[Restore] = []
    for seal in sound_seals(connection, district_id):
        if isinstance(seal, Fault):
            return Checked(district_id, walked, found, archived, seal, restores=tuple(restores))
        gone, lane = archive.covers(seal), seal["lane"]
        if gone and covered.get(lane, (0, ""))[0] == seal["seq"] - 1:
            covered[lane] = seal["seq"], seal["hash"]
        for event_id, sealed in seal["events"]:
            read = reader.take(event_id)
            if read is not None and read.fingerprint == sealed:
                found += 1
                if read.row is not None and (restore := restore_of(read.row, district_id, public)):
                    restores.append(restore)
            elif read is None and gone:
                archived += 1
                unproven += not archive.proves(seal)
            else:
                fault = _fault(connection, seal, event_id, read)
                return Checked(district_id, walked, found, archived, fault, restores=tuple(restores))
        walked += 1
    while reader.more():
        pass
    left = reader.ahead[min(reader.ahead)] if reader.ahead else None
    extra = Fault("extra", event_id=left.id, at=left.at) if left else None
    return Checked(district_id, walked, found, archived, extra, unproven, covered, tuple(restores))


def sound_seals(connection: Connection, district_id: int) -> Iterator[Mapping[str, Any] | Fault]:
    """The seals of all lanes, nearly in the order of their events; a fault in one comes before all else."""
    lanes = [_sound(seals(connection, Chain(district_id, lane)), lane) for lane in lasts(connection, district_id)]
    return heapq.merge(*lanes, key=lambda seal: FIRST if isinstance(seal, Fault) else seal["events"][0][0])


def _sound(chain: Iterable[Mapping[str, Any] | int], lane: int) -> Iterator[Mapping[str, Any] | Fault]:
    """Each seal of one lane; or, at the first that is broken in itself or does not follow, what is wrong with it."""
    previous, expected = "", 1
    for seal in chain:
        if (seal if isinstance(seal, int) else seal["seq"]) != expected:
            yield Fault("gap", lane, expected)
            return
        if isinstance(seal, int) or not follows(seal, previous):
            yield Fault("seal", lane, expected, at=None if isinstance(seal, int) else seal["at"])
            return
        yield seal
        previous, expected = seal["hash"], expected + 1


def follows(seal: Mapping[str, Any], previous: str) -> bool:
    """Whether a seal is what its hash says, coming after the one with hash ``previous``."""
    try:
        chain = Chain(seal["district_id"], seal["lane"])
        right: bool = seal_hash(previous, chain, seal["seq"], seal["at"], seal["events"]) == seal["hash"]
    except UNREADABLE:
        return False
    return right


def last_archived(connection: Connection, district_id: int, public: bytes | None) -> Archive:
    told = sa.select(EVENT.c.at, EVENT.c.after).where(
        of_district(district_id), EVENT.c.operation == ARCHIVE, EVENT.c.outcome == Outcome.DONE
    )
    try:
        row = connection.execute(told.order_by(EVENT.c.id.desc()).limit(1)).one_or_none()
        if row is None:
            return NOTHING
        through, unproven = ({str(lane): int(n) for lane, n in row.after.get(name, {}).items()} for name in _BY_LANE)
        known = unproven if is_signed(public, ARCHIVE, district_id, row.after) else through
        return Archive(through, known, min(row.at, now()) - LEAST_KEPT)
    except UNREADABLE:
        return NOTHING


def _fault(connection: Connection, seal: Mapping[str, Any], event_id: int, read: Read | None) -> Fault:
    district_id, lane, seq = seal["district_id"], seal["lane"], seal["seq"]
    if read is None:
        homes = [each for each, _, _ in _entries(connection, district_id, event_id)]
        return Fault("twice" if len(homes) > 1 else "missing", lane, seq, event_id, seal["at"])
    row = connection.execute(_EVENT, {"id": event_id}).mappings().one()
    other = _whose(connection, district_id, event_id, row)
    return Fault("swapped" if other else "changed", lane, seq, event_id, read.at or seal["at"], other)


def _entries(connection: Connection, district_id: int, only: int | None = None) -> Iterator[tuple[int, int, str]]:
    """(seq, event, fingerprint) of every entry that can be read; a look for what happened to one event."""
    for lane in lasts(connection, district_id):
        for seal in seals(connection, Chain(district_id, lane)):
            if isinstance(seal, int) or not isinstance(seal["events"], list):
                continue
            for entry in seal["events"]:
                if isinstance(entry, list) and len(entry) == 2 and only in (None, entry[0]):
                    yield seal["seq"], entry[0], entry[1]


def _whose(connection: Connection, district_id: int, event_id: int, row: sa.RowMapping) -> int | None:
    """The event whose words now stand under this id, if they are another's."""
    try:
        entries = _entries(connection, district_id)
        return next(
            (other for _, other, sealed in entries if other != event_id and fingerprint(other, row) == sealed), None
        )
    except UNREADABLE:
        return None


def districts(connection: Connection) -> list[tuple[int, str]]:
    """(id, name) of every district that has events or seals; the installation's own is last."""
    known = sa.union(
        sa.select(sa.func.coalesce(EVENT.c.district_id, INSTALLATION).label("id")), sa.select(SEAL.c.district_id)
    )
    ids = set(connection.execute(known).scalars())
    units = connection.execute(sa.select(UNIT.c.id, UNIT.c.name, UNIT.c.code).where(UNIT.c.id.in_(ids)))
    names = {unit.id: f"{unit.name}（{unit.code}）" for unit in units} | {INSTALLATION: "不属于哪个局的记录"}
    return [(each, names.get(each, "")) for each in sorted(ids, key=lambda each: (each == INSTALLATION, each))]
