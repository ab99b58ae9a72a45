"""Open boxes go with the work to a plan's next edition; what is sealed stays as it was sealed."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.assignments.carrying import Carried, carried_over
from app.boxes.areas import area_of
from app.boxes.models import BOX, ENTRY, BoxState
from app.core.audit import audited_write
from app.core.operation import Tx

_BOXES = sa.select(BOX.c.id, BOX.c.plan_id, BOX.c.item_ids).order_by(BOX.c.id)


def move(tx: Tx, carried: Carried) -> None:
    """Their items and entries by the new edition's; an entry whose item is gone belongs to none."""
    mine = sa.and_(BOX.c.plan_id == carried.old_plan, BOX.c.state == BoxState.OPEN)
    # Held, and so open still when they are moved: one that is being sealed is waited for, and stays.
    held = tx.connection.execute(_BOXES.where(mine).with_for_update(key_share=True))
    _move(tx, [box for box in held if _goes(box, carried)], carried)


def catch_up(tx: Tx, box_id: int) -> None:
    """A box that was sealed while editions went by goes after the work once it is open again."""
    this = _BOXES.where(BOX.c.id == box_id)
    box = tx.connection.execute(this).one()
    with audited_write(tx.connection):
        while (carried := carried_over(tx, box.plan_id)) and _goes(box, carried):
            _move(tx, [box], carried)
            box = tx.connection.execute(this).one()


def _goes(box: Any, carried: Carried) -> bool:
    """A box for items that are all gone stays with theirs: without any it would be one for the whole plan."""
    return not box.item_ids or any(each in carried.items for each in box.item_ids)


def _move(tx: Tx, boxes: Sequence[Any], carried: Carried) -> None:
    moved = {"version": BOX.c.version + 1, "updated_at": tx.now}
    for box in boxes:
        kept = [carried.items[each] for each in box.item_ids if each in carried.items]
        tx.connection.execute(
            sa.update(BOX)
            .where(BOX.c.id == box.id)
            .values(plan_id=carried.new_plan, item_ids=kept, area_id=area_of(tx, kept), **moved)
        )
    in_them = ENTRY.c.archive_box_id.in_([box.id for box in boxes])
    if boxes:
        # One statement for all: what an entry is given must not be moved again as if it had stood there before.
        to = sa.case(carried.items, value=ENTRY.c.plan_item_id, else_=None) if carried.items else None
        tx.connection.execute(
            sa.update(ENTRY).where(in_them, ENTRY.c.plan_item_id.is_not(None)).values(plan_item_id=to)
        )
