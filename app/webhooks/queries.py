"""Every read of webhooks and of the log of what was sent."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_text
from app.core.workflow import find
from app.units.models import UNIT
from app.units.queries import choices
from app.webhooks.models import (
    ATTEMPT,
    DELIVERY,
    SECRET,
    STANDING,
    WEBHOOK,
    DeliveryState,
    WebhookState,
)
from app.webhooks.rules import DELIVERIES, POLICY, RESENDING, WORKFLOW
from app.webhooks.sight import ROLES

_NAMES = (
    *("id", "version", "name", "url", "unit_id", "recursive", "resources", "state", "why"),
    *("created_at", "updated_at"),
)
_OLD_SECRET = (
    sa.select(sa.func.max(SECRET.c.ends_at))
    .where(SECRET.c.webhook_id == WEBHOOK.c.id)
    .correlate(WEBHOOK)
    .scalar_subquery()
)
_JOINED = ("unit_name", "failing_since", "old_secret_until")
_COLUMNS = [
    *(WEBHOOK.c[name] for name in _NAMES),
    UNIT.c.name.label("unit_name"),
    STANDING.c.failing_since,
    sa.type_coerce(_OLD_SECRET, SECRET.c.ends_at.type).label("old_secret_until"),
]
_SOURCE = WEBHOOK.join(UNIT, UNIT.c.id == WEBHOOK.c.unit_id).outerjoin(STANDING, STANDING.c.webhook_id == WEBHOOK.c.id)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(WEBHOOK)},
    filters={
        "unit_id": equals(WEBHOOK.c.unit_id, "unit_id"),
        "state": one_of(WEBHOOK.c.state, "state", WebhookState),
    },
    search=[WEBHOOK.c.name],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    until = row.old_secret_until
    shown["old_secret_until"] = until if until is not None and until > see.now else None
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


def one(see: Any, webhook_id: int) -> dict[str, Any]:
    find(see, POLICY, webhook_id)
    statement = sa.select(*_COLUMNS, *POLICY.columns(see.actor.roles)).select_from(_SOURCE)
    return present(see, see.connection.execute(statement.where(WEBHOOK.c.id == webhook_id), see.actor.binds).one())


def units_for(see: Reader) -> list[tuple[int, str]]:
    """(id, name) of units that may have a webhook."""
    return [(unit_id, name) for unit_id, name, _ in choices(see, *ROLES)]


# What was sent

_SHOWN = (
    *("id", "version", "webhook_id", "message_id", "type", "resource", "resource_id", "resource_version"),
    *("happened_at", "state", "attempts", "due_at", "status", "fault", "duration_ms", "created_at", "finished_at"),
)
_SENT_COLUMNS = [*(DELIVERY.c[name] for name in _SHOWN), WEBHOOK.c.name.label("webhook_name")]
_SENT = DELIVERY.join(WEBHOOK, WEBHOOK.c.id == DELIVERY.c.webhook_id)
SENT = Listing(
    policy=DELIVERIES,
    source=_SENT,
    columns=_SENT_COLUMNS,
    sorts={"id": by_id(DELIVERY)},
    filters={
        "webhook_id": equals(DELIVERY.c.webhook_id, "webhook_id"),
        "state": one_of(DELIVERY.c.state, "state", DeliveryState),
        "type": Filter(DELIVERY.c.type == sa.bindparam("f_type"), parse_text),
    },
)


def present_sent(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_SHOWN, "webhook_name")}
    return shown | {"allowed_actions": RESENDING.allowed_actions(row)}


_TRIES = (
    sa.select(ATTEMPT.c.at, ATTEMPT.c.status, ATTEMPT.c.fault, ATTEMPT.c.duration_ms)
    .where(ATTEMPT.c.webhook_delivery_id == sa.bindparam("delivery"))
    .order_by(ATTEMPT.c.id.desc())
    .limit(100)
)


def one_sent(see: Any, delivery_id: int) -> dict[str, Any]:
    """A message with its tries."""
    find(see, DELIVERIES, delivery_id)
    statement = sa.select(*_SENT_COLUMNS, *DELIVERIES.columns(see.actor.roles)).select_from(_SENT)
    row = see.connection.execute(statement.where(DELIVERY.c.id == delivery_id), see.actor.binds).one()
    tries = see.connection.execute(_TRIES, {"delivery": delivery_id})
    return present_sent(see, row) | {"tries": [dict(each._mapping) for each in tries]}
