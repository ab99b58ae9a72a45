"""The chain over the audit log: whatever is done to it behind the program's back is found, and named."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import EVENT
from app.core.seal import FIELDS, SEAL, Chain, fingerprint, seal_hash
from app.events.chain import check, lasts, seal_of
from app.events.heads import head_of, lost_heads
from app.settings import Settings
from tests.world import World

MUTATIONS = 1000
VALUES: dict[str, Any] = {
    "at": datetime(2020, 1, 1, tzinfo=UTC),
    "operation": "unit.forged",
    "resource": "forged",
    "resource_id": 123456,
    "outcome": "refused",
    "code": "forged",
    "before": {"state": "forged"},
    "after": {"state": "forged"},
    "reason": "换过的理由",
    "request_id": "0123456789abcdef",
}


class Forger:
    """Someone who can write to the database: one change of each kind, behind the program's back."""

    def __init__(self, connection: Connection, world: World, chance: random.Random) -> None:
        self.connection, self.world, self.chance = connection, world, chance
        of = world.other_district
        self.free = connection.execute(sa.select(sa.func.max(EVENT.c.id))).scalar_one() + 1
        # The longest lane; the others, if there are any, stand beside it.
        lanes = lasts(connection, of)
        self.chain = Chain(of, max(lanes, key=lambda lane: lanes[lane]))
        mine = sa.select(SEAL.c.seq, SEAL.c.events).where(self.in_lane)
        self.seals = [seal.seq for seal in connection.execute(mine)]
        self.events = [event for seal in connection.execute(mine) for event, _ in seal.events]

    def event(self) -> int:
        return self.chance.choice(self.events)

    def row(self, event_id: int) -> dict[str, Any]:
        return dict(self.connection.execute(sa.select(EVENT).where(EVENT.c.id == event_id)).mappings().one())

    def rewrite(self, event_id: int, **values: Any) -> None:
        self.connection.execute(sa.update(EVENT).where(EVENT.c.id == event_id).values(**values))

    @property
    def in_lane(self) -> sa.ColumnElement[bool]:
        return sa.and_(SEAL.c.district_id == self.chain.district_id, SEAL.c.lane == self.chain.lane)

    def seal(self, seq: int) -> sa.ColumnElement[bool]:
        return sa.and_(self.in_lane, SEAL.c.seq == seq)

    # Events

    def change_a_field(self) -> set[str]:
        event_id, field = self.event(), self.chance.choice([*VALUES, "user_id", "token_id", "district_id"])
        others = {
            "district_id": self.world.district,
            "user_id": self.world.user["school"],
            "token_id": 1,
        }
        self.rewrite(event_id, **{field: others.get(field, VALUES.get(field))})
        return {"missing"} if field == "district_id" else {"changed"}

    def remove(self) -> set[str]:
        self.connection.execute(sa.delete(EVENT).where(EVENT.c.id == self.event()))
        return {"missing"}

    def swap(self) -> set[str]:
        one, other = self.chance.sample(self.events, 2)
        first, second = self.row(one), self.row(other)
        if {k: v for k, v in first.items() if k != "id"} == {k: v for k, v in second.items() if k != "id"}:
            return self.remove()
        self.rewrite(one, **{name: second[name] for name in FIELDS})
        self.rewrite(other, **{name: first[name] for name in FIELDS})
        return {"swapped"}

    def insert(self) -> set[str]:
        copied = self.row(self.event()) | {"id": self.chance.choice([self.free, self.free + 7, 0, -3])}
        self.connection.execute(sa.insert(EVENT).values(copied))
        return {"extra"}

    def move(self) -> set[str]:
        """The same words under another id."""
        self.rewrite(self.event(), id=self.free)
        return {"missing"}

    # Seals

    def change_a_seal(self) -> set[str]:
        seq = self.chance.choice(self.seals)
        seal = self.connection.execute(sa.select(SEAL).where(self.seal(seq))).mappings().one()
        forged: dict[str, Any] = {
            "hash": "0" * 64,
            "at": VALUES["at"],
            "events": [[event_id, "0" * 64] for event_id, _ in seal["events"]],
        }
        field = self.chance.choice([*forged])
        self.connection.execute(sa.update(SEAL).where(self.seal(seq)).values({field: forged[field]}))
        return {"seal"}

    def remove_a_seal(self) -> set[str]:
        """Its events stay. Without the last seal they are extra."""
        seq = self.chance.choice(self.seals)
        self.connection.execute(sa.delete(SEAL).where(self.seal(seq)))
        return {"extra"} if seq == max(self.seals) else {"gap"}

    def swap_seals(self) -> set[str]:
        one, other = self.chance.sample(self.seals, 2)
        for before, after in ((one, -1), (other, one), (-1, other)):
            self.connection.execute(sa.update(SEAL).where(self.seal(before)).values(seq=after))
        return {"seal"}

    def repeat_a_seal(self) -> set[str]:
        """Well made, at the end: its events would be sealed twice."""
        seq = self.chance.choice(self.seals)
        events = self.connection.execute(sa.select(SEAL.c.events).where(self.seal(seq))).scalar_one()
        last = seal_of(self.connection, self.chain, max(self.seals))
        assert last is not None
        self._append(last["seq"] + 1, last["hash"], last["at"], events)
        return {"twice"}

    def rename_the_lane(self) -> set[str]:
        """All of it, from its first seal: each still follows the one before."""
        free = self.chance.choice([16, 17, -1])
        self.connection.execute(sa.update(SEAL).where(self.in_lane).values(lane=free))
        return {"seal"}

    # Whole chains: only a head kept elsewhere shows

    def cut_the_tail(self) -> set[str]:
        first = self.chance.choice(self.seals)
        cut = sa.and_(self.in_lane, SEAL.c.seq >= first)
        ids = [e for row in self.connection.execute(sa.select(SEAL.c.events).where(cut)) for e, _ in row.events]
        self.connection.execute(sa.delete(SEAL).where(cut))
        self.connection.execute(sa.delete(EVENT).where(EVENT.c.id.in_(ids)))
        return {"head"}

    def make_it_anew(self) -> set[str]:
        """An event is changed, and every seal from there on made to fit."""
        event_id = self.event()
        self.rewrite(event_id, reason="换过的理由")
        chain = self.connection.execute(sa.select(SEAL).where(self.in_lane))
        previous, begun = "", False
        for seal in sorted(chain.mappings().all(), key=lambda each: each["seq"]):
            events = [[e, fingerprint(e, self.row(e)) if e == event_id else sha] for e, sha in seal["events"]]
            begun = begun or events != seal["events"]
            if begun:
                self.connection.execute(sa.delete(SEAL).where(self.seal(seal["seq"])))
                previous = self._append(seal["seq"], previous, seal["at"], events)
            else:
                previous = seal["hash"]
        return {"head"}

    def _append(self, seq: int, previous: str, at: Any, events: list[Any]) -> str:
        made = seal_hash(previous, self.chain, seq, at, events)
        values = {**self.chain._asdict(), "seq": seq, "events": events, "hash": made, "at": at}
        self.connection.execute(sa.insert(SEAL).values(values))
        return made


