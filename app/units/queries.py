"""Every read of units, groups, names and pairs."""

from collections import defaultdict
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.db import unbounded
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_date
from app.core.policy import DISTRICT, Roles, in_district
from app.core.within import many, within
from app.core.workflow import find
from app.units import groups, rules
from app.units.models import ALIAS, GROUP, HOST, LIAISON, NEVER_ENDING, OFFICES, UNIT, UnitKind
from app.units.succession_models import SUCCESSION, SuccessionOfUnit

PARENT = UNIT.alias("parent")
OFFICE, SCHOOL = UNIT.alias("office"), UNIT.alias("school")


def _valid_on(table: sa.Table) -> Filter:
    day = sa.bindparam("f_valid_on", type_=sa.Date)
    begun = sa.or_(table.c.valid_from.is_(None), table.c.valid_from <= day)
    return Filter(sa.and_(begun, sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= day)), parse_date)


_WITH_PARENT = UNIT.outerjoin(PARENT, PARENT.c.id == UNIT.c.parent_id)
_OTHER_NAMES = (
    sa.select(sa.func.aggregate_strings(ALIAS.c.name, " "))
    .where(ALIAS.c.unit_id == UNIT.c.id)
    .correlate(UNIT)
    .scalar_subquery()
)
"""By a former name a unit is found as well."""
LIST = Listing(
    policy=rules.UNITS,
    source=_WITH_PARENT,
    columns=[*UNIT.c, PARENT.c.name.label("parent_name")],
    sorts={"id": by_id(UNIT, descending=False), "name": Sort(UNIT.c.name), "code": Sort(UNIT.c.code)},
    filters={
        "kind": one_of(UNIT.c.kind, "kind", UnitKind),
        "parent_id": equals(UNIT.c.parent_id, "parent_id"),
        "valid_on": _valid_on(UNIT),
    },
    search=[UNIT.c.name, UNIT.c.code, _OTHER_NAMES],
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
        "valid_on": _valid_on(LIAISON),
    },
)

_HOSTS = sa.select(HOST.c.host_id).where(HOST.c.unit_id == sa.bindparam("unit")).order_by(HOST.c.host_id)
_ALIASES = (
    sa.select(ALIAS.c.id, ALIAS.c.name, ALIAS.c.used_until)
    .where(ALIAS.c.unit_id == sa.bindparam("unit"))
    .order_by(ALIAS.c.id)
)
_HISTORY = (
    sa.select(*(SUCCESSION.c[name] for name in SuccessionOfUnit.model_fields))
    .where(sa.or_(SUCCESSION.c.unit_id == sa.bindparam("unit"), SUCCESSION.c.successor_id == sa.bindparam("unit")))
    .order_by(SUCCESSION.c.effective_on.desc(), SUCCESSION.c.id.desc())
    .limit(200)
)
_UNIT_COLUMNS = ("id", "version", "code", "name", "kind", "parent_id", "stages", "ownership", "valid_from", "valid_to")
_MORE = ("school_code", "credit_code", "duty", "answering_unit_id", "updated_at")


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_UNIT_COLUMNS, *_MORE)}
    return shown | {"allowed_actions": allowed_actions(see, row)}


def allowed_actions(see: Reader, row: Any) -> list[str]:
    """Whoever keeps the directory renames; what becomes of a unit's work is the supervisor's to say."""
    lasting = row.kind not in NEVER_ENDING and (row.valid_to is None or row.valid_to >= see.today)
    actions = ["edit"] if row.may_edit else []
    if lasting:
        actions += (["rename"] if row.may_edit else []) + (["merge", "close"] if row.may_end else [])
    return actions


def one(see: Any, unit_id: int) -> dict[str, Any]:
    """A unit with its hosts and other names."""
    shown = present(see, find(see, rules.UNITS, unit_id))
    shown["host_ids"] = list(see.connection.execute(_HOSTS, {"unit": unit_id}).scalars())
    shown["aliases"] = [dict(row._mapping) for row in see.connection.execute(_ALIASES, {"unit": unit_id})]
    shown["history"] = [dict(row._mapping) for row in see.connection.execute(_HISTORY, {"unit": unit_id})]
    return shown


