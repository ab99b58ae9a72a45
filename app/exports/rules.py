"""A file belongs to whoever asked for it, and to nobody else, whatever their role."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import USER, Policy, Roles, in_district
from app.exports.models import RUN


def mine(roles: Roles) -> ColumnElement[bool]:
    return sa.and_(in_district(RUN), RUN.c.user_id == USER)


POLICY = Policy(RUN, mine)
