"""Every write to a plan's items and who is responsible for them.

The text is fixed once the plan is issued; deadline, cadence, required evidence and responsibilities may change
after that, with a reason.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.core.audit import audited_write, record, shown
from app.core.errors import Conflict, Stale, invalid
from app.core.models import Input
from app.core.operation import Tx, operation
from app.core.validation import refuse_emptied
from app.core.workflow import STALE, changing, expect_version, find
from app.plans import editions
from app.plans.models import ITEM, RESPONSIBILITY, DeadlineKind, PlanItem, PlanState, Responsibility, ResponsibilityRole
from app.plans.operations import check_ids, guard, touch
from app.plans.rules import ITEMS
from app.plans.schemas import PlanItemPatch, PlanItemsPatch, ResponsibilitySet

FIXED = ("title", "measures", "deadline_text", "weight", "for_information", "continues_id")
"""What no longer changes once the plan is issued."""
_NEVER_EMPTY = ("title", "cadence", "weight", "required_evidence", "for_information")
_UNITS = ("lead_unit_ids", "responsibilities")
DROPPED = "审阅时去掉"


@operation("plan_item.edit")
def edit(tx: Tx, item_id: int, given: PlanItemPatch, version: int | None = None) -> int:
    """409 for the text of an issued plan, 422 without a reason for the rest of it."""
    row = find(tx, ITEMS, item_id)
    plan = guard(tx, row.plan_id, "edit_items")
    item = changing(tx, PlanItem, row, version)
    changes = _changes(given, row)
    _check_issued(tx, plan, changes, given.reason, row)
    if "continues_id" in changes:
        changes = _continuing(tx, plan, row, changes, given) | changes | {"paired": True}
    item.sqlmodel_update({name: value for name, value in changes.items() if name not in _UNITS})
    if given.responsibilities is not None or given.lead_unit_ids is not None:
        rows = list(tx.session.scalars(_of_item(item_id)))
        if given.responsibilities is not None:
            rows = _set_responsibilities(tx, row, rows, given.responsibilities, given.reason)
        if given.lead_unit_ids is not None:
            _set_leads(rows, given.lead_unit_ids, row.number)
        if tx.session.new or any(map(tx.session.is_modified, tx.session.dirty)):
            item.updated_at = tx.now
    tx.session.flush()
    return item_id


def _continuing(tx: Tx, plan: Any, row: Any, changes: dict[str, Any], given: PlanItemPatch) -> dict[str, Any]:
    """What it takes over from the item that it is said to go on from; nothing where it is said to be new. Another that
    went on from it begins anew; 412 where that is not the one from which it was to be taken."""
    if changes["continues_id"] is None:
        return {}
    old, held = editions.before(tx, plan, row.id, changes["continues_id"], bool(given.take_over))
    if "held_by_id" in given.model_fields_set and given.held_by_id != (held.id if held is not None else None):
        raise Stale(STALE)
    if held is not None:
        other = changing(tx, PlanItem, find(tx, ITEMS, held.id))
        other.sqlmodel_update({"continues_id": None, "paired": True})
        tx.session.flush()
    return editions.taken_over(old, row)


def _of_item(item_id: int) -> Any:
    named = Responsibility
    held = sa.select(named).where(RESPONSIBILITY.c.plan_item_id == item_id)
    return held.order_by(RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)


def _changes(given: Input, row: Any | None = None) -> dict[str, Any]:
    """The fields given, with the deadline's kind following its date."""
    changes = given.model_dump(exclude_unset=True, exclude={"reason", "ids", "take_over", "held_by_id"})
    refuse_emptied(changes, *_NEVER_EMPTY)
    if changes.get("measures", "") is None:
        changes["measures"] = ""
    if "required_evidence" in changes:
        changes["required_evidence"] = list(dict.fromkeys(str(kind) for kind in changes["required_evidence"]))
    _settle_deadline(changes, row)
    return changes


def _settle_deadline(changes: dict[str, Any], row: Any | None) -> None:
    if "deadline_kind" in changes:
        dated = changes.get("deadline_on", row.deadline_on if row is not None else None)
        if changes["deadline_kind"] == DeadlineKind.DATE and dated is None:
            raise invalid("deadline_on", "请填写日期，或另选一种时限")
    elif "deadline_on" in changes:
        held = row.deadline_kind if row is not None else None
        if changes["deadline_on"] is not None:
            changes["deadline_kind"] = held if held in _DATED else DeadlineKind.DATE
        elif row is None or held in _DATED:
            changes["deadline_kind"] = None


_DATED = (DeadlineKind.DATE, DeadlineKind.RANGE, DeadlineKind.COMPOUND)


def _check_issued(tx: Tx, plan: Any, changes: dict[str, Any], reason: str | None, row: Any | None = None) -> None:
    """The text of an issued plan stands; the rest changes with a reason, which its events carry."""
    tx.reason = reason or None
    if plan.state != PlanState.ISSUED:
        return
    if row is not None:
        for name in FIXED:
            if name in changes and changes[name] == getattr(row, name):
                del changes[name]
    if fixed := [name for name in FIXED if name in changes]:
        mend = "印发后只能改完成时限、办理周期、印证资料和责任单位；正文有变，请发新的一版"
        raise Conflict(f"方案已印发，不能再改正文。{mend}", code="issued_text", fields=fixed)
    if changes and not reason:
        raise invalid("reason", "方案已印发，修改时必须写明原因")


# Who is responsible


