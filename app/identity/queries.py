"""Every read of users, grants and tokens."""

from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.paging import Listing, Sort, by_id, equals, one_of
from app.core.policy import Role
from app.core.workflow import find
from app.identity import rules
from app.identity.models import GRANT, SESSION, TOKEN, USER
from app.units.models import UNIT

_USER_COLUMNS = ("id", "version", "username", "name", "disabled_at", "must_change_password", "locked_until")
LIST = Listing(
    policy=rules.USERS,
    columns=[USER.c[name] for name in (*_USER_COLUMNS, "updated_at")],
    sorts={"id": by_id(USER, descending=False), "username": Sort(USER.c.username)},
    search=[USER.c.username, USER.c.name],
)
_GRANT_COLUMNS = ("id", "version", "user_id", "role", "unit_id", "recursive", "valid_from", "valid_to")
GRANT_LIST = Listing(
    policy=rules.GRANTS,
    source=GRANT.join(UNIT, UNIT.c.id == GRANT.c.unit_id),
    columns=[*(GRANT.c[name] for name in _GRANT_COLUMNS), UNIT.c.name.label("unit_name")],
    sorts={"id": by_id(GRANT, descending=False)},
    filters={
        "user_id": equals(GRANT.c.user_id, "user_id"),
        "unit_id": equals(GRANT.c.unit_id, "unit_id"),
        "role": one_of(GRANT.c.role, "role", Role),
    },
)
_TOKEN_COLUMNS = ("id", "version", "user_id", "name", "scopes", "unit_id", "expires_at", "last_used_at", "revoked_at")
TOKEN_LIST = Listing(
    policy=rules.TOKENS,
    columns=[TOKEN.c[name] for name in (*_TOKEN_COLUMNS, "created_at")],
    sorts={"id": by_id(TOKEN)},
    filters={"user_id": equals(TOKEN.c.user_id, "user_id")},
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _USER_COLUMNS}
    return shown | {"allowed_actions": ["edit", "reset_password"] if row.may_edit else []}


def one(see: Any, user_id: int) -> dict[str, Any]:
    shown = present(see, find(see, rules.USERS, user_id))
    shown["grants"] = grants_of(see, user_id)
    return shown


_GRANTS_OF = (
    sa.select(GRANT, UNIT.c.name.label("unit_name"))
    .join(UNIT, UNIT.c.id == GRANT.c.unit_id)
    .where(GRANT.c.user_id == sa.bindparam("of_user"))
    .order_by(GRANT.c.id)
)


def grants_of(see: Any, user_id: int) -> list[dict[str, Any]]:
    names = ("id", "role", "unit_id", "unit_name", "recursive", "valid_from", "valid_to")
    rows = see.connection.execute(_GRANTS_OF, {"of_user": user_id}).all()
    return [{name: getattr(row, name) for name in names} for row in rows]


def present_grant(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _GRANT_COLUMNS}
    over = row.valid_to is not None and row.valid_to < see.today
    return shown | {"allowed_actions": ["end"] if row.may_end and not over else []}


def one_grant(see: Any, grant_id: int) -> dict[str, Any]:
    return present_grant(see, find(see, rules.GRANTS, grant_id))


def present_token(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _TOKEN_COLUMNS}
    return shown | {"allowed_actions": ["revoke"] if row.may_revoke and row.revoked_at is None else []}


def one_token(see: Any, token_id: int) -> dict[str, Any]:
    return present_token(see, find(see, rules.TOKENS, token_id))


_SESSIONS = (
    sa.select(SESSION.c.id, SESSION.c.created_at, SESSION.c.last_seen_at)
    .where(SESSION.c.user_id == sa.bindparam("actor_user"), SESSION.c.ended_at.is_(None))
    .order_by(SESSION.c.last_seen_at.desc())
    .limit(20)
)


def me(see: Any) -> dict[str, Any]:
    """Who one is, what one may do, and the CSRF token of the session."""
    actor = see.actor
    return {
        "user_id": actor.user_id,
        "username": actor.username,
        "name": actor.name,
        "district_id": actor.district_id,
        "roles": sorted(role.value for role in actor.roles),
        "unit_ids": sorted(actor.units),
        "csrf_token": actor.csrf,
        "must_change_password": actor.must_change_password,
    }
