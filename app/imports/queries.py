"""Every read of imports and their rows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.core.errors import Conflict
from app.core.operation import Reader
from app.core.paging import Listing, Sort, by_id, equals, one_of
from app.core.workflow import find
from app.imports.models import ROW, RUN, RowKind, RunState
from app.imports.registry import IMPORTABLES
from app.imports.rules import POLICY, ROWS, WORKFLOW

LIST = Listing(
    policy=POLICY,
    columns=[column for column in RUN.c if column is not RUN.c.around],
    sorts={"id": by_id(RUN)},
    filters={"state": one_of(RUN.c.state, "state", RunState)},
    search=[RUN.c.filename],
)
ROW_LIST = Listing(
    policy=ROWS,
    columns=[column for column in ROW.c if column is not ROW.c.as_read],
    sorts={"number": Sort(ROW.c.number)},
    filters={"kind": one_of(ROW.c.kind, "kind", RowKind), "import_id": equals(ROW.c.import_run_id, "import_id")},
    part_of="import_id",
)
_SHOWN = ("id", "version", "resource", "filename", "sha256", "size", "state", "headings", "columns", "created_at")
_COUNTS = (
    "new_count", "changed_count", "unchanged_count", "wrong_count", "change_count", "fault_count", "suggestion_count",
    "remark_count", "written_count", "committed_at", "mode", "busy", "line_count", "done_count", "problem",
    "pruned_at",
)  # fmt: skip


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_SHOWN, *_COUNTS)}
    shown["notes"] = row.notes or []
    shown["row_count"] = row.new_count + row.changed_count + row.unchanged_count + row.wrong_count
    may = [] if row.busy or row.pruned_at else WORKFLOW.allowed_actions(row)
    # Of one that was never gone through to its end the rows are not the file's.
    return shown | {"allowed_actions": [act for act in may if act == "discard" or not row.lines]}


def one(see: Any, run_id: int) -> dict[str, Any]:
    return present(see, WORKFLOW.find(see, run_id))


def lines_name(see: Any, run_id: int) -> str | None:
    """The file of lines that waits in staging to be looked at."""
    name: str | None = WORKFLOW.find(see, run_id).lines
    return name


_AWAITED = sa.select(RUN.c.lines).where(RUN.c.lines.is_not(None), RUN.c.state == RunState.CHECKED)


def awaited(connection: sa.Connection) -> list[str]:
    """Every file of lines that is still to be looked at, in any district: those of work given up, which an
    administrator may have taken up again, among them."""
    return list(connection.execute(_AWAITED).scalars())


def waits_for(see: Any, lines: str) -> bool:
    """Whether an import of the actor's has this file of lines still to be looked at."""
    theirs = sa.select(RUN.c.id).where(RUN.c.user_id == see.actor.user_id, RUN.c.lines == lines)
    return see.connection.execute(theirs).first() is not None


def present_row(see: Reader, row: Any) -> dict[str, Any]:
    names = ("id", "number", "kind", "cells", "changes", "faults", "remarks", "target_id")
    return {name: getattr(row, name) for name in names}


def one_row(see: Any, row_id: int) -> dict[str, Any]:
    return present_row(see, find(see, ROWS, row_id))


def run_of_row(see: Any, row_id: int) -> int:
    """The import of a row."""
    return int(find(see, ROWS, row_id).import_run_id)


def rows_of(see: Reader, run_id: int, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """A page of an import's rows, by the list's own parameters; 404 for an import that is not the actor's."""
    run = WORKFLOW.find(see, run_id)
    asked = ROW_LIST.asked(params)
    asked = replace(asked, filters={**asked.filters, "import_id": run.id})
    return ROW_LIST.body(see, asked, present_row)


_MADE = (
    sa.select(ROW.c.target_id)
    .where(ROW.c.import_run_id == sa.bindparam("run"), ROW.c.kind == RowKind.NEW, ROW.c.target_id.is_not(None))
    .order_by(ROW.c.number)
)


def made_by(see: Any, run_id: int, resource: str) -> list[int]:
    """Ids of the rows that an import made; 404 for an import that is not the actor's, 409 for one of something else."""
    run = WORKFLOW.find(see, run_id)
    if run.resource != resource or run.state != RunState.COMMITTED:
        raise Conflict(f"这次导入没有写入{IMPORTABLES[resource].label}", code="nothing_made")
    return list(see.connection.execute(_MADE, {"run": run_id}).scalars())


def labels() -> dict[str, str]:
    """What can be imported, by name."""
    return {name: each.label for name, each in IMPORTABLES.items()}
