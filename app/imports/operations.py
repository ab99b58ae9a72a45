"""Every write of an import: look at a file, put cells right, write its rows, take them back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.audit import audited_write, record
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.workflow import find
from app.imports import registry, rows
from app.imports.examining import Head, drafts_of, examine, head_of, refusal, shown_changes
from app.imports.models import ROW, RUN, Correction, ImportCreate, Mode, RowKind, RunState
from app.imports.registry import Draft, Importable, Written
from app.imports.rules import ROWS, WORKFLOW
from app.imports.sheets import Sheet

WRITABLE = (RowKind.NEW, RowKind.CHANGED)
MOST_KEPT = 20


Tick = Callable[[str, int, int], None]
"""What is being done, how many rows of it are, and of how many."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was received and read."""

    sheet: Sheet
    filename: str
    sha256: str
    size: int


@operation("import_run.create")
def create(tx: Tx, source: Source, given: ImportCreate, tick: Tick = lambda words, done, total: None) -> int:
    """What a file would do, row by row; with another mode than preview it is done at once.

    422 in the mode ``commit`` where a row is wrong: nothing is kept then, and the rows are named.
    """
    resource = registry.find(tx.actor, given.resource)
    head = head_of(resource, source.sheet)
    run_id = _begin(tx, source, resource, head)
    known = resource.known(tx, drafts_of(head, source.sheet.lines()))
    counts, total = rows.Counts(), sum(1 for _ in source.sheet.lines())
    wrong: list[Draft] = []
    lines = (line for line in source.sheet.lines() if line.number > head.number)
    for batch in rows.batches(lines):
        made = []
        for line in batch:
            draft = head.draft(line.number, line.cells)
            kind = examine(resource, known, draft)
            changes = shown_changes(resource, known, draft)
            counts.take(kind, changes, draft.faults, draft.remarks)
            wrong += [draft] if draft.faults and len(wrong) < MOST_KEPT else []
            made.append((line.cells, draft, kind, changes))
        rows.insert(tx, run_id, made)
        tick("逐行核对", counts.rows, total)
    if given.mode == Mode.COMMIT and wrong:
        raise refusal(resource, wrong, counts["wrong_count"])
    _set_counts(tx, run_id, counts)
    after = {"sha256": source.sha256, "size": source.size, **counts.of_run}
    record(tx, "import_run", run_id, after=after)
    if given.mode != Mode.PREVIEW:
        action = "commit" if given.mode == Mode.COMMIT else "commit_valid"
        with tx.performing(f"import_run.{action}"):
            _commit(tx, run_id, action)
    return run_id


def _begin(tx: Tx, source: Source, resource: Importable, head: Head) -> int:
    values = {
        "district_id": tx.actor.district_id,
        "user_id": tx.actor.user_id,
        "resource": resource.name,
        "filename": source.filename,
        "sha256": source.sha256,
        "size": source.size,
        "state": RunState.CHECKED,
        "headings": head.headings,
        "columns": head.fields,
        "version": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
        "written_count": 0,
        **rows.Counts().of_run,
    }
    with audited_write(tx.connection):
        run_id: int = tx.connection.execute(sa.insert(RUN).values(values).returning(RUN.c.id)).scalar_one()
    return run_id


def _set_counts(tx: Tx, run_id: int, counts: rows.Counts) -> None:
    with audited_write(tx.connection):
        tx.connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(counts.of_run))


# Putting right


@operation("import_row.correct")
def correct(tx: Tx, row_id: int, given: Correction) -> int:
    """Another text for a cell; what depends on it is looked at again."""
    row = find(tx, ROWS, row_id)
    run = WORKFLOW.guard(tx, row.import_run_id, "correct")
    if given.column not in run.columns:
        raise invalid("column", "文件里没有这一列，请在文件里补上后重新上传")
    _put(tx, row, {given.column: given.value}, run.columns)
    _look_again(tx, run, changed=1)
    return row_id


@operation("import_run.accept_suggestions")
def accept_suggestions(tx: Tx, run_id: int) -> int:
    """At each wrong cell the first of its suggestions."""
    run = WORKFLOW.guard(tx, run_id, "correct")
    changed = 0
    for row in rows.stored(tx, run_id):
        first = {fault["column"]: fault["suggestions"][0] for fault in row.faults if fault["suggestions"]}
        if first:
            _put(tx, row, first, run.columns)
            changed += len(first)
    if not changed:
        raise Conflict("没有可以采用的建议，请直接改正文件后重新上传", code="no_suggestions")
    _look_again(tx, run, changed=changed)
    return run_id


