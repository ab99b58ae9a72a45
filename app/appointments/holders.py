"""Who answers for a unit's rows on a day: 责任领导 and 责任人, drawn from the appointments that hold then."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT, AppointmentDuty
from app.appointments.rules import POLICY
from app.core.dated import lasting
from app.core.operation import Reader, Tx
from app.core.policy import DISTRICT, DISTRICT_WIDE, Role, Roles, in_district
from app.core.tables import Column
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


_AT = UNIT.alias("at")
_UNITS = many("holder_units")
_NONE = sa.null().cast(sa.BigInteger)


def _near() -> sa.Subquery:
    """Whose people are looked up: those units', of what hosts them (for ``hosted_id``), and the bureau's. Named one by
    one, since a condition with OR would go through all people of the district."""
    own = sa.select(UNIT.c.id.label("at_id"), _NONE.label("hosted_id")).where(within(UNIT.c.id, _UNITS))
    hosts = sa.select(HOST.c.host_id, HOST.c.unit_id).where(within(HOST.c.unit_id, _UNITS))
    bureau = sa.select(UNIT.c.id, _NONE).where(UNIT.c.id == DISTRICT)
    return sa.union_all(own, hosts, bureau).subquery("near")


@cache
def _standing(roles: Roles | None) -> sa.Select[Any]:
    """Who was appointed last first. ``roles``: as far as these may read."""
    near = _near()
    enums = (APPOINTMENT.c.duty, _AT.c.kind)
    columns = [*(APPOINTMENT.c[name] for name in ("unit_id", "name", "post", "in_charge_unit_ids")), near.c.hosted_id]
    columns += [sa.type_coerce(column, sa.String).label(column.name) for column in enums]
    people = near.join(APPOINTMENT, APPOINTMENT.c.unit_id == near.c.at_id).join(_AT, _AT.c.id == near.c.at_id)
    rows = sa.select(*columns).select_from(people)
    rows = rows.where(lasting(APPOINTMENT, sa.bindparam("holder_day", type_=sa.Date)))
    rows = rows.where(in_district(APPOINTMENT) if roles is None else POLICY.read(roles))
    return rows.order_by(APPOINTMENT.c.valid_from.desc(), APPOINTMENT.c.id.desc())


def readable(see: Reader, unit_ids: Collection[int]) -> dict[int, Holders]:
    """Unit → who answers for its rows today, as far as the actor may read: one statement, however many units, and none
    for those that the actor was shown since who-may-see-what last changed. An office's sight depends on rows besides
    and the installation itself is never resolved anew: these look each time. What a write looked up counts when it is
    committed: until then it may be undone.
    """
    sees_by_rows = see.actor.has(Role.OFFICE) and not see.actor.has(*DISTRICT_WIDE)
    if sees_by_rows or see.actor.user_id is None:
        return _holders(see, unit_ids, see.actor.roles)
    kept: dict[int, Holders] = see.actor.kept.setdefault("holders", {})
    found = _holders(see, set(unit_ids) - kept.keys(), see.actor.roles)
    if not isinstance(see, Tx):
        kept.update(found)
    elif found:
        see.after_commit.append(lambda: kept.update(found))
    return {each: found[each] if each in found else kept[each] for each in unit_ids}


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
    by_duty: dict[str, Holder] = {}
    for row in (*held, *(row for row in hosts if row.duty == _PRIMARY)):
        by_duty.setdefault(row.duty, Holder(row.name, row.post))
    of_office = bool(held) and held[0].kind in OFFICES
    first = by_duty.get(_PRIMARY)
    leader = in_charge or (None if of_office else first)
    return Holders(leader, next((by_duty[duty] for duty in _AT_WORK if duty in by_duty), None), first)


# On the rows of a list: a list's ``complete``, one statement for all the units of a page

Told = dict[str, str] | None
"""``{name, post}``."""


def with_responsible(see: Reader, rows: Collection[dict[str, Any]], unit: str = "unit_id") -> None:
    """Give presented rows their ``responsible_leader`` and ``responsible_person`` of today. ``unit``: the field that
    names the unit which answers."""
    told = _told(see, {row[unit] for row in rows})
    for row in rows:
        row["responsible_leader"], row["responsible_person"] = told[row[unit]]


with_responsible_for_units = partial(with_responsible, unit="id")
"""Where the rows are the units themselves."""


def with_leader(see: Reader, rows: Collection[dict[str, Any]]) -> None:
    """The leader alone, of rows that name a person of their own."""
    told = _told(see, {row["unit_id"] for row in rows})
    for row in rows:
        row["responsible_leader"] = told[row["unit_id"]][0]


def _told(see: Reader, unit_ids: Collection[int]) -> dict[int, tuple[Told, Told]]:
    held = readable(see, unit_ids)
    return {unit_id: (_in_full(of.leader), _in_full(of.person)) for unit_id, of in held.items()}


def _in_full(holder: Holder | None) -> Told:
    return holder and holder._asdict()


def _by_name(told: Told, _known: Any = None) -> str:
    return told["name"] if told else ""


LEADER, PERSON = (
    Column(heading, name, _by_name, 10)
    for heading, name in (("责任领导", "responsible_leader"), ("责任人", "responsible_person"))
)
RESPONSIBLE = (LEADER, PERSON)
"""The same as columns of a table, behind the unit's."""
