"""Progress reports made in bulk, and taken back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.assignments.importing.known import Known
from app.assignments.models import ASSIGNMENT, REPORT
from app.assignments.rules import IMPORTED, POLICY
from app.core.audit import record
from app.core.bulk import as_taken, insert_many
from app.core.errors import Conflict
from app.core.operation import Tx
from app.core.within import many, within
from app.imports.registry import Draft, Written

NAMES = (
    "district_id", "version", "created_at", "updated_at", "assignment_id", "text", "percent", "reported_on", "user_id",
    "import_event_id",
)  # fmt: skip
_IDS, _EVENTS = many("ids"), many("events")
_FIGURES = (
    sa.update(ASSIGNMENT)
    .where(ASSIGNMENT.c.id == sa.bindparam("row_id"))
    .values(
        percent=sa.bindparam("new_percent"),
        report_count=ASSIGNMENT.c.report_count + 1,
        version=ASSIGNMENT.c.version + 1,
        updated_at=sa.bindparam("now", type_=ASSIGNMENT.c.updated_at.type),
    )
)


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    """A report for each row; its assignment takes the percentage. One event, to which the reports refer."""
    _hold(tx, [(draft.target_id, draft.target_version) for draft in drafts])
    event_id = record(tx, "assignment", None, operation=IMPORTED, after={"reports": len(drafts)})
    insert_many(tx.connection, REPORT, NAMES, _reports(tx, drafts, event_id))
    percents = ((draft.target_id, draft.values.get("percent", (draft.held or {}).get("percent"))) for draft in drafts)
    figures = [{"row_id": row_id, "new_percent": percent, "now": tx.now} for row_id, percent in percents]
    tx.connection.execute(_FIGURES, figures)
    for draft in drafts:
        assert draft.held is not None and draft.target_version is not None
        draft.target_version += 1
        draft.undo = {"event": event_id, "percent": draft.held["percent"]}


def _reports(tx: Tx, drafts: Sequence[Draft], event_id: int) -> list[tuple[Any, ...]]:
    now = as_taken(tx.connection, REPORT.c.created_at, tx.now)
    days: dict[date, Any] = {}
    rows = []
    for draft in drafts:
        assert draft.held is not None
        values, held = draft.values, draft.held
        day = values.get("reported_on", tx.today)
        if day not in days:
            days[day] = as_taken(tx.connection, REPORT.c.reported_on, day)
        text, percent = values.get("text", held["text"]), values.get("percent", held["percent"])
        whose = (tx.actor.district_id, 1, now, now, draft.target_id)
        rows.append((*whose, text, percent, days[day], tx.actor.user_id, event_id))
    return rows


def _hold(tx: Tx, wanted: Sequence[tuple[int | None, int | None]]) -> None:
    """The assignments stay as they were compared until the commit."""
    found = _versions(tx, [row_id for row_id, _ in wanted if row_id is not None])
    if any(found.get(row_id or 0) != version for row_id, version in wanted):
        raise Conflict("有任务刚刚被他人改动，没有写入，请重新核对", code="rows_moved")


def _versions(tx: Tx, ids: list[int]) -> dict[int, int]:
    """Of those that the actor carries out."""
    mine = POLICY.may(tx.actor.roles, "carry_out")
    rows = sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.version).where(within(ASSIGNMENT.c.id, _IDS), mine)
    rows = rows.order_by(ASSIGNMENT.c.id).with_for_update()
    return {row.id: row.version for row in tx.connection.execute(rows, {**tx.actor.binds, "ids": ids})}


# Taking back

_DROP = sa.delete(REPORT).where(within(REPORT.c.import_event_id, _EVENTS), within(REPORT.c.assignment_id, _IDS))
_RESTORE = (
    sa.update(ASSIGNMENT)
    .where(within(ASSIGNMENT.c.id, _IDS))
    .values(
        percent=sa.bindparam("held_percent"),
        report_count=ASSIGNMENT.c.report_count - 1,
        version=ASSIGNMENT.c.version + 1,
        updated_at=sa.bindparam("now", type_=ASSIGNMENT.c.updated_at.type),
    )
)


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    """The reports go; each assignment has the percentage again that it had before."""
    ids = [row.target_id for row in rows]
    versions = _versions(tx, ids)
    touched = [str(row.number) for row in rows if versions.get(row.target_id) != row.target_version]
    if touched:
        numbers = "、".join(touched[:10])
        raise Conflict(f"第 {numbers} 行的任务在导入之后又办理过，不能整批撤销", code="rows_touched")
    tx.connection.execute(_DROP, {"events": list({row.undo["event"] for row in rows}), "ids": ids})
    before: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        before[row.undo["percent"]].append(row.target_id)
    for percent, same in before.items():
        tx.connection.execute(_RESTORE, {"held_percent": percent, "ids": same, "now": tx.now})
