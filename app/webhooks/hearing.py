"""From events to messages: what each webhook has not heard yet, as far as it may.

A change costs nothing more where nobody listens: what is read here is what every transaction leaves anyway. Ids of
events are given before the commit and come out of order; seals do not: within a lane each follows the one before, and
is there as soon as its number is. So a place in each lane is enough to miss nothing. The messages are put into the
outbox in the transaction that moves the place on: whoever is killed has done both or neither.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import EVENT, Outcome
from app.core.calendar import now, today_of
from app.core.errors import Unavailable
from app.core.log import fault
from app.core.policy import Actor
from app.core.seal import LANES, SEAL
from app.core.within import many, within
from app.installation import Installation
from app.webhooks import sight
from app.webhooks.models import CURSOR, DELIVERY, STANDING, WEBHOOK, DeliveryState, WebhookState
from app.webhooks.subjects import SUBJECTS
from app.webhooks.trying import rest_after

AT_ONCE = 200
"""Seals of a lane that are heard at once."""
HISTORY = ".bring_in"
"""Operations called so bring in from a table what was long ago: lists show it, and nobody is told of it as news."""
BY_TABLE = (".import", ".undo_import")
"""What a table writes in bulk leaves an event of each row, for the log, and one of them all, which is told."""
_IN_LANE = sa.and_(SEAL.c.district_id == WEBHOOK.c.district_id, SEAL.c.lane == CURSOR.c.lane)
_NEXT = sa.select(sa.literal(1)).where(_IN_LANE, SEAL.c.seq > CURSOR.c.seq)
_LISTENING = CURSOR.join(WEBHOOK, sa.and_(WEBHOOK.c.id == CURSOR.c.webhook_id, WEBHOOK.c.state == WebhookState.ACTIVE))
_BEHIND = (
    sa.select(CURSOR.c.webhook_id)
    .select_from(_LISTENING)
    .where(_NEXT.correlate(CURSOR, WEBHOOK).exists())
    .distinct()
    .order_by(CURSOR.c.webhook_id)
)
_WEBHOOK = sa.select(WEBHOOK).where(WEBHOOK.c.id == sa.bindparam("webhook"))
_PLACES = sa.select(CURSOR.c.lane, CURSOR.c.seq).where(CURSOR.c.webhook_id == sa.bindparam("webhook"))
_SEALS = (
    sa.select(SEAL.c.seq, SEAL.c.events)
    .where(
        SEAL.c.district_id == sa.bindparam("district"),
        SEAL.c.lane == sa.bindparam("lane"),
        SEAL.c.seq > sa.bindparam("after"),
    )
    .order_by(SEAL.c.seq)
    .limit(AT_ONCE)
)
_EVENTS = (
    sa.select(EVENT.c.id, EVENT.c.at, EVENT.c.operation, EVENT.c.resource, EVENT.c.resource_id)
    .add_columns(EVENT.c.request_id, EVENT.c.after)
    .where(within(EVENT.c.id, many("events")), EVENT.c.outcome == Outcome.DONE)
    .order_by(EVENT.c.id)
)
_LAST = sa.select(sa.func.coalesce(sa.func.max(SEAL.c.seq), 0)).where(
    SEAL.c.district_id == sa.bindparam("district"), SEAL.c.lane == sa.bindparam("lane")
)
_MOVE = (
    sa.update(CURSOR)
    .where(
        CURSOR.c.webhook_id == sa.bindparam("webhook"),
        CURSOR.c.lane == sa.bindparam("in_lane"),
        CURSOR.c.seq == sa.bindparam("was"),
    )
    .values(seq=sa.bindparam("now_at"))
)


class Heard(NamedTuple):
    """What a webhook heard: (lane, from, to) of its places, and the messages it is to get."""

    webhook_id: int
    moves: list[tuple[int, int, int]]
    messages: list[dict[str, Any]]


class Overtaken(Exception):
    """Another worker heard the same meanwhile."""


_RESTING: WeakKeyDictionary[Installation, dict[int, tuple[int, datetime]]] = WeakKeyDictionary()
"""Of this process, by webhook: how often in a row it could not hear, and until when it is not tried. Its standing is no
place for that: what was heard before is sent all the same."""


def hear_all(do: Installation) -> bool:
    """Let each webhook that is behind hear what comes next; False where none has.

    One that cannot is told of in the log, keeps its place and rests, longer each time; the others do not wait for it.
    """
    any_heard = False
    resting = _RESTING.setdefault(do, {})
    for webhook_id in do.database.read_now(_behind):
        failures, until = resting.get(webhook_id, (0, None))
        if until is not None and now() < until:
            continue
        try:
            heard = do.database.read_now(_hear, webhook_id)
            do.database.write_now(lambda connection, heard=heard: put(connection, heard))  # type: ignore[misc]
        except Overtaken:
            pass
        except Unavailable:
            raise
        except Exception as error:
            fault(error)
            resting[webhook_id] = failures + 1, now() + rest_after(failures + 1)
            continue
        resting.pop(webhook_id, None)
        any_heard = True
    return any_heard


def _behind(connection: Connection) -> list[int]:
    return list(connection.execute(_BEHIND).scalars())


def _hear(connection: Connection, webhook_id: int) -> Heard:
    webhook = connection.execute(_WEBHOOK, {"webhook": webhook_id}).one()
    seals: list[Any] = []
    moves = []
    for place in connection.execute(_PLACES, {"webhook": webhook_id}).all():
        of = {"district": webhook.district_id, "lane": place.lane, "after": place.seq}
        if found := connection.execute(_SEALS, of).all():
            seals += found
            moves.append((place.lane, place.seq, found[-1].seq))
    actor = sight.actor_of(connection, webhook, today_of(now()))
    return Heard(webhook_id, moves, [] if actor is None else _messages(connection, webhook, actor, seals))


def _messages(connection: Connection, webhook: Any, actor: Actor, seals: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [entry[0] for seal in seals for entry in seal.events]
    wanted = {name for name, each in SUBJECTS.items() if webhook.resources is None or each.noun in webhook.resources}
    transactions = {entry[0]: n for n, seal in enumerate(seals) for entry in seal.events}
    events = _apart([event for event in connection.execute(_EVENTS, {"events": ids}) if _is_news(event, wanted)])
    seen = _readable(connection, actor, events)
    told: set[tuple[Any, ...]] = set()
    messages = []
    for event in events:
        # What one request did to one row under one name is told once. SQLite's requests may share a transaction; the
        # id of a request alone would not do, for a client may have sent it with another one.
        what = (transactions[event.id], event.request_id, event.operation, event.resource, event.resource_id)
        if event.id in seen and what not in told:
            told.add(what)
            messages.append(_message(webhook, event, seen[event.id]))
    return messages


def _is_news(event: Any, wanted: Collection[str]) -> bool:
    return event.resource in wanted and not event.operation.endswith(HISTORY)


def _apart(events: Sequence[Any]) -> list[Any]:
    """Without those of rows that the event of their table tells of: a transaction has one instant for all it writes."""
    by_table = [event for event in events if event.operation.endswith(BY_TABLE)]
    together = {(event.at, event.operation, event.resource) for event in by_table if event.resource_id is None}
    return [
        event
        for event in events
        if event.resource_id is None or (event.at, event.operation, event.resource) not in together
    ]


def _readable(connection: Connection, actor: Actor, events: Iterable[Any]) -> dict[int, int | None]:
    """event → its row's version (None for a bulk write's), of those about rows that the actor may read."""
    rows: dict[str, list[Any]] = defaultdict(list)
    bulk: dict[str, list[int]] = defaultdict(list)
    for event in events:
        if event.resource_id is None:
            bulk[event.resource].append(event.id)
        elif sight.is_ones_own(actor, event):
            rows[event.resource].append(event)
    found: dict[int, int | None] = {}
    for resource, of in rows.items():
        seen = sight.seen(connection, actor, resource, {event.resource_id for event in of})
        told = [event for event in of if event.resource_id in seen and seen[event.resource_id].tells(event.at)]
        found |= {event.id: seen[event.resource_id].version for event in told}
    for resource, ids in bulk.items():
        found |= dict.fromkeys(sight.touched(connection, actor, resource, ids))
    return found


def _message(webhook: Any, event: Any, version: int | None) -> dict[str, Any]:
    return {
        **new_message(webhook),
        "event_id": event.id,
        "type": event.operation,
        "resource": event.resource,
        "resource_id": event.resource_id,
        "resource_version": version,
        "happened_at": event.at,
    }


def new_message(webhook: Any) -> dict[str, Any]:
    own = {"webhook_id": webhook.id, "district_id": webhook.district_id, "message_id": f"msg_{uuid.uuid4().hex}"}
    empty = dict.fromkeys(("event_id", "resource", "resource_id", "resource_version"))
    begun = dict.fromkeys(("due_at", "created_at", "updated_at"), now())
    return {**own, **empty, **begun, "state": DeliveryState.WAITING, "attempts": 0, "version": 1}


def put(connection: Connection, heard: Heard) -> None:
    """The messages into the outbox, and the places moved on; neither where another worker was first."""
    for lane, was, to in heard.moves:
        moved = connection.execute(_MOVE, {"webhook": heard.webhook_id, "in_lane": lane, "was": was, "now_at": to})
        if moved.rowcount != 1:
            raise Overtaken
    if heard.messages:
        connection.execute(sa.insert(DELIVERY), heard.messages)


def begin(connection: Connection, webhook_id: int, district_id: int) -> None:
    """From now on it hears; what was before, or while it was disabled, it is not told."""
    connection.execute(sa.delete(CURSOR).where(CURSOR.c.webhook_id == webhook_id))
    connection.execute(sa.delete(STANDING).where(STANDING.c.webhook_id == webhook_id))
    for lane in range(LANES):
        last = connection.execute(_LAST, {"district": district_id, "lane": lane}).scalar_one()
        connection.execute(sa.insert(CURSOR), {"webhook_id": webhook_id, "lane": lane, "seq": last})
    connection.execute(sa.insert(STANDING), {"webhook_id": webhook_id, "district_id": district_id, "failures": 0})
