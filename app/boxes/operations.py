"""Every write to an open box: making it, filling it, putting its catalogue in order. The seal: ``sealing``."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.boxes.areas import area_of
from app.boxes.catalogue import lines, missing, of_unit
from app.boxes.models import (
    BOX,
    ENTRY,
    GAP,
    MOST_ENTRIES,
    ArchiveBox,
    BoxAdd,
    BoxCreate,
    BoxExplain,
    BoxFill,
    BoxPaper,
    BoxPatch,
    BoxRemove,
    CataloguePatch,
)
from app.boxes.rules import VOIDED, WORKFLOW
from app.core.audit import audited_write, record
from app.core.db import insert_or_update
from app.core.errors import Conflict, Forbidden, Stale, invalid
from app.core.numbers import next_number
from app.core.operation import Tx, operation
from app.core.policy import Role, Roles, require
from app.core.within import many, within
from app.core.workflow import LOST, STALE, changing
from app.evidence import rules as evidence
from app.evidence.models import EVIDENCE, LINK
from app.plans.models import ITEM, PLAN, EvidenceKind, PlanState
from app.plans.rules import POLICY as PLANS
from app.units.models import UNIT
from app.units.operations import hold_unit, unit_of_district

NOT_HERE = "没有这份资料，或不在您可见的范围，请从资料库中选择"


@operation("archive_box.create")
def create(tx: Tx, given: BoxCreate) -> int:
    """A new box, numbered without gaps within its unit and year."""
    require(tx.actor, Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL)
    unit_id = unit_of(tx, given.unit_id)
    plan = plan_of(tx, given.plan_id)
    year = given.year or plan.year or tx.today.year
    items = _items(tx, plan.id, given.item_ids)
    made = tx.add(
        ArchiveBox(
            **given.model_dump(exclude={"unit_id", "year", "item_ids"}),
            unit_id=unit_id,
            item_ids=items,
            area_id=area_of(tx, items),
            year=year,
            number=next_number(tx, f"archive_box:{unit_id}", year),
            created_by=tx.actor.user_id,
        )
    )
    assert made.id is not None
    return made.id


def unit_of(tx: Tx, unit_id: int | None) -> int:
    if unit_id is None:
        if len(tx.actor.home_units) != 1:
            raise invalid("unit_id", "请选择装盒的单位")
        return tx.actor.home_units[0]
    unit_of_district(tx, unit_id)
    if unit_id not in tx.actor.units and not tx.actor.has(Role.SUPERVISOR):
        raise Forbidden("只能为本单位建档案盒")
    return unit_id


def plan_of(tx: Tx, plan_id: int) -> Any:
    told = sa.select(*(PLAN.c[name] for name in ("id", "title", "year", "state")))
    here = told.where(PLAN.c.id == plan_id, PLANS.read(tx.actor.roles))
    plan = tx.connection.execute(here, tx.actor.binds).one_or_none()
    if plan is None:
        raise invalid("plan_id", "没有这份方案，请重新选择")
    if plan.state == PlanState.DRAFT:
        raise invalid("plan_id", "方案还是草稿，印发后才能按它装盒")
    return plan


def _items(tx: Tx, plan_id: int, chosen: Sequence[int], field: str = "item_ids") -> list[int]:
    """The chosen items in the plan's order; 422 for one that is not the plan's."""
    if not chosen:
        return []
    mine = sa.select(ITEM.c.id).where(ITEM.c.plan_id == plan_id, ITEM.c.id.in_(chosen))
    found = list(tx.connection.execute(mine.order_by(ITEM.c.position, ITEM.c.id)).scalars())
    if len(found) != len(set(chosen)):
        raise invalid(field, "有的任务项不在这份方案里，请重新选择")
    return found


@operation("archive_box.edit")
def edit(tx: Tx, box_id: int, given: BoxPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, box_id, "edit")
    box = changing(tx, ArchiveBox, row, version)
    changes = given.model_dump(exclude_unset=True)
    if "item_ids" in changes:
        changes["item_ids"] = _items(tx, row.plan_id, changes["item_ids"] or [])
        changes["area_id"] = area_of(tx, changes["item_ids"])
    for name, words in {"name": "请填写盒名", "retention": "请选择保管期限"}.items():
        if name in changes and changes[name] is None:
            raise invalid(name, words)
    box.sqlmodel_update(changes)
    tx.session.flush()
    return box_id


_HOLD = sa.select(BOX.c.version).where(BOX.c.id == sa.bindparam("box")).with_for_update(key_share=True)


def hold(tx: Tx, row: Any, version: int | None = None) -> None:
    """The box as it was found, until the end, and before any of its lines: two who took them in either order would wait
    for each other. Shared with whoever puts in a line meanwhile, who comes to the box after it."""
    standing = tx.connection.execute(_HOLD, {"box": row.id}).scalar_one()
    if standing != row.version or version not in (None, standing):
        raise Conflict(LOST, code="lost_race") if version is None else Stale(STALE)


def amend(tx: Tx, row: Any, version: int | None = None, **after: Any) -> None:
    """The box moves on with its catalogue; and its event."""
    _move_on(tx, row, version)
    record(tx, "archive_box", row.id, after=after)


def _move_on(tx: Tx, row: Any, version: int | None = None) -> None:
    """So that a seal taken meanwhile holds what was looked at."""
    mine = sa.update(BOX).where(BOX.c.id == row.id, BOX.c.state == row.state, BOX.c.version == row.version)
    with audited_write(tx.connection):
        done = tx.connection.execute(mine.values(version=BOX.c.version + 1, updated_at=tx.now))
    if done.rowcount != 1:
        raise Conflict(LOST, code="lost_race") if version is None else Stale(STALE)


# What goes in and out


@operation("archive_box.fill")
def fill(tx: Tx, box_id: int, given: BoxFill) -> int:
    """Put in what fits and is in no other box; how many pieces. Nothing that fits changes nothing."""
    row = WORKFLOW.guard(tx, box_id, "fill")
    if given.from_on and given.to_on and given.from_on > given.to_on:
        raise invalid("to_on", "结束日期早于开始日期，请改正")
    asked = _items(tx, row.plan_id, given.item_ids)
    items = [each for each in asked or row.item_ids if not row.item_ids or each in row.item_ids]
    if asked and not items:
        raise invalid("item_ids", "所选任务项不在本盒范围之内，请先修改本盒的任务项")
    # Before it is asked what fits: two who fill boxes of one unit at once would both find it, and box it twice.
    hold_unit(tx, row.unit_id)
    found = fitting(tx, row, given, items)
    if not found:
        return 0
    put(tx, row, found)
    amend(tx, row, **given.model_dump(exclude_unset=True, mode="json"), count=len(found))
    return len(found)


@cache
def _fitting_statement(roles: Roles, names: frozenset[str]) -> sa.Select[Any]:
    boxed = sa.select(sa.literal(1)).select_from(ENTRY.join(BOX, BOX.c.id == ENTRY.c.archive_box_id))
    boxed = boxed.where(ENTRY.c.evidence_id == EVIDENCE.c.id, BOX.c.state != VOIDED).correlate(EVIDENCE)
    chosen = {
        "items": _WORK.c.plan_item_id.in_(sa.bindparam("items", expanding=True)),
        "kinds": EVIDENCE.c.kind.in_(sa.bindparam("kinds", expanding=True)),
        "from_on": EVIDENCE.c.evidence_on >= sa.bindparam("from_on", type_=sa.Date),
        "to_on": EVIDENCE.c.evidence_on <= sa.bindparam("to_on", type_=sa.Date),
    }
    return (
        sa.select(EVIDENCE.c.id, _WORK.c.id.label("assignment_id"), _WORK.c.plan_item_id)
        .select_from(
            EVIDENCE.join(_PROOF, _PROOF.c.evidence_id == EVIDENCE.c.id)
            .join(_WORK, sa.and_(_PROOF.c.target == "assignments", _WORK.c.id == _PROOF.c.target_id))
            .join(_TASK, _TASK.c.id == _WORK.c.plan_item_id)
        )
        .where(
            of_unit(sa.bindparam("unit", type_=sa.BigInteger), _WORK),
            _WORK.c.plan_id == sa.bindparam("plan", type_=sa.BigInteger),
            EVIDENCE.c.voided_at.is_(None),
            sa.not_(boxed.exists()),
            evidence.read(roles),
            *(chosen[name] for name in sorted(names)),
        )
        .order_by(_TASK.c.position, _TASK.c.id, _WORK.c.period, _KIND, EVIDENCE.c.evidence_on, EVIDENCE.c.id)
    )


_WORK, _TASK, _PROOF = ASSIGNMENT.alias("work"), ITEM.alias("task"), LINK.alias("proof")
_KIND = sa.case({each.value: n for n, each in enumerate(EvidenceKind)}, value=sa.cast(EVIDENCE.c.kind, sa.String))
_MOST_LINKS = 10 * MOST_ENTRIES
"""One piece may prove several assignments; it goes under the first."""


def fitting(tx: Tx, row: Any, given: BoxFill, items: Sequence[int]) -> list[dict[str, Any]]:
    return once(proofs(tx, row, given, items, _MOST_LINKS))


def once(pieces: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    first: dict[int, dict[str, Any]] = {}
    for each in pieces:
        first.setdefault(each["evidence_id"], each)
    return list(first.values())


def proofs(tx: Tx, row: Any, given: BoxFill, items: Sequence[int], most: int | None = None) -> Iterator[dict[str, Any]]:
    """What fits, under each assignment that it proves, in the plan's order."""
    asked = {"items": items, **given.model_dump(exclude={"item_ids"})}
    asked = {name: value for name, value in asked.items() if value}
    statement = _fitting_statement(tx.actor.roles, frozenset(asked))
    binds = {**tx.actor.binds, **asked, "unit": row.unit_id, "plan": row.plan_id}
    for each in tx.connection.execute(statement.limit(most), binds):
        place = {"plan_item_id": each.plan_item_id, "assignment_id": each.assignment_id}
        yield {"evidence_id": each.id, **place}


