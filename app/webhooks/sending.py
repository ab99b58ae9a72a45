"""The outbox emptied: a webhook's messages in order, by one worker at a time under a lease, at least once each.

A worker that is killed after a message was taken and before that was noted leaves it waiting: it is sent again, under
the same id. A message that does not arrive is tried ten times in three days; its webhook rests meanwhile, so that a
receiver that is away costs one try a rest and not one a message.
"""

import time
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.calendar import now
from app.core.policy import system_within
from app.core.secrecy import Unreadable
from app.installation import Installation
from app.webhooks import keys, posting, signing, trying
from app.webhooks.models import DELIVERY, STANDING, WEBHOOK, DeliveryState, Fault, WebhookState
from app.webhooks.posting import Outcome

LEASE = timedelta(seconds=60)
WORK_S = 30
"""For so long one worker goes on for one webhook; with the last try's ten seconds still within its lease."""

_AT = sa.bindparam("now", type_=DELIVERY.c.due_at.type)
_DUE = (
    sa.select(sa.literal(1))
    .where(
        DELIVERY.c.webhook_id == STANDING.c.webhook_id,
        DELIVERY.c.state == DeliveryState.WAITING,
        DELIVERY.c.due_at <= _AT,
    )
    .correlate(STANDING)
    .exists()
)
_ACTIVE = (
    sa.select(sa.literal(1))
    .where(WEBHOOK.c.id == STANDING.c.webhook_id, WEBHOOK.c.state == WebhookState.ACTIVE)
    .correlate(STANDING)
    .exists()
)
_FREE = sa.and_(
    sa.or_(STANDING.c.lease_until.is_(None), STANDING.c.lease_until < _AT),
    sa.or_(STANDING.c.rest_until.is_(None), STANDING.c.rest_until <= _AT),
)
_LONGEST_WAITING = (STANDING.c.lease_until.nulls_first(), STANDING.c.id)
"""One that nobody was ever at comes before the others: PostgreSQL would put it behind them all."""
_FIRST = sa.select(STANDING.c.id).where(_FREE, _ACTIVE, _DUE).order_by(*_LONGEST_WAITING).limit(1)
_CLAIM = (
    sa.update(STANDING)
    .where(STANDING.c.id == _FIRST.with_for_update(skip_locked=True).scalar_subquery())
    .values(lease_until=sa.bindparam("until", type_=STANDING.c.lease_until.type))
    .returning(STANDING.c.webhook_id)
)
_LET_GO = sa.update(STANDING).where(STANDING.c.webhook_id == sa.bindparam("webhook")).values(lease_until=_AT)
_NEXT = (
    sa.select(DELIVERY, WEBHOOK.c.url)
    .select_from(DELIVERY.join(WEBHOOK, WEBHOOK.c.id == DELIVERY.c.webhook_id))
    .where(
        DELIVERY.c.webhook_id == sa.bindparam("webhook"),
        DELIVERY.c.state == DeliveryState.WAITING,
        DELIVERY.c.due_at <= _AT,
        WEBHOOK.c.state == WebhookState.ACTIVE,
    )
    .order_by(DELIVERY.c.due_at, DELIVERY.c.id)
    .limit(1)
)


def send_some(do: Installation) -> bool:
    """The messages that are due of one webhook that nobody else is at; False where there is none."""
    at = now()
    if not do.database.read_now(lambda connection: connection.execute(_FIRST, {"now": at}).first()):
        return False
    claim = {"now": at, "until": at + LEASE}
    webhook_id = do.database.write_now(lambda connection: connection.execute(_CLAIM, claim).scalar())
    if webhook_id is None:
        return False
    until = time.monotonic() + WORK_S
    while time.monotonic() < until and _send_next(do, webhook_id):
        pass
    do.database.write_now(lambda connection: connection.execute(_LET_GO, {"webhook": webhook_id, "now": now()}))
    return True


def _send_next(do: Installation, webhook_id: int) -> bool:
    """The next message; False where none is due, or the receiver did not take it."""
    at = now()
    due = do.database.read_now(lambda c: c.execute(_NEXT, {"webhook": webhook_id, "now": at}).one_or_none())
    if due is None:
        return False
    outcome = _sent(do, due, at)
    do.perform(system_within(due.district_id), trying.note, due, at, outcome)
    return outcome.fault is None


def _sent(do: Installation, due: Any, at: datetime) -> Outcome:
    try:
        secrets = do.database.read_now(keys.good, do.settings, due.webhook_id, at)
    except Unreadable:
        return Outcome(None, Fault.SECRET, 0)
    body = signing.body_of(due)
    return posting.post(due.url, body, signing.headers(secrets, due.message_id, at, body), do.settings.webhook_ranges)
