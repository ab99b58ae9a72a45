"""Which of a plan's areas its items belong to."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.operation import Tx
from app.plans.models import ITEM


def area_of(tx: Tx, item_ids: Sequence[int]) -> int | None:
    """The area of these items, where all are of one."""
    areas = sa.select(ITEM.c.area_id).where(ITEM.c.id.in_(item_ids)).distinct()
    found = tx.connection.execute(areas).scalars().all() if item_ids else []
    return found[0] if len(found) == 1 else None
