"""Logging in and out. A login takes as long, and answers alike, whether or not the account exists."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import Outcome, audited_write, record
from app.core.errors import Conflict, Invalid, Unauthenticated
from app.core.operation import Tx, operation
from app.identity.access import digest
from app.identity.models import SESSION, USER, USERNAME, User
from app.identity.passwords import check_strength, hash_password, verify_password

WRONG = "账号或密码不对，或账号暂时锁定"


@dataclass(frozen=True)
class Opened:
    """A new session: the secret goes into the cookie and is kept nowhere else."""

    secret: str
    csrf: str
    user_id: int


@dataclass(frozen=True)
class Candidate:
    """What logging in needs to know of an account, read before the slow comparison."""

    user_id: int
    district_id: int
    password_hash: str


_CANDIDATE = sa.select(
    USER.c.id, USER.c.district_id, USER.c.password_hash, USER.c.disabled_at, USER.c.locked_until
).where(USER.c.username == sa.bindparam("username"))


def candidate(connection: Connection, username: str) -> Candidate | None:
    name = username.strip().lower()
    if not USERNAME.fullmatch(name):
        return None
    row = connection.execute(_CANDIDATE, {"username": name}).one_or_none()
    return None if row is None else Candidate(row.id, row.district_id, row.password_hash)


def password_matches(found: Candidate | None, password: str) -> bool:
    """Slow on purpose: run it on a thread, outside any transaction."""
    return verify_password(found.password_hash if found else None, password)


@operation("session.create")
def open_session(tx: Tx, found: Candidate | None, matches: bool, previous: str | None = None) -> Opened | None:
    """Open a session, or note the failure and give None. Failures in a row lock the account for a while.

    The failure must be kept, so it is an answer here and becomes a 401 outside the transaction.
    """
    if found is None:
        record(tx, "session", None, outcome=Outcome.REFUSED, code="unknown_account")
        return None
    user = tx.connection.execute(sa.select(USER).where(USER.c.id == found.user_id).with_for_update()).one()
    locked = user.locked_until is not None and user.locked_until > tx.now
    if not matches or locked or user.disabled_at is not None or user.password_hash != found.password_hash:
        _note_failure(tx, user, "locked" if locked else "wrong_password")
        return None
    if user.failed_logins:
        _set_failures(tx, user.id, 0, None)
    if previous:
        end_by_secret(tx, previous)
    secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    values = {"district_id": user.district_id, "user_id": user.id, "token_sha256": digest(secret), "csrf": csrf}
    made = sa.insert(SESSION).values(**values, created_at=tx.now, last_seen_at=tx.now).returning(SESSION.c.id)
    session_id = tx.connection.execute(made).scalar_one()
    record(tx, "session", session_id, after={"user_id": user.id}, district_id=user.district_id)
    return Opened(secret, csrf, user.id)


def _note_failure(tx: Tx, user: sa.Row[tuple[User]], code: str) -> None:
    failures = user.failed_logins + (code == "wrong_password")
    until = user.locked_until
    if code == "wrong_password" and failures >= tx.settings.login_attempts:
        until, failures = tx.now + timedelta(minutes=tx.settings.lockout_minutes), 0
    _set_failures(tx, user.id, failures, until)
    record(
        tx,
        "session",
        None,
        after={"user_id": user.id},
        outcome=Outcome.REFUSED,
        code=code,
        district_id=user.district_id,
    )


def _set_failures(tx: Tx, user_id: int, failures: int, until: object) -> None:
    with audited_write(tx.connection):
        tx.connection.execute(
            sa.update(USER).where(USER.c.id == user_id).values(failed_logins=failures, locked_until=until)
        )


def refuse_login() -> Unauthenticated:
    return Unauthenticated(WRONG, code="bad_credentials", title="没有登录成功")


@operation("session.end")
def close_session(tx: Tx) -> None:
    """Log out: the session ends on every instance with the next request."""
    if tx.actor.session_id is not None:
        _end(tx, SESSION.c.id == tx.actor.session_id)
        record(tx, "session", tx.actor.session_id)


def end_by_secret(tx: Tx, secret: str) -> None:
    _end(tx, SESSION.c.token_sha256 == digest(secret))


def end_sessions_of(tx: Tx, user_id: int, *, but: int | None = None) -> None:
    """End a user's sessions: their password or roles changed."""
    _end(tx, sa.and_(SESSION.c.user_id == user_id, SESSION.c.id != (but or 0)))


def _end(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    tx.connection.execute(sa.update(SESSION).where(which, SESSION.c.ended_at.is_(None)).values(ended_at=tx.now))


@operation("user.change_password")
def change_password(tx: Tx, confirmed_hash: str | None, new_password_hash: str) -> None:
    """Change one's own password, the old one having been given; every other session of the user ends."""
    if confirmed_hash is None:
        raise Invalid("原密码不对", errors=[], code="wrong_password")
    assert tx.actor.user_id is not None
    user = tx.session.get_one(User, tx.actor.user_id)
    if user.password_hash != confirmed_hash:
        raise Conflict("密码刚被改过，请用新密码", code="lost_race")
    user.password_hash = new_password_hash
    user.must_change_password = False
    tx.session.flush()
    end_sessions_of(tx, tx.actor.user_id, but=tx.actor.session_id)


def hash_new(password: str, username: str) -> str:
    """Check and hash a new password; slow on purpose."""
    check_strength(password, username)
    return hash_password(password)
