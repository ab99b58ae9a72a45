"""Every write to webhooks but that of a worker: ``hearing`` and ``trying``."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.core.audit import audited_write, record
from app.core.errors import Conflict
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import LOST, changing
from app.units.operations import unit_of_district
from app.webhooks import hearing, keys, subjects
from app.webhooks.addresses import check_url
from app.webhooks.models import ATTEMPT, DELIVERY, STANDING, WEBHOOK, Webhook, WebhookCreate, WebhookPatch, Why
from app.webhooks.rules import RESENDING, WORKFLOW
from app.webhooks.sight import check_unit
from app.webhooks.signing import TEST

KEPT = timedelta(days=30)
"""How long a message and its tries stay in the log."""


@dataclass(frozen=True)
class Issued:
    """A webhook with its new secret, shown once."""

    id: int
    secret: str


@operation("webhook.create")
def create(tx: Tx, given: WebhookCreate) -> Issued:
    """For another system of a unit's; it hears what happens from now on."""
    require(tx.actor, Role.SECADMIN)
    check_url(given.url, tx.settings.webhook_ranges)
    check_unit(unit_of_district(tx, given.unit_id))
    subjects.check(given.resources or ())
    row = tx.add(Webhook(**given.model_dump()))
    assert row.id is not None
    hearing.begin(tx.connection, row.id, row.district_id)
    return Issued(row.id, keys.make(tx, row.id, row.district_id))


@operation("webhook.edit")
def edit(tx: Tx, webhook_id: int, given: WebhookPatch, version: int | None = None) -> int:
    webhook = changing(tx, Webhook, WORKFLOW.guard(tx, webhook_id, "edit"), version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "name", "url")
    if "url" in changes:
        check_url(changes["url"], tx.settings.webhook_ranges)
    subjects.check(changes.get("resources") or ())
    webhook.sqlmodel_update(changes)
    tx.session.flush()
    return webhook_id


@operation("webhook.rotate")
def rotate(tx: Tx, webhook_id: int, note: str | None = None) -> Issued:
    """A new secret; for a day messages are signed with both, so that the receiver can change over."""
    row = WORKFLOW.guard(tx, webhook_id, "rotate")
    moved = sa.update(WEBHOOK).where(WEBHOOK.c.id == row.id, WEBHOOK.c.version == row.version)
    with audited_write(tx.connection):
        done = tx.connection.execute(moved.values(version=WEBHOOK.c.version + 1, updated_at=tx.now))
    if done.rowcount != 1:
        raise Conflict(LOST, code="lost_race")
    record(tx, "webhook", webhook_id, reason=note)
    return Issued(webhook_id, keys.make(tx, webhook_id, row.district_id))


@operation("webhook.disable")
def disable(tx: Tx, webhook_id: int, note: str | None = None) -> int:
    WORKFLOW.step(tx, WORKFLOW.guard(tx, webhook_id, "disable", note), "disable", note, why=Why.BY_HAND)
    return webhook_id


@operation("webhook.enable")
def enable(tx: Tx, webhook_id: int, note: str | None = None) -> int:
    """It hears what happens from now on; what waited since before is sent."""
    row = WORKFLOW.guard(tx, webhook_id, "enable", note)
    WORKFLOW.step(tx, row, "enable", note, why=None)
    hearing.begin(tx.connection, webhook_id, row.district_id)
    return webhook_id


@operation("webhook.test")
def test(tx: Tx, webhook_id: int, note: str | None = None) -> int:
    """Put a message about nothing into the outbox, for seeing whether it arrives; its delivery's id."""
    row = WORKFLOW.guard(tx, webhook_id, "test", note)
    message = hearing.new_message(row) | {"type": TEST, "happened_at": tx.now}
    delivery_id: int = tx.connection.execute(sa.insert(DELIVERY).values(message).returning(DELIVERY.c.id)).scalar_one()
    _rouse(tx, webhook_id)
    record(tx, "webhook", webhook_id, after={"delivery_id": delivery_id}, reason=note)
    return delivery_id


@operation("webhook_delivery.resend")
def resend(tx: Tx, delivery_id: int, note: str | None = None) -> int:
    """Once more, under the same id, with the whole schedule of tries before it."""
    row = RESENDING.guard(tx, delivery_id, "resend", note)
    RESENDING.step(tx, row, "resend", note, attempts=0, due_at=tx.now, finished_at=None)
    _rouse(tx, row.webhook_id)
    return delivery_id


def _rouse(tx: Tx, webhook_id: int) -> None:
    """Somebody is waiting to see it."""
    tx.connection.execute(sa.update(STANDING).where(STANDING.c.webhook_id == webhook_id).values(rest_until=None))


def prune(tx: Tx) -> int:
    """What is older than the log goes back, whatever became of it; how many messages."""
    old = DELIVERY.c.created_at < tx.now - KEPT
    ids = sa.select(DELIVERY.c.id).where(old, DELIVERY.c.district_id == tx.actor.district_id)
    tx.connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.webhook_delivery_id.in_(ids)))
    return tx.connection.execute(sa.delete(DELIVERY).where(DELIVERY.c.id.in_(ids))).rowcount
