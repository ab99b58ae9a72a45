"""Who is told of a complaint: whoever handles it, by its number alone. A notice is there only for whoever may read the
complaint on that day, so that what is found out later about whom it concerns holds of what was told before.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.complaints.models import COMPLAINT
from app.complaints.rules import DIRECTORS, OPEN, POLICY
from app.core.operation import Tx
from app.core.policy import Role
from app.notifications import operations as notices
from app.notifications import rules as sights
from app.notifications.models import Kind
from app.units.models import UNIT, UnitKind

NAME = "complaint"
sights.seen_by(NAME, POLICY)
_OPEN = sa.select(*(COMPLAINT.c[name] for name in ("id", "handling_unit_id", "due_on"))).where(
    COMPLAINT.c.district_id == sa.bindparam("district"),
    COMPLAINT.c.state.in_(OPEN),
    COMPLAINT.c.due_on.between(sa.bindparam("since"), sa.bindparam("until")),
)


def received(tx: Tx, complaint_id: int) -> None:
    notices.tell_holders(tx, DIRECTORS, Kind.RECEIVED, NAME, complaint_id)


def assigned(tx: Tx, complaint_id: int, unit_id: int) -> None:
    _tell(tx, complaint_id, unit_id, Kind.ASSIGNED)


def answered(tx: Tx, row: Any) -> None:
    """Told once until a handler has looked into it."""
    if not row.answered:
        _tell(tx, row.id, row.handling_unit_id, Kind.ANSWERED)


def remind(tx: Tx, kind: Kind, since: date, until: date) -> int:
    """What falls due between two days: to whoever handles it, else to whoever gives it to someone."""
    between = {"district": tx.actor.district_id, "since": since, "until": until}
    rows = tx.connection.execute(_OPEN, between).all()
    return sum(_tell(tx, row.id, row.handling_unit_id, kind, row.due_on) for row in rows)


notices.ALSO[NAME] = remind


def _tell(tx: Tx, complaint_id: int, unit_id: int | None, kind: Kind, deadline_on: date | None = None) -> int:
    if unit_id is None:
        return notices.tell_holders(tx, DIRECTORS, kind, NAME, complaint_id, deadline_on)
    of_unit = sa.select(UNIT.c.kind).where(UNIT.c.id == unit_id)
    if tx.connection.execute(of_unit).scalar_one() == UnitKind.DISCIPLINE_TEAM:
        return notices.tell_holders(tx, {Role.DISCIPLINE}, kind, NAME, complaint_id, deadline_on)
    return notices.tell_unit(tx, unit_id, kind, NAME, complaint_id, deadline_on)
