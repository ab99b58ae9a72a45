"""Long imports, done by a job: looked through outside SQLite's one writer, a batch at a time; written in one go, and
taken back so.

Each may be begun again by another worker after the first was killed: rows of an attempt before go away first, and
what is written is written with the step that says so.
"""

import gc
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from app.core.errors import Conflict, NotFound
from app.core.files import store_of
from app.core.operation import Reader
from app.core.spill import Spill
from app.imports import operations as ops
from app.imports import queries, registry, rows, sheets
from app.imports.examining import Counts, Drafts, Look, Looked, batches, head_of, looked_at
from app.imports.models import Busy, Mode, RunState
from app.imports.registry import Ask, Query, Settled, at_once
from app.imports.rules import WORKFLOW
from app.imports.sheets import Sheet
from app.jobs.registry import Kind, Work, passes

ROOMY = 4
"""``QL_POOL_SIZE`` from which an import may have a second connection to look ahead by: it keeps its rows on a third,
two exports may have as many, and the others need some."""
KEPT_TOGETHER = 2500
"""Rows that share a commit: one more waits for the disk."""
GONE = "上传的文件已不在服务器上，请重新上传"


def check(work: Work) -> None:
    """Go through a file that was received, and do what its mode asks."""
    run = _run(work)
    if run is None or run["busy"] != Busy.CHECKING:
        return
    path = lines_of(work, run)
    if path is None:
        give_up(work, GONE)
        return
    look_through(work, run, Sheet(path, run["line_count"]))
    sheets.discard(path)


def look_through(
    work: Work, run: dict[str, Any], sheet: Sheet, tick: ops.Tick = lambda words, done, total: None
) -> None:
    do, actor = work.installation, work.actor
    resource = registry.find(actor, run["resource"])
    head = head_of(resource, sheet)
    do.perform(actor, ops.forget_rows, run["id"])
    counts = Counts()

    def lines(made: Iterable[list[Looked]]) -> Iterator[tuple[Any, ...]]:
        for some in made:
            yield from rows.lines_of(resource, some)

    def look(see: Reader, ask: Ask) -> None:
        # What is kept of the rows is written beside it. SQLite shows them one state; on PostgreSQL each statement sees
        # what is there by then, and nothing is held back for as long as a table takes: the commit looks at them again.
        known = resource.known(see, Drafts(head, sheet.lines))
        kept: Future[None] | None = None
        made = looked_at(Look(resource, known, head, ask), head, sheet, counts)
        for some in batches(lines(made), KEPT_TOGETHER):
            if kept is not None:
                kept.result()
            kept = writer.submit(do.perform, actor, ops.keep_rows, run["id"], some, counts.rows)
            tick("逐行核对", counts.rows, run["line_count"])
        if kept is not None:
            kept.result()

    def look_beside(other: Reader) -> None:
        # The connection is given back when nobody asks by it any more.
        with ThreadPoolExecutor(1, "import-ahead") as ahead:
            do.read(actor, lambda see: look(see, _beside(ahead, other)))

    # While one batch is written, the next is looked at.
    with uncollected(), ThreadPoolExecutor(1, "import") as writer:
        alone = do.database.is_sqlite or do.settings.pool_size < ROOMY
        do.read(actor, (lambda see: look(see, at_once(see))) if alone else look_beside)
    do.perform(actor, ops.end_check, run["id"], counts)


def _beside(thread: ThreadPoolExecutor, other: Reader) -> Ask:
    """On a connection of its own, while the server is waited for. SQLite's driver hands the interpreter over for each
    row that it fetches: two threads would wait for each other there."""

    def ask(query: Query) -> Settled:
        found = thread.submit(query, other)
        return lambda: found.result()()

    return ask


def look_again(work: Work, cells: rows.Cells = rows.as_stored) -> None:
    """Go through the stored rows of a long table once more, after some were put right."""
    run = _run(work)
    if run is None or run["busy"] != Busy.CHECKING:
        return
    do, counts = work.installation, Counts()
    # What is otherwise now waits on disk: taking every suggestion changes every row, and all are stored or none.
    with Spill(store_of(do.settings).staging) as changed:

        def look(see: Reader) -> None:
            stored = WORKFLOW.find(see, run["id"])
            told = 0
            for some in rows.anew(see, registry.find(work.actor, stored.resource), stored, cells=cells):
                counts.take(some.looked)
                if some.changed:
                    changed.put(some.changed)
                if counts.rows - told >= KEPT_TOGETHER:
                    told = counts.rows
                    do.perform(work.actor, ops.tell_done, run["id"], told)

        with uncollected():
            do.read(work.actor, look)
        do.perform(work.actor, ops.end_look, run["id"], changed, counts)


def accept(work: Work) -> None:
    """The same, with the first suggestion at each wrong cell."""
    look_again(work, rows.as_suggested)


@contextmanager
def uncollected() -> Iterator[None]:
    """Rows are a million small objects and no circle among them: the collector would look through the whole process
    again and again and find nothing. It took a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def commit(work: Work) -> None:
    """Write the rows; where others changed something meanwhile, nothing is written and the rows are looked at again.
    What may be otherwise a moment later the worker tries again."""
    run = _run(work)
    if run is None or run["busy"] != Busy.COMMITTING:
        return
    do, actor = work.installation, work.actor
    action = ops.commit_all if run["mode"] == Mode.COMMIT else ops.commit_rest
    try:
        do.perform(actor, action, run["id"])
    except Conflict as problem:
        if passes(problem):
            raise
        if problem.code == "rows_moved":
            do.perform(actor, ops.look_again, run["id"])
        give_up(work, problem.detail or problem.title)


def undo(work: Work) -> None:
    """Take the rows back, all or none; what may be otherwise a moment later the worker tries again."""
    run = _run(work)
    if run is None or run["busy"] != Busy.UNDOING:
        return
    try:
        work.installation.perform(work.actor, ops.undo_all, run["id"])
    except Conflict as problem:
        if passes(problem):
            raise
        give_up(work, problem.detail or problem.title)


def give_up(work: Work, why: str) -> None:
    """Say why nothing came of it; the import is its owner's again."""
    work.installation.perform(work.actor, ops.end_in_vain, work.subject_id, why)


def lines_of(work: Work, run: Any) -> Path | None:
    name = work.installation.read(work.actor, queries.lines_name, run["id"])
    path = store_of(work.installation.settings).staging / str(name)
    return path if name and path.is_file() else None


def _run(work: Work) -> dict[str, Any] | None:
    try:
        return work.installation.read(work.actor, queries.one, work.subject_id)
    except NotFound:
        return None


KINDS = {
    ops.CHECK: Kind(
        check, give_up, "核对导入的表格", partial(ops.take_up, busy=Busy.CHECKING, reads_file=True), is_long=True
    ),
    ops.LOOK: Kind(look_again, give_up, "重新核对导入的表格", partial(ops.take_up, busy=Busy.CHECKING), is_long=True),
    ops.ACCEPT: Kind(accept, give_up, "采用导入表格的建议", partial(ops.take_up, busy=Busy.CHECKING), is_long=True),
    ops.COMMIT: Kind(commit, give_up, "写入导入的表格", partial(ops.take_up, busy=Busy.COMMITTING), is_long=True),
    ops.UNDO: Kind(
        undo,
        give_up,
        "撤销导入的表格",
        partial(ops.take_up, busy=Busy.UNDOING, state=RunState.COMMITTED),
        is_long=True,
    ),
}
