"""Work carried over to a plan's next edition, with its dispatch: rows keep their history and move to the new item.

DOMAIN §3: work already begun is carried over or marked, never deleted. What else hangs on a plan's items (boxes) moves
by what its folder registers here.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.assignments.rules import dispatched
from app.core.operation import Reader, Tx
from app.plans import operations as plans
from app.plans.editions import going_on
from app.plans.models import PLAN, PlanState


class Carried(NamedTuple):
    """From one plan to its next edition; ``items``: old id → new id of those that go on."""

    old_plan: int
    new_plan: int
    items: dict[int, int]


_MOVES: list[Callable[[Tx, Carried], None]] = []


def register(*moves: Callable[[Tx, Carried], None]) -> None:
    """Called within ``audited_write`` and within the dispatch's transaction."""
    _MOVES.extend(moves)


_BEFORE = PLAN.alias("plan_before")
_PREVIOUS = (
    sa.select(_BEFORE.c.id, _BEFORE.c.state, dispatched(_BEFORE).label("has_rows"))
    .join(PLAN, PLAN.c.previous_id == _BEFORE.c.id)
    .where(PLAN.c.id == sa.bindparam("plan"))
)
_HOLD = sa.select(PLAN.c.id).where(PLAN.c.id == sa.bindparam("plan")).with_for_update(key_share=True)


def _editions_before(see: Reader, plan_id: int) -> Iterator[int]:
    """Those still carried out, the nearest first, back to the one that was dispatched: an edition that was issued and
    put right by the next one before anybody dispatched it has no work to hand on, the one before it has."""
    row = see.connection.execute(_PREVIOUS, {"plan": plan_id}).one_or_none()
    while row is not None and row.state == PlanState.ISSUED:
        yield row.id
        row = None if row.has_rows else see.connection.execute(_PREVIOUS, {"plan": row.id}).one_or_none()


def hold_previous(tx: Tx, plan_id: int) -> None:
    """Nobody dispatches or renews the editions before meanwhile."""
    for previous_id in list(_editions_before(tx, plan_id)):
        tx.connection.execute(_HOLD, {"plan": previous_id})


def to_carry(see: Reader, plan_id: int) -> list[Carried]:
    """What the dispatch of that plan carries over, of the edition that was dispatched first; empty where nothing
    precedes it, or it has been done."""
    earlier = list(_editions_before(see, plan_id))
    found = zip(earlier, going_on(see, plan_id, earlier), strict=True)
    return [Carried(old_plan, plan_id, items) for old_plan, items in found][::-1]


_NEWER = PLAN.alias("newer_plan")
_FOLLOWING = (
    sa.select(_NEWER.c.id, dispatched(_NEWER).label("has_rows"))
    .join(PLAN, _NEWER.c.previous_id == PLAN.c.id)
    .where(PLAN.c.id == sa.bindparam("plan"), PLAN.c.state == PlanState.ARCHIVED, _NEWER.c.state != PlanState.DRAFT)
    .order_by(_NEWER.c.id.desc())
)


def _editions_after(see: Reader, plan_id: int) -> list[int]:
    """On to the next that was dispatched, through those that made way before; one that was given up leads nowhere."""
    for row in see.connection.execute(_FOLLOWING, {"plan": plan_id}).all():
        if row.has_rows:
            return [row.id]
        if further := _editions_after(see, row.id):
            return [row.id, *further]
    return []


def carried_over(tx: Tx, plan_id: int) -> Carried | None:
    """What the next edition took over from that plan; None where none did. Of a plan that was archived before, the
    work stayed. The plan is held: it may be about to be archived by a dispatch that is under way."""
    tx.connection.execute(_HOLD, {"plan": plan_id})
    if not (after := _editions_after(tx, plan_id)):
        return None
    *between, newer_id = after
    *_, items = going_on(tx, newer_id, [*reversed(between), plan_id])
    stayed = sa.select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.plan_item_id.in_(list(items))).limit(1)
    return None if tx.connection.execute(stayed).first() else Carried(plan_id, newer_id, items)


def carry(tx: Tx, carried: Carried) -> None:
    """Within ``audited_write``: rows and what hangs on them go to the new items; the older plan is done with."""
    table = ASSIGNMENT.c
    moved = sa.update(ASSIGNMENT).values(
        plan_id=carried.new_plan,
        plan_item_id=sa.bindparam("to_item"),
        version=table.version + 1,
        updated_at=tx.now,
    )
    moved = moved.where(table.plan_item_id == sa.bindparam("from_item"))
    # In an order that does not depend on the new edition's: whoever puts proof of several into a box holds them in it.
    rows: list[dict[str, Any]] = [{"from_item": old, "to_item": new} for old, new in sorted(carried.items.items())]
    if rows:
        tx.connection.execute(moved, rows)
    for move in _MOVES:
        move(tx, carried)


def close_previous(tx: Tx, carried: Carried) -> None:
    plans.make_way(tx, carried.old_plan, "由新一版接续执行。")