_HOSTED = sa.select(HOST.c.unit_id).where(HOST.c.host_id == sa.bindparam("unit")).order_by(HOST.c.unit_id)
_BENEATH = sa.select(UNIT.c.id).where(UNIT.c.parent_id == sa.bindparam("unit")).order_by(UNIT.c.code).limit(200)
_GROUPS = sa.select(GROUP.c.id, GROUP.c.name).where(GROUP.c.district_id == DISTRICT).order_by(GROUP.c.id)


def around(see: Any, unit_id: int) -> dict[str, Any]:
    """What stands around a unit the actor may read: ids beneath it, its party organisations, its groups today."""
    beneath = list(see.connection.execute(_BENEATH, {"unit": unit_id}).scalars())
    hosted = list(see.connection.execute(_HOSTED, {"unit": unit_id}).scalars())
    every = see.rows(_GROUPS)
    members = groups.members(see, [row.id for row in every], see.today)
    belongs = [(row.id, row.name) for row in every if unit_id in members[row.id]]
    return {"beneath": beneath, "hosted": hosted, "groups": belongs}


def group_choices(see: Reader) -> list[tuple[int, str]]:
    """(id, name) of the district's groups, for a form's list."""
    return [(row.id, row.name) for row in see.connection.execute(_GROUPS, see.actor.binds)]


def complete_groups(see: Reader, rows: list[dict[str, Any]]) -> None:
    """To each group of a list how many units belong today."""
    members = groups.members(see, [row["id"] for row in rows], see.today)
    for row in rows:
        row["unit_count"] = len(members[row["id"]])


def present_group(see: Reader, row: Any) -> dict[str, Any]:
    shown = {"id": row.id, "version": row.version, "name": row.name, "rule": row.rule}
    return shown | {"allowed_actions": ["edit"] if row.may_edit else []}


def one_group(see: Any, group_id: int) -> dict[str, Any]:
    """A group with the units that belong today."""
    shown = present_group(see, find(see, rules.GROUPS, group_id))
    return shown | {"unit_ids": groups.members(see, [group_id], see.today)[group_id]}


def present_alias(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "version", "name", "used_until", "unit_id", "unit_group_id")}
    return shown | {"allowed_actions": ["delete"] if row.may_delete else []}


def one_alias(see: Any, alias_id: int) -> dict[str, Any]:
    return present_alias(see, find(see, rules.ALIASES, alias_id))


def present_liaison(see: Reader, row: Any) -> dict[str, Any]:
    names = ("id", "version", "office_id", "school_id", "valid_from", "valid_to")
    shown = {name: getattr(row, name) for name in names}
    ended = row.valid_to is not None and row.valid_to < see.today
    shown |= {name: getattr(row, name) for name in ("office_name", "school_name") if hasattr(row, name)}
    return shown | {"ended": ended, "allowed_actions": ["end"] if row.may_end and not ended else []}


def one_liaison(see: Any, liaison_id: int) -> dict[str, Any]:
    return present_liaison(see, find(see, rules.LIAISONS, liaison_id))


def pairs_of(see: Reader, unit_id: int) -> list[dict[str, Any]]:
    """The pairs in which a unit stands, as the office or as the school; past ones too."""
    return [
        present_liaison(see, row)
        for side in ("office_id", "school_id")
        for row in LIAISON_LIST.page(see, LIAISON_LIST.asked({side: str(unit_id)}))[0]
    ]


def choices(see: Any, *kinds: UnitKind) -> list[tuple[int, str, str]]:
    """(id, name, kind) of the units that exist today, by kind and name, for a form's list."""
    rows = see.connection.execute(_choices_statement(kinds), {"actor_district": see.actor.district_id}).all()
    existing = [(r.id, r.name, r.kind) for r in rows if groups.exists_on(r, see.today)]
    return sorted(existing, key=lambda r: (_KIND_ORDER[r[2]], r[1]))


def offices(see: Any) -> list[tuple[int, str]]:
    """(id, name) of the offices and subordinate units that exist today, for a form's list."""
    return [(unit_id, name) for unit_id, name, _ in choices(see, *OFFICES)]


