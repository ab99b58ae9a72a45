"""What a case may come from, a finding or a complaint, and what it may say of that to whom."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from app.cases.models import CASE, CaseCreate, CaseSource
from app.cases.rules import HANDLING, POLICY
from app.complaints.models import COMPLAINT, ComplaintState
from app.complaints.rules import POLICY as COMPLAINTS
from app.core.errors import Conflict, invalid
from app.core.operation import Reader, Tx
from app.core.policy import Roles
from app.inspections.models import FINDING
from app.inspections.rules import FINDING_POLICY

LEADING_TO_CASES = (ComplaintState.INVESTIGATING, ComplaintState.CONCLUDED, ComplaintState.REPLIED)


def unit_of(tx: Tx, given: CaseCreate) -> int | None:
    """The unit concerned, as said or as where the case comes from; 422 where that does not go with the source."""
    finding, complaint = given.source == CaseSource.FINDING, given.complaint_id is not None
    if (given.finding_id is not None) != finding:
        raise invalid("source", "来源为“督查问题”的，请从问题页面转为线索；其他来源请不要关联问题")
    if complaint and given.source != CaseSource.COMPLAINT:
        raise invalid("source", "由信访举报转来的线索，来源须为“信访举报”")
    found = None
    if given.finding_id is not None:
        found = _finding(tx, given.finding_id).unit_id
    if given.complaint_id is not None:
        found = _complaint(tx, given.complaint_id).unit_id
    return given.unit_id or found


def _finding(tx: Tx, finding_id: int) -> Any:
    mine = sa.select(FINDING.c.unit_id).where(FINDING.c.id == finding_id, FINDING_POLICY.read(tx.actor.roles))
    found = tx.connection.execute(mine, tx.actor.binds).one_or_none()
    if found is None:
        raise invalid("finding_id", f"没有编号为 {finding_id} 的问题")
    return found


def _complaint(tx: Tx, complaint_id: int) -> Any:
    handled = COMPLAINTS.may(tx.actor.roles, "handle")
    mine = sa.select(COMPLAINT.c.unit_id, COMPLAINT.c.state).where(COMPLAINT.c.id == complaint_id, handled)
    found = tx.connection.execute(mine, tx.actor.binds).one_or_none()
    if found is None:
        raise invalid("complaint_id", f"没有编号为 {complaint_id} 的信访举报")
    if found.state not in LEADING_TO_CASES:
        raise Conflict("这件举报还没有开始调查，或没有受理，不能立为线索", code="wrong_state", state=str(found.state))
    return found


# Both ways, for whoever may see both


def readable_complaint(roles: Roles) -> sa.ColumnElement[bool]:
    """Of a case: the complaint that it comes from may be read."""
    row = sa.select(sa.literal(1)).where(COMPLAINT.c.id == CASE.c.complaint_id, COMPLAINTS.read(roles))
    return row.correlate(CASE).exists()


def complaint_of(see: Reader, complaint_id: int | None) -> dict[str, Any]:
    mine = sa.select(COMPLAINT.c.id, COMPLAINT.c.code).where(
        COMPLAINT.c.id == complaint_id, COMPLAINTS.read(see.actor.roles)
    )
    row = see.connection.execute(mine, see.actor.binds).one_or_none() if complaint_id is not None else None
    return {"complaint_id": row and row.id, "complaint_code": row and row.code}


class Led(NamedTuple):
    id: int
    title: str
    state: str


def led_to(see: Reader, complaint_id: int) -> list[Led]:
    """The cases that a complaint led to, which the actor may read; the complaint is theirs to read."""
    mine = sa.select(CASE.c.id, CASE.c.title, CASE.c.state).where(
        CASE.c.complaint_id == complaint_id, POLICY.read(see.actor.roles)
    )
    rows = see.connection.execute(mine.order_by(CASE.c.created_at, CASE.c.id), see.actor.binds)
    return [Led(row.id, row.title, str(row.state)) for row in rows]


def may_lead(see: Reader, complaint: dict[str, Any]) -> bool:
    """Whether the actor, who reads the complaint, may make a case of it."""
    return see.actor.has(*HANDLING) and complaint["state"] in LEADING_TO_CASES
