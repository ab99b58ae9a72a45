"""Who belongs to a group: its rule over the district's units as they stand on a day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.core.operation import Reader
from app.core.within import many, within
from app.units.models import GROUP, UNIT

_UNITS = sa.select(
    UNIT.c.id, UNIT.c.kind, UNIT.c.stages, UNIT.c.ownership, UNIT.c.parent_id, UNIT.c.valid_from, UNIT.c.valid_to
).where(UNIT.c.district_id == sa.bindparam("district"))
_RULES = sa.select(GROUP.c.id, GROUP.c.rule).where(
    GROUP.c.district_id == sa.bindparam("district"), within(GROUP.c.id, many("groups"))
)


def exists_on(unit: Any, day: date) -> bool:
    """A unit whose ``valid_to`` has passed keeps its history and gets nothing new."""
    return (unit.valid_from is None or unit.valid_from <= day) and (unit.valid_to is None or day <= unit.valid_to)


def absence(unit: Any, day: date) -> str:
    """What is said after the name of a unit that does not exist on the day: it is over, or is only to come."""
    return f" {unit.valid_from} 才启用" if unit.valid_from is not None and unit.valid_from > day else "已停用"


def has_ended(unit: Any, day: date) -> bool:
    return unit.valid_to is not None and unit.valid_to < day


def members(see: Reader, group_ids: Iterable[int], day: date) -> dict[int, list[int]]:
    """Group id → ids of the units that belong on ``day``, in order of their ids."""
    wanted = sorted(set(group_ids))
    if not wanted:
        return {}
    district = {"district": see.actor.district_id}
    units = see.connection.execute(_UNITS, district).all()
    parents = {unit.id: unit.parent_id for unit in units}
    rules = see.connection.execute(_RULES, {**district, "groups": wanted}).all()
    standing = [unit for unit in units if exists_on(unit, day)]
    return {row.id: sorted(u.id for u in standing if belongs(u, row.rule, parents)) for row in rules}


def members_by_day(see: Reader, group_id: int, days: Iterable[date]) -> dict[date, frozenset[int]]:
    """Who belongs on each of some days, in two statements however many."""
    district = {"district": see.actor.district_id}
    units = see.connection.execute(_UNITS, district).all()
    rules = see.connection.execute(_RULES, {**district, "groups": [group_id]}).all()
    parents = {unit.id: unit.parent_id for unit in units}
    found = {}
    for day in days:
        standing = [unit for unit in units if exists_on(unit, day)]
        found[day] = frozenset(u.id for u in standing for row in rules if belongs(u, row.rule, parents))
    return found


def belongs(unit: Any, rule: Mapping[str, Any], parents: Mapping[int, int | None]) -> bool:
    """Excluded before included before the rule's own conditions, every one of which must hold."""
    if unit.id in rule.get("excludes", ()):
        return False
    if unit.id in rule.get("includes", ()):
        return True
    kinds, stages = rule.get("kinds") or (), rule.get("stages") or ()
    ownership, above = rule.get("ownership"), rule.get("under_unit_id")
    if not (kinds or stages or ownership or above):
        return False
    return (
        (not kinds or unit.kind in kinds)
        and (not stages or not set(stages).isdisjoint(unit.stages))
        and (not ownership or unit.ownership == ownership)
        and (not above or _is_beneath(unit.id, above, parents))
    )


def _is_beneath(unit_id: int, above: int, parents: Mapping[int, int | None]) -> bool:
    seen: set[int] = set()
    here: int | None = unit_id
    while here is not None and here not in seen:
        if here == above:
            return True
        seen.add(here)
        here = parents.get(here)
    return False


# The same as a condition: for rules, which a database applies to whatever units their rows name


class _listed(FunctionElement[bool]):
    """``_listed(rule, key, value)``: the rule's list of that name holds the value; without one, it holds anything."""

    type = sa.Boolean()
    inherit_cache = True
    name = "listed"

    def self_group(self, against: Any = None) -> Self:
        return self


