"""Rows of old imports go, and the workbook they came from; their counts stay. Each row is a whole line of somebody's
table, and nobody undoes it any more.
And what was being gone through by a command that was killed is its owner's again.

Looked for once a day; an import that two look at is pruned once.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from app.core.audit import audited_write, record
from app.core.calendar import now
from app.core.operation import Tx, operation
from app.core.stored import let_go
from app.imports.models import ROW, RUN, RunState
from app.imports.operations import ACCEPT, BROKEN_OFF, CHECK, COMMIT, LOOK, UNDO
from app.jobs.models import JOB, JobState
from app.jobs.registry import Work

_OLD = sa.and_(
    RUN.c.pruned_at.is_(None),
    RUN.c.busy.is_(None),
    RUN.c.updated_at < sa.bindparam("before", type_=RUN.c.updated_at.type),
)


_ABANDONED = timedelta(hours=6)
"""However long a table is, some of its rows are kept within that."""
_LEFT = sa.and_(
    RUN.c.busy.is_not(None),
    RUN.c.updated_at < sa.bindparam("before", type_=RUN.c.updated_at.type),
    sa.not_(
        sa.select(sa.literal(1))
        .where(
            JOB.c.subject_id == RUN.c.id,
            JOB.c.kind.in_((CHECK, COMMIT, LOOK, ACCEPT, UNDO)),
            JOB.c.state.in_((JobState.WAITING, JobState.RUNNING)),
        )
        .correlate(RUN)
        .exists()
    ),
)


def _left_runs(connection: Connection, district_id: int, before: datetime) -> list[int]:
    """Those that nobody is at any more, though it was not said."""
    rows = sa.select(RUN.c.id).where(_LEFT, RUN.c.district_id == district_id).order_by(RUN.c.id)
    return list(connection.execute(rows, {"before": before}).scalars())


@operation("import_run.end_in_vain")
def release(tx: Tx, run_id: int, before: datetime) -> None:
    free = sa.update(RUN).where(RUN.c.id == run_id, _LEFT)
    with audited_write(tx.connection):
        freed = tx.connection.execute(
            free.values(busy=None, problem=BROKEN_OFF, updated_at=tx.now), {"before": before}
        ).rowcount
    if freed:
        record(tx, "import_run", run_id, after={"busy": None})


def _old_runs(connection: Connection, district_id: int, before: datetime) -> list[int]:
    """Those that nothing was done with since."""
    rows = sa.select(RUN.c.id).where(_OLD, RUN.c.district_id == district_id).order_by(RUN.c.id)
    return list(connection.execute(rows, {"before": before}).scalars())


@operation("import_run.prune")
def prune(tx: Tx, run_id: int, before: datetime) -> bool:
    """What was not written by now never will be."""
    upload = tx.connection.execute(sa.select(RUN.c.upload).where(RUN.c.id == run_id)).scalar_one()
    state = sa.case((RUN.c.state == RunState.CHECKED, RunState.DISCARDED), else_=RUN.c.state)
    done = (
        sa.update(RUN)
        .where(RUN.c.id == run_id, _OLD)
        .values(pruned_at=tx.now, state=state, around=sa.null(), upload=None, version=RUN.c.version + 1)
    )
    with audited_write(tx.connection):
        if tx.connection.execute(done, {"before": before}).rowcount != 1:
            return False
    if upload is not None:
        let_go(tx, upload)
    gone = tx.connection.execute(sa.delete(ROW).where(ROW.c.import_run_id == run_id)).rowcount
    record(tx, "import_run", run_id, after={"rows_gone": gone})
    return True


def prune_all(work: Work) -> int:
    """A bureau's, each in a transaction of its own; how many."""
    do = work.installation
    long_ago = now() - _ABANDONED
    for run_id in do.database.read_now(_left_runs, work.subject_id, long_ago):
        do.perform(work.actor, release, run_id, long_ago)
    before = now() - timedelta(days=do.settings.import_days)
    old = do.database.read_now(_old_runs, work.subject_id, before)
    return sum(do.perform(work.actor, prune, run_id, before) for run_id in old)
