"""Inspections that a liaison visit led to: whoever may see both finds the one from the other."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.core.errors import invalid
from app.core.operation import Reader, Tx
from app.core.policy import Condition, Roles
from app.liaison_visits.models import VISIT
from app.liaison_visits.rules import POLICY, VOIDED
from app.units.succession import standing


def check_visit(tx: Tx, visit_id: int, unit_ids: Sequence[int] | None) -> None:
    """A visit that the actor sees and that stands; its school is inspected. 422 else."""
    mine = sa.select(VISIT.c.school_id, VISIT.c.state).where(VISIT.c.id == visit_id, POLICY.read(tx.actor.roles))
    visit = tx.connection.execute(mine, tx.actor.binds).one_or_none()
    if visit is None:
        raise invalid("liaison_visit_id", f"没有编号为 {visit_id} 的走访，请重新选择")
    if visit.state == VOIDED:
        raise invalid("liaison_visit_id", "这次走访已作废，不能转为督查")
    if unit_ids is None or standing(tx, visit.school_id) not in unit_ids:
        raise invalid("unit_ids", "由走访转来的督查，请手工选定被查单位，其中须有走访的学校")


def led_from(column: sa.Column[Any]) -> Condition:
    """``column`` names the visit asked for, and the actor may read that."""

    def condition(roles: Roles) -> sa.ColumnElement[bool]:
        row = sa.select(sa.literal(1)).where(VISIT.c.id == column, POLICY.read(roles)).correlate(column.table)
        return sa.and_(column == sa.bindparam("f_liaison_visit_id", type_=sa.BigInteger), row.exists())

    return condition


def visit_of(see: Reader, visit_id: int | None) -> dict[str, Any] | None:
    """What led to an inspection, for whoever may read it: ``school_id`` as it stands today."""
    if visit_id is None:
        return None
    names = ("id", "school_id", "visited_on", "problems")
    mine = sa.select(*(VISIT.c[name] for name in names)).where(VISIT.c.id == visit_id, POLICY.read(see.actor.roles))
    row = see.connection.execute(mine, see.actor.binds).one_or_none()
    return None if row is None else {**row._mapping, "school_id": standing(see, row.school_id)}
