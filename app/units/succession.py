"""Who stands in a unit's place after it was merged into another, over any number of mergings."""

from datetime import date

import sqlalchemy as sa

from app.core.operation import Reader
from app.units.models import UNIT
from app.units.succession_models import SUCCESSION, SuccessionKind

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


_TODAY = sa.bindparam("on", type_=sa.Date)
_MERGED = sa.and_(SUCCESSION.c.unit_id == UNIT.c.id, SUCCESSION.c.kind == SuccessionKind.MERGED)
_GONE = (
    sa.select(UNIT.c.id, SUCCESSION.c.successor_id)
    .select_from(UNIT.outerjoin(SUCCESSION, _MERGED))
    .where(
        UNIT.c.district_id == sa.bindparam("district"),
        sa.or_(UNIT.c.valid_to < _TODAY, UNIT.c.valid_from > _TODAY),
    )
)


def stand_ins(see: Reader) -> dict[int, int | None]:
    """Each unit of the district that does not exist today → the one that stands in its place, None where nobody does.

    A unit that exists stands for itself and is not among them.
    """
    rows = see.connection.execute(_GONE, {"district": see.actor.district_id, "on": see.today})
    into = {row.id: row.successor_id for row in rows}
    found: dict[int, int | None] = {}
    for unit_id in into:
        here: int | None = unit_id
        while here in into:
            here = into[here]
        found[unit_id] = here
    return found


def is_answered_for(see: Reader, unit_id: int) -> bool:
    """Whether the unit, or one that it was merged into, is there today to do what it is asked."""
    return stand_ins(see).get(unit_id, unit_id) is not None
