"""Every read of plans and their items. What a reviewer needs beside them: ``review``."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Listing, Sort, by_id, equals, one_of
from app.core.params import parse_number
from app.core.policy import Roles
from app.core.within import many, within
from app.core.workflow import find
from app.plans import review, rules
from app.plans.comparison import comparison
from app.plans.models import AREA, ITEM, PLAN, RESPONSIBILITY, PlanState
from app.units.models import GROUP, UNIT

ISSUER = UNIT.alias("issuer")
_OF_PLAN = PLAN.alias("of_plan")
_SEARCHED = [ITEM.c.title, ITEM.c.measures, ITEM.c.number]

_PLAN_COLUMNS = [
    PLAN.c.id,
    PLAN.c.version,
    PLAN.c.issuer_unit_id,
    ISSUER.c.name.label("issuer_name"),
    PLAN.c.title,
    PLAN.c.year,
    PLAN.c.edition,
    PLAN.c.previous_id,
    PLAN.c.document_number,
    PLAN.c.state,
    PLAN.c.source_name,
    PLAN.c.issued_on,
    PLAN.c.created_at,
    PLAN.c.updated_at,
]
_PLAN_NAMES = [column.name for column in _PLAN_COLUMNS]
_PLAN_SOURCE = PLAN.join(ISSUER, ISSUER.c.id == PLAN.c.issuer_unit_id)
LIST = Listing(
    policy=rules.POLICY,
    source=_PLAN_SOURCE,
    columns=_PLAN_COLUMNS,
    detail=[PLAN.c.outline, PLAN.c.uses_table_rows],
    sorts={"id": by_id(PLAN)},
    filters={
        "state": one_of(PLAN.c.state, "state", PlanState),
        "year": equals(PLAN.c.year, "year", parse_number(1949, 2199)),
    },
    search=[PLAN.c.title, PLAN.c.document_number],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _PLAN_NAMES}
    return shown | {"allowed_actions": rules.WORKFLOW.allowed_actions(row)}


_AREAS = (
    sa.select(AREA.c.id, AREA.c.number, AREA.c.section, AREA.c.title, AREA.c.position)
    .where(AREA.c.plan_id == sa.bindparam("plan"))
    .order_by(AREA.c.position, AREA.c.id)
)
_FROM_OUTLINE = ("basis", "organization", "sections", "requirements")


def one(see: Reader, plan_id: int) -> dict[str, Any]:
    """A plan with its areas, what stands around its items, and how its review stands."""
    row = LIST.one(see, plan_id)
    areas = see.connection.execute(_AREAS, {"plan": plan_id}).all()
    items = review.standing(see, plan_id)
    unknown = review.names(see, plan_id) if any(item.unresolved for item in items) else []
    outline = row.outline
    return present(see, row) | {
        **{name: outline[name] for name in _FROM_OUTLINE},
        **_editions(see, row),
        "areas": [dict(area._mapping) for area in areas],
        "uses_table_rows": row.uses_table_rows,
        "table_row_count": len(outline["table_rows"]),
        "item_count": len(items),
        "responsibility_count": sum(item.named for item in items),
        "unresolved_count": len(unknown),
        "warnings": review.remarks(items, outline["warnings"]),
        "blockers": review.blockers(see, plan_id, items) if row.state == PlanState.DRAFT else [],
    }


_TOLD = ("id", "title", "year", "edition", "state")
_BESIDE_IT = sa.select(*(PLAN.c[name] for name in _TOLD), PLAN.c.previous_id).where(
    sa.or_(
        PLAN.c.id == sa.bindparam("previous", type_=sa.BigInteger),
        sa.and_(PLAN.c.previous_id == sa.bindparam("plan"), PLAN.c.state != PlanState.DRAFT),
    )
)


def _editions(see: Reader, plan: Any) -> dict[str, Any]:
    """The editions before and after; of several after it the newest."""
    found: dict[str, Any] = {"previous": None, "next": None}
    for row in see.connection.execute(_BESIDE_IT.order_by(PLAN.c.id), {"plan": plan.id, "previous": plan.previous_id}):
        told = {name: getattr(row, name) for name in _TOLD}
        found["previous" if row.id == plan.previous_id else "next"] = told
    return found


@unbounded
def compared(see: Reader, plan_id: int) -> dict[str, Any]:
    """Item by item against the edition before. 409 ``no_previous`` where there is none."""
    return comparison(see, one(see, plan_id))


def outline(see: Reader, plan_id: int) -> dict[str, Any]:
    """Everything the parser found, as ``qinglian plan parse --json`` prints it."""
    found: dict[str, Any] = LIST.one(see, plan_id).outline
    return found


def source_text(see: Reader, plan_id: int) -> dict[str, Any]:
    """The text that spans count in."""
    row = find(see, rules.POLICY, plan_id)
    shown = {"id": row.id, "version": row.version, "source_name": row.source_name, "text": row.source_text}
    return shown | {"allowed_actions": rules.WORKFLOW.allowed_actions(row)}


# Items

_ITEM_COLUMNS = [
    ITEM.c.id,
    ITEM.c.version,
    ITEM.c.plan_id,
    ITEM.c.area_id,
    AREA.c.number.label("area_number"),
    AREA.c.title.label("area_title"),
    ITEM.c.key,
    ITEM.c.number,
    ITEM.c.section,
    ITEM.c.title,
    ITEM.c.measures,
    ITEM.c.position,
    ITEM.c.cadence,
    ITEM.c.deadline_text,
    ITEM.c.deadline_kind,
    ITEM.c.deadline_on,
    ITEM.c.weight,
    ITEM.c.required_evidence,
    ITEM.c.for_information,
    ITEM.c.continues_id,
    ITEM.c.paired,
    ITEM.c.updated_at,
]
_ITEM_NAMES = [column.name for column in _ITEM_COLUMNS]
_BESIDE = [ITEM.c.span_start, ITEM.c.span_end, _OF_PLAN.c.state.label("plan_state")]
_EXCERPT = sa.func.substr(
    _OF_PLAN.c.source_text, ITEM.c.span_start + 1, ITEM.c.span_end - ITEM.c.span_start, type_=sa.Text
)
_ITEM_SOURCE = ITEM.join(_OF_PLAN, _OF_PLAN.c.id == ITEM.c.plan_id).outerjoin(AREA, AREA.c.id == ITEM.c.area_id)
ITEM_LIST = Listing(
    policy=rules.ITEMS,
    source=_ITEM_SOURCE,
    columns=[*_ITEM_COLUMNS, *_BESIDE],
    detail=[_OF_PLAN.c.title.label("plan_title"), _EXCERPT.label("source_excerpt")],
    sorts={"position": Sort(ITEM.c.position), "id": by_id(ITEM, descending=False)},
    filters={
        "plan_id": equals(ITEM.c.plan_id, "plan_id"),
        "area_id": equals(ITEM.c.area_id, "area_id"),
        "plan_state": one_of(_OF_PLAN.c.state, "plan_state", PlanState),
    },
    search=_SEARCHED,
)
_EDITABLE = (PlanState.DRAFT, PlanState.ISSUED)


def present_item(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _ITEM_NAMES}
    shown["span"] = [row.span_start, row.span_end]
    return shown | {"allowed_actions": ["edit"] if row.may_edit and row.plan_state in _EDITABLE else []}


_RESPONSIBILITIES = (
    sa.select(
        RESPONSIBILITY.c.plan_item_id,
        RESPONSIBILITY.c.id,
        RESPONSIBILITY.c.name,
        RESPONSIBILITY.c.role,
        RESPONSIBILITY.c.is_group,
        RESPONSIBILITY.c.unit_id,
        RESPONSIBILITY.c.unit_group_id,
        RESPONSIBILITY.c.dropped_reason,
        sa.func.coalesce(UNIT.c.name, GROUP.c.name).label("unit_name"),
    )
    .select_from(
        RESPONSIBILITY.outerjoin(UNIT, UNIT.c.id == RESPONSIBILITY.c.unit_id).outerjoin(
            GROUP, GROUP.c.id == RESPONSIBILITY.c.unit_group_id
        )
    )
    .where(within(RESPONSIBILITY.c.plan_item_id, many("items")))
    .order_by(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)


def with_responsibilities(see: Reader, items: Sequence[dict[str, Any]]) -> None:
    """Give presented items their ``responsibilities``, in source order: one statement for them all."""
    by_item: dict[int, list[dict[str, Any]]] = {item["id"]: [] for item in items}
    if by_item:
        for row in see.connection.execute(_RESPONSIBILITIES, {"items": list(by_item)}):
            named = dict(row._mapping)
            by_item[named.pop("plan_item_id")].append(named)
    for item in items:
        item["responsibilities"] = by_item[item["id"]]


def one_item(see: Reader, item_id: int) -> dict[str, Any]:
    """An item with its responsibilities and the piece of source text it came from."""
    row = ITEM_LIST.one(see, item_id)
    shown = present_item(see, row)
    shown |= {name: getattr(row, name) for name in ("plan_title", "plan_state", "source_excerpt")}
    with_responsibilities(see, [shown])
    return shown


@cache
def _all_items_statement(roles: Roles) -> sa.Select[Any]:
    return (
        sa.select(*_ITEM_COLUMNS, *_BESIDE, *rules.ITEMS.columns(roles))
        .select_from(_ITEM_SOURCE)
        .where(ITEM.c.plan_id == sa.bindparam("plan"), rules.read_item(roles))
        .order_by(ITEM.c.position, ITEM.c.id)
    )


@unbounded
def all_items(see: Reader, plan_id: int) -> list[dict[str, Any]]:
    """All items of a plan the actor may read, in order, with their responsibilities."""
    binds = {**see.actor.binds, "plan": plan_id}
    rows = see.connection.execute(_all_items_statement(see.actor.roles), binds).all()
    shown = [present_item(see, row) for row in rows]
    with_responsibilities(see, shown)
    return shown
