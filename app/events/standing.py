"""One event by itself: whether its words are those that were sealed, and its seal joins those beside it.

The whole chain need not be walked for it. Seals of a lane stand nearly in the order of their events, so the one that
holds an event is near where halving leads to. Only a long transaction's lies farther off, and no farther than the walk
itself would wait for it.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import EVENT
from app.core.seal import SEAL, Chain, fingerprint, heads
from app.events.chain import MOST_AHEAD, UNREADABLE, follows, seal_of

NEAR = 200
"""How far from its place by number an event's seal may lie, since writes at the same time are sealed as they end."""
_AROUND = sa.select(SEAL).where(
    SEAL.c.district_id == sa.bindparam("district", type_=sa.BigInteger),
    SEAL.c.lane == sa.bindparam("lane"),
    SEAL.c.seq.between(sa.bindparam("least", type_=sa.BigInteger), sa.bindparam("most", type_=sa.BigInteger)),
    sa.cast(SEAL.c.events, sa.Text).like(sa.bindparam("entry", type_=sa.Text)),
)
_EVENT = sa.select(EVENT).where(EVENT.c.id == sa.bindparam("id", type_=sa.BigInteger))


def stands(connection: Connection, district_id: int, event_id: int) -> bool | None:
    """None where no seal holds the event: it came in, or out of its seal, behind the program's back. Whatever was
    committed was so together with its seal.
    """
    found = _home(connection, district_id, event_id)
    if found is None:
        return None
    chain, seal = found
    before, after = (seal_of(connection, chain, seal["seq"] + step) for step in (-1, 1))
    if (before is None) != (seal["seq"] == 1) or not follows(seal, before["hash"] if before else ""):
        return False
    if after is not None and not follows(after, seal["hash"]):
        return False
    try:
        row = connection.execute(_EVENT, {"id": event_id}).mappings().one()
        return any(tuple(entry) == (event_id, fingerprint(event_id, row)) for entry in seal["events"])
    except UNREADABLE:
        return False


def _home(connection: Connection, district_id: int, event_id: int) -> tuple[Chain, Mapping[str, Any]] | None:
    known = heads(connection, district_id)
    chains = [Chain(district_id, lane) for lane in range(len(known) // 2)]
    places = [
        (chain, _place(connection, chain, last or 0, event_id))
        for chain, last in zip(chains, known[len(chains) :], strict=True)
    ]
    for reach in (NEAR, MOST_AHEAD):
        for chain, place in places:
            if seal := _around(connection, chain, place, reach, event_id):
                return chain, seal
    return None


def _around(connection: Connection, chain: Chain, place: int, reach: int, event_id: int) -> Mapping[str, Any] | None:
    binds = {"district": chain.district_id, "lane": chain.lane, "least": place - reach, "most": place + reach}
    try:
        for seal in connection.execute(_AROUND, {**binds, "entry": f"%[{event_id},%"}).mappings():
            if any(entry[0] == event_id for entry in seal["events"]):
                return dict(seal)
    except UNREADABLE:
        return None
    return None


def _place(connection: Connection, chain: Chain, last: int, event_id: int) -> int:
    """The last seal that begins with an event of no higher number."""
    low, high = 1, last
    while low < high:
        middle = (low + high + 1) // 2
        seal = seal_of(connection, chain, middle)
        try:
            beyond = seal is None or seal["events"][0][0] > event_id
        except UNREADABLE:
            beyond = True
        low, high = (low, middle - 1) if beyond else (middle, high)
    return low
