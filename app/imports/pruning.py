"""Rows of old imports go, their counts stay: each is a whole line of somebody's table, and nobody undoes it any more.

Looked for once a day; an import that two look at is pruned once.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import audited_write, record
from app.core.calendar import now
from app.core.operation import Tx, operation
from app.imports.models import ROW, RUN, RunState
from app.jobs.registry import Work

_OLD = sa.and_(
    RUN.c.pruned_at.is_(None),
    RUN.c.busy.is_(None),
    RUN.c.updated_at < sa.bindparam("before", type_=RUN.c.updated_at.type),
)


def _old_runs(connection: Connection, district_id: int, before: datetime) -> list[int]:
    """Those that nothing was done with since."""
    rows = sa.select(RUN.c.id).where(_OLD, RUN.c.district_id == district_id).order_by(RUN.c.id)
    return list(connection.execute(rows, {"before": before}).scalars())


@operation("import_run.prune")
def prune(tx: Tx, run_id: int, before: datetime) -> bool:
    """What was not written by now never will be."""
    state = sa.case((RUN.c.state == RunState.CHECKED, RunState.DISCARDED), else_=RUN.c.state)
    done = (
        sa.update(RUN)
        .where(RUN.c.id == run_id, _OLD)
        .values(pruned_at=tx.now, state=state, around=sa.null(), version=RUN.c.version + 1)
    )
    with audited_write(tx.connection):
        if tx.connection.execute(done, {"before": before}).rowcount != 1:
            return False
    gone = tx.connection.execute(sa.delete(ROW).where(ROW.c.import_run_id == run_id)).rowcount
    record(tx, "import_run", run_id, after={"rows_gone": gone})
    return True


def prune_all(work: Work) -> int:
    """A bureau's, each in a transaction of its own; how many."""
    do = work.installation
    before = now() - timedelta(days=do.settings.import_days)
    old = do.database.read_now(_old_runs, work.subject_id, before)
    return sum(do.perform(work.actor, prune, run_id, before) for run_id in old)
