"""Rows of old imports go, their counts stay: each is a whole line of somebody's table, and nobody undoes it any more.

A running server looks every hour; an import that two look at is pruned once.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import audited_write, record
from app.core.calendar import now
from app.core.db import Database, unbounded
from app.core.operation import Tx, operation, transact
from app.core.policy import SYSTEM
from app.imports.models import ROW, RUN, RunState
from app.settings import Settings

FIRST_AFTER_S, EVERY_S = 60, 3600
_LOG = logging.getLogger("qinglian.pruning")
_OLD = sa.and_(
    RUN.c.pruned_at.is_(None),
    RUN.c.busy.is_(None),
    RUN.c.updated_at < sa.bindparam("before", type_=RUN.c.updated_at.type),
)


@unbounded
def old_runs(connection: Connection, before: datetime) -> list[tuple[int, int]]:
    """(import, district) of those that nothing was done with since."""
    rows = sa.select(RUN.c.id, RUN.c.district_id).where(_OLD).order_by(RUN.c.id)
    return [(row.id, row.district_id) for row in connection.execute(rows, {"before": before})]


@operation("import_run.prune")
def prune(tx: Tx, run_id: int, before: datetime) -> bool:
    """What was not written by now never will be."""
    state = sa.case((RUN.c.state == RunState.CHECKED, RunState.DISCARDED), else_=RUN.c.state)
    done = (
        sa.update(RUN).where(RUN.c.id == run_id, _OLD).values(pruned_at=tx.now, state=state, version=RUN.c.version + 1)
    )
    with audited_write(tx.connection):
        if tx.connection.execute(done, {"before": before}).rowcount != 1:
            return False
    gone = tx.connection.execute(sa.delete(ROW).where(ROW.c.import_run_id == run_id)).rowcount
    record(tx, "import_run", run_id, after={"rows_gone": gone})
    return True


async def prune_all(database: Database, settings: Settings) -> int:
    """Every district's, each in a transaction of its own; how many."""
    before, pruned = now() - timedelta(days=settings.import_days), 0
    for run_id, district_id in await database.read(old_runs, before):
        actor = replace(SYSTEM, district_id=district_id)

        def job(connection: Connection, run_id: int = run_id, actor: object = actor) -> bool:
            return transact(Tx(connection, actor, settings), lambda tx: prune(tx, run_id, before))  # type: ignore[arg-type]

        pruned += await database.write(job)
    return pruned


async def keep_pruned(database: Database, settings: Settings) -> None:
    """While the server runs; a look that fails is noted and the next one comes all the same."""
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        try:
            await prune_all(database, settings)
        except Exception:
            _LOG.exception("pruning failed")
        await asyncio.sleep(EVERY_S)
