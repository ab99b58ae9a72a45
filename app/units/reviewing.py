"""One rule of several resources: a unit's rows are reviewed by the office that the bureau named for them, or by the
supervision office; never by the unit itself nor by whoever handed them in (DOMAIN §4, 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import (
    BUSINESS,
    DISTRICT,
    DISTRICT_WIDE,
    OWN,
    USER,
    Condition,
    Policy,
    Role,
    Roles,
    also_in_district,
    in_district,
    stranger_to,
)
from app.core.within import within
from app.units.models import HOST, UNIT, Duty

CARRIERS = (Role.OFFICE, Role.SCHOOL)
"""Whoever carries out a unit's own rows holds one of these there."""
_OFFICE = sa.select(UNIT.c.id).where(UNIT.c.district_id == DISTRICT, UNIT.c.duty == Duty.SUPERVISION)
_HOSTED = sa.select(HOST.c.unit_id).where(HOST.c.host_id.in_(_OFFICE))
SUPERVISION = sa.union_all(_OFFICE.correlate(None), _HOSTED.correlate(None))
"""督查室 of the actor's district, with the party organisations that it hosts: its people answer for their rows, too."""


@dataclass(frozen=True)
class Reviewed:
    """``by_offices``: the rows that the actor's offices were named for; ``handed_in_by``: the user who did."""

    table: sa.Table
    handed_in_by: sa.Column[Any]
    by_offices: ColumnElement[bool]

    def policy(self, more: Mapping[str, Condition] | None = None) -> Policy:
        conditions = {"carry_out": self.carry_out, "review": self.review}
        return Policy(self.table, self.read, conditions | dict(more or {}), self.own_by)

    def read(self, roles: Roles) -> ColumnElement[bool]:
        """District-wide roles all; a unit its own; an office also those that it reviews."""
        if roles.isdisjoint(BUSINESS):
            return sa.false()
        if not roles.isdisjoint(DISTRICT_WIDE):
            return in_district(self.table)
        own = within(self.table.c.unit_id, OWN)
        if Role.OFFICE in roles:
            return sa.and_(in_district(self.table), sa.or_(own, self.by_offices))
        return sa.and_(also_in_district(self.table), own)

    def carry_out(self, roles: Roles) -> ColumnElement[bool]:
        if roles.isdisjoint(CARRIERS):
            return sa.false()
        return sa.and_(also_in_district(self.table), within(self.table.c.unit_id, OWN))

    def review(self, roles: Roles) -> ColumnElement[bool]:
        """The supervisor, or the office that was named; of the supervision office's own a leader."""
        unit_id = self.table.c.unit_id
        supervisions_own = unit_id.in_(SUPERVISION)
        grounds: list[ColumnElement[bool]] = []
        if Role.SUPERVISOR in roles:
            grounds.append(sa.not_(supervisions_own))
        if Role.OFFICE in roles:
            grounds.append(self.by_offices)
        if Role.LEADER in roles:
            grounds.append(supervisions_own)
        if not grounds:
            return sa.false()
        by_me = sa.func.coalesce(self.handed_in_by, 0) == USER
        return sa.and_(in_district(self.table), sa.or_(*grounds), stranger_to(unit_id), sa.not_(by_me))

    def own_by(self, roles: Roles) -> sa.Column[Any] | None:
        only_own = Role.SCHOOL in roles and not roles & {*DISTRICT_WIDE, Role.OFFICE}
        return self.table.c.unit_id if only_own else None
