"""Every read of extensions."""

from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.assignments.models import ASSIGNMENT
from app.core.operation import Reader
from app.core.paging import Listing, by_id, equals, one_of
from app.extensions.models import EXTENSION, ExtensionState
from app.extensions.rules import POLICY, WORKFLOW
from app.identity.models import USER
from app.notifications.queries import titled
from app.plans.models import ITEM
from app.rectifications.models import RECTIFICATION
from app.rectifications.queries import FOUND, NUMBERED
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
_TASK, _PROBLEM, _ITEM = ASSIGNMENT.alias("task"), RECTIFICATION.alias("matter"), ITEM.alias("task_item")
_ASKER, _DECIDER = USER.alias("asker"), USER.alias("decider")
_NAMES = (
    *("id", "version", "assignment_id", "rectification_id", "unit_id", "from_deadline_on", "deadline_on", "reason"),
    *("state", "decided_at", "decision_note", "created_at", "updated_at"),
)
_COLUMNS = [
    *(EXTENSION.c[name] for name in _NAMES),
    UNIT.c.name.label("unit_name"),
    sa.func.coalesce(_ITEM.c.title, _PROBLEM.c.problem).label("title"),
    _ASKER.c.name.label("requested_by_name"),
    _DECIDER.c.name.label("decided_by_name"),
]
_SHOWN = [column.name for column in _COLUMNS]
_SOURCE = (
    EXTENSION.join(UNIT, UNIT.c.id == EXTENSION.c.unit_id)
    .outerjoin(_TASK, _TASK.c.id == EXTENSION.c.assignment_id)
    .outerjoin(_ITEM, _ITEM.c.id == _TASK.c.plan_item_id)
    .outerjoin(_PROBLEM, _PROBLEM.c.id == EXTENSION.c.rectification_id)
    .outerjoin(_ASKER, _ASKER.c.id == EXTENSION.c.requested_by)
    .outerjoin(_DECIDER, _DECIDER.c.id == EXTENSION.c.decided_by)
)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(EXTENSION)},
    filters={
        "assignment_id": equals(EXTENSION.c.assignment_id, "assignment_id"),
        "rectification_id": equals(EXTENSION.c.rectification_id, "rectification_id"),
        "unit_id": equals(EXTENSION.c.unit_id, "unit_id"),
        "state": one_of(EXTENSION.c.state, "state", ExtensionState),
    },
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


def one(see: Reader, extension_id: int) -> dict[str, Any]:
    shown = present(see, LIST.one(see, extension_id))
    with_responsible(see, [shown])
    return shown


def of(see: Reader, **target: int) -> list[dict[str, Any]]:
    """The newest requests for one row: ``of(see, assignment_id=7)``."""
    asked = LIST.asked({name: str(row_id) for name, row_id in target.items()})
    return [present(see, row) for row in LIST.page(see, asked)[0]]


# What notices call one: by its task's item, or by the number of what is rectified

_CALLED = sa.func.coalesce("任务“" + _ITEM.c.title + "”", "整改 " + NUMBERED)
_OF_WHICH = (
    EXTENSION.outerjoin(_TASK, _TASK.c.id == EXTENSION.c.assignment_id)
    .outerjoin(_ITEM, _ITEM.c.id == _TASK.c.plan_item_id)
    .outerjoin(RECTIFICATION, RECTIFICATION.c.id == EXTENSION.c.rectification_id)
    .outerjoin(FOUND, FOUND.c.id == RECTIFICATION.c.finding_id)
)
titled(EXTENSION, _CALLED, _OF_WHICH)
