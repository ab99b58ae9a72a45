"""Every read of leading groups: the list, one with its versions, and the schools that have none."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import readable
from app.appointments.models import APPOINTMENT, AppointmentDuty
from app.appointments.rules import POLICY as APPOINTMENTS
from app.core.dated import lasting
from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_date
from app.core.policy import Policy, Roles
from app.leading_groups.models import LEADING_GROUP, VERSION
from app.leading_groups.rules import POLICY, schools
from app.units.models import UNIT, UnitKind

# Aliases: the conditions bring the plain tables with them.
AT, OFFICE = UNIT.alias("at"), UNIT.alias("office")
_NAMES = (
    *("id", "version", "unit_id", "name", "leader", "deputies", "members", "office_unit_id", "office_director"),
    *("basis", "valid_from", "since", "valid_to", "number", "created_at", "updated_at"),
)
_JOINED = ("unit_name", "office_unit_name")
_COLUMNS = [
    *(LEADING_GROUP.c[name] for name in _NAMES),
    AT.c.name.label("unit_name"),
    OFFICE.c.name.label("office_unit_name"),
]
_SOURCE = LEADING_GROUP.join(AT, AT.c.id == LEADING_GROUP.c.unit_id).outerjoin(
    OFFICE, OFFICE.c.id == LEADING_GROUP.c.office_unit_id
)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"unit": Sort(LEADING_GROUP.c.unit_id), "id": by_id(LEADING_GROUP)},
    filters={
        "unit_id": equals(LEADING_GROUP.c.unit_id, "unit_id"),
        "valid_on": Filter(lasting(LEADING_GROUP, sa.bindparam("f_valid_on", type_=sa.Date)), parse_date),
    },
    search=[LEADING_GROUP.c.name, LEADING_GROUP.c.leader, LEADING_GROUP.c.office_director, AT.c.name],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    ended = row.valid_to is not None
    actions = [action for action in ("change", "dissolve") if getattr(row, f"may_{action}") and not ended]
    return shown | {"ended": ended, "allowed_actions": actions}


_VERSIONS = (
    sa.select(VERSION.c.number, VERSION.c.content, VERSION.c.valid_from, VERSION.c.valid_to)
    .where(VERSION.c.leading_group_id == sa.bindparam("row_id"))
    .order_by(VERSION.c.number.desc())
)


def one(see: Reader, group_id: int) -> dict[str, Any]:
    """A group with the posts of its people at the unit and its earlier versions."""
    row = LIST.one(see, group_id)
    shown = present(see, row)
    people = {row.leader, *row.deputies, *row.members, row.office_director}
    shown["posts"] = {each.name: each.post for each in people_of(see, row.unit_id) if each.name in people}
    shown["versions"] = [dict(each._mapping) for each in see.connection.execute(_VERSIONS, {"row_id": group_id})]
    return shown


# People, for a form to begin with


@cache
def _people_statement(roles: Roles) -> sa.Select[Any]:
    today = sa.bindparam("today", type_=sa.Date)
    of_unit = APPOINTMENT.c.unit_id == sa.bindparam("unit", type_=sa.BigInteger)
    rows = sa.select(APPOINTMENT.c.name, APPOINTMENT.c.post, APPOINTMENT.c.duty)
    rows = rows.where(of_unit, lasting(APPOINTMENT, today), APPOINTMENTS.read(roles))
    return rows.order_by(APPOINTMENT.c.valid_from, APPOINTMENT.c.id)


def people_of(see: Reader, unit_id: int) -> list[Any]:
    """Who holds which post and duty at a unit today, as far as the actor may read."""
    binds = {**see.actor.binds, "unit": unit_id, "today": see.today}
    return list(see.connection.execute(_people_statement(see.actor.roles), binds))


def proposed(see: Reader, unit_id: int) -> dict[str, Any]:
    """A group as the unit's duties suggest it: the first person leads, the important one is the deputy. A party
    organisation without a first person of its own is headed by its host's."""
    held: dict[str, list[str]] = {}
    for each in people_of(see, unit_id):
        names = held.setdefault(each.duty, [])
        if each.name not in names:
            names.append(each.name)
    first = readable(see, [unit_id])[unit_id].first
    leader = first.name if first else ""
    deputies = held.get(AppointmentDuty.IMPORTANT_RESPONSIBLE_PERSON, [])
    both = held.get(AppointmentDuty.DUAL_DUTY, [])
    return {
        "leader": leader,
        "deputies": [name for name in deputies if name != leader],
        "members": [name for name in both if name not in (leader, *deputies)],
    }


# Schools without

_TODAY = sa.bindparam("missing_today", type_=sa.Date)
_STANDS, _PARENT = LEADING_GROUP.alias("stands"), UNIT.alias("parent")
_STANDING = (
    sa.select(sa.literal(1)).where(_STANDS.c.unit_id == UNIT.c.id, lasting(_STANDS, _TODAY)).correlate(UNIT).exists()
)
_OPEN = sa.and_(
    sa.or_(UNIT.c.valid_from.is_(None), UNIT.c.valid_from <= _TODAY),
    sa.or_(UNIT.c.valid_to.is_(None), UNIT.c.valid_to >= _TODAY),
)


def _without(roles: Roles) -> sa.ColumnElement[bool]:
    return sa.and_(schools(roles), _OPEN, sa.not_(_STANDING))


class _OfToday(Listing):
    """Which rows there are depends on the day itself."""

    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        return super().binds(see, asked) | {"missing_today": see.today}


MISSING = _OfToday(
    policy=Policy(UNIT, _without),
    source=UNIT.outerjoin(_PARENT, _PARENT.c.id == UNIT.c.parent_id),
    columns=[UNIT.c.id, UNIT.c.code, UNIT.c.name, UNIT.c.kind, _PARENT.c.name.label("parent_name")],
    sorts={"id": by_id(UNIT, descending=False)},
    filters={"kind": one_of(UNIT.c.kind, "kind", UnitKind)},
    search=[UNIT.c.name, UNIT.c.code],
)


def present_missing(_see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "code", "name", "kind", "parent_name")}


@unbounded
def count_missing(see: Reader) -> int:
    return MISSING.count(see, Asked(sort="id"))
