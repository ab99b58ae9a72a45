"""Who answers for a unit's rows on a day: 责任领导 and 责任人, drawn from the appointments that hold then."""

from collections.abc import Callable, Collection, Iterable, Sequence
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
    rows = see.connection.execute(_standing(roles), binds).all()
    return {unit_id: _of(rows, unit_id) for unit_id in unit_ids}


def _of(rows: Sequence[Any], unit_id: int) -> Holders:
    """A party organisation without people of its own is answered for by those of the unit that hosts it."""
    held = [row for row in rows if row.unit_id == unit_id] or [row for row in rows if row.hosted_id == unit_id]
    leader = _first(rows, lambda row: unit_id in row.in_charge_unit_ids)
    if leader is None and held and held[0].kind not in OFFICES:
        leader = _first(held, lambda row: row.duty == _PRIMARY)
    named = (_first(held, lambda row, duty=duty: row.duty == duty) for duty in _AT_WORK)  # type: ignore[misc]
    return Holders(leader, next((each for each in named if each), None))


def _first(rows: Iterable[Any], fits: Callable[[Any], bool]) -> Holder | None:
    return next((Holder(row.name, row.post) for row in rows if fits(row)), None)


def with_holders(see: Reader, rows: Collection[dict[str, Any]]) -> None:
    """Give presented rows of units their ``responsible_leader`` and ``responsible_person``, by name."""
    held = readable(see, {row["unit_id"] for row in rows})
    for row in rows:
        leader, person = held[row["unit_id"]]
        row["responsible_leader"], row["responsible_person"] = leader and leader.name, person and person.name
