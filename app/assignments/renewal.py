"""What a plan that was dispatched gets by itself: rows of periods that begin, across the new year, and of units that
open later. A job of every hour; rows are unique, and the plan is held.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from app.assignments.dispatch import New, Run, compare, criteria, insert, tell
from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import dispatched
from app.core.audit import audited_write, record
from app.core.calendar import today_of
from app.core.db import unbounded
from app.core.operation import Tx, operation
from app.core.within import many, within
from app.jobs.registry import Work
from app.plans.models import ITEM, PLAN, Cadence, PlanState
from app.units.models import UNIT
from app.units.succession_models import SUCCESSION

_RECURS = (
    sa.select(sa.literal(1))
    .where(ITEM.c.plan_id == PLAN.c.id, ITEM.c.cadence.not_in((Cadence.ONCE, Cadence.STANDING)))
    .exists()
)
_PLANS = (
    sa.select(PLAN.c.id, _RECURS.label("recurs"))
    .where(PLAN.c.district_id == sa.bindparam("district"), PLAN.c.state == PlanState.ISSUED, dispatched(PLAN))
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
_LATE = sa.select(UNIT.c.id, _MET.label("met")).where(
    UNIT.c.district_id == sa.bindparam("district"),
    sa.or_(
        UNIT.c.created_at > sa.bindparam("first", type_=UNIT.c.created_at.type),
        UNIT.c.valid_from > sa.bindparam("first_on", type_=sa.Date),
    ),
)
_ENDED = (
    sa.select(SUCCESSION.c.successor_id, ASSIGNMENT.c.plan_item_id, ASSIGNMENT.c.period)
    .join(ASSIGNMENT, ASSIGNMENT.c.unit_id == SUCCESSION.c.unit_id)
    .where(
        within(SUCCESSION.c.successor_id, many("successors")),
        ASSIGNMENT.c.plan_id == sa.bindparam("plan"),
        ASSIGNMENT.c.state.in_((AssignmentState.COMPLETED, AssignmentState.WAIVED)),
    )
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
    run.add = list(_of_late(tx, plan_id, run, late))
    return _put(tx, plan_id, run)


def _of_late(tx: Tx, plan_id: int, run: Run, late: dict[int, bool]) -> Iterator[New]:
    """Of a unit that has rows already, taken over from another or given before, what it lacks still of what its groups
    gave before: not what one it follows has finished, was retired, or waits for a dispatch with older units."""
    ended = _finished_before(tx, plan_id, [unit_id for unit_id, met in late.items() if met])
    waiting = {(new.plan_item_id, new.via) for new in run.add if new.unit_id not in late}
    retired = {new for _, new in run.revive}
    followed = {(unit_id, item_id) for unit_id, item_id, _ in ended}
    for new in (new for new in run.add if new.via is not None and new.unit_id in late and new not in retired):
        part = (new.plan_item_id, new.via)
        known = part in run.given or (new.unit_id, new.plan_item_id) in followed
        left_out = not known or part in waiting or (new.unit_id, new.plan_item_id, new.period) in ended
        if not (late[new.unit_id] and left_out):
            yield new


def _late_units(tx: Tx, plan_id: int) -> dict[int, bool]:
    """Opened since, and whether it has rows of the plan."""
    first = tx.connection.execute(_FIRST, {"plan": plan_id}).scalar()
    if first is None:
        return {}
    of = {"plan": plan_id, "district": tx.actor.district_id, "first": first, "first_on": today_of(first)}
    return {row.id: row.met for row in tx.connection.execute(_LATE, of)}


def _finished_before(tx: Tx, plan_id: int, unit_ids: Sequence[int]) -> set[tuple[int, int, str]]:
    """Successor, item and period."""
    if not unit_ids:
        return set()
    rows = tx.connection.execute(_ENDED, {"plan": plan_id, "successors": list(unit_ids)})
    return {(row.successor_id, row.plan_item_id, row.period) for row in rows}


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
