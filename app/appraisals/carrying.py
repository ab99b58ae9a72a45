"""A round that is not frozen goes with the work it judges to the plan's next edition."""

import sqlalchemy as sa

from app.appraisals.models import ROUND, AppraisalState
from app.assignments.carrying import Carried
from app.core.operation import Tx


def move(tx: Tx, carried: Carried) -> None:
    mine = sa.and_(ROUND.c.plan_id == carried.old_plan, ROUND.c.state != AppraisalState.FROZEN)
    moved = sa.update(ROUND).where(mine).values(plan_id=carried.new_plan, version=ROUND.c.version + 1)
    tx.connection.execute(moved.values(updated_at=tx.now))
