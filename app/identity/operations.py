"""Every write to users, grants and API tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.errors import Conflict, FieldError, Forbidden, Invalid, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.identity import rules, scopes
from app.identity.access import TOKEN_PREFIX, digest
from app.identity.attempts import unlock
from app.identity.checks import DUTIES, JOINED, OVERLAPS, OWN_ACCOUNT, WATCHERS, are_joined, check_unit
from app.identity.models import (
    BAD_USERNAME,
    GRANT,
    PASSWORD,
    TOKEN,
    USER,
    USERNAME,
    ApiToken,
    GrantCreate,
    RoleGrant,
    TokenCreate,
    User,
    UserCreate,
    UserPatch,
)
from app.identity.passwords import NO_PASSWORD, PROFILES, hash_one_time, hash_password, one_time_password
from app.identity.sessions import end_sessions_of
from app.units.checks import check_dates
from app.units.models import UnitKind
from app.units.operations import standing_unit


@dataclass(frozen=True)
class Issued:
    """A new secret, shown once."""

    id: int
    secret: str


@operation("user.create")
def create(tx: Tx, given: UserCreate, password: str | None = None) -> Issued:
    """A new account with a one-time password, which must be changed at first login."""
    require(tx.actor, Role.SYSADMIN)
    if given.grants:
        require(tx.actor, Role.SECADMIN)
    username = given.username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise invalid("username", BAD_USERNAME)
    secret = password or one_time_password()
    hashed = hash_password(secret) if password else hash_one_time(secret)
    user_id = add_user(tx, username, given.name, hashed, must_change_password=True)
    for grant in given.grants:
        add_grant(tx, user_id, grant)
    return Issued(user_id, secret)


def add_user(tx: Tx, username: str, name: str, password_hash: str, *, must_change_password: bool) -> int:
    user = tx.add(
        User(username=username, name=name, password_hash=password_hash, must_change_password=must_change_password)
    )
    assert user.id is not None
    return user.id


@operation("user.edit")
def edit(tx: Tx, user_id: int, given: UserPatch, version: int | None = None) -> int:
    """Rename, disable or enable. Disabling ends the user's sessions."""
    row = find(tx, rules.USERS, user_id)
    if not row.may_edit:
        raise Forbidden("用户由系统管理员维护")
    user = changing(tx, User, row, version)
    refuse_emptied(given.model_dump(exclude_unset=True), "name", "disabled")
    if given.name is not None:
        user.name = given.name
    if given.disabled is not None:
        if given.disabled and user_id == tx.actor.user_id:
            raise Conflict("不能停用自己的账号，请由另一位系统管理员办理")
        user.disabled_at = tx.now if given.disabled else None
        end_sessions_of(tx, user_id)
    tx.session.flush()
    return user_id


@operation("user.reset_password")
def reset_password(tx: Tx, user_id: int, note: str | None = None) -> Issued:
    """A new one-time password; the old one and every session end."""
    row = find(tx, rules.USERS, user_id)
    if not row.may_edit:
        raise Forbidden("密码由系统管理员重置")
    _refuse_other_duties(tx, user_id)
    return Issued(user_id, issue_anew(tx, changing(tx, User, row)))


@operation("user.reset_password")
def issue_anew(tx: Tx, user: User) -> str:
    """A one-time password in place of the one that was; whether the actor may was asked before."""
    assert user.id is not None
    secret = one_time_password()
    _replace_password(tx, user, hash_one_time(secret))
    user.must_change_password = True
    user.locked_until = None
    tx.session.flush()
    unlock(tx, user.username)
    end_sessions_of(tx, user.id)
    return secret


def _refuse_other_duties(tx: Tx, user_id: int) -> None:
    """With a new password of theirs the system administrator could act as the two who watch over him (等保2.0).

    The installation itself may, on the machine: its event names nobody, and the auditor sees that.
    """
    if tx.actor.user_id in (None, user_id):
        return
    held = set(tx.connection.execute(_held(user_id, tx.today, None)).scalars())
    if held & WATCHERS:
        mend = "请在服务器上用 qinglian user reset-password 办理"
        raise Forbidden(f"安全管理员和审计管理员的密码不由系统管理员重置，{mend}", code="separation_of_duties")


