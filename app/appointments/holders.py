"""Who answers for a unit's rows on a day: 责任领导 and 责任人, drawn from the appointments that hold then."""

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT, AppointmentDuty
from app.appointments.queries import lasting
from app.appointments.rules import POLICY
from app.core.operation import Reader
from app.core.policy import DISTRICT, Roles
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


NOBODY = Holders(None, None)

_ABOUT = (
    sa.select(UNIT.c.id, UNIT.c.kind, HOST.c.host_id)
    .outerjoin_from(UNIT, HOST, HOST.c.unit_id == UNIT.c.id)
    .where(within(UNIT.c.id, many("holder_units")), UNIT.c.district_id == DISTRICT)
    .order_by(UNIT.c.id, HOST.c.host_id)
)


@cache
def _standing(roles: Roles | None) -> sa.Select[Any]:
    """Of those units and the bureau, who was appointed last first; ``roles``: as far as these may read."""
    names = ("unit_id", "name", "post", "duty", "in_charge_unit_ids")
    near = sa.or_(within(APPOINTMENT.c.unit_id, many("holder_near")), APPOINTMENT.c.unit_id == DISTRICT)
    today = sa.bindparam("holder_day", type_=sa.Date)
    rows = sa.select(*(APPOINTMENT.c[name] for name in names)).where(near, lasting(APPOINTMENT, today))
    rows = rows.where(APPOINTMENT.c.district_id == DISTRICT if roles is None else POLICY.read(roles))
    return rows.order_by(APPOINTMENT.c.valid_from.desc(), APPOINTMENT.c.id.desc())


def readable(see: Reader, unit_ids: Collection[int]) -> dict[int, Holders]:
    """Unit → who answers for its rows today, as far as the actor may read: two statements, however many units."""
    return _holders(see, unit_ids, see.actor.roles)


def standing(see: Reader, unit_id: int) -> Holders:
    """The same of one unit, whoever asks: to be written into a row of that unit."""
    return _holders(see, [unit_id], None)[unit_id]


def _holders(see: Reader, unit_ids: Collection[int], roles: Roles | None) -> dict[int, Holders]:
    if not unit_ids:
        return {}
    kinds: dict[int, Any] = {}
    hosts: dict[int, list[int]] = {}
    for row in see.connection.execute(_ABOUT, {**see.actor.binds, "holder_units": sorted(set(unit_ids))}):
        kinds[row.id] = row.kind
        hosts.setdefault(row.id, []).extend([row.host_id] if row.host_id else [])
    near = sorted({*kinds, *(host for each in hosts.values() for host in each)})
    binds = {**see.actor.binds, "holder_near": near, "holder_day": see.today}
    rows = see.connection.execute(_standing(roles), binds).all()
    return {unit_id: _of(rows, unit_id, kinds.get(unit_id), hosts.get(unit_id, ())) for unit_id in unit_ids}


def _of(rows: Iterable[Any], unit_id: int, kind: Any, hosts: Iterable[int]) -> Holders:
    """A party organisation without people of its own is answered for by those of the unit that hosts it."""
    for place in (unit_id, *hosts):
        held = [row for row in rows if row.unit_id == place]
        if held:
            break
    else:
        held = []
    if kind in OFFICES:
        leader = _first(rows, lambda row: unit_id in row.in_charge_unit_ids)
    else:
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
