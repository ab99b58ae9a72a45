"""Who stands in a unit's place after it was merged into another, over any number of mergings."""

from datetime import date

import sqlalchemy as sa

from app.core.operation import Reader
from app.units.succession_models import SUCCESSION

_NEXT = sa.select(SUCCESSION.c.successor_id).where(
    SUCCESSION.c.unit_id == sa.bindparam("gone", type_=sa.BigInteger), SUCCESSION.c.successor_id.is_not(None)
)


def merged_until(day: sa.ColumnElement[date]) -> sa.CTE:
    """(``old_id``, ``new_id``): each unit with every one that it had become part of by that day."""
    done = (SUCCESSION.c.successor_id.is_not(None), SUCCESSION.c.effective_on <= day)
    once = sa.select(SUCCESSION.c.unit_id.label("old_id"), SUCCESSION.c.successor_id.label("new_id")).where(*done)
    chain = once.cte(recursive=True)
    both = chain.join(SUCCESSION, SUCCESSION.c.unit_id == chain.c.new_id)
    further = sa.select(chain.c.old_id, SUCCESSION.c.successor_id).select_from(both).where(*done)
    return chain.union(further)


def standing(see: Reader, unit_id: int) -> int:
    """The unit itself, or the one that stands in its place today."""
    while (found := see.connection.execute(_NEXT, {"gone": unit_id}).scalar()) is not None:
        unit_id = found
    return unit_id
