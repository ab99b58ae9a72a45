"""The stored rows of an import: written in bulk, gone through in batches, brought up to date after a second look."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from app.core.bulk import insert_many
from app.core.operation import Reader, Tx
from app.imports.examining import BATCH, Counts, Head, Looked, batches, examine, shown_changes
from app.imports.models import ROW, RowKind
from app.imports.registry import Draft, Fault, Importable

COLUMNS = (
    "district_id", "import_run_id", "number", "kind", "cells", "changes", "faults", "remarks", "target_id",
    "target_version", "undo",
)  # fmt: skip
_PAGE = (
    sa.select(ROW)
    .where(ROW.c.import_run_id == sa.bindparam("run"), ROW.c.number > sa.bindparam("after"))
    .order_by(ROW.c.number)
    .limit(BATCH)
)
MOVED = "预览之后已被他人改动，请重新核对"


def stored(see: Reader, run_id: int) -> Iterator[Any]:
    """Every row in the file's order, a batch at a time."""
    after = 0
    while found := see.connection.execute(_PAGE, {"run": run_id, "after": after}).all():
        yield from found
        after = found[-1].number


def insert(tx: Tx, run_id: int, rows: Iterable[Looked]) -> None:
    made = [
        (
            tx.actor.district_id,
            run_id,
            draft.number,
            kind.value,
            _json(cells),
            _json(changes),
            _json(plain(draft.faults)),
            _json(plain(draft.remarks)),
            draft.target_id,
            draft.target_version,
            None,
        )
        for cells, draft, kind, changes in rows
    ]
    insert_many(tx.connection, ROW, COLUMNS, made)


def plain(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [{"column": each.column, "detail": each.detail, "suggestions": list(each.suggestions)} for each in faults]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_MARK = (
    sa.update(ROW)
    .where(ROW.c.id == sa.bindparam("row_id"))
    .values(
        target_id=sa.bindparam("new_target"),
        target_version=sa.bindparam("new_version"),
        undo=sa.bindparam("new_undo", type_=sa.JSON),
    )
)


def mark_written(tx: Tx, written: Sequence[tuple[int, Draft]]) -> None:
    """What each written row became, by the stored row's id."""
    if written:
        rows = [
            {"row_id": row_id, "new_target": d.target_id, "new_version": d.target_version, "new_undo": d.undo or {}}
            for row_id, d in written
        ]
        tx.connection.execute(_MARK, rows)


_AGAIN = (
    sa.update(ROW)
    .where(ROW.c.id == sa.bindparam("row_id"))
    .values(
        {name: sa.bindparam(f"new_{name}", type_=ROW.c[name].type) for name in ("kind", "changes", "faults", "remarks")}
        | {name: sa.bindparam(f"new_{name}", type_=ROW.c[name].type) for name in ("target_id", "target_version")}
    )
)


def differs(row: Any, kind: RowKind, draft: Draft, changes: dict[str, list[str]]) -> bool:
    """Whether a stored row would do something else now than it says."""
    if (row.kind, row.target_id) != (kind, draft.target_id):
        return True
    return kind == RowKind.CHANGED and (row.target_version, row.changes) != (draft.target_version, changes)


def look_again(tx: Tx, resource: Importable, run: Any, *, said: str = "") -> Counts:
    """Every row against what there is now; ``said`` is remarked at those that would do something else."""
    head = Head(0, run.headings, run.columns)
    known = resource.known(tx, (head.draft(row.number, row.cells) for row in stored(tx, run.id)))
    counts = Counts()
    for batch in batches(stored(tx, run.id)):
        changed = []
        for row in batch:
            draft = head.draft(row.number, row.cells)
            kind = examine(resource, known, draft)
            changes = shown_changes(resource, known, draft)
            moved = differs(row, kind, draft, changes)
            if moved and said:
                draft.remark("", said)
            counts.take(kind, changes, draft.faults, draft.remarks)
            faults, remarks = plain(draft.faults), plain(draft.remarks)
            if moved or row.faults != faults or row.remarks != remarks:
                changed.append(
                    {
                        "row_id": row.id,
                        "new_kind": kind,
                        "new_changes": changes,
                        "new_faults": faults,
                        "new_remarks": remarks,
                        "new_target_id": draft.target_id,
                        "new_target_version": draft.target_version,
                    }
                )
        if changed:
            tx.connection.execute(_AGAIN, changed)
    return counts
