"""A notice is its recipient's: the people who carry out the unit's rows today, or the one person it names. Of rows that
not all of a unit may know of, it is there only for those who may; and not of what the person wants no notices of."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import OWN, USER, Policy, Role, Roles
from app.core.within import within
from app.notifications.models import LEFT_OUT, NOTICE

_MINE = NOTICE.alias("mine")
_SEEN_BY: dict[str, Policy] = {}
TOLD_APART: set[str] = set()
"""Resources of which people of one unit may see different rows: no notice stands for several."""
_THERE_WHILE: dict[str, ColumnElement[bool]] = {}
_WANTED = NOTICE.c.kind.not_in(sa.select(LEFT_OUT.c.kind).where(LEFT_OUT.c.user_id == USER))


def seen_by(resource: str, policy: Policy, *, by_all_of_a_unit: bool = False) -> None:
    """Notices about a row of the resource are there for whoever may read the row."""
    _SEEN_BY[resource] = policy
    if not by_all_of_a_unit:
        TOLD_APART.add(resource)


def there_while(resource: str, condition: ColumnElement[bool]) -> None:
    """Notices about a resource that is no table are there while this holds of a row of ``NOTICE``: what they tell of
    may have gone elsewhere."""
    _THERE_WHILE[resource] = condition


def read(roles: Roles) -> ColumnElement[bool]:
    """Each half off an index of its own."""
    own = sa.select(_MINE.c.id).where(_MINE.c.user_id == USER)
    mine = NOTICE.c.id.in_(own)
    if not roles.isdisjoint({Role.OFFICE, Role.SCHOOL}):
        mine = NOTICE.c.id.in_(sa.union_all(sa.select(_MINE.c.id).where(within(_MINE.c.unit_id, OWN)), own))
    seen = [_in_sight(resource, policy, roles) for resource, policy in _SEEN_BY.items()]
    there = [sa.or_(NOTICE.c.resource != resource, condition) for resource, condition in _THERE_WHILE.items()]
    return sa.and_(mine, NOTICE.c.told_with_id.is_(None), _WANTED, *seen, *there)


def _in_sight(resource: str, policy: Policy, roles: Roles) -> ColumnElement[bool]:
    row = sa.select(sa.literal(1)).where(policy.table.c.id == NOTICE.c.resource_id, policy.read(roles))
    return sa.or_(NOTICE.c.resource != resource, row.correlate(NOTICE).exists())


POLICY = Policy(NOTICE, read, {"mark": read})
