"""Who sees a complaint and who handles it: never the unit nor the person complained of.

A complaint about the bureau itself, its offices and subordinate units, and one whose unit is not known yet, exist for
the discipline team alone; one about that team is not taken in at all, and handed on where that is found out later
(``team``). Deadlines: 检举控告工作规则 (2020) has a real-name report answered within 15 workdays of its
receipt and of its conclusion, and forbids to trace who reports without a name; 信访工作条例 (2022) has a matter closed
within 60 days of its acceptance, prolonged once by 30 days at most.
"""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.complaints.models import COMPLAINT, COMPLAINT_STATE_LABELS, ComplaintState
from app.core.policy import (
    CONCERNED,
    DISTRICT,
    ENTRUSTED,
    IN_PERSON,
    USER,
    Policy,
    Role,
    Roles,
    among,
    in_district,
    named_in,
)
from app.core.within import within
from app.core.workflow import Transition, Workflow
from app.units.models import HOST, UNIT, UnitKind

READERS = frozenset({Role.DISCIPLINE, Role.SUPERVISOR, Role.LEADER, Role.OFFICE})
DIRECTORS = frozenset({Role.DISCIPLINE, Role.SUPERVISOR})
HANDLERS = DIRECTORS | {Role.OFFICE}
CLOSE_WITHIN, PROLONGED_BY = 60, 30
"""Days, by 信访工作条例."""

OF_BUREAU = (UnitKind.BUREAU, UnitKind.OFFICE, UnitKind.SUBORDINATE_UNIT, UnitKind.DISCIPLINE_TEAM)
_OFFICES = sa.select(UNIT.c.id).where(UNIT.c.district_id == DISTRICT, among(UNIT.c.kind, *OF_BUREAU))
_HOSTED = sa.select(HOST.c.unit_id).where(HOST.c.host_id.in_(_OFFICES))
_OF_BUREAU = sa.select(UNIT.c.id).where(
    UNIT.c.district_id == DISTRICT, sa.or_(among(UNIT.c.kind, *OF_BUREAU), UNIT.c.id.in_(_HOSTED))
)
"""With the party organisations that its offices host, whose people are theirs."""
_NAMED = named_in(COMPLAINT.c.accused_folded)
"""Whoever is called so is taken for the person complained of, until their account is known to be another's."""

MEANT = sa.or_(
    sa.func.coalesce(COMPLAINT.c.accused_user_id, 0) == USER, sa.and_(COMPLAINT.c.accused_user_id.is_(None), _NAMED)
)
"""The actor is the person complained of, or taken for them."""
OUTSIDE = sa.and_(COMPLAINT.c.unit_id.is_not(None), COMPLAINT.c.unit_id.not_in(_OF_BUREAU.correlate(None)))
"""About a unit that is known, and none of the bureau's own."""
IMPARTIAL = sa.and_(sa.not_(within(sa.func.coalesce(COMPLAINT.c.unit_id, 0), CONCERNED)), sa.not_(MEANT))
"""The actor neither belongs to the unit complained of, nor stands above it, nor is the person."""


def read(roles: Roles) -> ColumnElement[bool]:
    """The discipline team all; supervisor and leader those about schools; an office those it was given to handle."""
    if roles.isdisjoint(READERS):
        return sa.false()
    conditions = [in_district(COMPLAINT), IMPARTIAL]
    if Role.DISCIPLINE not in roles:
        conditions.append(OUTSIDE)
        if roles.isdisjoint({Role.SUPERVISOR, Role.LEADER}):
            conditions.append(within(sa.func.coalesce(COMPLAINT.c.handling_unit_id, 0), ENTRUSTED))
    return sa.and_(*conditions)


def direct(roles: Roles) -> ColumnElement[bool]:
    """Accepts it and says who handles it."""
    return read(roles & DIRECTORS)


def handle(roles: Roles) -> ColumnElement[bool]:
    return read(roles & HANDLERS)


def route(roles: Roles) -> ColumnElement[bool]:
    """Says whom it is about."""
    return read(roles & {Role.DISCIPLINE})


def identify(roles: Roles) -> ColumnElement[bool]:
    """The handler that was named, of a report with a name; the person, not a program with a token of theirs."""
    mine = sa.func.coalesce(COMPLAINT.c.handler_id, 0) == IN_PERSON
    return sa.and_(handle(roles), mine, COMPLAINT.c.named)


def mend(roles: Roles) -> ColumnElement[bool]:
    """Rectifications are the supervisor's to register; of the bureau's own units, which only the discipline team knows
    to be complained of, the discipline team's."""
    grounds = [read(roles & {Role.SUPERVISOR})] if Role.SUPERVISOR in roles else []
    if Role.DISCIPLINE in roles:
        own = COMPLAINT.c.unit_id.in_(_OF_BUREAU.correlate(None))
        grounds.append(sa.and_(read(frozenset({Role.DISCIPLINE})), own))
    return sa.or_(*grounds) if grounds else sa.false()


POLICY = Policy(
    COMPLAINT,
    read,
    {
        "direct": direct,
        "handle": handle,
        "route": route,
        "identify": identify,
        "mend": mend,
    },
)
RECEIVED, ACCEPTED, NOT_ACCEPTED, TRANSFERRED, INVESTIGATING, CONCLUDED, REPLIED = (
    state.value for state in ComplaintState
)
OPEN = (RECEIVED, ACCEPTED, INVESTIGATING, CONCLUDED)
ENDED = (NOT_ACCEPTED, TRANSFERRED, REPLIED)
ASKING = (RECEIVED, ACCEPTED, INVESTIGATING)
"""While the reporter may add to it."""
WORKFLOW = Workflow(
    "complaint",
    ComplaintState,
    COMPLAINT_STATE_LABELS,
    POLICY,
    Transition("accept", (RECEIVED,), ACCEPTED, "受理", "direct"),
    Transition("reject", (RECEIVED,), NOT_ACCEPTED, "不予受理", "direct", note=True, danger=True),
    Transition("transfer", (RECEIVED, ACCEPTED, INVESTIGATING), TRANSFERRED, "移送", "direct", note=True),
    Transition("edit", OPEN, None, "认定被反映对象", "route"),
    Transition("assign", OPEN, None, "交办", "direct"),
    Transition("investigate", (ACCEPTED,), INVESTIGATING, "开始调查", "handle"),
    Transition("inspect", (ACCEPTED, INVESTIGATING), None, "安排检查", "handle"),
    Transition("ask", ASKING, None, "询问举报人", "handle"),
    Transition("remark", OPEN, None, "内部记录", "handle"),
    Transition("identify", OPEN, None, "查看举报人身份", "identify", note=True),
    Transition("prolong", (ACCEPTED, INVESTIGATING), None, "延长期限", "direct", note=True),
    Transition("conclude", (INVESTIGATING,), CONCLUDED, "办结", "handle"),
    Transition("reply", (CONCLUDED,), REPLIED, "答复举报人", "handle"),
    Transition("rectify", (INVESTIGATING, CONCLUDED, REPLIED), None, "移交整改", "mend"),
    Transition("archive", ENDED, None, "归档", "direct"),
)