@operation("user.change_password")
def change_password(tx: Tx, confirmed_hash: str, new_password_hash: str) -> None:
    """Change one's own password, the old one having been given; every other session of the user ends."""
    assert tx.actor.user_id is not None
    user = tx.session.get_one(User, tx.actor.user_id)
    if user.password_hash != confirmed_hash:
        raise Conflict("密码刚被改过，请重新登录", code="lost_race")
    _replace_password(tx, user, new_password_hash)
    user.must_change_password = False
    tx.session.flush()
    end_sessions_of(tx, tx.actor.user_id, but=tx.actor.session_id)


def _replace_password(tx: Tx, user: User, new_hash: str) -> None:
    """The old one is kept as long as the profile wants to recognise it."""
    kept = PROFILES[tx.settings.password_profile].remembered - 1
    mine = PASSWORD.c.user_id == user.id
    if kept > 0 and user.password_hash != NO_PASSWORD:
        values = {"user_id": user.id, "district_id": user.district_id, "password_hash": user.password_hash}
        tx.connection.execute(sa.insert(PASSWORD).values(**values, replaced_at=tx.now))
    newest = sa.select(PASSWORD.c.id).where(mine).order_by(PASSWORD.c.id.desc()).limit(max(kept, 0))
    tx.connection.execute(sa.delete(PASSWORD).where(mine, PASSWORD.c.id.not_in(newest)))
    user.password_hash = new_hash
    user.password_changed_at = tx.now


# Grants


@operation("role_grant.create")
def grant(tx: Tx, user_id: int, given: GrantCreate) -> int:
    """Give a user a role on a unit from a day on; it counts at the next request."""
    require(tx.actor, Role.SECADMIN)
    find(tx, rules.USERS, user_id)
    if user_id == tx.actor.user_id:
        raise Conflict(OWN_ACCOUNT, code="own_account")
    return add_grant(tx, user_id, given)


def add_grant(tx: Tx, user_id: int, given: GrantCreate) -> int:
    starts = given.valid_from or tx.today
    unit = standing_unit(tx, given.unit_id, "unit_id", max(starts, tx.today))
    check_unit(given.role, unit.name, UnitKind(unit.kind))
    check_dates(given.valid_from, given.valid_to)
    # Locked first: of two grants at once, by whichever instances, the second sees the first.
    tx.connection.execute(sa.select(USER.c.id).where(USER.c.id == user_id).with_for_update())
    _refuse_joined_duties(tx, user_id, given.role, max(starts, tx.today), given.valid_to)
    _refuse_overlap(tx, user_id, given, starts)
    made = tx.add(
        RoleGrant(
            user_id=user_id,
            role=given.role,
            unit_id=given.unit_id,
            recursive=given.recursive,
            valid_from=starts,
            valid_to=given.valid_to,
        )
    )
    end_sessions_of(tx, user_id, but=tx.actor.session_id)
    assert made.id is not None
    return made.id


def _refuse_joined_duties(tx: Tx, user_id: int, role: Role, begins: date, ends: date | None) -> None:
    """The administrators' duties exclude one another, and exclude business roles, on every day still to come."""
    held = tx.connection.execute(_held(user_id, begins, ends)).scalars()
    if are_joined({Role(value) for value in held} | {role}):
        raise Conflict(JOINED, code="separation_of_duties")


def _refuse_overlap(tx: Tx, user_id: int, given: GrantCreate, begins: date) -> None:
    """Given once more on a day that it is held, a grant would go on when the one is ended."""
    same = _held(user_id, begins, given.valid_to).where(GRANT.c.role == given.role, GRANT.c.unit_id == given.unit_id)
    if tx.connection.execute(same.limit(1)).first() is not None:
        raise Conflict(OVERLAPS, code="overlap")


def _held(user_id: int, begins: date, ends: date | None) -> sa.Select[Any]:
    """The user's roles on any day from ``begins`` until ``ends``."""
    lasts = sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to >= begins)
    started = GRANT.c.valid_from <= ends if ends is not None else sa.true()
    return sa.select(GRANT.c.role).where(GRANT.c.user_id == user_id, lasts, started)


@operation("role_grant.end")
def end_grant(tx: Tx, grant_id: int, note: str | None = None) -> int:
    """End a grant as of now: from the next request on it shows nothing any more."""
    row = find(tx, rules.GRANTS, grant_id)
    if not row.may_end:
        raise Forbidden("授权由安全管理员维护")
    if row.valid_to is not None and row.valid_to < tx.today:
        raise Conflict(f"这一授权已于 {row.valid_to} 结束")
    tx.reason = note
    ended = changing(tx, RoleGrant, row)
    ended.valid_to = tx.today - timedelta(days=1)
    ended.valid_from = min(ended.valid_from, ended.valid_to)
    tx.session.flush()
    end_sessions_of(tx, row.user_id, but=tx.actor.session_id)
    return grant_id


