"""Who heads a unit: 第一责任人, first responsible for its integrity risks."""

from collections.abc import Collection
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT, AppointmentDuty
from app.appointments.queries import lasting
from app.appointments.rules import POLICY
from app.core.operation import Reader
from app.core.policy import Roles, in_district
from app.core.within import many, within


@cache
def _statement(roles: Roles | None) -> sa.Select[Any]:
    """Of those units today, who was appointed last first; ``roles``: as far as these may read."""
    first = APPOINTMENT.c.duty == AppointmentDuty.PRIMARY_RESPONSIBLE_PERSON
    today = lasting(APPOINTMENT, sa.bindparam("head_day", type_=sa.Date))
    rows = sa.select(APPOINTMENT.c.unit_id, APPOINTMENT.c.name)
    rows = rows.where(within(APPOINTMENT.c.unit_id, many("head_units")), first, today)
    rows = rows.where(in_district(APPOINTMENT) if roles is None else POLICY.read(roles))
    return rows.order_by(APPOINTMENT.c.valid_from.desc(), APPOINTMENT.c.id.desc())


def _heads(see: Reader, unit_ids: Collection[int], roles: Roles | None) -> dict[int, str]:
    found: dict[int, str] = {}
    if unit_ids:
        binds = {**see.actor.binds, "head_units": sorted(set(unit_ids)), "head_day": see.today}
        for row in see.connection.execute(_statement(roles), binds):
            found.setdefault(row.unit_id, row.name)
    return found


def readable_heads(see: Reader, unit_ids: Collection[int]) -> dict[int, str]:
    """Unit → its head's name, as far as the actor may read."""
    return _heads(see, unit_ids, see.actor.roles)


def head_of(see: Reader, unit_id: int) -> str | None:
    """The same of one unit, whoever asks: to be written into a row of that unit."""
    return _heads(see, [unit_id], None).get(unit_id)
