"""The stored rows of an import: written in bulk, gone through in batches, brought up to date after a second look."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import pydantic_core
import sqlalchemy as sa

from app.core.bulk import insert_many
from app.core.operation import Reader, Tx
from app.imports.examining import BATCH, Counts, Drafts, Head, Look, Looked, batches
from app.imports.models import ROW, RowKind
from app.imports.registry import Draft, Fault, Importable, at_once

COLUMNS = (
    "district_id", "import_run_id", "number", "kind", "cells", "changes", "faults", "remarks", "target_id",
    "target_version", "undo",
)  # fmt: skip
MOVED = "预览之后已被他人改动，请重新核对"


@cache
def _page(names: tuple[str, ...]) -> sa.Select[Any]:
    of_run = sa.select(*(ROW.c[name] for name in names)).where(ROW.c.import_run_id == sa.bindparam("run"))
    return of_run.where(ROW.c.number > sa.bindparam("after")).order_by(ROW.c.number).limit(BATCH)


def stored(see: Reader, run_id: int, *names: str) -> Iterator[Any]:
    """``names`` of every row in the file's order, a batch at a time; the number is always among them."""
    after = 0
    while found := see.connection.execute(_page(("number", *names)), {"run": run_id, "after": after}).all():
        yield from found
        after = found[-1].number


_WIDEST = sa.select(sa.func.max(sa.func.json_array_length(ROW.c.cells))).where(
    ROW.c.import_run_id == sa.bindparam("run")
)


def widest(see: Reader, run_id: int) -> int:
    """The cells of the row that has the most of them."""
    return see.connection.execute(_WIDEST, {"run": run_id}).scalar() or 0


_PUT_RIGHT = sa.select(ROW.c.id).where(ROW.c.import_run_id == sa.bindparam("run"), ROW.c.as_read.is_not(None)).limit(1)


def any_put_right(see: Reader, run_id: int) -> bool:
    """Whether the cells of any row may be other than in the file."""
    return see.connection.execute(_PUT_RIGHT, {"run": run_id}).first() is not None


Cells = Callable[[Any, Any], list[str]]
"""``cells(run, row)`` of a stored row."""


def as_stored(_run: Any, row: Any) -> list[str]:
    cells: list[str] = row.cells
    return cells


def as_suggested(run: Any, row: Any) -> list[str]:
    """With the first suggestion at each wrong cell for which there is one."""
    first = {fault["column"]: fault["suggestions"][0] for fault in row.faults if fault["suggestions"]}
    return changed_cells(run, row, first) if first else as_stored(run, row)


def changed_cells(run: Any, row: Any, texts: Mapping[str, str]) -> list[str]:
    """A row's cells with other texts in some columns of the file."""
    cells = list(row.cells) + [""] * (len(run.columns) - len(row.cells))
    for column, value in texts.items():
        cells[run.columns.index(column)] = value
    return cells


def drafts(see: Reader, run: Any, cells: Cells = as_stored) -> Drafts:
    names = ("cells",) if cells is as_stored else ("cells", "faults")
    head = Head(0, run.headings, run.columns)
    return Drafts(head, lambda: ((row.number, cells(run, row)) for row in stored(see, run.id, *names)))


def insert(tx: Tx, run_id: int, lines: Iterable[tuple[Any, ...]]) -> None:
    insert_many(tx.connection, ROW, COLUMNS, [(tx.actor.district_id, run_id, *line) for line in lines])


def lines_of(resource: Importable, rows: Iterable[Looked]) -> list[tuple[Any, ...]]:
    """What is stored of these rows."""
    return [
        (
            row.draft.number,
            row.kind.value,
            _json(row.cells),
            _json(row.changes),
            _json(plain(row.draft.faults)) if row.draft.faults else "[]",
            _json(plain(row.draft.remarks)) if row.draft.remarks else "[]",
            row.draft.target_id,
            row.draft.target_version,
            None if (kept := keep(resource, row)) is None else _json(kept),
        )
        for row in rows
    ]


