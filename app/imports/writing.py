"""Rows of an import written, and taken back: each leaves an event that tells what it was before and is after it.

Of tables that are written straight, reports that are only ever added to tell it, and refer to the table's one event.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from app.core.audit import audited_write, record
from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.pictures import Subject, traced
from app.imports import rows
from app.imports.examining import Head, Look, batches
from app.imports.models import RowKind
from app.imports.registry import UNDO, WRITE, Draft, Importable, Written, at_once

WRITABLE = (RowKind.NEW, RowKind.CHANGED)


def write(tx: Tx, resource: Importable, run: Any) -> int:
    """How many rows were written; 409 where one would do something else than the preview said."""
    written = _straight(tx, resource, run) if resource.straight else _anew(tx, resource, run)
    _tell_of_all(tx, resource, WRITE, written)
    return written


def _straight(tx: Tx, resource: Importable, run: Any) -> int:
    """By what was kept at the preview; where that may no longer hold, all rows are looked at again first."""
    assert resource.straight is not None
    if not resource.straight.stands(tx, run.id):
        _refuse_moved(rows.look_again(tx, resource, run).moved)
    if run.changed_count:
        with audited_write(tx.connection):
            resource.straight.write(tx, run.id, run.changed_count)
    return int(run.changed_count)


def _anew(tx: Tx, resource: Importable, run: Any) -> int:
    """Each row looked at again, and written if it still does what the preview said."""
    known = resource.known(tx, rows.drafts(tx, run))
    look = Look(resource, known, Head(0, run.headings, run.columns), at_once(tx))
    moved = written = 0
    for batch in batches(rows.stored(tx, run.id, "id", "cells", "kind", "changes", "target_id", "target_version")):
        drafts: list[tuple[int, Draft]] = []
        looked = look.rows((row.number, row.cells) for row in batch)
        for row, now in zip(batch, looked, strict=True):
            moved += rows.differs(row, now)
            drafts += [(row.id, now.draft)] if now.kind in WRITABLE else []
        if not moved and drafts:
            _put(tx, resource, known, [draft for _, draft in drafts])
            rows.mark_written(tx, drafts)
            written += len(drafts)
    _refuse_moved(moved)
    with audited_write(tx.connection):
        resource.finish(tx, known)
    return written


def _put(tx: Tx, resource: Importable, known: Any, drafts: list[Draft]) -> None:
    with _traced(tx, resource, WRITE, (draft.target_id for draft in drafts)) as further:
        with audited_write(tx.connection):
            resource.write(tx, known, drafts)
        further += [draft.target_id for draft in drafts if draft.target_id is not None]


def _refuse_moved(moved: int) -> None:
    if moved:
        raise Conflict(f"有 {moved} 行在预览之后已被他人改动，没有写入，请重新核对", code="rows_moved", moved=moved)


def take_back(tx: Tx, resource: Importable, run: Any) -> None:
    """Every written row as it was before; 409 where one was touched since, or is in use."""
    if resource.straight is not None:
        with audited_write(tx.connection):
            resource.straight.undo(tx, run.id, run.written_count)
    else:
        written = _written(tx, run.id)
        with _traced(tx, resource, UNDO, (row.target_id for row in written)), audited_write(tx.connection):
            resource.undo(tx, written)
    _tell_of_all(tx, resource, UNDO, run.written_count)


def _written(tx: Tx, run_id: int) -> list[Written]:
    return [
        Written(row.number, row.target_id, row.target_version, row.kind == RowKind.NEW, row.undo)
        for row in rows.stored(tx, run_id, "target_id", "target_version", "kind", "undo")
        if row.undo is not None
    ]


# Events


def _traced(tx: Tx, resource: Importable, verb: str, ids: Iterable[int | None]) -> AbstractContextManager[list[int]]:
    there = [row_id for row_id in ids if row_id is not None]
    subject = Subject(resource.model, beside=resource.beside)
    return traced(tx, subject, resource.act(verb), there, silent_only=not resource.sweeps)


def _tell_of_all(tx: Tx, resource: Importable, verb: str, count: int) -> None:
    """One event for all rows of a table, by which those who hold copies of them hear of it."""
    if resource.sweeps and count:
        record(tx, resource.model.audit_name, None, operation=resource.act(verb), after={"count": count})
