"""What a plan that was dispatched gets by itself: rows of periods that begin, across the new year, and of units that
open later. A job of every hour; rows are unique, and the plan is held.
"""

import sqlalchemy as sa
from sqlalchemy import Connection

from app.assignments.dispatch import Run, compare, criteria, insert, tell
from app.assignments.models import ASSIGNMENT
from app.core.audit import audited_write, record
from app.core.calendar import today_of
from app.core.db import unbounded
from app.core.operation import Tx, operation
from app.jobs.registry import Work
from app.plans.models import ITEM, PLAN, Cadence, PlanState
from app.units.models import UNIT

_DISPATCHED = sa.select(sa.literal(1)).where(ASSIGNMENT.c.plan_id == PLAN.c.id).exists()
_RECURS = (
    sa.select(sa.literal(1))
    .where(ITEM.c.plan_id == PLAN.c.id, ITEM.c.cadence.not_in((Cadence.ONCE, Cadence.STANDING)))
    .exists()
)
_PLANS = (
    sa.select(PLAN.c.id, _RECURS.label("recurs"))
    .where(PLAN.c.district_id == sa.bindparam("district"), PLAN.c.state == PlanState.ISSUED, _DISPATCHED)
    .order_by(PLAN.c.id)
)
_HOLD = (
    sa.select(PLAN.c.id).where(PLAN.c.id == sa.bindparam("plan"), PLAN.c.state == PlanState.ISSUED).with_for_update()
)
_FIRST = sa.select(sa.func.min(ASSIGNMENT.c.created_at)).where(ASSIGNMENT.c.plan_id == sa.bindparam("plan"))
_MET = (
    sa.select(sa.literal(1))
    .where(ASSIGNMENT.c.plan_id == sa.bindparam("plan"), ASSIGNMENT.c.unit_id == UNIT.c.id)
    .correlate(UNIT)
    .exists()
)
_LATE = sa.select(UNIT.c.id).where(
    UNIT.c.district_id == sa.bindparam("district"),
    sa.or_(
        UNIT.c.created_at > sa.bindparam("first", type_=UNIT.c.created_at.type),
        UNIT.c.valid_from > sa.bindparam("first_on", type_=sa.Date),
    ),
    sa.not_(_MET),
)


@unbounded
def dispatched_plans(connection: Connection, district_id: int) -> list[tuple[int, bool]]:
    """Issued plans that were dispatched before, and whether anything of them recurs."""
    return [(row.id, bool(row.recurs)) for row in connection.execute(_PLANS, {"district": district_id})]


@operation("plan.renew")
def renew(tx: Tx, plan_id: int) -> int:
    """Add the rows of periods that have begun since the last dispatch; nothing else changes. How many.

    A unit that is new to an item is none of this: ``take_in``, or a dispatch, which someone looks at first.
    """
    if tx.connection.execute(_HOLD, {"plan": plan_id}).first() is None:
        return 0
    run = compare(tx, plan_id)
    known = {(row.plan_item_id, row.period) for row, _ in run.keep} | {(r.plan_item_id, r.period) for r in run.retire}
    begun = {item_id for item_id, _ in known}
    run.add = [new for new in run.add if new.plan_item_id in begun and (new.plan_item_id, new.period) not in known]
    return _put(tx, plan_id, run)


@operation("plan.take_in")
def take_in(tx: Tx, plan_id: int) -> int:
    """Add the rows of units that opened after the plan's first dispatch and that a group's rule takes in. How many.

    A unit that was there already, or that the plan has come to name, waits for a dispatch: whoever changed the plan
    looks at what that does.
    """
    late = _late_units(tx, plan_id)
    if not late or tx.connection.execute(_HOLD, {"plan": plan_id}).first() is None:
        return 0
    run = compare(tx, plan_id)
    run.add = [new for new in run.add if new.via is not None and new.unit_id in late]
    return _put(tx, plan_id, run)


def _late_units(tx: Tx, plan_id: int) -> set[int]:
    """Opened since, and without a row of the plan."""
    first = tx.connection.execute(_FIRST, {"plan": plan_id}).scalar()
    if first is None:
        return set()
    of = {"plan": plan_id, "district": tx.actor.district_id, "first": first, "first_on": today_of(first)}
    return set(tx.connection.execute(_LATE, of).scalars())


def _put(tx: Tx, plan_id: int, run: Run) -> int:
    if not run.add:
        return 0
    run.keep, run.retire, run.change = [], [], []
    event_id = record(tx, "plan", plan_id, after=criteria(tx, run))
    with audited_write(tx.connection):
        insert(tx, plan_id, run, event_id)
    tell(tx, run, event_id)
    return len(run.add)


def renew_all(work: Work) -> int:
    """A bureau's plans, each act in a transaction of its own; how many rows were added."""
    do, added = work.installation, 0
    for plan_id, recurs in do.database.read_now(dispatched_plans, work.subject_id):
        added += do.perform(work.actor, renew, plan_id) if recurs else 0
        added += do.perform(work.actor, take_in, plan_id)
    return added
