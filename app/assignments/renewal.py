"""Recurring items: each period that begins gets its rows, across the new year, without anyone's help.

A running server looks every hour. Whoever looks first does the work: rows are unique, and the plan is held.
"""

import asyncio
import logging
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import Connection

from app.assignments.dispatch import compare, criteria, insert
from app.assignments.models import ASSIGNMENT
from app.core.audit import audited_write, record
from app.core.db import Database, unbounded
from app.core.operation import Tx, operation, transact
from app.core.policy import SYSTEM, bound
from app.plans.models import ITEM, PLAN, Cadence, PlanState
from app.settings import Settings

FIRST_AFTER_S, EVERY_S = 30, 3600
_LOG = logging.getLogger("qinglian.renewal")
_DISPATCHED = sa.select(sa.literal(1)).where(ASSIGNMENT.c.plan_id == PLAN.c.id).exists()
_RECURS = (
    sa.select(sa.literal(1))
    .where(ITEM.c.plan_id == PLAN.c.id, ITEM.c.cadence.not_in((Cadence.ONCE, Cadence.STANDING)))
    .exists()
)
_PLANS = (
    sa.select(PLAN.c.id, PLAN.c.district_id)
    .where(PLAN.c.state == PlanState.ISSUED, _DISPATCHED, _RECURS)
    .order_by(PLAN.c.id)
)
_HOLD = (
    sa.select(PLAN.c.id).where(PLAN.c.id == sa.bindparam("plan"), PLAN.c.state == PlanState.ISSUED).with_for_update()
)


@unbounded
def recurring_plans(connection: Connection) -> list[tuple[int, int]]:
    """(plan, district) of issued plans with recurring items that were dispatched before."""
    return [(row.id, row.district_id) for row in connection.execute(_PLANS)]


@operation("plan.renew")
def renew(tx: Tx, plan_id: int) -> int:
    """Add the rows of periods that have begun since the last dispatch; nothing else changes. How many.

    A unit that is new to an item waits for a dispatch, which someone looks at first.
    """
    if tx.connection.execute(_HOLD, {"plan": plan_id}).first() is None:
        return 0
    run = compare(tx, plan_id)
    known = {(row.plan_item_id, row.period) for row, _ in run.keep} | {(r.plan_item_id, r.period) for r in run.retire}
    begun = {item_id for item_id, _ in known}
    run.add = [new for new in run.add if new.plan_item_id in begun and (new.plan_item_id, new.period) not in known]
    if not run.add:
        return 0
    run.keep, run.retire, run.change = [], [], []
    event_id = record(tx, "plan", plan_id, after=criteria(tx, run))
    with audited_write(tx.connection):
        insert(tx, plan_id, run, event_id)
    return len(run.add)


async def renew_all(database: Database, settings: Settings) -> int:
    """Every district's plans, each in a transaction of its own; how many rows were added."""
    added = 0
    for plan_id, district_id in await database.read(recurring_plans):
        actor = replace(SYSTEM, district_id=district_id)
        actor = replace(actor, binds=bound(actor))

        def job(connection: Connection, plan_id: int = plan_id, actor: object = actor) -> int:
            return transact(Tx(connection, actor, settings), lambda tx: renew(tx, plan_id))  # type: ignore[arg-type]

        added += await database.write(job)
    return added


async def keep_renewed(database: Database, settings: Settings) -> None:
    """While the server runs; a look that fails is noted and the next one comes all the same."""
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        try:
            await renew_all(database, settings)
        except Exception:
            _LOG.exception("renewal failed")
        await asyncio.sleep(EVERY_S)
