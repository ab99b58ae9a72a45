"""Who sees and who keeps what is said of a unit's people: appointments and leading groups alike."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.appointments.models import APPOINTMENT
from app.core.policy import (
    BUSINESS,
    DISTRICT,
    DISTRICT_WIDE,
    OWN,
    PAIRED,
    Condition,
    Policy,
    Role,
    Roles,
    also_in_district,
    in_district,
)
from app.core.within import within

KEEPERS = (Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL)
REACHED: list[Callable[[sa.Column[Any]], ColumnElement[bool]]] = []
"""Of which further units an office reviews rows. ``assignments`` knows, and says it here when it is imported."""


def people_of(table: sa.Table, unit: sa.Column[Any]) -> Condition:
    """District-wide roles all; a school its own unit's and those beneath; an office its own, the bureau's above it, its
    paired schools' and those of schools under its items: whoever answers for rows that it reads.
    """

    def read(roles: Roles) -> ColumnElement[bool]:
        if roles.isdisjoint(BUSINESS):
            return sa.false()
        if not roles.isdisjoint(DISTRICT_WIDE):
            return in_district(table)
        own = within(unit, OWN)
        if Role.OFFICE in roles:
            reached = (ground(unit) for ground in REACHED)
            known = sa.or_(own, unit == DISTRICT, within(unit, PAIRED), *reached)
            return sa.and_(in_district(table), known)
        return sa.and_(also_in_district(table), own)

    return read


def kept_by_unit(table: sa.Table) -> Condition:
    """A unit keeps its own people; the supervisor the whole district's."""

    def keep(roles: Roles) -> ColumnElement[bool]:
        if Role.SUPERVISOR in roles:
            return in_district(table)
        if roles.isdisjoint(KEEPERS):
            return sa.false()
        return sa.and_(also_in_district(table), within(table.c.unit_id, OWN))

    return keep


def own_by(table: sa.Table) -> Callable[[Roles], sa.Column[Any] | None]:
    def column(roles: Roles) -> sa.Column[Any] | None:
        return table.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None

    return column


_keep = kept_by_unit(APPOINTMENT)
POLICY = Policy(
    APPOINTMENT, people_of(APPOINTMENT, APPOINTMENT.c.unit_id), {"edit": _keep, "end": _keep}, own_by(APPOINTMENT)
)
