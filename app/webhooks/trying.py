"""What came of a try: delivered, again later, or never; and what that says of the webhook."""

import random
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.operation import Tx, operation
from app.core.policy import Role
from app.notifications.models import Kind
from app.notifications.operations import tell_holders
from app.webhooks.models import ATTEMPT, DELIVERY, STANDING, DeliveryState, Why
from app.webhooks.posting import GONE, Outcome
from app.webhooks.rules import ACTIVE, WORKFLOW

SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""After the first, second … try: what Standard Webhooks propose."""
JITTER = 0.2
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=5)
"""A webhook with nothing but failures for so long is disabled."""


def wait_after(tries: int) -> timedelta | None:
    """After so many tries in vain; lengthened by lot, so that not all come back at once. None: it is given up."""
    return SCHEDULE[tries - 1] * (1 + JITTER * random.random()) if tries <= len(SCHEDULE) else None


def rest_after(failures: int) -> timedelta:
    doubled: int = 2 ** min(failures - 1, 10)
    return min(FIRST_REST * doubled, LONGEST_REST)


@operation("webhook.try")
def note(tx: Tx, due: Any, at: datetime, outcome: Outcome) -> None:
    """``due``: the delivery as it was when it was sent. One that moved on meanwhile (sent again) is left alone."""
    if not _settle(tx, due, outcome):
        return
    row = {"webhook_delivery_id": due.id, "district_id": due.district_id, "at": at, **_told(outcome)}
    tx.connection.execute(sa.insert(ATTEMPT), row)
    failing_since = _stand(tx, due.webhook_id, failed=outcome.fault is not None)
    if outcome.status == GONE:
        _disable(tx, due.webhook_id, Why.GONE)
    elif failing_since is not None and tx.now - failing_since >= GIVE_UP_AFTER:
        _disable(tx, due.webhook_id, Why.FAILING)


def _told(outcome: Outcome) -> dict[str, Any]:
    return {"status": outcome.status, "fault": outcome.fault, "duration_ms": outcome.duration_ms}


def _settle(tx: Tx, due: Any, outcome: Outcome) -> bool:
    tries = due.attempts + 1
    wait = None if outcome.fault is None or outcome.status == GONE else wait_after(tries)
    values: dict[str, Any] = {"attempts": tries, "updated_at": tx.now, **_told(outcome)}
    if wait is not None:
        values["due_at"] = tx.now + wait
    else:
        values["state"] = DeliveryState.DELIVERED if outcome.fault is None else DeliveryState.FAILED
        values["finished_at"] = tx.now
    still = (DELIVERY.c.id == due.id, DELIVERY.c.state == DeliveryState.WAITING, DELIVERY.c.version == due.version)
    settled = sa.update(DELIVERY).where(*still).values(version=DELIVERY.c.version + 1, **values)
    return tx.connection.execute(settled).rowcount == 1


def _stand(tx: Tx, webhook_id: int, *, failed: bool) -> datetime | None:
    """Since when it fails."""
    mine = STANDING.c.webhook_id == webhook_id
    before = tx.connection.execute(sa.select(STANDING).where(mine)).one()
    failures = before.failures + 1 if failed else 0
    since: datetime | None = (before.failing_since or tx.now) if failed else None
    if failed or before.failures:
        rest = tx.now + rest_after(failures) if failed else None
        values = {"failures": failures, "failing_since": since, "rest_until": rest}
        tx.connection.execute(sa.update(STANDING).where(mine).values(values))
    return since


def _disable(tx: Tx, webhook_id: int, why: Why) -> None:
    row = WORKFLOW.find(tx, webhook_id)
    if row.state == ACTIVE:
        WORKFLOW.step(tx, row, "disable", why=why)
        tell_holders(tx, {Role.SECADMIN}, Kind.WEBHOOK_DISABLED, "webhook", webhook_id)
