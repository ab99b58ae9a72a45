"""Every read of robots, and what a unit's message counts."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader, Sight
from app.core.paging import Listing, by_id, equals, one_of
from app.core.policy import bound
from app.core.workflow import find
from app.identity.access import as_unit
from app.my_work.kinds import HANDLE, HANDLE_CASE, INSPECT, TAKE_UP
from app.my_work.queries import counts
from app.robots.models import MESSAGE, ROBOT, RobotKind, RobotState
from app.robots.rules import POLICY, WORKFLOW
from app.units.models import UNIT, UnitKind
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


# What a message counts: what waits for the unit, whoever of its people comes first to it

RESTRICTED = frozenset({INSPECT, TAKE_UP, HANDLE, HANDLE_CASE})
"""Known to some of a unit's people alone: a group is not told of them, not even how many there are."""
COUNTED = {"overdue": "逾期", "soon": "三日内到期", "acknowledge": "待签收", "review": "待审核", "rectify": "待整改"}
_UNIT = sa.select(UNIT).where(UNIT.c.id == sa.bindparam("unit"))
_NOBODY = -1
"""Who is asked whether they handed something in themselves: no user's number, and not NULL."""


def counts_of(see: Reader, unit_id: int) -> dict[str, int]:
    """As 我的待办 groups them for somebody of the unit: each in the first group that fits."""
    unit = see.connection.execute(_UNIT, {"unit": unit_id}).one()
    actor = as_unit(see.connection, unit, ROLES[UnitKind(unit.kind)], False, see.today)
    actor = replace(actor, concerned=actor.units | actor.former)
    actor = replace(actor, binds={**bound(actor), "actor_user": _NOBODY})
    return counts(Sight(see.connection, actor, see.settings, see.now), RESTRICTED)