def put(tx: Tx, row: Any, pieces: Sequence[dict[str, Any]]) -> None:
    held = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(ENTRY.c.position), 0))
    count, last = tx.connection.execute(held.where(ENTRY.c.archive_box_id == row.id)).one()
    if count + len(pieces) > MOST_ENTRIES:
        raise Conflict(
            f"一盒最多 {MOST_ENTRIES} 件，已有 {count} 件，符合条件的还有 {len(pieces)} 件；请缩小条件，或分盒",
            code="box_full",
        )
    district = {"district_id": row.district_id, "archive_box_id": row.id}
    values = [{"copies": 1, **piece, **district, "position": last + n} for n, piece in enumerate(pieces, 1)]
    # Each line holds its assignment, in the order in which a plan's next edition takes them over.
    values.sort(key=lambda line: (line["plan_item_id"] or 0, line["assignment_id"] or 0))
    tx.connection.execute(sa.insert(ENTRY), values)


@operation("archive_box.add")
def add(tx: Tx, box_id: int, given: BoxAdd) -> int:
    """One piece that the actor may read; under the assignment or item named, or where it is linked."""
    row = WORKFLOW.guard(tx, box_id, "add")
    piece = _readable(tx, given.evidence_id)
    if piece.voided_at is not None:
        raise invalid("evidence_id", "这份资料已作废，请选择有效的资料")
    if _holds(tx, box_id, given.evidence_id):
        raise Conflict("这份资料已在本盒目录中", code="already_boxed")
    place = _place(tx, row, given)
    put(tx, row, [{"evidence_id": given.evidence_id, **place}])
    amend(tx, row, evidence_id=given.evidence_id, **place)
    return box_id


