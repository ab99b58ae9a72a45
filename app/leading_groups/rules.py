"""Who sees and who keeps leading groups: the same as a unit's people; and which schools ought to have one."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.appointments.rules import kept_by_unit, own_by, people_of
from app.core.policy import Policy, Roles, among
from app.leading_groups.models import LEADING_GROUP
from app.units.models import SCHOOLS, UNIT

_keep = kept_by_unit(LEADING_GROUP)
POLICY = Policy(
    LEADING_GROUP,
    people_of(LEADING_GROUP, LEADING_GROUP.c.unit_id),
    {"change": _keep, "dissolve": _keep},
    own_by(LEADING_GROUP),
)
LABELS = {"change": "调整", "dissolve": "撤销"}
_people = people_of(UNIT, UNIT.c.id)


def schools(roles: Roles) -> ColumnElement[bool]:
    """Schools whose groups the actor would see: to nobody else is it told that there is none."""
    return sa.and_(_people(roles), among(UNIT.c.kind, *SCHOOLS))
