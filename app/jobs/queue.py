"""The queue: put in by the transaction whose work it is, taken by one worker at a time, under a lease.

A job is done at least once: whoever is killed at it leaves a lease that runs out, and the next worker begins anew. The
work itself sees to it that a second time changes nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.operation import Tx
from app.jobs.models import GIVING_UP, JOB, LOST, JobState

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
"""Until it is given up; as many again when the administrator has it retried."""
FIRST_DELAY_S = 5

_NOW = sa.bindparam("now", type_=JOB.c.due_at.type)
_DUE = sa.or_(
    sa.and_(JOB.c.state == JobState.WAITING, JOB.c.due_at <= _NOW),
    sa.and_(JOB.c.state == JobState.RUNNING, JOB.c.lease_until < _NOW),
)
_SPENT = sa.or_(JOB.c.error == GIVING_UP, JOB.c.attempts % MOST_ATTEMPTS == 0)
"""Of one whose worker was lost: it was the last attempt, or one to give it up."""
_WANTED = JOB.c.kind.not_in(sa.bindparam("leaving", expanding=True))
_FIRST = sa.select(JOB.c.id).where(_DUE, _WANTED).order_by(JOB.c.due_at, JOB.c.id).limit(1)
_CLAIM = (
    sa.update(JOB)
    .where(JOB.c.id == _FIRST.with_for_update(skip_locked=True).scalar_subquery())
    .values(
        state=JobState.RUNNING,
        attempts=JOB.c.attempts + 1,
        error=sa.case((JOB.c.state != JobState.RUNNING, JOB.c.error), (_SPENT, GIVING_UP), else_=LOST),
        lease_until=sa.bindparam("until", type_=JOB.c.due_at.type),
    )
    .returning(JOB)
)
_MINE = sa.and_(
    JOB.c.id == sa.bindparam("job"),
    JOB.c.attempts == sa.bindparam("attempt"),
    JOB.c.state == JobState.RUNNING,
)


def hold_asker(tx: Tx) -> None:
    """Until the commit: of two who ask for work in one person's name at the same moment, by whichever instances, the
    second counts what the first has asked for. Before what is counted is read."""
    user = JOB.metadata.tables["user"]
    # Not shared with itself, and no hindrance to rows that name the person.
    mine = sa.select(user.c.id).where(user.c.id == tx.actor.user_id).with_for_update(key_share=True)
    tx.connection.execute(mine)


def enqueue(tx: Tx, kind: str, subject_id: int) -> None:
    """Work for as soon as the transaction is committed, by the actor's own right."""
    whose = {"district_id": tx.actor.district_id, "user_id": tx.actor.user_id, "token_id": tx.actor.token_id}
    put(tx.connection, kind, subject_id, tx.now, **whose)


def put(connection: Connection, kind: str, subject_id: int, at: datetime, **whose: int | None) -> None:
    values = {"kind": kind, "subject_id": subject_id, "state": JobState.WAITING, "attempts": 0}
    connection.execute(sa.insert(JOB).values(**values, **whose, due_at=at, created_at=at))


def any_due(connection: Connection, now: datetime, leaving: Collection[str] = ()) -> bool:
    """Whether there is work for whoever leaves the kinds ``leaving`` to others."""
    return connection.execute(_FIRST, {"now": now, "leaving": list(leaving)}).first() is not None


def claim(connection: Connection, now: datetime, leaving: Collection[str] = ()) -> Any | None:
    """The next job, as a row, for whoever asks; nobody else gets it before its lease has run out."""
    asked = {"now": now, "until": now + LEASE, "leaving": list(leaving)}
    return connection.execute(_CLAIM, asked).first()


def is_hopeless(job: Any) -> bool:
    """Whether the job just claimed is not to be begun: the last of its attempts was lost."""
    return bool(job.error == GIVING_UP)


def hold(connection: Connection, job: Any, now: datetime) -> bool:
    """Lengthen the lease; False where the job is no longer this worker's."""
    return _put(connection, job, lease_until=now + LEASE)


def done(connection: Connection, job: Any, now: datetime) -> bool:
    return _put(connection, job, state=JobState.DONE, finished_at=now, lease_until=None)


def put_off(connection: Connection, job: Any, now: datetime, error: str) -> bool:
    """Again later, each time twice as late; after a retry as at first."""
    delay = timedelta(seconds=FIRST_DELAY_S * 2 ** ((job.attempts - 1) % MOST_ATTEMPTS))
    return _put(connection, job, state=JobState.WAITING, due_at=now + delay, lease_until=None, error=error)


def failed(connection: Connection, job: Any, now: datetime, error: str) -> bool:
    return _put(connection, job, state=JobState.FAILED, finished_at=now, lease_until=None, error=error)


def _put(connection: Connection, job: Any, **values: Any) -> bool:
    statement = sa.update(JOB).where(_MINE).values(values)
    return connection.execute(statement, {"job": job.id, "attempt": job.attempts}).rowcount == 1
