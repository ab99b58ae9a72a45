"""Every read of users, grants and tokens."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_choice, parse_flag
from app.core.policy import Role
from app.core.within import many, within
from app.core.workflow import find
from app.identity import rules
from app.identity.models import GRANT, SESSION, TOKEN, USER
from app.identity.passwords import NO_PASSWORD, PROFILES
from app.identity.second_factor import is_on
from app.units.models import UNIT
from app.units.queries import names

TODAY = sa.bindparam("today", type_=sa.Date)
_HELD = sa.and_(GRANT.c.valid_from <= TODAY, sa.func.coalesce(GRANT.c.valid_to, TODAY) >= TODAY)


def _today(see: Reader) -> dict[str, Any]:
    return {"today": see.today}


def _holds(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(GRANT.c.user_id == USER.c.id, _HELD, condition).correlate(USER)


_USER_COLUMNS = ("id", "version", "username", "name", "disabled_at", "must_change_password", "locked_until")
LIST = Listing(
    policy=rules.USERS,
    columns=[USER.c[name] for name in (*_USER_COLUMNS, "password_hash", "updated_at")],
    sorts={"id": by_id(USER, descending=False), "username": Sort(USER.c.username)},
    filters={
        "role": Filter(
            _holds(GRANT.c.role == sa.bindparam("f_role")), parse_choice([role.value for role in Role]), _today
        ),
        "unit_id": Filter(_holds(GRANT.c.unit_id == sa.bindparam("f_unit_id", type_=sa.BigInteger)), binds=_today),
        "disabled": Filter(USER.c.disabled_at.is_not(None) == sa.bindparam("f_disabled", type_=sa.Boolean), parse_flag),
    },
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
    shown["has_password"] = row.password_hash != NO_PASSWORD
    return shown | {"allowed_actions": ["edit", "reset_password"] if row.may_edit else []}


_ROLES_OF = (
    sa.select(GRANT.c.user_id, GRANT.c.role, GRANT.c.unit_id, UNIT.c.name.label("unit_name"))
    .join(UNIT, UNIT.c.id == GRANT.c.unit_id)
    .where(within(GRANT.c.user_id, many("users")), _HELD)
    .order_by(GRANT.c.id)
)


def complete(see: Reader, users: list[dict[str, Any]]) -> None:
    """To each user of a list the roles held today."""
    held: dict[int, list[dict[str, Any]]] = defaultdict(list)
    of = {"users": [user["id"] for user in users], "today": see.today}
    for row in see.connection.execute(_ROLES_OF, of):
        held[row.user_id].append({"role": row.role, "unit_id": row.unit_id, "unit_name": row.unit_name})
    for user in users:
        user["roles"] = held[user["id"]]


def one(see: Any, user_id: int) -> dict[str, Any]:
    row = find(see, rules.USERS, user_id)
    shown = present(see, row)
    shown["second_factor"] = is_on(see.connection, user_id)
    if row.may_reset_second_factor and shown["second_factor"] and user_id != see.actor.user_id:
        shown["allowed_actions"] = [*shown["allowed_actions"], "reset_second_factor"]
    shown["grants"] = grants_of(see, user_id)
    return shown


_GRANTS_OF = (
    sa.select(GRANT, UNIT.c.name.label("unit_name"))
    .join(UNIT, UNIT.c.id == GRANT.c.unit_id)
    .where(GRANT.c.user_id == sa.bindparam("of_user"))
    .order_by(GRANT.c.id)
)


def grants_of(see: Any, user_id: int) -> list[dict[str, Any]]:
    """A user's grants, past ones too, for whoever may read the user."""
    names = ("id", "role", "unit_id", "unit_name", "recursive", "valid_from", "valid_to")
    rows = see.connection.execute(_GRANTS_OF, {"of_user": user_id}).all()
    return [{name: getattr(row, name) for name in names} | {"ended": _over(see, row)} for row in rows]