def _readable(tx: Tx, evidence_id: int) -> Any:
    mine = sa.select(EVIDENCE.c.id, EVIDENCE.c.voided_at)
    mine = mine.where(EVIDENCE.c.id == evidence_id, evidence.read(tx.actor.roles))
    found = tx.connection.execute(mine, tx.actor.binds).one_or_none()
    if found is None:
        raise invalid("evidence_id", NOT_HERE)
    return found


def _holds(tx: Tx, box_id: int, evidence_id: int) -> bool:
    mine = sa.select(ENTRY.c.id).where(ENTRY.c.archive_box_id == box_id, ENTRY.c.evidence_id == evidence_id)
    return tx.connection.execute(mine).first() is not None


def _place(tx: Tx, row: Any, given: BoxAdd | BoxPaper) -> dict[str, int | None]:
    """Where a piece stands in the catalogue: an assignment of the box's unit and plan, or at least an item."""
    ours = sa.select(_WORK.c.id, _WORK.c.plan_item_id)
    ours = ours.where(of_unit(row.unit_id, _WORK), _WORK.c.plan_id == row.plan_id)
    if given.assignment_id is not None:
        named = tx.connection.execute(ours.where(_WORK.c.id == given.assignment_id)).one_or_none()
        if named is None:
            raise invalid("assignment_id", "这项任务不属于本盒的单位和方案，请重新选择")
        return {"assignment_id": named.id, "plan_item_id": named.plan_item_id}
    if given.plan_item_id is not None:
        (item,) = _items(tx, row.plan_id, [given.plan_item_id], "plan_item_id")
        return {"assignment_id": None, "plan_item_id": item}
    if isinstance(given, BoxPaper):
        return {"assignment_id": None, "plan_item_id": None}
    proof = sa.and_(_PROOF.c.target == "assignments", _PROOF.c.target_id == _WORK.c.id)
    linked = ours.join(_PROOF, proof).where(_PROOF.c.evidence_id == given.evidence_id)
    found = tx.connection.execute(linked.order_by(_WORK.c.id)).all()
    first = next((each for each in found if not row.item_ids or each.plan_item_id in row.item_ids), None)
    return {"assignment_id": first and first.id, "plan_item_id": first and first.plan_item_id}


