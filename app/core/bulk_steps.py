"""One step on many rows of a list: each row stands or falls by itself, and gets an answer of its own."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, Field

from app.core.audit import Outcome, record
from app.core.errors import Problem, invalid
from app.core.models import Id, Input, Note
from app.core.operation import Tx, operation, refusals
from app.core.within import many, within
from app.core.workflow import Workflow

Act = Callable[[Tx, int, str | None], Any]


class BulkStep(Input):
    """``action`` on each of ``ids``, with one ``note`` for them all."""

    action: str
    ids: list[Id] = Field(min_length=1, max_length=500)
    note: Note | None = None


class BulkResult(BaseModel):
    """Of one row: the ``state`` it has now, or why it was refused."""

    id: int
    ok: bool
    state: str | None = None
    code: str = ""
    title: str = ""
    detail: str | None = None


class BulkResults(BaseModel):
    results: list[BulkResult]


def in_bulk(workflow: Workflow, acts: Mapping[str, Act]) -> Callable[[Tx, BulkStep], list[dict[str, Any]]]:
    """The operation ``<workflow>.bulk``: one of ``acts``, by its action, on up to 500 rows."""

    @operation(f"{workflow.name}.bulk")
    def bulk(tx: Tx, given: BulkStep) -> list[dict[str, Any]]:
        if given.action not in acts:
            raise invalid("action", f"没有这一步，可选：{'、'.join(acts)}")
        transition = workflow.transitions[given.action]
        if transition.note and not given.note:
            raise invalid("note", f"{transition.label}时必须写明原因")
        # By their numbers, so that of two runs over the same rows neither waits for the other's.
        refused = {row_id: _one(tx, workflow, acts[given.action], row_id, given) for row_id in sorted({*given.ids})}
        states = _states(tx, workflow, [row_id for row_id, why in refused.items() if why is None])
        return [
            refused[row_id] or {"id": row_id, "ok": True, "state": states[row_id]}
            for row_id in dict.fromkeys(given.ids)
        ]

    return bulk


def _one(tx: Tx, workflow: Workflow, act: Act, row_id: int, given: BulkStep) -> dict[str, Any] | None:
    """Why the row was refused; nothing where it was not."""
    try:
        with refusals(tx), tx.savepoint():
            act(tx, row_id, given.note or None)
    except Problem as problem:
        name = f"{workflow.name}.{given.action}"
        record(tx, workflow.name, row_id, operation=name, outcome=Outcome.REFUSED, code=problem.code)
        return {"id": row_id, "ok": False, "code": problem.code, "title": problem.title, "detail": problem.detail}
    return None


def _states(tx: Tx, workflow: Workflow, row_ids: list[int]) -> dict[int, str]:
    """What all of them have come to, asked for once."""
    table = workflow.policy.table
    rows = sa.select(table.c.id, table.c.state).where(within(table.c.id, many("ids")))
    found = tx.connection.execute(rows, {"ids": row_ids}) if row_ids else ()
    return {row.id: workflow.states(row.state).value for row in found}