def keep(resource: Importable, row: Looked) -> dict[str, Any] | None:
    """What a row is written straight by."""
    if resource.straight is None or row.kind != RowKind.CHANGED:
        return None
    return resource.straight.keep(row.draft)


def plain(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [{"column": each.column, "detail": each.detail, "suggestions": list(each.suggestions)} for each in faults]


def _json(value: Any) -> str:
    return pydantic_core.to_json(value).decode()


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


AS_READ = sa.func.coalesce(ROW.c.as_read, ROW.c.cells, type_=sa.JSON)
"""For whatever puts other cells: those of the file stay known."""
_COMPARED = ("kind", "changes", "faults", "remarks", "target_id", "target_version", "cells")
_PUT = (*_COMPARED, "undo")
_HAS_OTHERS = sa.bindparam("has_others", type_=sa.Boolean)
_AGAIN = (
    sa.update(ROW)
    .where(ROW.c.id == sa.bindparam("row_id"))
    .values(
        {"as_read": sa.case((_HAS_OTHERS, AS_READ), else_=ROW.c.as_read)}
        | {name: sa.bindparam(f"new_{name}", type_=ROW.c[name].type) for name in _PUT}
    )
)
"""``has_others``: whether its cells are others than before."""


def differs(row: Any, now: Looked) -> bool:
    """Whether a stored row would do something else now than it says."""
    if (row.kind, row.target_id) != (now.kind, now.draft.target_id):
        return True
    if now.kind != RowKind.CHANGED:
        return False
    return bool((row.target_version, row.changes) != (now.draft.target_version, now.changes))


class Again(NamedTuple):
    """What a second look at all rows came to; ``moved``: how many would do something else now."""

    counts: Counts
    moved: int


class Anew(NamedTuple):
    """The same of some rows, and what is to be stored of those that are not as they were."""

    looked: list[Looked]
    moved: int
    changed: list[dict[str, Any]]


def look_again(tx: Tx, resource: Importable, run: Any, *, said: str = "", cells: Cells = as_stored) -> Again:
    """Every row against what there is now; ``said`` is remarked at those that would do something else."""
    counts, moved = Counts(), 0
    for some in anew(tx, resource, run, said=said, cells=cells):
        counts.take(some.looked)
        moved += some.moved
        put_again(tx, some.changed)
    return Again(counts, moved)


def anew(see: Reader, resource: Importable, run: Any, *, said: str = "", cells: Cells = as_stored) -> Iterator[Anew]:
    """A second look at all rows, some at a time."""
    known = resource.known(see, drafts(see, run, cells))
    look = Look(resource, known, Head(0, run.headings, run.columns), at_once(see))
    for batch in batches(stored(see, run.id, "id", *_COMPARED)):
        moved = 0
        changed = []
        looked = look.rows((row.number, cells(run, row)) for row in batch)
        for row, now in zip(batch, looked, strict=True):
            if differs(row, now):
                moved += 1
                if said:
                    now.draft.remark("", said)
            put = _put(resource, now)
            if any(getattr(row, name) != put[f"new_{name}"] for name in _COMPARED):
                changed.append({"row_id": row.id, "has_others": row.cells != now.cells, **put})
        yield Anew(looked, moved, changed)


def put_again(tx: Tx, changed: Sequence[dict[str, Any]]) -> None:
    if changed:
        tx.connection.execute(_AGAIN, changed)


def _put(resource: Importable, now: Looked) -> dict[str, Any]:
    draft = now.draft
    faults, remarks = plain(draft.faults), plain(draft.remarks)
    compared = (now.kind, now.changes, faults, remarks, draft.target_id, draft.target_version, now.cells)
    return {f"new_{name}": value for name, value in zip(_PUT, (*compared, keep(resource, now)), strict=True)}
