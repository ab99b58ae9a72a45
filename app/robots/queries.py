"""Every read of robots, and what a unit's message counts."""

from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, AssignmentState
from app.core.operation import Reader
from app.core.paging import Listing, by_id, equals, one_of
from app.core.workflow import find
from app.rectifications.models import RECTIFICATION, RectificationState
from app.robots.models import MESSAGE, ROBOT, RobotKind, RobotState
from app.robots.rules import POLICY, WORKFLOW
from app.units.models import UNIT
from app.units.queries import choices
from app.webhooks.sight import ROLES

_NAMES = ("id", "version", "name", "unit_id", "kind", "host", "state", "why", "created_at", "updated_at")
_LAST = MESSAGE.alias("last_message")
_NEWEST = (
    sa.select(sa.func.max(MESSAGE.c.id)).where(MESSAGE.c.robot_id == ROBOT.c.id).correlate(ROBOT).scalar_subquery()
)
_JOINED = ("unit_name", "signed", "last_state", "last_at", "last_fault", "last_errcode")
_COLUMNS = [
    *(ROBOT.c[name] for name in _NAMES),
    UNIT.c.name.label("unit_name"),
    ROBOT.c.sealed_secret.is_not(None).label("signed"),
    _LAST.c.state.label("last_state"),
    _LAST.c.created_at.label("last_at"),
    _LAST.c.fault.label("last_fault"),
    _LAST.c.errcode.label("last_errcode"),
]
_SOURCE = ROBOT.join(UNIT, UNIT.c.id == ROBOT.c.unit_id).outerjoin(_LAST, _LAST.c.id == _NEWEST)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(ROBOT)},
    filters={
        "unit_id": equals(ROBOT.c.unit_id, "unit_id"),
        "kind": one_of(ROBOT.c.kind, "kind", RobotKind),
        "state": one_of(ROBOT.c.state, "state", RobotState),
    },
    search=[ROBOT.c.name],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


def one(see: Any, robot_id: int) -> dict[str, Any]:
    find(see, POLICY, robot_id)
    statement = sa.select(*_COLUMNS, *POLICY.columns(see.actor.roles)).select_from(_SOURCE)
    return present(see, see.connection.execute(statement.where(ROBOT.c.id == robot_id), see.actor.binds).one())


def units_for(see: Reader) -> list[tuple[int, str]]:
    """(id, name) of units that may have a robot."""
    return [(unit_id, name) for unit_id, name, _ in choices(see, *ROLES)]


# What a message counts: what the unit itself has to carry out, and nothing of an inspection, of which it must not know

_WORKING = {
    "acknowledge": (ASSIGNMENT, (AssignmentState.PENDING, AssignmentState.IN_PROGRESS)),
    "rectify": (RECTIFICATION, (RectificationState.PENDING, RectificationState.IN_PROGRESS)),
}
COUNTED = {"overdue": "逾期", "soon": "三日内到期", "acknowledge": "待签收", "rectify": "待整改"}


def counts_of(see: Reader, unit_id: int) -> dict[str, int]:
    """As 我的待办 groups them: each row in the first group that fits."""
    counts = dict.fromkeys(COUNTED, 0)
    amber = see.workdays.last_within(see.today, see.settings.lamp_days)
    for otherwise, (table, states) in _WORKING.items():
        mine = [table.c.unit_id == unit_id, table.c.state.in_(states)]
        if table is ASSIGNMENT:
            mine.append(table.c.awaits_decision.is_(sa.false()))
        due, still = table.c.deadline_key, table.c.state == "pending" if table is ASSIGNMENT else sa.true()
        group = sa.case((due < see.today, "overdue"), (due <= amber, "soon"), (still, otherwise), else_="")
        named = sa.select(group.label("grp")).where(*mine).subquery()
        rows = see.connection.execute(sa.select(named.c.grp, sa.func.count()).group_by(named.c.grp)).all()
        for name, count in rows:
            if name:
                counts[name] += count
    return counts