FORGERIES: tuple[Callable[[Forger], set[str]], ...] = (
    Forger.change_a_field, Forger.remove, Forger.swap, Forger.insert, Forger.move, Forger.change_a_seal,
    Forger.remove_a_seal, Forger.swap_seals, Forger.repeat_a_seal, Forger.rename_the_lane,
    Forger.cut_the_tail, Forger.make_it_anew,
)  # fmt: skip


@pytest.fixture
def forged(settings: Settings) -> Iterator[Connection]:
    """A connection that knows nothing of the program; nothing done through it stays."""
    engine = sa.create_engine(settings.url)
    with engine.connect() as connection:
        if engine.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.isolation_level = None
            driver.execute("BEGIN")
        yield connection
        connection.rollback()
    engine.dispose()


def test_whatever_is_done_to_the_log_is_found(world: World, forged: Connection) -> None:
    """The smaller bureau's: some thirty events in a dozen seals, of the units and users made in it."""
    of = world.other_district
    kept = head_of(forged, of)
    assert check(forged, of).fault is None
    forger = Forger(forged, world, random.Random(20261126))
    met: Counter[str] = Counter()
    for n in range(MUTATIONS):
        forge = FORGERIES[n % len(FORGERIES)]
        with forged.begin_nested() as attempt:
            expected = forge(forger)
            fault = check(forged, of).fault or next((each.fault for each in lost_heads(forged, of, [kept])), None)
            attempt.rollback()
        assert fault is not None and fault.kind in expected, f"{n} {forge.__name__}: {fault}"
        met[forge.__name__] += 1
    assert len(met) == len(FORGERIES)
    assert check(forged, of).fault is None, "the forgeries were taken back"
