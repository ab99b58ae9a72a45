"""Logging in: an attempt is counted, compared, and comes to a session or a refusal.

It takes as long, and is answered alike, whether or not the account exists.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core import limits
from app.core.audit import Outcome, audited_write, record
from app.core.limits import Limit, Taken
from app.core.operation import Tx, operation
from app.identity.access import csrf_of, digest
from app.identity.models import SESSION, USER, USERNAME, User
from app.identity.passwords import verify_password, went_unused
from app.identity.second_factor import is_on, take_code
from app.identity.sessions import end_by_secret
from app.settings import Settings
from app.units.queries import only_bureau


def by_account(settings: Settings) -> Limit:
    return Limit("login account", settings.login_attempts, timedelta(minutes=settings.lockout_minutes))


def by_address(settings: Settings) -> Limit:
    return Limit("login address", settings.address_attempts, timedelta(minutes=settings.lockout_minutes))


# An attempt


@dataclass(frozen=True)
class Candidate:
    """What logging in needs to know of an account, read before the slow comparison."""

    user_id: int
    username: str
    district_id: int
    password_hash: str


_CANDIDATE = sa.select(USER.c.id, USER.c.username, USER.c.district_id, USER.c.password_hash).where(
    USER.c.username == sa.bindparam("username")
)
_CANDIDATE_BY_ID = sa.select(USER.c.username).where(USER.c.id == sa.bindparam("user_id"))


def candidate(connection: Connection, username: str) -> Candidate | None:
    if not USERNAME.fullmatch(username):
        return None
    row = connection.execute(_CANDIDATE, {"username": username}).one_or_none()
    return None if row is None else Candidate(*row)


def candidate_of(connection: Connection, user_id: int) -> Candidate | None:
    username = connection.execute(_CANDIDATE_BY_ID, {"user_id": user_id}).scalar()
    return None if username is None else candidate(connection, username)


def password_matches(found: Candidate | None, password: str) -> bool:
    """Slow on purpose: run it on a thread, outside any transaction."""
    return verify_password(found.password_hash if found else None, password)


@dataclass(frozen=True)
class Attempt:
    """One try at logging in, counted against the address and against the name, whether or not it is an account's."""

    username: str
    address: str
    of_address: Taken
    of_account: Taken | None
    """None when the address was refused already."""
    found: Candidate | None = None


@operation("session.create")
def count_attempt(tx: Tx, username: str, address: str) -> Attempt:
    """Take the attempt before anything is compared; a refusal is recorded with it, and becomes a 429 outside."""
    of_address = limits.take(tx.connection, tx.settings.secret, by_address(tx.settings), address, tx.now)
    if not of_address.passes:
        if of_address.number == of_address.most + 1:  # Once: a flood must not fill the log as well.
            _record_refusal(tx, None, "too_many_requests")
        return Attempt(username, address, of_address, None)
    of_account = limits.take(tx.connection, tx.settings.secret, by_account(tx.settings), username, tx.now)
    found = candidate(tx.connection, username)
    if not of_account.passes:
        _record_refusal(tx, found, "locked")
    return Attempt(username, address, of_address, of_account, found)


@operation("session.create")
def take_back(tx: Tx, attempt: Attempt) -> None:
    """It was not compared, and does not count."""
    _give_back(tx, attempt)


# What comes of it


@dataclass(frozen=True)
class Opened:
    """A new session: the secret goes into the cookie and is kept nowhere else."""

    secret: str
    csrf: str
    user_id: int


@dataclass(frozen=True)
class Halfway:
    """The password was right; the account asks for a code as well."""

    found: Candidate


class Refused(StrEnum):
    CREDENTIALS = "bad_credentials"
    UNUSED = "one_time_password_expired"
    CODE = "bad_second_factor"


