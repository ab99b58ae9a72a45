"""Who answers for a unit's rows on a day: 责任领导 and 责任人, drawn from the appointments that hold then."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT, AppointmentDuty
from app.appointments.queries import lasting
from app.appointments.rules import POLICY
from app.core.operation import Reader
from app.core.policy import DISTRICT, Roles, in_district
from app.core.within import many, within
from app.units.models import HOST, OFFICES, UNIT

_PRIMARY = AppointmentDuty.PRIMARY_RESPONSIBLE_PERSON
_AT_WORK = (AppointmentDuty.DIRECT_RESPONSIBLE_PERSON, AppointmentDuty.IMPORTANT_RESPONSIBLE_PERSON, _PRIMARY)
"""Who is responsible in person: whoever is named for it, else the head, else the first."""


class Holder(NamedTuple):
    name: str
    post: str


class Holders(NamedTuple):
    leader: Holder | None
    """责任领导: of an office or subordinate unit the bureau's leader in charge of it, elsewhere the first."""
    person: Holder | None
    first: Holder | None
    """第一责任人: of a party organisation without one of its own that of the unit that hosts it."""


_HOSTED = HOST.alias("hosted")
_AT = UNIT.alias("at")


@cache
def _standing(roles: Roles | None) -> sa.Select[Any]:
    """Of those units, what hosts them, and the bureau; who was appointed last first. ``roles``: as far as these may
    read.
    """
    names = ("unit_id", "name", "post", "duty", "in_charge_unit_ids")
    units = many("holder_units")
    hosts = sa.select(HOST.c.host_id).where(within(HOST.c.unit_id, units))
    unit = APPOINTMENT.c.unit_id
    near = sa.or_(within(unit, units), unit.in_(hosts), unit == DISTRICT)
    today = sa.bindparam("holder_day", type_=sa.Date)
    hosting = sa.and_(_HOSTED.c.host_id == unit, within(_HOSTED.c.unit_id, units))
    rows = sa.select(*(APPOINTMENT.c[name] for name in names), _AT.c.kind, _HOSTED.c.unit_id.label("hosted_id"))
    rows = rows.select_from(APPOINTMENT.join(_AT, _AT.c.id == unit).outerjoin(_HOSTED, hosting))
    rows = rows.where(near, lasting(APPOINTMENT, today))
    rows = rows.where(in_district(APPOINTMENT) if roles is None else POLICY.read(roles))
    return rows.order_by(APPOINTMENT.c.valid_from.desc(), APPOINTMENT.c.id.desc())


def readable(see: Reader, unit_ids: Collection[int]) -> dict[int, Holders]:
    """Unit → who answers for its rows today, as far as the actor may read: one statement, however many units."""
    return _holders(see, unit_ids, see.actor.roles)


def standing(see: Reader, unit_id: int) -> Holders:
    """The same of one unit, whoever asks: to be written into a row of that unit."""
    return _holders(see, [unit_id], None)[unit_id]


def _holders(see: Reader, unit_ids: Collection[int], roles: Roles | None) -> dict[int, Holders]:
    if not unit_ids:
        return {}
    binds = {**see.actor.binds, "holder_units": sorted(set(unit_ids)), "holder_day": see.today}
    held: dict[int, list[Any]] = defaultdict(list)
    hosted: dict[int, list[Any]] = defaultdict(list)
    in_charge: dict[int, Holder] = {}
    for row in see.connection.execute(_standing(roles), binds):
        held[row.unit_id].append(row)
        if row.hosted_id is not None:
            hosted[row.hosted_id].append(row)
        for office_id in row.in_charge_unit_ids:
            in_charge.setdefault(office_id, Holder(row.name, row.post))
    return {each: _of(held.get(each, []), hosted.get(each, []), in_charge.get(each)) for each in unit_ids}


def _of(own: Sequence[Any], hosts: Sequence[Any], in_charge: Holder | None) -> Holders:
    """By what is held at a unit, who was appointed last first. A party organisation without people of its own is
    answered for by those of the unit that hosts it, and headed by its first where it has none."""
    held = own or hosts
    by_duty: dict[AppointmentDuty, Holder] = {}
    for row in (*held, *(row for row in hosts if row.duty == _PRIMARY)):
        by_duty.setdefault(row.duty, Holder(row.name, row.post))
    of_office = bool(held) and held[0].kind in OFFICES
    first = by_duty.get(_PRIMARY)
    leader = in_charge or (None if of_office else first)
    return Holders(leader, next((by_duty[duty] for duty in _AT_WORK if duty in by_duty), None), first)


def with_holders(see: Reader, rows: Collection[dict[str, Any]]) -> None:
    """Give presented rows of units their ``responsible_leader`` and ``responsible_person``, by name."""
    held = readable(see, {row["unit_id"] for row in rows})
    for row in rows:
        leader, person, _ = held[row["unit_id"]]
        row["responsible_leader"], row["responsible_person"] = leader and leader.name, person and person.name
