"""A summary that is being written goes on for the plan's next edition; what was made final stays with its own."""

import sqlalchemy as sa

from app.assignments.carrying import Carried
from app.core.operation import Tx
from app.summaries.models import SUMMARY, SummaryState

_OTHER = SUMMARY.alias("other_summary")


def move(tx: Tx, carried: Carried) -> None:
    """Unless one was begun for the next edition already: nobody's words are written over."""
    begun = sa.select(sa.literal(1)).where(_OTHER.c.plan_id == carried.new_plan).exists()
    mine = sa.and_(SUMMARY.c.plan_id == carried.old_plan, SUMMARY.c.state == SummaryState.DRAFT, sa.not_(begun))
    moved = sa.update(SUMMARY).where(mine).values(plan_id=carried.new_plan, version=SUMMARY.c.version + 1)
    tx.connection.execute(moved.values(updated_at=tx.now))
