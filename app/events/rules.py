"""The audit log is the auditor's; for everyone else it holds nothing."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.audit import EVENT
from app.core.policy import Policy, Role, Roles, in_district


def read(roles: Roles) -> ColumnElement[bool]:
    return in_district(EVENT) if Role.AUDITOR in roles else sa.false()


POLICY = Policy(EVENT, read)