def _put(tx: Tx, row: Any, texts: dict[str, str], columns: Sequence[str | None]) -> None:
    cells = list(row.cells) + [""] * (len(columns) - len(row.cells))
    for column, value in texts.items():
        cells[columns.index(column)] = value
    tx.connection.execute(sa.update(ROW).where(ROW.c.id == row.id).values(cells=cells))


@operation("import_run.look_again")
def look_again(tx: Tx, run_id: int) -> int:
    """Every row against what there is now; rows that others have moved say so."""
    run = WORKFLOW.guard(tx, run_id, "correct")
    _look_again(tx, run, said=rows.MOVED)
    return run_id


def _look_again(tx: Tx, run: Any, *, changed: int = 0, said: str = "") -> None:
    resource = registry.find(tx.actor, run.resource)
    counts = rows.look_again(tx, resource, run, said=said)
    moved = sa.update(RUN).where(RUN.c.id == run.id, RUN.c.version == run.version)
    with audited_write(tx.connection):
        done = tx.connection.execute(moved.values(**counts.of_run, version=run.version + 1, updated_at=tx.now))
    if done.rowcount != 1:
        raise Conflict("已被他人更新，请刷新后再办理", code="lost_race")
    record(tx, "import_run", run.id, after={"corrected": changed, **counts.of_run})


# Writing


@operation("import_run.commit")
def commit(tx: Tx, run_id: int, note: str | None = None) -> int:
    """All rows, or none: 409 while one is wrong."""
    return _commit(tx, run_id, "commit")


@operation("import_run.commit_valid")
def commit_valid(tx: Tx, run_id: int, note: str | None = None) -> int:
    """The rows that are not wrong."""
    return _commit(tx, run_id, "commit_valid")


def _commit(tx: Tx, run_id: int, action: str) -> int:
    run = WORKFLOW.guard(tx, run_id, action)
    resource = registry.find(tx.actor, run.resource)
    if action == "commit" and run.wrong_count:
        raise Conflict(f"还有 {run.wrong_count} 行有错，请改正后再全部写入，或只写入有效的行", code="rows_wrong")
    head = Head(0, run.headings, run.columns)
    known = resource.known(tx, (head.draft(row.number, row.cells) for row in rows.stored(tx, run_id)))
    moved = written = 0
    for batch in rows.batches(rows.stored(tx, run_id)):
        drafts: list[tuple[int, Draft]] = []
        for row in batch:
            draft = head.draft(row.number, row.cells)
            kind = examine(resource, known, draft)
            moved += rows.differs(row, kind, draft, shown_changes(resource, known, draft))
            drafts += [(row.id, draft)] if kind in WRITABLE else []
        if not moved and drafts:
            with audited_write(tx.connection):
                resource.write(tx, known, [draft for _, draft in drafts])
            rows.mark_written(tx, drafts)
            written += len(drafts)
    if moved:
        raise Conflict(f"有 {moved} 行在预览之后已被他人改动，没有写入，请重新核对", code="rows_moved", moved=moved)
    with audited_write(tx.connection):
        resource.finish(tx, known)
    WORKFLOW.step(tx, run, action, written_count=written, committed_at=tx.now)
    return run_id


@operation("import_run.discard")
def discard(tx: Tx, run_id: int, note: str | None = None) -> int:
    """Nothing of it will be written."""
    run = WORKFLOW.guard(tx, run_id, "discard")
    WORKFLOW.step(tx, run, "discard", note)
    return run_id


@operation("import_run.undo")
def undo(tx: Tx, run_id: int, note: str | None = None) -> int:
    """Every written row as it was before; 409 where one was touched since, or is in use."""
    run = WORKFLOW.guard(tx, run_id, "undo")
    resource = registry.find(tx.actor, run.resource)
    written = [
        Written(row.number, row.target_id, row.target_version, row.kind == RowKind.NEW, row.undo)
        for row in rows.stored(tx, run_id)
        if row.undo is not None
    ]
    if written:
        with audited_write(tx.connection):
            resource.undo(tx, written)
    WORKFLOW.step(tx, run, "undo", note)
    return run_id
