"""A notice is its recipient's: the people who carry out the unit's rows today, or the one person it names."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import OWN, USER, Policy, Role, Roles
from app.core.within import within
from app.notifications.models import NOTICE

_MINE = NOTICE.alias("mine")


def read(roles: Roles) -> ColumnElement[bool]:
    """Each half off an index of its own."""
    own = sa.select(_MINE.c.id).where(_MINE.c.user_id == USER)
    if roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        return NOTICE.c.id.in_(own)
    return NOTICE.c.id.in_(sa.union_all(sa.select(_MINE.c.id).where(within(_MINE.c.unit_id, OWN)), own))


POLICY = Policy(NOTICE, read, {"mark": read})
