"""Who reviews a row, by name: for its page, in step with ``rules.review``."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import SCHOOL_LIKE
from app.core.operation import Reader
from app.core.policy import among
from app.plans.models import ResponsibilityRole
from app.units.models import OFFICES, UNIT, UnitKind
from app.units.reviewing import SUPERVISION

_HOLDING = (
    sa.select(UNIT.c.id, UNIT.c.name, ASSIGNMENT.c.role)
    .distinct()
    .select_from(ASSIGNMENT.join(UNIT, UNIT.c.id == ASSIGNMENT.c.unit_id))
    .where(
        ASSIGNMENT.c.plan_item_id == sa.bindparam("item"),
        among(ASSIGNMENT.c.role, ResponsibilityRole.LEAD, ResponsibilityRole.RESPONSIBLE),
        sa.not_(among(ASSIGNMENT.c.state, AssignmentState.CANCELLED)),
        ASSIGNMENT.c.awaits_decision.is_(sa.false()),
        among(UNIT.c.kind, *OFFICES),
    )
)
_SUPERVISION = sa.select(UNIT.c.id, UNIT.c.name, sa.null().label("role")).where(UNIT.c.id.in_(SUPERVISION))
_OFFICES = sa.union_all(_HOLDING, _SUPERVISION)


def reviewers(see: Reader, row: Mapping[str, Any]) -> list[str]:
    """Of a school's row the lead offices, else the responsible ones, and 督查室; of 督查室's own the leaders; of the
    discipline team's nobody."""
    if row["unit_kind"] == UnitKind.DISCIPLINE_TEAM:
        return []
    asked = see.connection.execute(_OFFICES, {**see.actor.binds, "item": row["plan_item_id"]})
    found = sorted(asked.all(), key=lambda office: office.id)
    holding = [office for office in found if office.role is not None]
    supervision = [office for office in found if office.role is None]
    if row["unit_id"] in {office.id for office in supervision}:
        return ["局领导"]
    names: list[str] = []
    if row["unit_kind"] in SCHOOL_LIKE:
        leading = [office.name for office in holding if office.role == ResponsibilityRole.LEAD]
        names = leading or [office.name for office in holding]
    return names + [office.name for office in supervision if office.name not in names]
