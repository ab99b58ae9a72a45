"""Whom a unit concerns, asked of all accounts at once: for forms that offer people, and nobody whom a matter concerns.

What concerns one actor is found by ``access``; the two are kept in step.
"""

from typing import Any

import sqlalchemy as sa

from app.core.dated import lasting
from app.core.policy import Role
from app.identity.models import GRANT, USER
from app.units.models import UNIT, UnitKind

_THEIRS, _AT = GRANT.alias("theirs"), UNIT.alias("granted_at")


def is_concerned(there: sa.FromClause, day: sa.ColumnElement[Any]) -> sa.Exists:
    """Whether the account (``USER``) has to do with one of the units ``there`` (their ``id``) on that day: by a grant
    on it, or on what stands above it and takes in what lies beneath."""
    first = sa.select(there.c.id).cte(recursive=True)
    upwards = sa.select(UNIT.c.parent_id).join(first, first.c.id == UNIT.c.id)
    above = first.union(upwards.where(UNIT.c.parent_id.is_not(None)))
    takes_in = sa.or_(_THEIRS.c.recursive, _AT.c.kind == UnitKind.CENTRAL_SCHOOL)
    concerning = sa.or_(
        _THEIRS.c.unit_id.in_(sa.select(there.c.id)),
        sa.and_(_THEIRS.c.unit_id.in_(sa.select(above.c.id)), takes_in),
    )
    return (
        sa.select(sa.literal(1))
        .select_from(_THEIRS.join(_AT, _AT.c.id == _THEIRS.c.unit_id))
        .where(
            _THEIRS.c.user_id == USER.c.id,
            _THEIRS.c.role.in_([Role.OFFICE.value, Role.SCHOOL.value]),
            lasting(_THEIRS, day),
            concerning,
        )
        .correlate(USER)
        .exists()
    )