@operation("session.create")
def open_session(
    tx: Tx, attempt: Attempt, matches: bool, code: str = "", previous: str | None = None, device: str = ""
) -> Opened | Halfway | Refused:
    """Open a session, or note the failure.

    A failure must be kept, so it is an answer here and becomes a 401 outside the transaction.
    """
    found = attempt.found
    if found is None:
        _record_refusal(tx, None, "unknown_account")
        return Refused.CREDENTIALS
    user = tx.connection.execute(sa.select(USER).where(USER.c.id == found.user_id).with_for_update()).one()
    if user.disabled_at is not None:
        return _fail(tx, attempt, "disabled", Refused.CREDENTIALS)
    if not matches or user.password_hash != found.password_hash:
        return _fail(tx, attempt, "wrong_password", Refused.CREDENTIALS)
    if user.must_change_password and _went_unused(tx, user):
        return _fail(tx, attempt, Refused.UNUSED.value, Refused.UNUSED)
    factor = "password"
    if is_on(tx.connection, user.id):
        if not code:
            _give_back(tx, attempt)
            noted = {"user_id": user.id}
            record(tx, "session", None, operation="session.challenge", after=noted, district_id=user.district_id)
            return Halfway(found)
        taken = take_code(tx, user.id, code)
        if taken is None:
            return _fail(tx, attempt, "bad_second_factor", Refused.CODE)
        factor = taken
    _succeed(tx, attempt, user)
    return _opened(tx, user, factor, previous, device)


def _went_unused(tx: Tx, user: sa.Row[tuple[User]]) -> bool:
    """Only a one-time password has to be changed by that mark; it was issued when the present one was set."""
    return went_unused(user.password_changed_at or user.created_at, tx.settings.one_time_password_hours, tx.now)


def _opened(tx: Tx, user: sa.Row[tuple[User]], factor: str, previous: str | None, device: str) -> Opened:
    if previous:
        end_by_secret(tx, previous)
    secret = secrets.token_urlsafe(32)
    values = {"district_id": user.district_id, "user_id": user.id, "token_sha256": digest(secret), "device": device}
    made = sa.insert(SESSION).values(**values, csrf="", created_at=tx.now, last_seen_at=tx.now).returning(SESSION.c.id)
    session_id = tx.connection.execute(made).scalar_one()
    after = {"user_id": user.id, "factor": factor}
    record(tx, "session", session_id, after=after, district_id=user.district_id)
    return Opened(secret, csrf_of(secret), user.id)


def _fail(tx: Tx, attempt: Attempt, code: str, refused: Refused) -> Refused:
    _record_refusal(tx, attempt.found, code)
    if attempt.found and attempt.of_account and attempt.of_account.number == attempt.of_account.most:
        _show_lock(tx, attempt.found.user_id, attempt.of_account.until)
    return refused


def _record_refusal(tx: Tx, found: Candidate | None, code: str) -> None:
    """A name without an account belongs to nobody: where there is one bureau, its auditor sees that it was tried.

    Of several no auditor does: what is tried at one must not show at another. The command line shows it.
    """
    after = {"user_id": found.user_id} if found else None
    district_id = found.district_id if found else _only_district(tx)
    record(tx, "session", None, after=after, outcome=Outcome.REFUSED, code=code, district_id=district_id)


def _only_district(tx: Tx) -> int | None:
    bureau = only_bureau(tx)
    return None if bureau is None else bureau.id


def _give_back(tx: Tx, attempt: Attempt) -> None:
    limits.give_back(tx.connection, tx.settings.secret, by_address(tx.settings), attempt.address)
    limits.give_back(tx.connection, tx.settings.secret, by_account(tx.settings), attempt.username)


def _succeed(tx: Tx, attempt: Attempt, user: sa.Row[tuple[User]]) -> None:
    """Only a whole login clears the account's failures: else a right password alone would allow codes without end."""
    limits.give_back(tx.connection, tx.settings.secret, by_address(tx.settings), attempt.address)
    limits.clear(tx.connection, tx.settings.secret, by_account(tx.settings), attempt.username)
    if user.locked_until is not None:
        _show_lock(tx, user.id, None)


def _show_lock(tx: Tx, user_id: int, until: object) -> None:
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(USER).where(USER.c.id == user_id).values(locked_until=until))


def unlock(tx: Tx, username: str) -> None:
    """An administrator gave a new password: what was tried before no longer counts."""
    limits.clear(tx.connection, tx.settings.secret, by_account(tx.settings), username)
