"""Every write of an import: look at a file, put cells right, write its rows, take them back."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.audit import audited_write, record
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.stored import let_go
from app.core.workflow import LOST, find
from app.imports import registry, rows, writing
from app.imports.beginning import Source, begun
from app.imports.examining import Counts, Drafts, Look, head_of, looked_at, refusal
from app.imports.models import (
    BUSY_LABELS,
    PRUNED,
    ROW,
    RUN,
    UNFINISHED,
    Busy,
    Correction,
    ImportCreate,
    Mode,
    RunState,
)
from app.imports.registry import Draft, at_once
from app.imports.rules import ROWS, WORKFLOW
from app.jobs.queue import enqueue, hold_asker

MOST_KEPT = 20
AT_ONCE = 2000
"""Files of more rows are for a job: nobody waits for them, nor does SQLite's one writer."""
MOST_BUSY = 5
"""Long ones of one person at once: whoever asks for more keeps all others' work waiting."""
CHECK, COMMIT, LOOK, ACCEPT = "import.check", "import.commit", "import.look_again", "import.accept"
UNDO = "import.undo"
BROKEN_OFF = "命令没有运行完，请重新运行"
ACTIONS = {Mode.COMMIT: "commit", Mode.COMMIT_VALID: "commit_valid"}
MODES = {action: mode for mode, action in ACTIONS.items()}

Tick = Callable[[str, int, int], None]
"""What is being done, how many rows of it are, and of how many."""


@operation("import_run.create")
def create(tx: Tx, source: Source, given: ImportCreate, tick: Tick = lambda words, done, total: None) -> int:
    """What a file would do, row by row; with another mode than preview it is done at once.

    422 in the mode ``commit`` where a row is wrong: nothing is kept then, and the rows are named.
    """
    resource = registry.find(tx.actor, given.resource)
    head = head_of(resource, source.sheet)
    run_id = begun(tx, source, given, resource, head)
    known = resource.known(tx, Drafts(head, source.sheet.lines))
    counts = Counts()
    wrong: list[Draft] = []
    look = Look(resource, known, head, at_once(tx))
    for made in looked_at(look, head, source.sheet, counts):
        wrong += [row.draft for row in made if row.draft.faults][: MOST_KEPT - len(wrong)]
        rows.insert(tx, run_id, rows.lines_of(resource, made))
        tick("逐行核对", counts.rows, source.sheet.rows)
    if given.mode == Mode.COMMIT and wrong:
        raise refusal(resource, wrong, counts["wrong_count"])
    put(tx, run_id, **counts.of_run)
    after = {"sha256": source.sha256, "size": source.size, **counts.of_run}
    record(tx, "import_run", run_id, after=after)
    if given.mode != Mode.PREVIEW:
        with tx.performing(f"import_run.{ACTIONS[given.mode]}"):
            _commit(tx, run_id, ACTIONS[given.mode])
    return run_id


@operation("import_run.create")
def receive(tx: Tx, source: Source, given: ImportCreate) -> int:
    """A long file, kept: a job goes through it, and does what its mode asks. 409 for the sixth at once."""
    _refuse_too_many(tx)
    run_id = begin(tx, source, given)
    enqueue(tx, CHECK, run_id)
    return run_id


@operation("import_run.create")
def begin(tx: Tx, source: Source, given: ImportCreate) -> int:
    """A long file that somebody is about to go through."""
    resource = registry.find(tx.actor, given.resource)
    run_id = begun(tx, source, given, resource, head_of(resource, source.sheet))
    put(tx, run_id, busy=Busy.CHECKING, lines=source.sheet.path.name)
    record(tx, "import_run", run_id, after={"sha256": source.sha256, "size": source.size})
    return run_id


def put(tx: Tx, run_id: int, **values: Any) -> None:
    """What an import has come to; its events tell of it."""
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(updated_at=tx.now, **values))


def free(tx: Tx, run_id: int, action: str) -> Any:
    """The import, if the actor may do that with it now; 409 while a job is at it, and of one that no job went through
    to its end all but discarding it: its rows are not the file's."""
    run = WORKFLOW.guard(tx, run_id, action)
    if run.pruned_at is not None:
        raise Conflict(PRUNED, code="pruned")
    if run.busy:
        raise Conflict(f"正在{BUSY_LABELS[run.busy]}，请等它完成后再办理", code="busy")
    if run.lines and action != "discard":
        raise Conflict(UNFINISHED, code="unfinished")
    return run


_BUSY = sa.select(sa.func.count()).where(RUN.c.user_id == sa.bindparam("user"), RUN.c.busy.is_not(None))


def _refuse_too_many(tx: Tx) -> None:
    """Of what a job is asked for: looked through, looked at again, written, taken back."""
    if tx.actor.user_id is None:
        return
    hold_asker(tx)
    if tx.connection.execute(_BUSY, {"user": tx.actor.user_id}).scalar_one() >= MOST_BUSY:
        waiting = f"您已有 {MOST_BUSY} 份表格在后台核对、写入或撤销，请等其中一份完成后再办理"
        raise Conflict(waiting, code="too_many_imports")


