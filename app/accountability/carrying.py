"""Whoever was called in for a low rank is not called in again because the plan has a next edition."""

import sqlalchemy as sa

from app.accountability.models import CLAIM, RUNG
from app.accountability.sources import LAST
from app.assignments.carrying import Carried
from app.core.operation import Tx

_OTHER = CLAIM.alias("other_claim")


def move(tx: Tx, carried: Carried) -> None:
    """The claims of the lowest ranks name the plan: they go on for the next edition, unless one is there already."""
    of_ranks = sa.select(RUNG.c.id).where(RUNG.c.district_id == tx.actor.district_id, RUNG.c.trigger == LAST)
    same = (_OTHER.c[name] == CLAIM.c[name] for name in ("rung_id", "unit_id", "period"))
    there = sa.select(sa.literal(1)).where(_OTHER.c.source_id == carried.new_plan, *same).correlate(CLAIM).exists()
    mine = sa.and_(CLAIM.c.source_id == carried.old_plan, CLAIM.c.rung_id.in_(of_ranks), sa.not_(there))
    tx.connection.execute(sa.update(CLAIM).where(mine).values(source_id=carried.new_plan))
