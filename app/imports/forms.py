"""Ledgers of few rows, each written as its form writes it: by the operations that hold its rules and leave an event."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.core.errors import Conflict, Problem
from app.core.operation import Reader, Tx
from app.core.policy import Policy
from app.core.validation import field_errors
from app.imports.columns import Column, text
from app.imports.columns import plain as shown
from app.imports.registry import Draft, Written
from app.imports.taking_back import MOST_NAMED, refuse_touched, unmake

MISSING = "必须填写"
"""What a new row lacks is said of its column by the engine."""


@dataclass(frozen=True)
class Forms:
    """``create(tx, values)`` and ``edit(tx, id, changes, version)`` take values by column, those kept for taking back
    as JSON has them. Rows made are taken back, unless papers were added to one (``papers``), by ``delete``; where the
    resource has no such act they simply go, after ``leave`` has seen to what names them: papers that were voided."""

    table: sa.Table
    label: str
    create: Callable[[Tx, dict[str, Any]], int]
    edit: Callable[[Tx, int, dict[str, Any], int], Any]
    papers: Callable[[Tx, int], Any]
    delete: Callable[[Tx, int], Any] | None = None
    leave: Callable[[Tx, list[int]], Any] = lambda tx, ids: None

    def write(self, tx: Tx, _known: Any, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if draft.held is None:
                draft.target_id, draft.undo = self.create(tx, draft.values), {}
            else:
                assert draft.target_id is not None and draft.target_version is not None
                draft.undo = {name: _kept(old) for name, (old, _) in draft.changes.items()}
                changes = {name: new for name, (_, new) in draft.changes.items()}
                self.edit(tx, draft.target_id, changes, draft.target_version)
            draft.target_version = version_of(tx, self.table, draft.target_id)

    def undo(self, tx: Tx, rows: Sequence[Written]) -> None:
        refuse_touched(tx, self.table, rows, self.label)
        if used := [str(row.number) for row in rows if row.is_new and self.papers(tx, row.target_id)]:
            numbers = "、".join(used[:MOST_NAMED])
            raise Conflict(f"第 {numbers} 行的{self.label}已有资料，不能整批撤销，请先撤下资料", code="rows_in_use")
        for row in rows:
            if not row.is_new:
                self.edit(tx, row.target_id, row.undo, row.target_version)
            elif self.delete is not None:
                self.delete(tx, row.target_id)
        if self.delete is None:
            made = [row.target_id for row in rows if row.is_new]
            self.leave(tx, made)
            unmake(tx, self.table, made, f"导入的{self.label}已被引用，不能整批撤销")


def version_of(tx: Tx, table: sa.Table, row_id: int) -> int:
    return int(tx.connection.execute(sa.select(table.c.version).where(table.c.id == row_id)).scalar_one())


def _kept(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


# What their checks share


def readable(see: Reader, policy: Policy, *asked: sa.ColumnElement[bool], **binds: list[int]) -> Iterable[Any]:
    """Rows that the actor may read, with what they may do with each."""
    roles, table = see.actor.roles, policy.table
    rows = sa.select(table, *policy.columns(roles)).where(*asked, policy.read(roles)).order_by(table.c.id)
    return see.connection.execute(rows, {**see.actor.binds, **binds})


def target(draft: Draft, row: Any, names: Iterable[str]) -> None:
    """The row that a draft means."""
    draft.target_id, draft.target_version = row.id, row.version
    draft.held = {name: getattr(row, name) for name in names}


def fits(draft: Draft, make: Callable[[], Any], columns: Mapping[str, str] | None = None) -> None:
    """``make`` builds the API's own model; ``columns`` are those of its fields that are called otherwise here."""
    try:
        make()
    except ValidationError as error:
        for fault in field_errors(error.errors(include_url=False)):
            name = fault.pointer.split("/")[1]
            if fault.detail != MISSING:
                draft.wrong((columns or {}).get(name, name), fault.detail)


def allowed(draft: Draft, admit: Callable[[], Any]) -> None:
    """Whether the step may be taken, in the step's own words."""
    try:
        admit()
    except Problem as problem:
        draft.wrong("", problem.detail or problem.title)


def once(met: dict[Any, int], key: Hashable, draft: Draft, what: str) -> None:
    if (first := met.setdefault(key, draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一{what}，请只留一行")


def filled(name: str, heading: str, *aliases: str, **more: Any) -> Column:
    """A column of words."""
    return Column(name, heading, aliases, text, shown, **more)
