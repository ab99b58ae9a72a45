"""A request for a later deadline is seen by whoever sees what it is for; a leader decides."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from app.assignments.models import ASSIGNMENT, OPEN_STATES
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.core.policy import BUSINESS, DISTRICT_WIDE, Condition, Policy, Role, Roles, in_district, stranger_to
from app.core.workflow import Transition, Workflow
from app.extensions.models import EXTENSION, EXTENSION_STATE_LABELS, ExtensionState
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS


def _with(table: sa.Table, key: sa.Column[int], readable: Condition, roles: Roles) -> ColumnElement[bool]:
    row = sa.select(sa.literal(1)).select_from(table).where(table.c.id == key, readable(roles))
    return row.correlate(EXTENSION).exists()


def read(roles: Roles) -> ColumnElement[bool]:
    if roles.isdisjoint(BUSINESS):
        return sa.false()
    if roles & DISTRICT_WIDE:
        return in_district(EXTENSION)
    return sa.and_(
        in_district(EXTENSION),
        sa.or_(
            _with(ASSIGNMENT, EXTENSION.c.assignment_id, ASSIGNMENTS.read, roles),
            _with(RECTIFICATION, EXTENSION.c.rectification_id, RECTIFICATIONS.read, roles),
        ),
    )


ASSIGNMENTS_RUN = ASSIGNMENT.c.state.in_(OPEN_STATES)
RECTIFICATIONS_RUN = RECTIFICATION.c.state != RectificationState.CLOSED


def runs(roles: Roles) -> ColumnElement[bool]:
    """What the request is for has not ended."""
    return sa.or_(
        _with(ASSIGNMENT, EXTENSION.c.assignment_id, lambda _: ASSIGNMENTS_RUN, roles),
        _with(RECTIFICATION, EXTENSION.c.rectification_id, lambda _: RECTIFICATIONS_RUN, roles),
    )


def decide(roles: Roles) -> ColumnElement[bool]:
    """A leader, but never on what their own unit asked for; what ended meanwhile waits for nobody."""
    if Role.LEADER not in roles:
        return sa.false()
    return sa.and_(in_district(EXTENSION), stranger_to(EXTENSION.c.unit_id), runs(roles))


POLICY = Policy(EXTENSION, read, {"decide": decide, "run": runs})
_ASKED = (ExtensionState.REQUESTED,)
WORKFLOW = Workflow(
    "extension",
    ExtensionState,
    EXTENSION_STATE_LABELS,
    POLICY,
    Transition("approve", _ASKED, ExtensionState.APPROVED, "批准", "decide"),
    Transition("refuse", _ASKED, ExtensionState.REFUSED, "不批准", "decide", note=True, danger=True),
)
