"""Every read of boxes: the list, one with its catalogue, what may go in. What is missing over all: ``wanting``."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.boxes.catalogue import contents, shows
from app.boxes.models import BOX, ENTRY, SEAL, BoxState
from app.boxes.rules import POLICY, WORKFLOW
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, by_id, equals, one_of
from app.core.params import parse_number
from app.core.policy import Role, Roles
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import many, within
from app.core.workflow import find
from app.evidence import queries as evidence
from app.evidence.models import EVIDENCE
from app.identity.models import USER
from app.plans.models import AREA, ITEM, PLAN, PlanState
from app.plans.rules import POLICY as PLANS
from app.units.models import UNIT
from app.units.queries import choices

OF_AREA, ITS_PLAN = AREA.alias("of_area"), PLAN.alias("its_plan")
MAKER, SEALER, BREAKER = USER.alias("maker"), USER.alias("sealer"), USER.alias("breaker")
_NAMES = (
    *("id", "version", "year", "name", "category", "unit_id", "plan_id", "item_ids", "area_id"),
    *("retention", "location", "state"),
    *("sealed_at", "handed_over_to", "handed_over_on", "created_at", "updated_at"),
)
_JOINED = ("unit_name", "plan_title", "area_title", "created_by_name", "sealed_by_name")
_COLUMNS = [
    *(BOX.c[name] for name in _NAMES),
    BOX.c.number,
    UNIT.c.name.label("unit_name"),
    PLAN.c.title.label("plan_title"),
    OF_AREA.c.title.label("area_title"),
    MAKER.c.name.label("created_by_name"),
    SEALER.c.name.label("sealed_by_name"),
]
_SOURCE = (
    BOX.join(UNIT, UNIT.c.id == BOX.c.unit_id)
    .join(PLAN, PLAN.c.id == BOX.c.plan_id)
    .outerjoin(OF_AREA, OF_AREA.c.id == BOX.c.area_id)
    .outerjoin(MAKER, MAKER.c.id == BOX.c.created_by)
    .outerjoin(SEALER, SEALER.c.id == BOX.c.sealed_by)
)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    detail=[BOX.c.seal_count, BOX.c.catalogue_sha256],
    sorts={"id": by_id(BOX)},
    filters={
        "unit_id": equals(BOX.c.unit_id, "unit_id"),
        "plan_id": equals(BOX.c.plan_id, "plan_id"),
        "area_id": equals(BOX.c.area_id, "area_id"),
        "year": equals(BOX.c.year, "year", parse_number(1949, 2199)),
        "state": one_of(BOX.c.state, "state", BoxState),
    },
    search=[BOX.c.name, BOX.c.category, BOX.c.location],
)


def number_of(row: Any) -> str:
    """As it stands on the spine: 2023-012."""
    return f"{row.year}-{row.number:03}"


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    return shown | {"number": number_of(row), "allowed_actions": WORKFLOW.allowed_actions(row)}


@cache
def _counts_statement(roles: Roles) -> sa.Select[Any]:
    """Pieces by box, those that the actor may read."""
    return (
        sa.select(ENTRY.c.archive_box_id, sa.func.count().label("pieces"))
        .select_from(ENTRY.outerjoin(EVIDENCE, EVIDENCE.c.id == ENTRY.c.evidence_id))
        .where(within(ENTRY.c.archive_box_id, many("boxes")), shows(roles))
        .group_by(ENTRY.c.archive_box_id)
    )


def with_counts(see: Reader, boxes: Sequence[dict[str, Any]]) -> None:
    """Give presented boxes their ``entry_count``: one statement for them all."""
    ids = [box["id"] for box in boxes]
    statement = _counts_statement(see.actor.roles)
    rows = see.connection.execute(statement, {**see.actor.binds, "boxes": ids}).all() if ids else []
    counted = {row.archive_box_id: row.pieces for row in rows}
    for box in boxes:
        box["entry_count"] = counted.get(box["id"], 0)


_SEALS = (
    sa.select(
        *(SEAL.c[name] for name in ("number", "sealed_at", "unsealed_at", "unsealed_reason")),
        SEALER.c.name.label("sealed_by_name"),
        BREAKER.c.name.label("unsealed_by_name"),
    )
    .select_from(
        SEAL.outerjoin(SEALER, SEALER.c.id == SEAL.c.sealed_by).outerjoin(BREAKER, BREAKER.c.id == SEAL.c.unsealed_by)
    )
    .where(SEAL.c.archive_box_id == sa.bindparam("box"))
    .order_by(SEAL.c.number.desc())
)


def one(see: Reader, box_id: int) -> dict[str, Any]:
    """A box with its catalogue as far as the actor may read it, what is missing, and its seals."""
    box = LIST.one(see, box_id)
    entries, missing = contents(see, box)
    seals = see.connection.execute(_SEALS, {"box": box_id}).all() if box.seal_count else []
    return present(see, box) | {
        "entry_count": len(entries),
        "size": sum(entry["size"] for entry in entries),
        "catalogue_sha256": box.catalogue_sha256,
        "entries": entries,
        "missing": missing,
        "seals": [dict(each._mapping) for each in seals],
    }


def catalogue(see: Reader, box_id: int) -> dict[str, Any]:
    box = LIST.one(see, box_id)
    entries, _ = contents(see, box)
    told = ("id", "version", "number", "allowed_actions")
    shown = present(see, box)
    return {name: shown[name] for name in told} | {"entries": entries}


# What may go in

_UNBOXED = sa.not_(
    sa.select(sa.literal(1))
    .select_from(ENTRY)
    .where(
        ENTRY.c.evidence_id == EVIDENCE.c.id, ENTRY.c.archive_box_id == sa.bindparam("f_outside", type_=sa.BigInteger)
    )
    .correlate(EVIDENCE)
    .exists()
)
CANDIDATES = replace(evidence.LIST, filters={**evidence.LIST.filters, "outside": Filter(_UNBOXED)})
_OURS = ("outside", "voided")
"""What the question itself says: not in the box, and in use."""
ASKED = {name: parse for name, parse in CANDIDATES.parsers.items() if name not in _OURS}


def candidates(see: Reader, box_id: int, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """Evidence in use that the actor may read and that is not in the box, newest first."""
    return CANDIDATES.body(see, for_box(see, CANDIDATES.asked(params), box_id), evidence.present)


def for_box(see: Reader, asked: Asked, box_id: int) -> Asked:
    """What is asked for, narrowed to what may go into that box; 404 out of sight."""
    find(see, POLICY, box_id)
    for name in _OURS:
        if name in asked.filters:
            raise invalid(name, "没有这个参数，请去掉")
    return replace(asked, filters={**asked.filters, "outside": box_id, "voided": False})


_LABELS = labels_of(WORKFLOW, create=("建盒", "")) | {
    "archive_box.seal": ("封盒", "accept"),
    "archive_box.unseal": ("启封", "back"),
    "archive_box.hand_over": ("移交", "accept"),
    "archive_box.void": ("作废盒号", "back"),
}
for _quiet in ("edit", "arrange", "add", "add_paper", "remove"):
    del _LABELS[f"archive_box.{_quiet}"]  # What the catalogue shows is no news.


def history(see: Reader, box_id: int) -> list[Entry]:
    """What happened to a box that the actor may read, newest first."""
    return timeline(see, "archive_box", box_id, _LABELS)


# For the pages: what there is to choose from

_ITEMS = (
    sa.select(ITEM.c.id, ITEM.c.number, ITEM.c.title, ITEM.c.area_id, AREA.c.title.label("area_title"))
    .outerjoin_from(ITEM, AREA, AREA.c.id == ITEM.c.area_id)
    .where(ITEM.c.plan_id == sa.bindparam("plan", type_=sa.BigInteger), ITEM.c.for_information.is_(sa.false()))
    .order_by(ITEM.c.position, ITEM.c.id)
)


def items_of(see: Reader, plan_id: int) -> list[dict[str, Any]]:
    """The items of a plan that a readable box is for, in order."""
    return [dict(item._mapping) for item in see.connection.execute(_ITEMS, {"plan": plan_id})]


def areas(see: Reader) -> list[tuple[int, str]]:
    """(id, title) of the areas by which the boxes are classified that the actor may read, plan after plan.

    With the plan's year: each year's plan has areas of the same words.
    """
    rows = see.connection.execute(_areas_statement(see.actor.roles), see.actor.binds)
    return [(area.id, f"{area.title}（{area.year}年）" if area.year else area.title) for area in rows]


@cache
def _areas_statement(roles: Roles) -> sa.Select[Any]:
    used = sa.select(BOX.c.area_id).where(BOX.c.area_id.is_not(None), POLICY.read(roles))
    told = sa.select(OF_AREA.c.id, OF_AREA.c.title, ITS_PLAN.c.year)
    told = told.join_from(OF_AREA, ITS_PLAN, ITS_PLAN.c.id == OF_AREA.c.plan_id)
    told = told.where(OF_AREA.c.id.in_(used))
    return told.order_by(OF_AREA.c.plan_id.desc(), OF_AREA.c.position, OF_AREA.c.id).limit(200)


def these(see: Reader, ids: Sequence[int]) -> dict[str, Any]:
    """Boxes that were just made, in their order."""
    boxes = [present(see, LIST.one(see, box_id)) for box_id in ids]
    with_counts(see, boxes)
    return {"data": boxes}


@cache
def _plans_statement(roles: Roles) -> sa.Select[Any]:
    readable = sa.select(PLAN.c.id, PLAN.c.title).where(PLANS.read(roles), PLAN.c.state != PlanState.DRAFT)
    return readable.order_by(PLAN.c.id.desc()).limit(100)


def plans(see: Reader) -> list[tuple[int, str]]:
    """(id, title) of the plans by which boxes are made, newest first."""
    rows = see.connection.execute(_plans_statement(see.actor.roles), see.actor.binds)
    return [(plan.id, plan.title) for plan in rows]


def units(see: Reader) -> list[tuple[int, str]]:
    """(id, name) of the units whose boxes the actor may keep."""
    everywhere = see.actor.has(Role.SUPERVISOR)
    return [(unit_id, name) for unit_id, name, _ in choices(see) if everywhere or unit_id in see.actor.units]
