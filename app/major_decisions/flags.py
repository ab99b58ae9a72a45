"""What makes a decision suspicious (疑点), computed from what is known of it and never stored."""

from datetime import date
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.major_decisions.models import DECISION, DecisionResult, DecisionState, Flag


class spoken_before_others(FunctionElement[bool]):
    """``spoken_before_others(opinions, name)``: whoever has that name spoke, and somebody after them."""

    type = sa.Boolean()
    inherit_cache = True
    name = "spoken_before_others"

    def self_group(self, against: Any = None) -> Self:
        return self


@compiles(spoken_before_others, "sqlite")
def _in_json(element: spoken_before_others, compiler: Any, **options: Any) -> str:
    opinions, name = (compiler.process(clause, **options) for clause in element.clauses)
    early = f"json_extract(value, '$.speaker') = {name} AND key + 1 < json_array_length({opinions})"
    return f"EXISTS (SELECT 1 FROM json_each({opinions}) WHERE {early})"


@compiles(spoken_before_others, "postgresql")
def _in_elements(element: spoken_before_others, compiler: Any, **options: Any) -> str:
    opinions, name = (compiler.process(clause, **options) for clause in element.clauses)
    spoken = f"json_array_elements({opinions}) WITH ORDINALITY AS spoken(opinion, place)"
    early = f"opinion ->> 'speaker' = {name} AND place < json_array_length({opinions})"
    return f"EXISTS (SELECT 1 FROM {spoken} WHERE {early})"


_DECIDED = DECISION.c.decided_on.is_not(None)
LASTING: dict[Flag, ColumnElement[bool]] = {
    Flag.WITHOUT_MEETING: sa.and_(_DECIDED, DECISION.c.meeting_kind.is_(None)),
    Flag.QUORUM_MISSED: sa.and_(
        _DECIDED, sa.func.coalesce(DECISION.c.present, 0) < sa.func.coalesce(DECISION.c.quorum, 0)
    ),
    Flag.CHAIR_FIRST: sa.and_(_DECIDED, spoken_before_others(DECISION.c.opinions, DECISION.c.chair)),
    Flag.NO_LEGALITY_REVIEW: sa.and_(
        _DECIDED,
        DECISION.c.legality_waived.is_(None),
        sa.or_(DECISION.c.legality_on.is_(None), DECISION.c.legality_on > DECISION.c.decided_on),
    ),
}
"""Those that do not depend on the day. A review that came after the decision is none."""
_STILL = (DecisionState.DECIDED, DecisionState.DISCLOSED)
UNEXECUTED = sa.and_(DECISION.c.result == DecisionResult.PASSED, DECISION.c.state.in_(_STILL))
"""Passed, and not carried out yet."""


def conditions(today: ColumnElement[date]) -> dict[Flag, ColumnElement[bool]]:
    begun, due = DECISION.c.disclosed_from, DECISION.c.disclose_by
    not_begun = sa.and_(begun.is_(None), DECISION.c.undisclosed_reason.is_(None), due < today)
    overdue = sa.and_(due.is_not(None), sa.or_(sa.and_(begun.is_not(None), begun > due), not_begun))
    late = sa.and_(UNEXECUTED, DECISION.c.deadline_on.is_not(None), DECISION.c.deadline_on < today)
    return {**LASTING, Flag.OVERDUE_DISCLOSURE: overdue, Flag.OVERDUE_EXECUTION: late}


def how_many(today: ColumnElement[date]) -> ColumnElement[int]:
    parts = [sa.case((condition, 1), else_=0) for condition in conditions(today).values()]
    total: ColumnElement[int] = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


COLUMNS = [condition.label(f"flag_{flag.value}") for flag, condition in LASTING.items()]


def flags_of(row: Any, today: date) -> list[Flag]:
    """Of a row read with ``COLUMNS``; what is overdue is said here as ``conditions`` says it to the database."""
    due, begun = row.disclose_by, row.disclosed_from
    last = begun or (None if row.undisclosed_reason else today)
    overdue = due is not None and last is not None and last > due
    found = [flag for flag in LASTING if getattr(row, f"flag_{flag.value}")]
    waits = row.result == DecisionResult.PASSED and row.state in _STILL
    late = waits and row.deadline_on is not None and row.deadline_on < today
    by_day = {Flag.OVERDUE_DISCLOSURE: overdue, Flag.OVERDUE_EXECUTION: late}
    return [*found, *(flag for flag, there in by_day.items() if there)]