class _met(FunctionElement[bool]):
    """``_met(rule, key, list)``: the rule's list of that name and another one have something in common."""

    type = sa.Boolean()
    inherit_cache = True
    name = "met"

    def self_group(self, against: Any = None) -> Self:
        return self


class _beneath(FunctionElement[bool]):
    """``_beneath(unit_id, above_id)``: the one is the other, or however many levels beneath it."""

    type = sa.Boolean()
    inherit_cache = True
    name = "beneath"

    def self_group(self, against: Any = None) -> Self:
        return self


@compiles(_beneath)
def _climbing(element: _beneath, compiler: Any, **options: Any) -> str:
    # From the unit up, not from above down: a few look-ups by key, and only where a rule names a unit.
    unit_id, above_id = (compiler.process(clause, **options) for clause in element.clauses)
    step = "SELECT higher.parent_id FROM unit AS higher JOIN line ON higher.id = line.id"
    line = f"WITH RECURSIVE line(id) AS (SELECT {unit_id} UNION {step})"
    return f"(EXISTS ({line} SELECT 1 FROM line WHERE line.id = {above_id}))"


@compiles(_listed, "sqlite")
def _listed_in_json(element: _listed, compiler: Any, **options: Any) -> str:
    rule, key, *value = (compiler.process(clause, **options) for clause in element.clauses)
    # Where a rule names null instead of a list, SQLite finds one element: null.
    same = f"= {value[0]}" if value else "IS NOT NULL"
    return f"(EXISTS (SELECT 1 FROM json_each({rule}, '$.' || {key}) AS asked WHERE asked.value {same}))"


@compiles(_met, "sqlite")
def _met_in_json(element: _met, compiler: Any, **options: Any) -> str:
    rule, key, held = (compiler.process(clause, **options) for clause in element.clauses)
    both = f"json_each({rule}, '$.' || {key}) AS asked JOIN json_each({held}) AS held ON asked.value = held.value"
    return f"(EXISTS (SELECT 1 FROM {both}))"


def _elements(rule: str, key: str) -> str:
    """A rule may name no list, or null."""
    named = f"{rule} -> {key}"
    return f"json_array_elements_text(CASE json_typeof({named}) WHEN 'array' THEN {named} ELSE '[]' END) AS asked"


@compiles(_listed, "postgresql")
def _listed_in_elements(element: _listed, compiler: Any, **options: Any) -> str:
    rule, key, *value = (compiler.process(clause, **options) for clause in element.clauses)
    same = f" WHERE asked = CAST({value[0]} AS text)" if value else ""
    return f"(EXISTS (SELECT 1 FROM {_elements(rule, key)}{same}))"


@compiles(_met, "postgresql")
def _met_in_elements(element: _met, compiler: Any, **options: Any) -> str:
    rule, key, held = (compiler.process(clause, **options) for clause in element.clauses)
    both = f"{_elements(rule, key)} JOIN json_array_elements_text({held}) AS held ON asked = held"
    return f"(EXISTS (SELECT 1 FROM {both}))"


def belonging(unit: sa.FromClause, rule: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """``belongs`` of a unit, whatever the day: whether it exists then, ``exists_on`` says."""

    def listed(name: str, *value: Any) -> sa.ColumnElement[bool]:
        return _listed(rule, sa.literal_column(f"'{name}'"), *value)

    ownership, under = rule["ownership"].as_string(), rule["under_unit_id"].as_integer()
    of_stages = _met(rule, sa.literal_column("'stages'"), unit.c.stages)
    conditions = (
        (sa.not_(listed("kinds")), listed("kinds", unit.c.kind)),
        (sa.not_(listed("stages")), of_stages),
        (ownership.is_(None), ownership == sa.cast(unit.c.ownership, sa.String)),
        (under.is_(None), _beneath(unit.c.id, under)),
    )
    any_at_all = sa.not_(sa.and_(*(none for none, _ in conditions)))
    fits = sa.and_(any_at_all, *(sa.or_(none, holds) for none, holds in conditions))
    return sa.and_(sa.not_(listed("excludes", unit.c.id)), sa.or_(listed("includes", unit.c.id), fits))
