"""Who knows of a case: its handlers, of the stationed team's own the discipline role; nobody of the unit concerned."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.cases.models import CASE, CASE_STATE_LABELS, CIRCULAR, HANDLER, OFFICE, CaseState
from app.core.policy import BUSINESS, USER, Condition, Policy, Role, Roles, by, in_district, stranger_to
from app.core.workflow import Transition, Workflow
from app.evidence import targets

HANDLING = (Role.DISCIPLINE, Role.SUPERVISOR, Role.OFFICE)
"""Whoever handles a case holds one of these."""
_MINE = (
    sa.select(sa.literal(1)).where(HANDLER.c.case_file_id == CASE.c.id, HANDLER.c.user_id == USER).correlate(CASE)
).exists()


def handle(roles: Roles) -> ColumnElement[bool]:
    """Its handlers, as long as they hold such a role and none on the unit concerned."""
    if roles.isdisjoint(HANDLING):
        return sa.false()
    return sa.and_(in_district(CASE), _MINE, stranger_to(CASE.c.unit_id))


def read(roles: Roles) -> ColumnElement[bool]:
    if Role.DISCIPLINE not in roles:
        return handle(roles)
    return sa.and_(in_district(CASE), sa.or_(_MINE, CASE.c.of_discipline), stranger_to(CASE.c.unit_id))


POLICY = Policy(CASE, read, {"handle": handle, "assign": read})
"""Whoever reads it may add a handler: of the stationed team's own any of the team, so that none is left to nobody."""
CLUE, PRELIMINARY, FILED, CONCLUDED, CIRCULATED, CLOSED = (state.value for state in CaseState)
UNDER_WAY = (CLUE, PRELIMINARY, FILED)
OPEN = (*UNDER_WAY, CONCLUDED)
WORKFLOW = Workflow(
    "case_file",
    CaseState,
    CASE_STATE_LABELS,
    POLICY,
    Transition("edit", UNDER_WAY, None, "修改", "handle"),
    Transition("link_evidence", UNDER_WAY, None, "上传资料", "handle"),
    Transition("add_note", OPEN, None, "记录核查", "handle"),
    Transition("add_handler", OPEN, None, "增加承办人", "assign"),
    Transition("remove_handler", OPEN, None, "移出承办人", "handle"),
    Transition("examine", (CLUE,), PRELIMINARY, "开始初核", "handle"),
    Transition("file", (PRELIMINARY,), FILED, "立案", "handle"),
    Transition("conclude", (FILED,), CONCLUDED, "结案", "handle"),
    Transition("circulate", (CONCLUDED,), CIRCULATED, "通报", "handle"),
    Transition("close", (CLUE, PRELIMINARY), CLOSED, "不予立案", "handle", note=True, danger=True),
    Transition("reopen", (CLOSED,), CLUE, "重新办理", "handle", note=True),
)
targets.register("cases", "案件线索", POLICY, workflow=WORKFLOW, title=CASE.c.title, confidential=True)


def _everyone(table: sa.Table) -> Condition:
    return lambda roles: sa.false() if roles.isdisjoint(BUSINESS) else in_district(table)


CIRCULARS = Policy(CIRCULAR, _everyone(CIRCULAR))
OFFICES = Policy(OFFICE, _everyone(OFFICE), {"edit": by(Role.SUPERVISOR, OFFICE)})
