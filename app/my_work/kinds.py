"""What may wait for a person, in which group; and how one kind's rows are asked for."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

GROUPS = {"overdue": "逾期", "soon": "三日内", "acknowledge": "待签收", "review": "待审核", "rectify": "待整改"}
OVERDUE, SOON, ACKNOWLEDGE, REVIEW, RECTIFY = range(5)
TODAY = sa.bindparam("matters_today", type_=sa.Date)
AMBER = sa.bindparam("matters_amber", type_=sa.Date)
NEVER = date(9999, 12, 31)
"""The key of what has no deadline, as ``deadline_key`` says it."""

(
    CARRY_OUT,
    JUDGE,
    DECIDE,
    IMPROVE,
    VERIFY,
    EXTEND,
    INSPECT,
    RECEIPT,
    APPROVE,
    REVISE,
    LOOK_THROUGH,
    MEND,
    SEARCH,
    RATE,
    MEND_RISK,
    RATE_AGAIN,
    DISCLOSE,
    ANSWER,
    CHECK,
    APPROVE_ACTION,
    SERVE_ACTION,
    PERFORM_ACTION,
    REPLY_TO_ACTION,
    CLOSE_ACTION,
    TAKE_UP,
    HANDLE,
    CONFIRM,
    REDRAW,
    FINISH,
    CHOOSE,
    VISIT_SCHOOL,
    CONFIRM_VISIT,
    MEND_VISIT,
    ANSWER_MATTER,
    CLOSE_MATTER,
    APPROVE_VENUE,
    CHECK_VENUE,
    REPORT_VENUE,
    HANDLE_CASE,
    ENTER_POINTS,
    CONFIRM_POINTS,
    DECIDE_APPEAL,
    CHECK_ITSELF,
    CONFIRM_SELF_CHECK,
    SUMMARIZE,
    CONCLUDE,
    FILE,
    FINISH_MEASURE,
    EXECUTE,
    REPORT_FIGURES,
    RECONVENE,
    DECIDE_LEFT,
) = range(52)
"""Kinds of matters: what the person is to do."""


def branch(
    kind: int,
    table: sa.Table,
    otherwise: int,
    ground: ColumnElement[bool],
    *conditions: ColumnElement[bool],
    due: str | None = "deadline_key",
    since: str | ColumnElement[Any] = "submitted_at",
) -> list[sa.Select[Any]]:
    """The rows of one kind, in group ``otherwise`` unless their deadline presses; none without a ground to act.

    ``due`` None: without a deadline.
    """
    if isinstance(ground, sa.False_):
        return []
    deadline = table.c[due] if due else sa.literal(NEVER, sa.Date)
    columns = [
        sa.literal(kind, sa.Integer).label("kind"),
        table.c.id,
        sa.case((deadline < TODAY, OVERDUE), (deadline <= AMBER, SOON), else_=otherwise).label("grp"),
        deadline.label("due"),
        (table.c[since] if isinstance(since, str) else since).label("since"),
    ]
    return [sa.select(*columns).where(*conditions, ground)]