def _move_on(tx: Tx, run: Any, **values: Any) -> None:
    """From what was read of it; 409 where somebody else did something with it meanwhile."""
    moved = sa.update(RUN).where(RUN.c.id == run.id, RUN.c.version == run.version)
    with audited_write(tx.connection):
        done = tx.connection.execute(moved.values(**values, version=run.version + 1, updated_at=tx.now))
    if done.rowcount != 1:
        raise Conflict(LOST, code="lost_race")


# Putting right


@operation("import_row.correct")
def correct(tx: Tx, row_id: int, given: Correction) -> int:
    """Another text for a cell; what depends on it is looked at again, of a long table by a job."""
    row = find(tx, ROWS, row_id)
    run = free(tx, row.import_run_id, "correct")
    if given.column not in run.columns:
        raise invalid("column", "文件里没有这一列，请在文件里补上后重新上传")
    cells = rows.changed_cells(run, row, {given.column: given.value})
    # Until it is looked at again it is compared with nothing: what was kept of it before is not written.
    put_right: dict[str, Any] = {"cells": cells, "target_version": None}
    if cells != row.cells:
        put_right["as_read"] = rows.AS_READ
    tx.connection.execute(sa.update(ROW).where(ROW.c.id == row_id).values(put_right))
    _look_again(tx, run, LOOK, changed=1)
    return row_id


@operation("import_run.accept_suggestions")
def accept_suggestions(tx: Tx, run_id: int) -> int:
    """At each wrong cell the first of its suggestions."""
    run = free(tx, run_id, "correct")
    if not run.suggestion_count:
        raise Conflict("没有可以采用的建议，请直接改正文件后重新上传", code="no_suggestions")
    _look_again(tx, run, ACCEPT, changed=run.suggestion_count, cells=rows.as_suggested)
    return run_id


@operation("import_run.look_again")
def look_again(tx: Tx, run_id: int) -> int:
    """Every row against what there is now; rows that others have moved say so."""
    run = WORKFLOW.guard(tx, run_id, "correct")
    resource = registry.find(tx.actor, run.resource)
    _end_look(tx, run, 0, rows.look_again(tx, resource, run, said=rows.MOVED).counts.of_run)
    return run_id


def _look_again(tx: Tx, run: Any, kind: str, *, changed: int, cells: rows.Cells = rows.as_stored) -> None:
    """At once, or by a job of that ``kind``, as the first look was: nobody waits for a long table."""
    resource = registry.find(tx.actor, run.resource)
    if run.line_count > AT_ONCE:
        _refuse_too_many(tx)
        _end_look(tx, run, changed, {"busy": Busy.CHECKING, "done_count": 0, "problem": None})
        enqueue(tx, kind, run.id)
    else:
        _end_look(tx, run, changed, rows.look_again(tx, resource, run, cells=cells).counts.of_run)


def _end_look(tx: Tx, run: Any, changed: int, values: dict[str, Any]) -> None:
    _move_on(tx, run, **values)
    told = {name: str(value) if name == "busy" else value for name, value in values.items() if value is not None}
    record(tx, "import_run", run.id, after={"corrected": changed, **told})


# Writing


class Taken(NamedTuple):
    """A step. ``queued``: a job takes it."""

    run_id: int
    queued: bool


@operation("import_run.commit")
def commit(tx: Tx, run_id: int, note: str | None = None) -> Taken:
    """All rows, or none: 409 while one is wrong."""
    return _commit_or_queue(tx, run_id, Mode.COMMIT)


@operation("import_run.commit_valid")
def commit_valid(tx: Tx, run_id: int, note: str | None = None) -> Taken:
    """The rows that are not wrong."""
    return _commit_or_queue(tx, run_id, Mode.COMMIT_VALID)


def _commit_or_queue(tx: Tx, run_id: int, mode: Mode) -> Taken:
    run = free(tx, run_id, ACTIONS[mode])
    if run.line_count <= AT_ONCE:
        _commit(tx, run_id, ACTIONS[mode])
        return Taken(run_id, False)
    _refuse_wrong(run, mode)
    return _hand_over(tx, run, COMMIT, Busy.COMMITTING, mode=mode)


def _hand_over(tx: Tx, run: Any, kind: str, busy: Busy, note: str | None = None, **values: Any) -> Taken:
    """To a job of that ``kind``."""
    _refuse_too_many(tx)
    _move_on(tx, run, busy=busy, done_count=0, problem=None, **values)
    record(tx, "import_run", run.id, after={"busy": busy.value}, reason=note)
    enqueue(tx, kind, run.id)
    return Taken(run.id, True)


def _refuse_wrong(run: Any, mode: Mode) -> None:
    if mode == Mode.COMMIT and run.wrong_count:
        raise Conflict(f"还有 {run.wrong_count} 行有错，请改正后再全部写入，或只写入有效的行", code="rows_wrong")


