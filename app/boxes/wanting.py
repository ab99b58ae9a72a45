"""What is missing over all: assignments without evidence that their item requires, as a list and by unit and item.

Evidence is what is linked to an assignment, or lies under it in a box, be it on paper alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from starlette.datastructures import QueryParams

from app.appointments.holders import with_responsible
from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.boxes.catalogue import NOT_WANTED
from app.boxes.models import BOX, ENTRY
from app.boxes.rules import OPEN, VOIDED
from app.core.db import unbounded
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import MAX_LIMIT, Listing, by_id, equals, one_of
from app.core.params import parse_id, parse_number, read_params
from app.core.policy import Policy, Roles, among
from app.core.within import many, within
from app.evidence.models import EVIDENCE, LINK
from app.plans.models import ITEM, PLAN, EvidenceKind, PlanState
from app.plans.rules import POLICY as PLANS
from app.units.models import UNIT

# Aliases: the conditions of assignments bring the plain tables with them.
TASK, DOER = ITEM.alias("task"), UNIT.alias("doer")
_WANTED = sa.not_(among(ASSIGNMENT.c.state, *NOT_WANTED))


def _required(kind: EvidenceKind) -> ColumnElement[bool]:
    """The item's list of kinds names it; a list is read as its text, alike on either database."""
    return sa.cast(TASK.c.required_evidence, sa.Text).contains(f'"{kind.value}"')


def _lacks(kind: EvidenceKind) -> ColumnElement[bool]:
    proof = (
        sa.select(sa.literal(1))
        .select_from(LINK.join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id))
        .where(
            LINK.c.target == "assignments",
            LINK.c.target_id == ASSIGNMENT.c.id,
            among(EVIDENCE.c.kind, kind),
            EVIDENCE.c.voided_at.is_(None),
        )
        .correlate(ASSIGNMENT)
    )
    return sa.and_(_required(kind), sa.not_(proof.exists()), sa.not_(_boxed(kind)))


def _boxed(kind: EvidenceKind) -> ColumnElement[bool]:
    """A box holds such a piece under the assignment: the same that its own page takes for there (``catalogue``)."""
    piece = (
        sa.select(sa.literal(1))
        .select_from(
            ENTRY.join(BOX, BOX.c.id == ENTRY.c.archive_box_id).outerjoin(
                EVIDENCE, EVIDENCE.c.id == ENTRY.c.evidence_id
            )
        )
        .where(
            ENTRY.c.assignment_id == ASSIGNMENT.c.id,
            sa.or_(among(ENTRY.c.kind, kind), among(EVIDENCE.c.kind, kind)),
            BOX.c.state != VOIDED,
            sa.or_(EVIDENCE.c.voided_at.is_(None), BOX.c.state != OPEN),
        )
        .correlate(ASSIGNMENT)
    )
    return piece.exists()


_LACKING = {kind: _lacks(kind) for kind in EvidenceKind}
_SOURCE = ASSIGNMENT.join(TASK, TASK.c.id == ASSIGNMENT.c.plan_item_id).join(DOER, DOER.c.id == ASSIGNMENT.c.unit_id)
_NAMES = ("id", "plan_id", "plan_item_id", "unit_id", "period", "state")


def _lacking(roles: Roles) -> ColumnElement[bool]:
    return sa.and_(ASSIGNMENTS.read(roles), _WANTED, sa.or_(*_LACKING.values()))


LIST = Listing(
    policy=Policy(ASSIGNMENT, _lacking),
    source=_SOURCE,
    columns=[
        *(ASSIGNMENT.c[name] for name in _NAMES),
        TASK.c.number.label("item_number"),
        TASK.c.title.label("item_title"),
        TASK.c.required_evidence,
        DOER.c.name.label("unit_name"),
        *(condition.label(f"lacks_{kind.value}") for kind, condition in _LACKING.items()),
    ],
    sorts={"id": by_id(ASSIGNMENT)},
    filters={
        "plan_id": equals(ASSIGNMENT.c.plan_id, "plan_id"),
        "plan_item_id": equals(ASSIGNMENT.c.plan_item_id, "plan_item_id"),
        "unit_id": equals(ASSIGNMENT.c.unit_id, "unit_id"),
        "state": one_of(ASSIGNMENT.c.state, "state", AssignmentState),
    },
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, "item_number", "item_title", "unit_name")}
    lacking = [kind for kind in EvidenceKind if getattr(row, f"lacks_{kind.value}")]
    return shown | {"required_evidence": row.required_evidence, "missing": lacking}