def _set_responsibilities(
    tx: Tx, item: Any, rows: Sequence[Responsibility], wanted: Sequence[ResponsibilitySet], reason: str | None
) -> list[Responsibility]:
    """Make the set as wanted: known ones keep their words, the others are dropped, new ones bear today's name."""
    held = {(row.unit_id, row.unit_group_id): row for row in rows if row.unit_id or row.unit_group_id}
    kept: set[tuple[int | None, int | None]] = set()
    result = []
    position = max((row.position for row in rows), default=0)
    for at, each in enumerate(wanted):
        target = (each.unit_id, each.unit_group_id)
        if (each.unit_id is None) == (each.unit_group_id is None):
            raise invalid(f"responsibilities/{at}/unit_id", "请选择一个单位或一个单位组")
        if target in kept:
            raise invalid(f"responsibilities/{at}/unit_id", "同一单位只能出现一次")
        kept.add(target)
        row = held.get(target)
        if row is None:
            name = check_ids(tx, *target, f"responsibilities/{at}")
            position += 1
            row = _new(item, name, each, position)
            tx.session.add(row)
        row.role = each.role
        result.append(row)
    for row in rows:
        target = (row.unit_id, row.unit_group_id)
        if target != (None, None) and (target not in kept or held[target] is not row):
            row.sqlmodel_update({"unit_id": None, "unit_group_id": None, "dropped_reason": reason or DROPPED})
    return result


def _new(item: Any, name: str, given: ResponsibilitySet, position: int) -> Responsibility:
    return Responsibility(
        plan_id=item.plan_id,
        plan_item_id=item.id,
        name=name,
        role=given.role,
        is_group=given.unit_group_id is not None,
        position=position,
        unit_id=given.unit_id,
        unit_group_id=given.unit_group_id,
    )


def _set_leads(rows: Iterable[Responsibility], lead_ids: Sequence[int], number: str) -> None:
    """These units lead; a unit or group that led before is responsible like the others."""
    rows = [row for row in rows if row.dropped_reason is None]
    named = {row.unit_id for row in rows if row.unit_id is not None}
    if strangers := [unit_id for unit_id in lead_ids if unit_id not in named]:
        raise invalid(
            "lead_unit_ids", f"单位 {strangers[0]} 不是第 {number} 项的责任单位，请先加入责任单位，再设为牵头"
        )
    for row in rows:
        if row.unit_id in lead_ids and row.unit_id is not None:
            row.role = ResponsibilityRole.LEAD
        elif row.role == ResponsibilityRole.LEAD:
            row.role = ResponsibilityRole.RESPONSIBLE


# Several at once


@operation("plan.edit_items")
def edit_many(tx: Tx, plan_id: int, given: PlanItemsPatch, version: int | None = None) -> int:
    """The same values for the items named, or for all of the plan's. One event for the whole."""
    plan = guard(tx, plan_id, "edit_items")
    expect_version(plan, version)
    changes = _changes(given)
    if not changes:
        raise invalid("cadence", "请至少填写一项要设置的内容")
    _check_issued(tx, plan, changes, given.reason)
    ids = _chosen(tx, plan_id, given.ids)
    values = {name: value for name, value in changes.items() if name not in _UNITS}
    with audited_write(tx.connection):
        if given.lead_unit_ids is not None:
            _lead_many(tx, ids, given.lead_unit_ids)
        change = sa.update(ITEM).where(ITEM.c.id.in_(ids)).values(**values, version=ITEM.c.version + 1)
        tx.connection.execute(change.values(updated_at=tx.now))
        touch(tx, plan_id)
    criteria = {"ids": given.ids} if given.ids else {}
    after = {name: shown(value) for name, value in changes.items()}
    record(tx, "plan", plan_id, after={**criteria, **after, "items": len(ids)})
    return plan_id


def _chosen(tx: Tx, plan_id: int, ids: Sequence[int] | None) -> list[int]:
    every = list(tx.connection.execute(sa.select(ITEM.c.id).where(ITEM.c.plan_id == plan_id)).scalars())
    if ids is None:
        return every
    if strangers := set(ids) - set(every):
        raise invalid("ids", f"编号 {min(strangers)} 不是这份方案的任务")
    return sorted(set(ids))


def _lead_many(tx: Tx, ids: Sequence[int], lead_ids: Sequence[int]) -> None:
    mine = sa.and_(RESPONSIBILITY.c.plan_item_id.in_(ids), RESPONSIBILITY.c.dropped_reason.is_(None))
    named = RESPONSIBILITY.c.unit_id.in_(lead_ids)
    known = set(tx.connection.execute(sa.select(RESPONSIBILITY.c.unit_id).where(mine, named)).scalars())
    if strangers := set(lead_ids) - known:
        raise invalid("lead_unit_ids", f"单位 {min(strangers)} 不是其中任何一项的责任单位")
    change = sa.update(RESPONSIBILITY).where(mine)
    now: dict[str, Any] = {"version": RESPONSIBILITY.c.version + 1, "updated_at": tx.now}
    others = sa.or_(RESPONSIBILITY.c.unit_id.is_(None), sa.not_(named))
    led = RESPONSIBILITY.c.role == ResponsibilityRole.LEAD
    tx.connection.execute(change.where(led, others).values(role=ResponsibilityRole.RESPONSIBLE, **now))
    if lead_ids:
        tx.connection.execute(change.where(named).values(role=ResponsibilityRole.LEAD, **now))
