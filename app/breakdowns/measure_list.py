"""Every measure of the versions that are worked on or serve: by what units assess themselves (考核指标表)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.assignments.models import ASSIGNMENT
from app.breakdowns.models import BREAKDOWN, BreakdownState
from app.breakdowns.rules import POLICY, SUPERSEDED
from app.core.operation import Reader
from app.core.paging import Listing, Sort, equals, one_of
from app.core.policy import Policy, Roles
from app.plans.models import ITEM
from app.units.models import UNIT

PLACES = 100
"""A version has fewer measures than these: a measure's id is its version's and its place there."""


class entries(FunctionElement[Any]):
    """``entries(column)``: what a JSON list of objects holds, as rows of ``place`` (from 0) and ``entry``."""

    inherit_cache = True
    name = "entries"


@compiles(entries, "sqlite")
def _of_json(element: entries, compiler: Any, **options: Any) -> str:
    (held,) = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_each({held})"


@compiles(entries, "postgresql")
def _of_elements(element: entries, compiler: Any, **options: Any) -> str:
    (held,) = (compiler.process(clause, **options) for clause in element.clauses)
    rows = f"json_array_elements({held}) WITH ORDINALITY AS held(value, place)"
    return f"LATERAL (SELECT place - 1 AS key, value FROM {rows})"


_HELD = entries(BREAKDOWN.c.measures).table_valued(
    sa.column("key", sa.Integer), sa.column("value", sa.Text), name="held_measure"
)


def _word(name: str) -> sa.ColumnElement[str]:
    return _HELD.c.value.op("->>", return_type=sa.Text())(sa.literal_column(f"'{name}'"))


_OWN = ("unit_id", "assignment_id", "number", "state")
MEASURE: Any = (
    sa.select(
        (BREAKDOWN.c.id * PLACES + _HELD.c.key).label("id"),
        BREAKDOWN.c.id.label("breakdown_id"),
        *(BREAKDOWN.c[name] for name in _OWN),
        _word("text").label("text"),
        sa.cast(_word("weight"), sa.Integer).label("weight"),
        _word("standard").label("standard"),
    )
    .select_from(BREAKDOWN.join(_HELD, sa.true()))
    .subquery("measure_of_breakdown")
)
# Aliases: the conditions bring the plain tables with them.
AT, TASK = UNIT.alias("at"), ASSIGNMENT.alias("task")


def _read(roles: Roles) -> sa.ColumnElement[bool]:
    """Whoever sees the breakdown."""
    may = POLICY.read(roles)
    if isinstance(may, sa.False_):
        return may
    its = sa.select(sa.literal(1)).where(BREAKDOWN.c.id == MEASURE.c.breakdown_id, may)
    return sa.and_(its.correlate(MEASURE).exists(), MEASURE.c.state != SUPERSEDED)


_NAMES = ("id", "breakdown_id", *_OWN, "text", "weight", "standard")
_TASK = ("plan_id", "plan_item_id", "period")
LIST = Listing(
    policy=Policy(MEASURE, _read),
    source=MEASURE.join(TASK, TASK.c.id == MEASURE.c.assignment_id)
    .join(ITEM, ITEM.c.id == TASK.c.plan_item_id)
    .join(AT, AT.c.id == MEASURE.c.unit_id),
    columns=[
        *(MEASURE.c[name] for name in _NAMES),
        *(TASK.c[name] for name in _TASK),
        ITEM.c.number.label("item_number"),
        ITEM.c.title.label("item_title"),
        AT.c.name.label("unit_name"),
    ],
    # By the version, whose key has an index, and within it by the place: the order of the ids.
    sorts={"id": Sort(MEASURE.c.breakdown_id)},
    filters={
        "unit_id": equals(MEASURE.c.unit_id, "unit_id"),
        "breakdown_id": equals(MEASURE.c.breakdown_id, "breakdown_id"),
        "plan_id": equals(TASK.c.plan_id, "plan_id"),
        "plan_item_id": equals(TASK.c.plan_item_id, "plan_item_id"),
        "state": one_of(MEASURE.c.state, "state", BreakdownState),
    },
    search=[MEASURE.c.text, MEASURE.c.standard, ITEM.c.title, AT.c.name],
)
_SHOWN = (*_NAMES, *_TASK, "item_number", "item_title", "unit_name")


def present(_see: Reader, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}