@operation("archive_box.remove")
def remove(tx: Tx, box_id: int, given: BoxRemove) -> int:
    """Out of the box; the evidence itself stays."""
    row = WORKFLOW.guard(tx, box_id, "remove")
    if given.entry_id is None:
        if given.evidence_id is None:
            raise invalid("evidence_id", "请指明要取出哪一件")
        _readable(tx, given.evidence_id)
    told = given.model_dump(exclude_none=True)
    hold(tx, row)
    named = [line["entry_id"] for line in lines(tx, row) if told.items() <= line.items()]
    if not named:
        raise Conflict("这份资料不在本盒目录中", code="not_boxed")
    tx.connection.execute(sa.delete(ENTRY).where(ENTRY.c.id == named[0]))
    _move_on(tx, row)
    record(tx, "archive_box", row.id, before=told)
    return box_id


@operation("archive_box.add_paper")
def add_paper(tx: Tx, box_id: int, given: BoxPaper) -> int:
    """A piece that is on paper alone; it stands for what an assignment requires as a piece with a file does."""
    row = WORKFLOW.guard(tx, box_id, "add_paper")
    place = _place(tx, row, given)
    values = given.model_dump(exclude={"assignment_id", "plan_item_id"}) | place
    values["made_by"] = (
        given.made_by or tx.connection.execute(sa.select(UNIT.c.name).where(UNIT.c.id == row.unit_id)).scalar_one()
    )
    put(tx, row, [values])
    amend(tx, row, kind=given.kind.value, **place)
    return box_id


# The catalogue


@operation("archive_box.arrange")
def arrange(tx: Tx, box_id: int, given: CataloguePatch, version: int | None = None) -> int:
    """All lines in the order given, with pages, copies, retention and item. 422 unless every piece is named."""
    row = WORKFLOW.guard(tx, box_id, "arrange")
    # Before its lines are compared: what another arranged meanwhile would else look like nothing to do.
    hold(tx, row, version)
    held = {line["entry_id"]: line for line in lines(tx, row)}
    own = _own(tx, held.values())
    by_piece = {line["evidence_id"]: line["entry_id"] for line in held.values()}
    named = [each.entry_id or by_piece.get(each.evidence_id) for each in given.entries]
    if len(named) != len(held) or set(named) != held.keys():
        raise invalid("entries", "须逐件列出目录中的全部材料，每件一次；请重新读取目录后再整理")
    _items(tx, row.plan_id, [each.plan_item_id for each in given.entries if each.plan_item_id], "entries")
    changed = 0
    for position, (entry_id, each) in enumerate(zip(named, given.entries, strict=True), 1):
        line = held[entry_id]
        values = each.model_dump(exclude={"evidence_id", "entry_id"}) | {"position": position}
        values |= {"assignment_id": None} if each.plan_item_id != line["plan_item_id"] else {}
        if line["evidence_id"] is None and each.evidence_on is None:
            values["evidence_on"] = line["evidence_on"]  # What is on paper alone has no other day.
        # What the piece's own record says is not said again here: it would stand still when that is put right.
        values |= {name: None for name, said in own.get(line["evidence_id"], {}).items() if values[name] == said}
        mine = [ENTRY.c.archive_box_id == box_id, ENTRY.c.id == entry_id]
        differs = [ENTRY.c[name].is_distinct_from(value) for name, value in values.items()]
        done = tx.connection.execute(sa.update(ENTRY).where(*mine, sa.or_(*differs)).values(values))
        changed += done.rowcount
    if changed:
        amend(tx, row, version, entries=len(named), count=changed)
    return box_id


def _own(tx: Tx, held: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """By piece of evidence, what its own record says of that which a line may say otherwise."""
    told = sa.select(EVIDENCE.c.id, EVIDENCE.c.document_number, EVIDENCE.c.evidence_on)
    pieces = [line["evidence_id"] for line in held if line["evidence_id"] is not None]
    rows = tx.connection.execute(told.where(within(EVIDENCE.c.id, many("pieces"))), {"pieces": pieces})
    return {row.id: {"document_number": row.document_number, "evidence_on": row.evidence_on} for row in rows}


@operation("archive_box.explain")
def explain(tx: Tx, box_id: int, given: BoxExplain) -> int:
    """Why a required kind is not there; saying it again changes the words."""
    row = WORKFLOW.guard(tx, box_id, "explain")
    if not given.note:
        raise invalid("note", "请写明不归档的理由")
    gaps = {(gap["assignment_id"], gap["kind"]) for gap in missing(tx, row)}
    if (given.assignment_id, given.kind) not in gaps:
        raise invalid("assignment_id", "这里不缺件，不需要说明；请刷新目录后再看")
    place = {"archive_box_id": box_id, "assignment_id": given.assignment_id, "kind": given.kind}
    said = insert_or_update(tx.connection, GAP).values(district_id=row.district_id, **place, reason=given.note)
    tx.connection.execute(said.on_conflict_do_update(index_elements=list(place), set_={"reason": given.note}))
    tx.reason = given.note
    amend(tx, row, assignment_id=given.assignment_id, kind=given.kind.value)
    return box_id
