"""Whether anybody works on the queue: asked by the administrator's page, by ``/readyz`` and by ``qinglian doctor``."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.installation import FOUNDED
from app.jobs.models import JOB, RUN, JobState

LATE = timedelta(minutes=5)
"""So long due work may wait while nobody is at any."""
SILENT = timedelta(hours=2)
"""Schedules come by the hour: whoever works puts them in."""

_NOW = sa.bindparam("now", type_=JOB.c.due_at.type)
_HELD = sa.select(sa.literal(1)).where(JOB.c.state == JobState.RUNNING, JOB.c.lease_until >= _NOW).exists()
_WAITING = sa.select(sa.func.min(JOB.c.due_at)).where(JOB.c.state == JobState.WAITING)
_LEFT = sa.select(sa.func.min(JOB.c.lease_until)).where(JOB.c.state == JobState.RUNNING, JOB.c.lease_until < _NOW)
_PUT_IN = sa.select(sa.func.max(RUN.c.claimed_at))
_STANDING = sa.select(
    _HELD.label("held"),
    _WAITING.scalar_subquery().label("waiting"),
    _LEFT.scalar_subquery().label("left"),
    sa.func.coalesce(_PUT_IN.scalar_subquery(), FOUNDED.scalar_subquery(), type_=RUN.c.claimed_at.type).label("last"),
)


def idle_since(connection: Connection, now: datetime) -> datetime | None:
    """Since when nobody has worked though something was to be done; None while somebody does, or nothing was."""
    found = connection.execute(_STANDING, {"now": now}).one()
    if found.held:
        return None
    for since, patience in ((found.waiting, LATE), (found.left, LATE), (found.last, SILENT)):
        if since is not None and since < now - patience:
            return since  # type: ignore[no-any-return]
    return None
