"""Who sees and who enters figures: the unit itself and the office that keeps the indicator; district-wide roles see."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import (
    BUSINESS,
    DISTRICT_WIDE,
    OFFICES,
    OWN,
    Condition,
    Policy,
    Role,
    Roles,
    also_in_district,
    in_district,
)
from app.core.within import within
from app.indicators.models import INDICATOR, VALUE
from app.units.models import UNIT

KEEPERS = (Role.SUPERVISOR, Role.OFFICE)
REPORTERS = (Role.OFFICE, Role.SCHOOL)
OF_INDICATOR = sa.bindparam("f_indicator", type_=sa.BigInteger)
"""The one whose units are asked for."""


def _read(roles: Roles) -> ColumnElement[bool]:
    """What is counted, and why, is known in the whole district, as an issued plan is."""
    return sa.false() if roles.isdisjoint(BUSINESS) else in_district(INDICATOR)


def _keep(roles: Roles) -> ColumnElement[bool]:
    if Role.SUPERVISOR in roles:
        return in_district(INDICATOR)
    if Role.OFFICE in roles:
        return sa.and_(in_district(INDICATOR), within(INDICATOR.c.office_id, OFFICES))
    return sa.false()


def _kept(indicator: ColumnElement[Any]) -> ColumnElement[bool]:
    """It is kept by one of the actor's offices."""
    keeper = INDICATOR.alias("kept")
    return sa.select(sa.literal(1)).where(keeper.c.id == indicator, within(keeper.c.office_id, OFFICES)).exists()


def _carried(table: sa.Table, unit: sa.Column[Any], indicator: ColumnElement[Any]) -> Condition:
    """The unit is the actor's own, or the indicator is."""

    def carried(roles: Roles) -> ColumnElement[bool]:
        own = within(unit, OWN)
        if Role.OFFICE in roles:
            return sa.and_(in_district(table), sa.or_(own, _kept(indicator)))
        return sa.and_(also_in_district(table), own) if Role.SCHOOL in roles else sa.false()

    return carried


def _seen(table: sa.Table, unit: sa.Column[Any], indicator: ColumnElement[Any]) -> Condition:
    carried = _carried(table, unit, indicator)
    return lambda roles: carried(roles) if roles.isdisjoint(DISTRICT_WIDE) else in_district(table)


def _keep_value(roles: Roles) -> ColumnElement[bool]:
    return sa.and_(in_district(VALUE), _kept(VALUE.c.indicator_id)) if Role.OFFICE in roles else sa.false()


def _own_by(roles: Roles) -> sa.Column[Any] | None:
    return VALUE.c.unit_id if Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE} else None


POLICY = Policy(INDICATOR, _read, {"edit": _keep})
VALUES = Policy(
    VALUE,
    _seen(VALUE, VALUE.c.unit_id, VALUE.c.indicator_id),
    {"edit": _carried(VALUE, VALUE.c.unit_id, VALUE.c.indicator_id), "delete": _keep_value},
    _own_by,
)
UNITS = Policy(UNIT, _seen(UNIT, UNIT.c.id, OF_INDICATOR), {"report": _carried(UNIT, UNIT.c.id, OF_INDICATOR)})
"""Whose figures of one indicator an actor may see and enter, reported or not: the same rule, asked of units."""
