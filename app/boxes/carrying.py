"""Open boxes go with the work to a plan's next edition; what is sealed stays as it was sealed."""

import sqlalchemy as sa

from app.assignments.carrying import Carried
from app.boxes.areas import area_of
from app.boxes.models import BOX, ENTRY, BoxState
from app.core.operation import Tx


def move(tx: Tx, carried: Carried) -> None:
    """Their items and entries by the new edition's; an entry whose item is gone belongs to none."""
    mine = sa.and_(BOX.c.plan_id == carried.old_plan, BOX.c.state == BoxState.OPEN)
    boxes = tx.connection.execute(sa.select(BOX.c.id, BOX.c.item_ids).where(mine)).all()
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