def _commit(tx: Tx, run_id: int, action: str) -> int:
    run = WORKFLOW.guard(tx, run_id, action)
    resource = registry.find(tx.actor, run.resource)
    _refuse_wrong(run, MODES[action])
    written = writing.write(tx, resource, run)
    WORKFLOW.step(tx, run, action, written_count=written, committed_at=tx.now, busy=None, problem=None)
    return run_id


# What a job does


def forget_rows(tx: Tx, run_id: int) -> None:
    """Of an attempt that did not come to its end."""
    tx.connection.execute(sa.delete(ROW).where(ROW.c.import_run_id == run_id))


def keep_rows(tx: Tx, run_id: int, lines: Sequence[tuple[Any, ...]], done: int) -> None:
    rows.insert(tx, run_id, lines)
    tell_done(tx, run_id, done)


def tell_done(tx: Tx, run_id: int, done: int) -> None:
    put(tx, run_id, done_count=done)


@operation("import_run.check")
def end_check(tx: Tx, run_id: int, counts: Counts) -> None:
    """All rows were looked at; with another mode than preview they are written next, if they may be."""
    run = WORKFLOW.guard(tx, run_id, "correct")
    refused = run.mode == Mode.COMMIT and counts["wrong_count"]
    writes = run.mode != Mode.PREVIEW and not refused
    said = f"有 {counts['wrong_count']} 行有错，没有写入任何内容，请改正后重新提交" if refused else None
    now_at = {"busy": Busy.COMMITTING if writes else None, "lines": None, "problem": said}
    put(tx, run_id, **now_at, **counts.of_run)
    record(tx, "import_run", run_id, after=counts.of_run)
    if writes:
        enqueue(tx, COMMIT, run_id)


@operation("import_run.look_again")
def end_look(tx: Tx, run_id: int, changed: Iterable[Sequence[dict[str, Any]]], counts: Counts) -> None:
    """All rows were looked at once more: what is otherwise now, some at a time, is stored with the counts, all of it or
    nothing."""
    WORKFLOW.guard(tx, run_id, "correct")
    for some in changed:
        rows.put_again(tx, some)
    put(tx, run_id, busy=None, problem=None, **counts.of_run)
    record(tx, "import_run", run_id, after=counts.of_run)


@operation("import_run.commit")
def commit_all(tx: Tx, run_id: int) -> None:
    _commit(tx, run_id, "commit")


@operation("import_run.commit_valid")
def commit_rest(tx: Tx, run_id: int) -> None:
    _commit(tx, run_id, "commit_valid")


@operation("import_run.undo")
def undo_all(tx: Tx, run_id: int) -> None:
    _undo(tx, WORKFLOW.guard(tx, run_id, "undo"))


@operation("import_run.end_in_vain")
def end_in_vain(tx: Tx, run_id: int, why: str) -> None:
    """Long work came to nothing: nobody is at it any longer, and its owner is told why."""
    put(tx, run_id, busy=None, problem=why)
    record(tx, "import_run", run_id, after={"busy": None})


def take_up(tx: Tx, run_id: int, busy: Busy, reads_file: bool = False, state: RunState = RunState.CHECKED) -> None:
    """What came to nothing is to be tried again; 409 where something else was done with the import meanwhile, which
    leaves no ``problem``: what was then put right by hand is not done over by what was asked for before."""
    same = sa.and_(RUN.c.id == run_id, RUN.c.state == state, RUN.c.busy.is_(None), RUN.c.pruned_at.is_(None))
    same &= RUN.c.problem.is_not(None) & (RUN.c.lines.is_not(None) if reads_file else RUN.c.lines.is_(None))
    now_at = {"busy": busy, "problem": None, "done_count": 0, "version": RUN.c.version + 1, "updated_at": tx.now}
    again = sa.update(RUN).where(same).values(now_at)
    with audited_write(tx.connection):
        if tx.connection.execute(again).rowcount != 1:
            raise Conflict("这次导入后来已另行办理，不用再做", code="overtaken")


@operation("import_run.discard")
def discard(tx: Tx, run_id: int, note: str | None = None) -> int:
    """Nothing of it will be written."""
    run = free(tx, run_id, "discard")
    WORKFLOW.step(tx, run, "discard", note)
    if run.upload is not None:
        put(tx, run_id, upload=None)
        let_go(tx, run.upload)
    return run_id


@operation("import_run.undo")
def undo(tx: Tx, run_id: int, note: str | None = None) -> Taken:
    """Every written row as it was before; 409 where one was touched since, or is in use."""
    run = free(tx, run_id, "undo")
    if run.written_count > AT_ONCE:
        return _hand_over(tx, run, UNDO, Busy.UNDOING, note)
    _undo(tx, run, note)
    return Taken(run_id, False)


def _undo(tx: Tx, run: Any, note: str | None = None) -> None:
    resource = registry.find(tx.actor, run.resource)
    if run.written_count:
        writing.take_back(tx, resource, run)
    WORKFLOW.step(tx, run, "undo", note, busy=None, problem=None)
