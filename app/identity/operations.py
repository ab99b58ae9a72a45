"""Every write to users, grants and API tokens."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Tx, operation
from app.core.policy import BUSINESS, ROLE_LABELS, Role, require
from app.core.workflow import changing, find
from app.identity import rules, scopes
from app.identity.access import TOKEN_PREFIX, digest
from app.identity.models import (
    GRANT,
    TOKEN,
    USERNAME,
    ApiToken,
    GrantCreate,
    RoleGrant,
    TokenCreate,
    User,
    UserCreate,
    UserPatch,
)
from app.identity.passwords import hash_password, one_time_password
from app.identity.sessions import end_sessions_of
from app.units.models import OFFICES, SCHOOLS, UnitKind
from app.units.operations import check_dates, unit_of_district

DUTIES = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR})
"""Three duties that one person may not hold together (等保2.0)."""


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
        raise invalid("username", "账号须为 2 到 40 个小写字母、数字或 . _ -，并以字母或数字开头")
    secret = password or one_time_password()
    user_id = add_user(tx, username, given.name, hash_password(secret), must_change_password=True)
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
    secret = one_time_password()
    user = changing(tx, User, row)
    user.password_hash = hash_password(secret)
    user.must_change_password = True
    user.locked_until, user.failed_logins = None, 0
    tx.session.flush()
    end_sessions_of(tx, user_id)
    return Issued(user_id, secret)


# Grants


@operation("role_grant.create")
def grant(tx: Tx, user_id: int, given: GrantCreate) -> int:
    """Give a user a role on a unit from a day on; it counts at the next request."""
    require(tx.actor, Role.SECADMIN)
    find(tx, rules.USERS, user_id)
    return add_grant(tx, user_id, given)


def add_grant(tx: Tx, user_id: int, given: GrantCreate) -> int:
    unit = unit_of_district(tx, given.unit_id)
    kind = UnitKind(unit.kind)
    if given.role == Role.SCHOOL and kind not in (*SCHOOLS, UnitKind.PARTY_ORGANIZATION):
        raise invalid("unit_id", f"“{unit.name}”不是学校、幼儿园或党组织，不能授予学校角色")
    if given.role == Role.OFFICE and kind not in (*OFFICES, UnitKind.DISCIPLINE_TEAM):
        raise invalid("unit_id", f"“{unit.name}”不是股室、二级单位或派驻组，不能授予股室角色")
    if given.role not in (Role.SCHOOL, Role.OFFICE) and kind != UnitKind.BUREAU:
        raise invalid("unit_id", f"“{ROLE_LABELS[given.role]}”这一角色管全区，请选择教育局")
    check_dates(given.valid_from, given.valid_to)
    _refuse_joined_duties(tx, user_id, given.role)
    made = tx.add(
        RoleGrant(
            user_id=user_id,
            role=given.role,
            unit_id=given.unit_id,
            recursive=given.recursive,
            valid_from=given.valid_from or tx.today,
            valid_to=given.valid_to,
        )
    )
    end_sessions_of(tx, user_id, but=tx.actor.session_id)
    assert made.id is not None
    return made.id


def _refuse_joined_duties(tx: Tx, user_id: int, role: Role) -> None:
    """The administrators' duties exclude one another, and exclude business roles."""
    held = sa.select(GRANT.c.role).where(
        GRANT.c.user_id == user_id, sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to >= tx.today)
    )
    roles = {Role(value) for value in tx.connection.execute(held).scalars()} | {role}
    duties = roles & DUTIES
    if len(duties) > 1 or (duties and roles & BUSINESS):
        raise Conflict("系统、安全、审计三员的职责不能由一人兼任，也不能兼任业务角色", code="separation_of_duties")


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
    """A bearer token of one's own, or, for secadmin, of a user; the secret is in the answer, once."""
    _refuse_limited_token(tx)
    user_id = given.user_id or tx.actor.user_id
    if user_id != tx.actor.user_id:
        require(tx.actor, Role.SECADMIN)
        find(tx, rules.USERS, user_id or 0)
    scopes.check(given.scopes or ())
    if given.unit_id is not None:
        _require_grant_on(tx, user_id or 0, given.unit_id)
    return add_token(tx, user_id or 0, given)


def _refuse_limited_token(tx: Tx) -> None:
    """A token limited to scopes or a unit gives no other token: it could be wider than itself."""
    limits = sa.select(TOKEN.c.scopes, TOKEN.c.unit_id).where(TOKEN.c.id == tx.actor.token_id)
    mine = tx.connection.execute(limits).one_or_none()
    if mine is not None and (mine.scopes is not None or mine.unit_id is not None):
        raise Forbidden("限定了范围或单位的令牌不能再生成令牌", code="insufficient_scope")


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