@cache
def _choices_statement(kinds: tuple[UnitKind, ...]) -> sa.Select[Any]:
    kind = sa.type_coerce(UNIT.c.kind, sa.String).label("kind")
    statement = sa.select(UNIT.c.id, UNIT.c.name, kind, UNIT.c.valid_from, UNIT.c.valid_to).where(in_district(UNIT))
    return statement.where(UNIT.c.kind.in_(kinds)) if kinds else statement


_KIND_ORDER = {kind.value: place for place, kind in enumerate(UnitKind)}


_TREE = sa.select(UNIT.c.id, UNIT.c.parent_id, UNIT.c.kind, UNIT.c.code).where(UNIT.c.district_id == DISTRICT)


@unbounded
def tree(see: Any, after: int | None = None, limit: int = 50) -> dict[str, Any]:
    """A page of the directory in the order of its tree: each row with its ``depth``, those beneath behind it.

    ``next`` is the unit to go on after; ``first`` counts the page's first row from 1, ``total`` all of them.
    """
    ordered = _in_tree_order(see.rows(_TREE), see.actor.district_id)
    start = next((at + 1 for at, (unit_id, _) in enumerate(ordered) if unit_id == after), 0)
    depth = dict(ordered[start : start + limit])
    found = {row.id: row for row in see.rows(_rows_of(see.actor.roles), page_ids=list(depth))}
    shown = [present_row(see, found[unit_id]) | {"depth": depth[unit_id]} for unit_id in depth]
    going_on = start + limit < len(ordered)
    following = shown[-1]["id"] if going_on else None
    return {"data": shown, "next": following, "first": start + 1, "total": len(ordered)}


def _in_tree_order(units: Any, bureau_id: int) -> list[tuple[int, int]]:
    """(id, depth), siblings by kind and code; what hangs in no tree comes last rather than not at all."""
    order = {kind: at for at, kind in enumerate(UnitKind)}
    children: dict[int | None, list[Any]] = defaultdict(list)
    for unit in sorted(units, key=lambda u: (order[UnitKind(u.kind)], u.code, u.id)):
        children[unit.parent_id if unit.id != bureau_id else None].append(unit)
    ordered: dict[int, int] = {}
    waiting = [(unit, 0) for unit in reversed(children[None])]
    while waiting:
        unit, depth = waiting.pop()
        if unit.id not in ordered:
            ordered[unit.id] = depth
            waiting += [(child, depth + 1) for child in reversed(children[unit.id])]
    return [*ordered.items(), *((unit.id, 0) for unit in units if unit.id not in ordered)]


@cache
def _rows_of(roles: Roles) -> sa.Select[Any]:
    statement = sa.select(*LIST.columns, *rules.UNITS.columns(roles)).select_from(_WITH_PARENT)
    return statement.where(rules.UNITS.read(roles), within(UNIT.c.id, many("page_ids")))


def present_row(see: Reader, row: Any) -> dict[str, Any]:
    """A unit as lists show it, with the name of the one above."""
    ended = row.valid_to is not None and row.valid_to < see.today
    return present(see, row) | {"parent_name": row.parent_name, "ended": ended}


def bureau(see: Any) -> dict[str, Any]:
    """The actor's own bureau."""
    row = see.connection.execute(sa.select(UNIT.c.id, UNIT.c.name).where(UNIT.c.id == see.actor.district_id)).first()
    if row is None:
        raise NotFound()
    return dict(row._mapping)


def only_bureau(see: Any) -> Any | None:
    """The bureau (id, name) where the installation serves one alone: whatever nobody in particular does is its own."""
    bureaus = sa.select(UNIT.c.id, UNIT.c.name).where(UNIT.c.kind == UnitKind.BUREAU).limit(2)
    found = see.connection.execute(bureaus).all()
    return found[0] if len(found) == 1 else None


def names(see: Any, unit_ids: list[int]) -> dict[int, str]:
    """Id → name of units of the actor's district."""
    wanted = sa.select(UNIT.c.id, UNIT.c.name)
    wanted = wanted.where(UNIT.c.id.in_(unit_ids), UNIT.c.district_id == see.actor.district_id)
    return {row.id: row.name for row in see.connection.execute(wanted)}