_STILL = GRANT.alias("still")
_ENDED = (
    sa.select(GRANT.c.user_id, USER.c.name, GRANT.c.role, USER.c.disabled_at)
    .add_columns(
        sa.exists()
        .where(
            _STILL.c.user_id == USER.c.id,
            _STILL.c.valid_from <= TODAY,
            sa.func.coalesce(_STILL.c.valid_to, TODAY) >= TODAY,
        )
        .correlate(USER)
        .label("holds_another")
    )
    .join(USER, USER.c.id == GRANT.c.user_id)
    .where(GRANT.c.unit_id == sa.bindparam("of_unit"), GRANT.c.valid_to == sa.bindparam("last", type_=sa.Date))
    .order_by(USER.c.id, GRANT.c.id)
)


def ended_with(see: Reader, unit_id: int, last: date) -> list[dict[str, Any]]:
    """Whose grants on a unit ended on its last day, and whether they hold another today: for who grants anew alone."""
    if not see.actor.has(Role.SECADMIN):
        return []
    rows = see.connection.execute(_ENDED, {"of_unit": unit_id, "last": last, "today": see.today})
    return [dict(row._mapping) for row in rows]


def _over(see: Reader, grant: Any) -> bool:
    return grant.valid_to is not None and grant.valid_to < see.today


def present_grant(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _GRANT_COLUMNS}
    return shown | {"allowed_actions": ["end"] if row.may_end and not _over(see, row) else []}


def grants_to_keep(see: Reader, user_id: int) -> list[dict[str, Any]]:
    """A user's grants with the names of their units and what the actor may do with each."""
    asked = GRANT_LIST.asked({"user_id": str(user_id), "limit": "200"})
    rows = GRANT_LIST.page(see, asked)[0]
    return [present_grant(see, row) | {"unit_name": row.unit_name, "ended": _over(see, row)} for row in rows]


def one_grant(see: Any, grant_id: int) -> dict[str, Any]:
    return present_grant(see, find(see, rules.GRANTS, grant_id))


def present_token(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _TOKEN_COLUMNS}
    return shown | {"allowed_actions": ["revoke"] if row.may_revoke and row.revoked_at is None else []}


def tokens_of(see: Reader, user_id: int) -> list[dict[str, Any]]:
    """A user's tokens that the actor may read, newest first, with the name of the unit each is limited to."""
    rows = TOKEN_LIST.page(see, TOKEN_LIST.asked({"user_id": str(user_id), "limit": "200"}))[0]
    tokens = [present_token(see, row) for row in rows]
    limited = names(see, [token["unit_id"] for token in tokens if token["unit_id"]])
    for token in tokens:
        token["unit_name"] = limited.get(token["unit_id"])
        token["expired"] = token["expires_at"] is not None and token["expires_at"] <= see.now
    return tokens


def one_token(see: Any, token_id: int) -> dict[str, Any]:
    return present_token(see, find(see, rules.TOKENS, token_id))


_SESSIONS = (
    sa.select(SESSION.c.id, SESSION.c.device, SESSION.c.created_at, SESSION.c.last_seen_at)
    .where(
        SESSION.c.user_id == sa.bindparam("actor_user"),
        SESSION.c.ended_at.is_(None),
        SESSION.c.last_seen_at >= sa.bindparam("alive", type_=SESSION.c.last_seen_at.type),
        SESSION.c.created_at >= sa.bindparam("young", type_=SESSION.c.created_at.type),
    )
    .order_by(SESSION.c.last_seen_at.desc())
    .limit(20)
)


def my_sessions(see: Reader) -> dict[str, Any]:
    """Where one is logged in now; ``current`` marks the session that asks."""
    alive = see.now - timedelta(minutes=see.settings.session_idle_minutes)
    young = see.now - timedelta(hours=see.settings.session_hours)
    rows = see.connection.execute(_SESSIONS, {"actor_user": see.actor.user_id, "alive": alive, "young": young})
    return {"data": [dict(row._mapping) | {"current": row.id == see.actor.session_id} for row in rows]}


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
        "must_set_up_second_factor": actor.must_enrol,
        "password_rule": PROFILES[see.settings.password_profile].words,
    }