# Tokens


@operation("api_token.create")
def create_token(tx: Tx, given: TokenCreate) -> Issued:
    """A bearer token of one's own, or, for secadmin, a limited one of a user, who is told; the secret is in the answer,
    once.
    """
    _refuse_limited_token(tx)
    user_id = given.user_id or tx.actor.user_id
    if user_id != tx.actor.user_id:
        require(tx.actor, Role.SECADMIN)
        find(tx, rules.USERS, user_id or 0)
        _refuse_duty_of_another(tx, user_id or 0)
    scopes.check(given.scopes or ())
    if user_id != tx.actor.user_id:
        _check_limits(tx, given)
    if given.unit_id is not None:
        _require_grant_on(tx, user_id or 0, given.unit_id)
    issued = add_token(tx, user_id or 0, given)
    if user_id != tx.actor.user_id:
        for told in WHEN_MADE_FOR_ANOTHER:
            told(tx, user_id or 0, issued.id)
    return issued


WHEN_MADE_FOR_ANOTHER: list[Callable[[Tx, int, int], None]] = []
"""Told of the user and of each token that somebody else made in their name, in the same transaction. Notices stand on
this folder, so that ``app.main`` puts theirs here."""


def _check_limits(tx: Tx, given: TokenCreate) -> None:
    """Another's token is for a program: for what is named, for some time, and for nothing that is theirs in person. The
    installation itself may give one of any kind, on the machine.
    """
    if tx.actor.user_id is None:
        return
    errors = [
        FieldError(f"/scopes/{n}", "信访举报和案件线索只由承办人本人办理，不能写进给他人的令牌，请去掉")
        for n, scope in enumerate(given.scopes or ())
        if scope.partition(":")[0] in scopes.IN_PERSON
    ]
    if not given.scopes:
        errors.append(FieldError("/scopes", "给他人的令牌请写明范围，如 assignments:read"))
    if given.days is None:
        errors.append(FieldError("/days", "给他人的令牌请写明有效天数，如 90"))
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _refuse_limited_token(tx: Tx) -> None:
    """A token limited to scopes or a unit gives no other token: it could be wider than itself."""
    limits = sa.select(TOKEN.c.scopes, TOKEN.c.unit_id).where(TOKEN.c.id == tx.actor.token_id)
    mine = tx.connection.execute(limits).one_or_none()
    if mine is not None and (mine.scopes is not None or mine.unit_id is not None):
        raise Forbidden("限定了范围或单位的令牌不能再生成令牌", code="insufficient_scope")


def _refuse_duty_of_another(tx: Tx, user_id: int) -> None:
    """A token of another administrator's would be their duty in one's own hands."""
    held = set(tx.connection.execute(_held(user_id, tx.today, None)).scalars())
    if tx.actor.user_id is not None and held & DUTIES:
        raise Forbidden("三员的令牌只能由本人生成", code="separation_of_duties")


def _require_grant_on(tx: Tx, user_id: int, unit_id: int) -> None:
    held = sa.select(GRANT.c.id).where(GRANT.c.user_id == user_id, GRANT.c.unit_id == unit_id).limit(1)
    if tx.connection.execute(held).first() is None:
        raise invalid("unit_id", "该用户没有这个单位的授权，请从其授权的单位中选择")


def add_token(tx: Tx, user_id: int, given: TokenCreate) -> Issued:
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires = tx.now + timedelta(days=given.days) if given.days else None
    token = tx.add(
        ApiToken(
            user_id=user_id,
            name=given.name,
            token_sha256=digest(secret),
            scopes=given.scopes,
            unit_id=given.unit_id,
            expires_at=expires,
        )
    )
    assert token.id is not None
    return Issued(token.id, secret)


@operation("api_token.revoke")
def revoke_token(tx: Tx, token_id: int, note: str | None = None) -> int:
    row = find(tx, rules.TOKENS, token_id)
    if row.revoked_at is not None:
        raise Conflict("这个令牌已经停用")
    changing(tx, ApiToken, row).revoked_at = tx.now
    tx.session.flush()
    return token_id
