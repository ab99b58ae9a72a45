"""Progress reports made in bulk, and taken back: a few statements over what was kept with each row of the table."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, REPORT, STANDS
from app.assignments.rules import IMPORTED, POLICY, TAKEN_BACK
from app.core.audit import record
from app.core.errors import Conflict
from app.core.operation import Tx
from app.imports.models import ROW, RowKind
from app.imports.registry import Draft
from app.imports.taking_back import MOST_NAMED, MOVED

_KEPT = ROW.c.undo
_TARGET = ROW.c.target_id == ASSIGNMENT.c.id
_RUN = ROW.c.import_run_id == sa.bindparam("run")
STRETCH = 5000
"""Lines of the file that one statement is about: it must end before the database's time-out, however long the file."""
_OF_RUN = sa.and_(_RUN, ROW.c.number > sa.bindparam("after"), ROW.c.number <= sa.bindparam("upto"))
_WRITES = sa.and_(_OF_RUN, ROW.c.kind == RowKind.CHANGED)


def keep(draft: Draft) -> dict[str, Any]:
    """The report that a row makes, ``day`` null for that of the commit; and the percentage there was, ``held``.

    Where an activity was held, and by how many, is of that report alone: an earlier one's is not told again.
    """
    assert draft.held is not None
    of, held = draft.values.get, draft.held
    day = of("reported_on")
    return {
        "text": of("text", held["text"]),
        "percent": of("percent", held["percent"]),
        "place": of("place"),
        "activity": of("activity"),
        "participants": of("participants"),
        "day": day and day.isoformat(),
        "held": held["percent"],
    }


def stands(tx: Tx, run_id: int) -> bool:
    """Whether every assignment is as it was compared, and those that rows report on are the actor's to carry out."""
    return not _apart(tx, run_id, ROW.c.kind != RowKind.WRONG, 0)


def _apart(tx: Tx, run_id: int, rows: sa.ColumnElement[bool], steps: int) -> list[int]:
    """The first of these rows whose assignment is not so many steps from where it was compared."""
    mine = sa.or_(ROW.c.kind != RowKind.CHANGED, POLICY.may(tx.actor.roles, "carry_out"))
    same = sa.and_(_TARGET, ASSIGNMENT.c.version == ROW.c.target_version + steps, mine)
    found = sa.select(ROW.c.number).select_from(ROW.outerjoin(ASSIGNMENT, same))
    found = (
        found.where(_OF_RUN, ROW.c.target_id.is_not(None), rows, ASSIGNMENT.c.id.is_(None))
        .order_by(ROW.c.number)
        .limit(MOST_NAMED)
    )
    going = (number for binds in _stretches(tx, run_id) for number in tx.connection.execute(found, binds).scalars())
    return list(islice(going, MOST_NAMED))


def _stretches(tx: Tx, run_id: int) -> Iterator[dict[str, Any]]:
    """The parameters of one statement after the other, until the table's last line."""
    last = tx.connection.execute(_LAST, {"run": run_id}).scalar() or 0
    for after in range(0, last, STRETCH):
        yield {**tx.actor.binds, "run": run_id, "after": after, "upto": after + STRETCH}


def _update(tx: Tx, run_id: int, steps: int, count: int, **figures: sa.ColumnElement[int]) -> None:
    """All of these assignments or, where somebody is faster, 409."""
    mine = POLICY.may(tx.actor.roles, "carry_out")
    same = sa.and_(_TARGET, ASSIGNMENT.c.version == ROW.c.target_version + steps, mine)
    change = sa.update(ASSIGNMENT).where(_WRITES, same)
    change = change.values(**figures, version=ASSIGNMENT.c.version + 1, updated_at=tx.now)
    if sum(tx.connection.execute(change, binds).rowcount for binds in _stretches(tx, run_id)) != count:
        raise Conflict(f"有任务{MOVED}", code="rows_moved")


def write(tx: Tx, run_id: int, count: int) -> None:
    """A report for each row; its assignment takes the percentage. One event, to which the reports refer."""
    count_of = ASSIGNMENT.c.report_count
    _update(tx, run_id, 0, count, percent=_KEPT["percent"].as_integer(), report_count=count_of + 1)
    event_id = record(tx, "assignment", None, operation=IMPORTED, after={"reports": count})
    day = _KEPT["day"].as_string()
    made = {
        "district_id": ROW.c.district_id,
        "version": sa.literal(1),
        "created_at": sa.literal(tx.now, REPORT.c.created_at.type),
        "updated_at": sa.literal(tx.now, REPORT.c.updated_at.type),
        "assignment_id": ROW.c.target_id,
        "text": _KEPT["text"].as_string(),
        "percent": _KEPT["percent"].as_integer(),
        "place": _KEPT["place"].as_string(),
        "activity": _KEPT["activity"].as_string(),
        "participants": _KEPT["participants"].as_integer(),
        # SQLite keeps a day as its text, and would make a number of it.
        "reported_on": sa.func.coalesce(
            sa.cast(day, sa.Date) if tx.connection.dialect.name == "postgresql" else day,
            sa.literal(tx.today, REPORT.c.reported_on.type),
        ),
        "user_id": sa.literal(tx.actor.user_id, sa.BigInteger),
        "import_event_id": sa.literal(event_id, sa.BigInteger),
    }
    reports = sa.select(*made.values()).where(_WRITES).order_by(ROW.c.number)
    for binds in _stretches(tx, run_id):
        tx.connection.execute(sa.insert(REPORT).from_select(list(made), reports), binds)


def undo(tx: Tx, run_id: int, count: int) -> None:
    """The reports count no more, and stay for their rows' histories; each assignment has the percentage again that it
    had before."""
    if touched := _apart(tx, run_id, ROW.c.kind == RowKind.CHANGED, 1):
        numbers = "、".join(str(number) for number in touched)
        raise Conflict(f"第 {numbers} 行的任务在导入之后又办理过，不能整批撤销", code="rows_touched")
    event_id = tx.connection.execute(_EVENT, {"run": run_id}).scalar()
    if event_id is None:
        raise Conflict("这次导入的操作记录已归档，不能整批撤销，请逐项更正", code="rows_touched")
    count_of = ASSIGNMENT.c.report_count
    _update(tx, run_id, 1, count, percent=_KEPT["held"].as_integer(), report_count=count_of - 1)
    taken_back = record(tx, "assignment", None, operation=TAKEN_BACK, after={"reports": count})
    theirs = sa.select(ROW.c.target_id).where(_WRITES)
    mark = sa.update(REPORT).where(REPORT.c.import_event_id == event_id, REPORT.c.assignment_id.in_(theirs))
    mark = mark.values(taken_back_event_id=taken_back, version=REPORT.c.version + 1, updated_at=tx.now)
    for binds in _stretches(tx, run_id):
        tx.connection.execute(mark, binds)


# Of the newest report on the first of its assignments: nobody has reported since.
_EVENT = (
    sa.select(REPORT.c.import_event_id)
    .join(ROW, ROW.c.target_id == REPORT.c.assignment_id)
    .where(_RUN, ROW.c.kind == RowKind.CHANGED, STANDS)
    .order_by(ROW.c.number, REPORT.c.id.desc())
    .limit(1)
)
_LAST = sa.select(sa.func.max(ROW.c.number)).where(_RUN)