@unbounded
def listed(see: Reader, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """Assignments without evidence that their item requires; those that were not to be done ask for none."""
    body = LIST.body(see, LIST.asked(params), present)
    with_responsible(see, body["data"])
    return body


# By unit and item

PARSERS = {"plan_id": parse_id, "unit_id": parse_id, "limit": parse_number(1, MAX_LIMIT), "after": parse_id}
UNITS_AT_ONCE = 20


@unbounded
def completeness(see: Reader, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """Units of a plan (the newest unless said) by what its items require and what is missing of it.

    ``next`` is the unit after which the following ones are asked for by ``after``.
    """
    asked = read_params(params, PARSERS)
    plan = _plan(see, asked.get("plan_id"))
    if plan is None:
        return {"plan_id": None, "plan_title": None, "items": [], "data": [], "next": None}
    binds = {**see.actor.binds, "plan": plan.id}
    limit = asked.get("limit", UNITS_AT_ONCE)
    chosen = {"after": asked.get("after", 0), "only": asked.get("unit_id"), "most": limit + 1}
    units = see.connection.execute(_units_statement(see.actor.roles), binds | chosen).all()
    more, units = len(units) > limit, units[:limit]
    sums: dict[int, list[Any]] = defaultdict(list)
    for row in see.connection.execute(_sums_statement(see.actor.roles), binds | {"units": [u.id for u in units]}):
        sums[row.unit_id].append(row)
    return {
        "plan_id": plan.id,
        "plan_title": plan.title,
        "items": [dict(item._mapping) for item in see.connection.execute(_ITEMS, binds)],
        "data": [_unit(unit, sums[unit.id]) for unit in units],
        "next": units[-1].id if more else None,
    }


def items_of(see: Reader, plan_id: int | None) -> Sequence[Any]:
    """The items of that plan, or the newest, that require evidence."""
    plan = _plan(see, plan_id)
    return [] if plan is None else see.connection.execute(_ITEMS, {"plan": plan.id}).all()


def by_unit(see: Reader, asked: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """All units of it, some at a time."""
    params = {name: str(value) for name, value in asked.items()} | {"limit": str(MAX_LIMIT)}
    after: int | None = 0
    while after is not None:
        found = completeness(see, params | ({"after": str(after)} if after else {}))
        yield found["data"]
        after = found["next"]


def _unit(unit: Any, sums: list[Any]) -> dict[str, Any]:
    items = [{"plan_item_id": s.plan_item_id, "required": int(s.required), "missing": int(s.missing)} for s in sums]
    total = {name: sum(item[name] for item in items) for name in ("required", "missing")}
    return {"unit_id": unit.id, "unit_name": unit.name, **total, "items": items}


def _plan(see: Reader, plan_id: int | None) -> Any:
    statement = _plan_statement(see.actor.roles, plan_id is not None)
    found = see.connection.execute(statement, {**see.actor.binds, "plan": plan_id}).first()
    if found is None and plan_id is not None:
        raise NotFound()
    return found


@cache
def _plan_statement(roles: Roles, is_named: bool) -> sa.Select[Any]:
    readable = sa.select(PLAN.c.id, PLAN.c.title).where(PLANS.read(roles), PLAN.c.state != PlanState.DRAFT)
    if is_named:
        return readable.where(PLAN.c.id == sa.bindparam("plan", type_=sa.BigInteger))
    return readable.order_by(PLAN.c.id.desc()).limit(1)


_REQUIRES = sa.func.json_array_length(TASK.c.required_evidence)
_IN_PLAN = ASSIGNMENT.c.plan_id == sa.bindparam("plan", type_=sa.BigInteger)
_ITEMS = (
    sa.select(TASK.c.id, TASK.c.number, TASK.c.title)
    .where(TASK.c.plan_id == sa.bindparam("plan", type_=sa.BigInteger), _REQUIRES > 0)
    .order_by(TASK.c.position, TASK.c.id)
)


@cache
def _units_statement(roles: Roles) -> sa.Select[Any]:
    only = sa.bindparam("only", type_=sa.BigInteger)
    return (
        sa.select(DOER.c.id, DOER.c.name)
        .select_from(_SOURCE)
        .where(
            _IN_PLAN,
            ASSIGNMENTS.read(roles),
            _WANTED,
            _REQUIRES > 0,
            DOER.c.id > sa.bindparam("after", type_=sa.BigInteger),
            sa.or_(only.is_(None), DOER.c.id == only),
        )
        .distinct()
        .order_by(DOER.c.id)
        .limit(sa.bindparam("most"))
    )


@cache
def _sums_statement(roles: Roles) -> sa.Select[Any]:
    lacking = sum((sa.case((each, 1), else_=0) for each in _LACKING.values()), sa.literal_column("0", sa.Integer))
    return (
        sa.select(
            ASSIGNMENT.c.unit_id,
            ASSIGNMENT.c.plan_item_id,
            sa.func.sum(_REQUIRES).label("required"),
            sa.func.sum(lacking).label("missing"),
        )
        .select_from(_SOURCE)
        .where(_IN_PLAN, ASSIGNMENTS.read(roles), _WANTED, _REQUIRES > 0, within(ASSIGNMENT.c.unit_id, many("units")))
        .group_by(ASSIGNMENT.c.unit_id, ASSIGNMENT.c.plan_item_id)
    )
