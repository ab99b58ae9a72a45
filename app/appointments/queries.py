"""Every read of appointments: the list, and one."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT, AppointmentDuty
from app.appointments.operations import granted_on
from app.appointments.rules import POLICY
from app.core.dated import lasting
from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_date
from app.core.policy import DISTRICT, Role
from app.core.within import many, within
from app.identity.models import GRANT, USER
from app.units.models import UNIT
from app.units.queries import choices

# Aliases: the conditions bring the plain tables with them.
AT, ACCOUNT = UNIT.alias("at"), USER.alias("account")
_NAMES = (
    *("id", "version", "unit_id", "name", "post", "duty", "in_charge_of", "in_charge_unit_ids"),
    *("valid_from", "valid_to", "user_id", "created_at", "updated_at"),
)
_JOINED = ("unit_name", "user_name")
_COLUMNS = [
    *(APPOINTMENT.c[name] for name in _NAMES),
    AT.c.name.label("unit_name"),
    ACCOUNT.c.name.label("user_name"),
]
_SOURCE = APPOINTMENT.join(AT, AT.c.id == APPOINTMENT.c.unit_id).outerjoin(
    ACCOUNT, ACCOUNT.c.id == APPOINTMENT.c.user_id
)


LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"unit": Sort(APPOINTMENT.c.unit_id), "id": by_id(APPOINTMENT)},
    filters={
        "unit_id": equals(APPOINTMENT.c.unit_id, "unit_id"),
        "duty": one_of(APPOINTMENT.c.duty, "duty", AppointmentDuty),
        "valid_on": Filter(lasting(APPOINTMENT, sa.bindparam("f_valid_on", type_=sa.Date)), parse_date),
    },
    search=[APPOINTMENT.c.name, APPOINTMENT.c.post, AT.c.name],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    ended = row.valid_to is not None and row.valid_to < see.today
    actions = [action for action in ("edit", "end") if getattr(row, f"may_{action}") and not ended]
    return shown | {"ended": ended, "allowed_actions": actions}


_TITLES = sa.select(UNIT.c.id, UNIT.c.name).where(within(UNIT.c.id, many("units")), UNIT.c.district_id == DISTRICT)


def with_charges(see: Reader, rows: Sequence[dict[str, Any]]) -> None:
    """Give presented appointments the names of what they are in charge of: one statement for them all."""
    wanted = sorted({unit_id for row in rows for unit_id in row["in_charge_unit_ids"]})
    found = see.connection.execute(_TITLES, {**see.actor.binds, "units": wanted}) if wanted else ()
    titles = {row.id: row.name for row in found}
    for row in rows:
        row["in_charge_unit_names"] = [titles[each] for each in row["in_charge_unit_ids"] if each in titles]


def one(see: Reader, appointment_id: int) -> dict[str, Any]:
    row = LIST.one(see, appointment_id)
    shown = present(see, row)
    with_charges(see, [shown])
    return shown


# What forms choose from


def kept_units(see: Reader) -> list[tuple[int, str, str]]:
    """(id, name, kind) of the units whose people the actor keeps."""
    everywhere = see.actor.has(Role.SUPERVISOR)
    return [unit for unit in choices(see) if everywhere or unit[0] in see.actor.units]


def read_units(see: Reader) -> list[tuple[int, str, str]]:
    """(id, name, kind) of the units of whose people the actor may read something now."""
    held = sa.select(APPOINTMENT.c.unit_id).where(POLICY.read(see.actor.roles)).distinct()
    ids = set(see.connection.execute(held, see.actor.binds).scalars())
    return [unit for unit in choices(see) if unit[0] in ids]


def accounts_of(see: Reader, unit_id: int) -> list[tuple[int, str]]:
    """(id, name) of those who act for a unit, for whoever keeps its people."""
    if unit_id not in see.actor.units and not see.actor.has(Role.SUPERVISOR):
        return []
    acting = sa.select(USER.c.id, USER.c.name).distinct().join_from(USER, GRANT, GRANT.c.user_id == USER.c.id)
    acting = acting.where(USER.c.district_id == see.actor.district_id, *granted_on(unit_id, see.today))
    return [(row.id, row.name) for row in see.connection.execute(acting.order_by(USER.c.name, USER.c.id))]
