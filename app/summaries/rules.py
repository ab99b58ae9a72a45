"""Who reads the written part of a summary and its snapshots (the overseers of the district), and who writes it.

The figures themselves everybody reads as far as they read the lists behind them.
"""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.core.policy import DISTRICT_WIDE, Policy, Role, Roles, by, in_district
from app.core.workflow import Transition, Workflow
from app.summaries.models import SUMMARY, SUMMARY_STATE_LABELS, SummaryState


def read(roles: Roles) -> ColumnElement[bool]:
    return sa.false() if roles.isdisjoint(DISTRICT_WIDE) else in_district(SUMMARY)


POLICY = Policy(SUMMARY, read, {"write": by(Role.SUPERVISOR, SUMMARY)})
DRAFT, FROZEN = (state.value for state in SummaryState)
WORKFLOW = Workflow(
    "summary",
    SummaryState,
    SUMMARY_STATE_LABELS,
    POLICY,
    Transition("edit", (DRAFT,), None, "撰写", "write"),
    Transition("freeze", (DRAFT,), FROZEN, "定稿", "write"),
    Transition("reopen", (FROZEN,), DRAFT, "重新起草", "write", note=True),
)
