"""Whom a complaint may be given to, for the form that gives it: in step with what ``operations.assign`` refuses.

Offered are the units that handle such a complaint, and of their people those whom it does not concern. A form that
offered everyone would have the reporter's name one slip away from the person complained of.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa

from app.complaints.models import COMPLAINT
from app.complaints.rules import OUTSIDE
from app.core.dated import lasting
from app.core.naming import is_named
from app.core.operation import Reader
from app.core.policy import DISTRICT, ROLE_LABELS, Role
from app.identity.concerning import is_concerned
from app.identity.models import GRANT, USER
from app.units.models import HOST, OFFICES, UNIT, UnitKind
from app.units.queries import choices
from app.units.succession_models import SUCCESSION

HANDLING = (*OFFICES, UnitKind.DISCIPLINE_TEAM)
Choices = list[tuple[int, str]]


class Offered(NamedTuple):
    units: Choices
    people: Choices
    """Each by name and unit: the one who is chosen has to be of the unit that is chosen."""


_ABOUT = (COMPLAINT.c.unit_id, COMPLAINT.c.accused, COMPLAINT.c.accused_user_id, OUTSIDE.label("outside"))
_WHOM = sa.select(*_ABOUT).where(COMPLAINT.c.id == sa.bindparam("complaint"))
_UNIT, _DAY = sa.bindparam("about_unit", type_=sa.BigInteger), sa.bindparam("on_day", type_=sa.Date)


def _here() -> sa.Subquery:
    """The unit, what it was merged into, and the hosts of these."""
    start = sa.select(sa.cast(_UNIT, sa.BigInteger).label("id")).cte(recursive=True)
    further = sa.select(SUCCESSION.c.successor_id).join(start, start.c.id == SUCCESSION.c.unit_id)
    there = start.union(further.where(SUCCESSION.c.successor_id.is_not(None)))
    hosts = sa.select(HOST.c.host_id).join(there, there.c.id == HOST.c.unit_id)
    return sa.union(sa.select(there.c.id), hosts).subquery()


_GRANTED = (GRANT.c.role, GRANT.c.unit_id, GRANT.c.recursive, UNIT.c.name.label("unit_name"))
_PEOPLE = (
    sa.select(USER.c.id, USER.c.name, *_GRANTED)
    .select_from(USER.join(GRANT, GRANT.c.user_id == USER.c.id).join(UNIT, UNIT.c.id == GRANT.c.unit_id))
    .where(
        USER.c.district_id == DISTRICT,
        USER.c.disabled_at.is_(None),
        GRANT.c.role.in_([Role.OFFICE.value, Role.DISCIPLINE.value]),
        lasting(GRANT, _DAY),
        sa.not_(is_concerned(_here(), _DAY)),
    )
    .order_by(UNIT.c.id, USER.c.name, USER.c.id, GRANT.c.id)
)


def offered(see: Reader, complaint_id: int) -> Offered:
    """Of a complaint that the actor may read."""
    about = see.connection.execute(_WHOM, {**see.actor.binds, "complaint": complaint_id}).one()
    kinds = HANDLING if about.outside else (UnitKind.DISCIPLINE_TEAM,)
    units = {unit_id: name for unit_id, name, _ in choices(see, *kinds) if unit_id != about.unit_id}
    return Offered(list(units.items()), _people(see, about, units) if units else [])


def _people(see: Reader, about: Any, units: dict[int, str]) -> Choices:
    binds = {**see.actor.binds, "about_unit": about.unit_id or 0, "on_day": see.today}
    of: dict[tuple[int, str], list[str]] = {}
    for row in see.connection.execute(_PEOPLE, binds):
        if _is_meant(row, about):
            continue
        if row.role == Role.DISCIPLINE:
            of.setdefault((row.id, row.name), []).append(ROLE_LABELS[Role.DISCIPLINE])
        elif about.outside and (row.unit_id in units or row.recursive):
            of.setdefault((row.id, row.name), []).append(row.unit_name)
    return [(user_id, f"{name}（{'、'.join(dict.fromkeys(at))}）") for (user_id, name), at in of.items()]


def _is_meant(person: Any, about: Any) -> bool:
    """As the rule ``MEANT`` says it of whoever acts: namesakes, too, until the account is known to be another's."""
    if about.accused_user_id is not None:
        return bool(person.id == about.accused_user_id)
    return is_named(person.name, about.accused or "")
