"""Every write of an export: asking for it, what the job comes to, and its end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.core.audit import audited_write, record
from app.core.errors import Conflict
from app.core.operation import Tx, operation
from app.core.syncing import view_of
from app.core.workflow import LOST
from app.exports.asking import admit, ask_of
from app.exports.models import BUSY, RUN, ExportCreate, ExportState
from app.jobs.queue import enqueue, hold_asker

MAKE = "export.make"
MOST_WAITING = 5
"""Of one person: whoever asks for more keeps all others' work waiting."""


@operation("export_run.create")
def create(tx: Tx, given: ExportCreate) -> int:
    """422 for a list or a filter that there is not, 404 for the parts of a row out of sight, 409 for the sixth at once.

    What is made is what the asker sees when the job begins; it comes to nothing where their rights are others by then.
    """
    ask = ask_of(given.list, given.filters)
    admit(tx.actor, given.list)
    ask.listed.table.narrowed(tx, ask.asked, ask.row_id)
    hold_asker(tx)
    if _waiting(tx) >= MOST_WAITING:
        raise Conflict(f"您已有 {MOST_WAITING} 份表格在生成，请等其中一份完成后再导出", code="too_many_exports")
    if ask.listed.note is not None:
        ask.listed.note(tx, ask.asked)
    whose = {"district_id": tx.actor.district_id, "user_id": tx.actor.user_id}
    values: dict[str, Any] = {**whose, "view": view_of(tx.actor)}
    values |= {"path": given.list, "filters": given.filters, "format": given.format}
    values |= {"state": ExportState.WAITING, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    values |= {"read_count": 0, "written_count": 0}
    with audited_write(tx.connection):
        run_id: int = tx.connection.execute(sa.insert(RUN).values(values).returning(RUN.c.id)).scalar_one()
    record(
        tx,
        "export_run",
        run_id,
        after={"list": ask.listed.path, "format": given.format, "filters": sorted(given.filters)},
    )
    enqueue(tx, MAKE, run_id)
    return run_id


def _waiting(tx: Tx) -> int:
    mine = sa.select(sa.func.count()).where(RUN.c.user_id == tx.actor.user_id, RUN.c.state.in_(BUSY))
    return int(tx.connection.execute(mine).scalar_one())


# What the job does. Each attempt writes to a file of its own name, and what it says of the run counts as long as the
# run has that name: a worker that was thought dead has no say any more.


def begin(tx: Tx, run_id: int, file: str) -> Any | None:
    """The run, for an attempt that writes ``file``; None where it came to its end already."""
    changed = {"state": ExportState.RUNNING, "file": file, "read_count": 0, "written_count": 0, "problem": None}
    open_ = sa.update(RUN).where(RUN.c.id == run_id, RUN.c.state.in_(BUSY))
    with audited_write(tx.connection):
        begun = tx.connection.execute(open_.values(**changed, updated_at=tx.now).returning(RUN))
        return begun.one_or_none()


def tell(tx: Tx, run: Any, counts: Mapping[str, int]) -> None:
    """How far it is."""
    _put(tx, run, **counts)


@operation("export_run.finish")
def finish(tx: Tx, run: Any, size: int, rows: int) -> None:
    values = {"state": ExportState.DONE, "size": size, "read_count": rows, "written_count": rows}
    _put(tx, run, **values, finished_at=tx.now, version=RUN.c.version + 1)
    record(tx, "export_run", run.id, before={"state": "running"}, after={"state": "done", "size": size, "rows": rows})


def _put(tx: Tx, run: Any, **values: Any) -> None:
    mine = sa.and_(RUN.c.id == run.id, RUN.c.state == ExportState.RUNNING, RUN.c.file == run.file)
    with audited_write(tx.connection):
        done = tx.connection.execute(sa.update(RUN).where(mine).values(updated_at=tx.now, **values))
    if done.rowcount != 1:
        raise Conflict(LOST, code="lost_race")


@operation("export_run.end_in_vain")
def end_in_vain(tx: Tx, run_id: int, why: str) -> None:
    """Nothing came of it; whoever waits is told why."""
    values = {"state": ExportState.FAILED, "problem": why, "finished_at": tx.now, "version": RUN.c.version + 1}
    open_ = sa.and_(RUN.c.id == run_id, RUN.c.state.in_(BUSY))
    with audited_write(tx.connection):
        done = tx.connection.execute(sa.update(RUN).where(open_).values(updated_at=tx.now, **values))
    if done.rowcount == 1:
        record(tx, "export_run", run_id, after={"state": "failed"})


def take_up(tx: Tx, run_id: int) -> None:
    """What came to nothing is to be tried again."""
    failed = sa.and_(RUN.c.id == run_id, RUN.c.state == ExportState.FAILED)
    values = {"state": ExportState.WAITING, "problem": None, "finished_at": None, "version": RUN.c.version + 1}
    with audited_write(tx.connection):
        if tx.connection.execute(sa.update(RUN).where(failed).values(**values, updated_at=tx.now)).rowcount != 1:
            raise Conflict("这份表格后来已生成，不用再做", code="overtaken")


@operation("export_run.expire")
def expire(tx: Tx, run: Any, folder: Path) -> bool:
    """Its time is over: the file goes, the row stays."""
    done_ = sa.and_(RUN.c.id == run.id, RUN.c.state == ExportState.DONE)
    values = {"state": ExportState.EXPIRED, "file": None, "version": RUN.c.version + 1, "updated_at": tx.now}
    with audited_write(tx.connection):
        if tx.connection.execute(sa.update(RUN).where(done_).values(values)).rowcount != 1:
            return False
    tx.after_commit.append(lambda: (folder / run.file).unlink(missing_ok=True))
    record(tx, "export_run", run.id, before={"state": "done"}, after={"state": "expired"})
    return True
