"""The three administrators: sysadmin keeps users, secadmin grants and tokens; neither sees business content."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import USER as ACTING_USER
from app.core.policy import Policy, Role, Roles, in_district
from app.identity.models import GRANT, TOKEN, USER

ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECADMIN})


def _administered(table: sa.Table, roles: Roles) -> ColumnElement[bool]:
    return in_district(table) if roles & ADMINISTRATORS else sa.false()


def read_user(roles: Roles) -> ColumnElement[bool]:
    return sa.or_(_administered(USER, roles), USER.c.id == ACTING_USER)


def manage_user(roles: Roles) -> ColumnElement[bool]:
    return in_district(USER) if Role.SYSADMIN in roles else sa.false()


def manage_second_factor(roles: Roles) -> ColumnElement[bool]:
    return in_district(USER) if Role.SECADMIN in roles else sa.false()


def read_grant(roles: Roles) -> ColumnElement[bool]:
    return sa.or_(_administered(GRANT, roles), GRANT.c.user_id == ACTING_USER)


def manage_grant(roles: Roles) -> ColumnElement[bool]:
    return in_district(GRANT) if Role.SECADMIN in roles else sa.false()


def read_token(roles: Roles) -> ColumnElement[bool]:
    everyones = in_district(TOKEN) if Role.SECADMIN in roles else sa.false()
    return sa.or_(everyones, TOKEN.c.user_id == ACTING_USER)


USERS = Policy(USER, read_user, {"edit": manage_user, "reset_second_factor": manage_second_factor})
LABELS = {"reset_second_factor": "重置动态验证码"}
GRANTS = Policy(GRANT, read_grant, {"end": manage_grant})
TOKENS = Policy(TOKEN, read_token, {"revoke": read_token})
