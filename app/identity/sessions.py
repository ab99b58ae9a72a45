"""A login while it lasts, and how it ends: on every instance with the next request."""

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from app.core.audit import record
from app.core.errors import NotFound
from app.core.operation import Tx, operation
from app.core.within import Ids, within
from app.identity.access import digest
from app.identity.models import SESSION

KEPT = timedelta(days=30)
"""Since it was last seen. No session may be idle for more than a day, so that it is over long before, however it ended:
its beginning and its end stay in the audit log."""
BATCH = 5000


@operation("session.end")
def close_session(tx: Tx) -> None:
    """Log out: the session ends on every instance with the next request."""
    if tx.actor.session_id is not None:
        _end(tx, SESSION.c.id == tx.actor.session_id)
        record(tx, "session", tx.actor.session_id)


@operation("session.end_one")
def end_own_session(tx: Tx, session_id: int) -> None:
    """End one of one's own logins, wherever it is; 404 for one that is over or another person's."""
    if not _end(tx, sa.and_(SESSION.c.id == session_id, SESSION.c.user_id == tx.actor.user_id)):
        raise NotFound()
    record(tx, "session", session_id)


@operation("session.end_others")
def end_other_sessions(tx: Tx) -> None:
    """End every login of one's own but this one."""
    assert tx.actor.user_id is not None
    ended = end_sessions_of(tx, tx.actor.user_id, but=tx.actor.session_id)
    record(tx, "session", None, after={"count": ended})


def end_by_secret(tx: Tx, secret: str) -> None:
    """What a browser brings along to a login ends, be it the same person's or another's, and leaves its event there."""
    this = sa.and_(SESSION.c.token_sha256 == digest(secret), SESSION.c.ended_at.is_(None))
    ended = sa.update(SESSION).where(this).values(ended_at=tx.now)
    row = tx.connection.execute(ended.returning(SESSION.c.id, SESSION.c.user_id, SESSION.c.district_id)).one_or_none()
    if row is not None:
        after = {"user_id": row.user_id}
        record(tx, "session", row.id, operation="session.end", after=after, district_id=row.district_id)


def end_sessions_of(tx: Tx, user_id: int, *, but: int | None = None) -> int:
    """End a user's sessions: their password or roles changed."""
    return _end(tx, sa.and_(SESSION.c.user_id == user_id, SESSION.c.id != (but or 0)))


def end_sessions_of_all(tx: Tx, user_ids: Collection[int]) -> None:
    """The same of many users at once; one's own session stays."""
    which = within(SESSION.c.user_id, sa.literal(sorted(user_ids), Ids()))
    _end(tx, sa.and_(which, SESSION.c.id != (tx.actor.session_id or 0)))


def prune(tx: Tx) -> int:
    """Remove some of what was over long ago; how many, 0 when all is done."""
    old = sa.select(SESSION.c.id).where(SESSION.c.last_seen_at < tx.now - KEPT).limit(BATCH)
    return tx.connection.execute(sa.delete(SESSION).where(SESSION.c.id.in_(old))).rowcount


def _end(tx: Tx, which: sa.ColumnElement[bool]) -> int:
    ended = sa.update(SESSION).where(which, SESSION.c.ended_at.is_(None)).values(ended_at=tx.now)
    return tx.connection.execute(ended).rowcount
