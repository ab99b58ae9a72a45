"""Every read of units, groups, names and pairs."""

from typing import Any

import sqlalchemy as sa

from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort, by_id, equals, one_of, parse_date
from app.core.workflow import find
from app.units import groups, rules
from app.units.models import ALIAS, GROUP, HOST, LIAISON, UNIT, UnitKind

PARENT = UNIT.alias("parent")
OFFICE, SCHOOL = UNIT.alias("office"), UNIT.alias("school")

LIST = Listing(
    policy=rules.UNITS,
    source=UNIT.outerjoin(PARENT, PARENT.c.id == UNIT.c.parent_id),
    columns=[*UNIT.c, PARENT.c.name.label("parent_name")],
    sorts={"id": by_id(UNIT, descending=False), "name": Sort(UNIT.c.name), "code": Sort(UNIT.c.code)},
    filters={
        "kind": one_of(UNIT.c.kind, "kind", UnitKind),
        "parent_id": equals(UNIT.c.parent_id, "parent_id"),
        "valid_on": Filter(
            sa.and_(
                sa.or_(UNIT.c.valid_from.is_(None), UNIT.c.valid_from <= sa.bindparam("f_valid_on", type_=sa.Date)),
                sa.or_(UNIT.c.valid_to.is_(None), UNIT.c.valid_to >= sa.bindparam("f_valid_on", type_=sa.Date)),
            ),
            parse_date,
        ),
    },
    search=[UNIT.c.name, UNIT.c.code],
)
GROUP_LIST = Listing(
    policy=rules.GROUPS,
    columns=list(GROUP.c),
    sorts={"id": by_id(GROUP, descending=False)},
    search=[GROUP.c.name],
)
ALIAS_LIST = Listing(
    policy=rules.ALIASES,
    columns=list(ALIAS.c),
    sorts={"id": by_id(ALIAS, descending=False)},
    filters={
        "unit_id": equals(ALIAS.c.unit_id, "unit_id"),
        "unit_group_id": equals(ALIAS.c.unit_group_id, "unit_group_id"),
    },
    search=[ALIAS.c.name],
)
LIAISON_LIST = Listing(
    policy=rules.LIAISONS,
    source=LIAISON.join(OFFICE, OFFICE.c.id == LIAISON.c.office_id).join(SCHOOL, SCHOOL.c.id == LIAISON.c.school_id),
    columns=[*LIAISON.c, OFFICE.c.name.label("office_name"), SCHOOL.c.name.label("school_name")],
    sorts={"id": by_id(LIAISON, descending=False)},
    filters={
        "office_id": equals(LIAISON.c.office_id, "office_id"),
        "school_id": equals(LIAISON.c.school_id, "school_id"),
    },
)

_HOSTS = sa.select(HOST.c.host_id).where(HOST.c.unit_id == sa.bindparam("unit")).order_by(HOST.c.host_id)
_ALIASES = sa.select(ALIAS.c.id, ALIAS.c.name).where(ALIAS.c.unit_id == sa.bindparam("unit")).order_by(ALIAS.c.id)
_UNIT_COLUMNS = ("id", "version", "code", "name", "kind", "parent_id", "stages", "ownership", "valid_from", "valid_to")
_MORE = ("school_code", "credit_code", "duty", "answering_unit_id", "updated_at")


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_UNIT_COLUMNS, *_MORE)}
    return shown | {"allowed_actions": ["edit"] if row.may_edit else []}


def one(see: Any, unit_id: int) -> dict[str, Any]:
    """A unit with its hosts and other names."""
    shown = present(see, find(see, rules.UNITS, unit_id))
    shown["host_ids"] = list(see.connection.execute(_HOSTS, {"unit": unit_id}).scalars())
    shown["aliases"] = [dict(row._mapping) for row in see.connection.execute(_ALIASES, {"unit": unit_id})]
    return shown


def present_group(see: Reader, row: Any) -> dict[str, Any]:
    shown = {"id": row.id, "version": row.version, "name": row.name, "rule": row.rule}
    return shown | {"allowed_actions": ["edit"] if row.may_edit else []}


def one_group(see: Any, group_id: int) -> dict[str, Any]:
    """A group with the units that belong today."""
    shown = present_group(see, find(see, rules.GROUPS, group_id))
    return shown | {"unit_ids": groups.members(see, [group_id], see.today)[group_id]}


def present_alias(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "version", "name", "unit_id", "unit_group_id")}
    return shown | {"allowed_actions": ["delete"] if row.may_delete else []}


def one_alias(see: Any, alias_id: int) -> dict[str, Any]:
    return present_alias(see, find(see, rules.ALIASES, alias_id))


def present_liaison(see: Reader, row: Any) -> dict[str, Any]:
    names = ("id", "version", "office_id", "school_id", "valid_from", "valid_to")
    shown = {name: getattr(row, name) for name in names}
    ended = row.valid_to is not None and row.valid_to < see.today
    shown |= {name: getattr(row, name) for name in ("office_name", "school_name") if hasattr(row, name)}
    return shown | {"allowed_actions": ["end"] if row.may_end and not ended else []}


def one_liaison(see: Any, liaison_id: int) -> dict[str, Any]:
    return present_liaison(see, find(see, rules.LIAISONS, liaison_id))


def choices(see: Any, *kinds: UnitKind) -> list[tuple[int, str, str]]:
    """(id, name, kind) of the units that exist today, by kind and name, for a form's list."""
    statement = sa.select(UNIT.c.id, UNIT.c.name, UNIT.c.kind, UNIT.c.valid_from, UNIT.c.valid_to).where(
        UNIT.c.district_id == see.actor.district_id
    )
    if kinds:
        statement = statement.where(UNIT.c.kind.in_(kinds))
    rows = [row for row in see.connection.execute(statement).all() if groups.exists_on(row, see.today)]
    order = list(UnitKind)
    return sorted(((r.id, r.name, str(r.kind)) for r in rows), key=lambda r: (order.index(UnitKind(r[2])), r[1]))


def bureau(see: Any) -> dict[str, Any]:
    """The actor's own bureau."""
    row = see.connection.execute(sa.select(UNIT.c.id, UNIT.c.name).where(UNIT.c.id == see.actor.district_id)).first()
    if row is None:
        raise NotFound()
    return dict(row._mapping)


def names(see: Any, unit_ids: list[int]) -> dict[int, str]:
    """Id → name of units of the actor's district."""
    wanted = sa.select(UNIT.c.id, UNIT.c.name)
    wanted = wanted.where(UNIT.c.id.in_(unit_ids), UNIT.c.district_id == see.actor.district_id)
    return {row.id: row.name for row in see.connection.execute(wanted)}
