"""Complaints of a paper ledger, brought in as they ended: history. Nobody is told of them, nothing of them is due, no
receipt opens one, and of who reported them nothing is taken. Who may see one follows from whom it is about, as ever.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.complaints import team
from app.complaints.forms import PastComplaint
from app.complaints.handlers import HANDLING
from app.complaints.intake import OFFERED, code_of
from app.complaints.models import COMPLAINT, NEVER, ComplaintState
from app.complaints.operations import NOT_TO_THEM
from app.complaints.registering import refuse_own
from app.complaints.rules import HANDLERS, OF_BUREAU, POLICY
from app.core.audit import audited_write, record
from app.core.errors import invalid
from app.core.naming import folded
from app.core.operation import Reader, Tx, operation
from app.core.policy import require
from app.core.secrecy import keyed_hash
from app.imports.columns import alike
from app.units.models import UnitKind
from app.units.operations import unit_of_district

_KEPT = (
    *("channel", "named", "category", "unit_id", "accused", "text", "received_on", "state", "handling_unit_id"),
    *("result", "conclusion", "replied_on"),
)


def check(see: Reader, given: PastComplaint) -> None:
    """422 where it is the actor's own matter or the discipline team's, where it is not one for here, where whoever
    handled it may not have, or where its days do not follow each other."""
    unit = unit_of_district(see, given.unit_id)
    if unit.kind not in OFFERED:
        raise invalid("unit_id", f"反映{unit.name}的不在这里受理，请填学校（园）、培训机构、股室或二级单位")
    if given.accused is not None:
        team.refuse_accused(see, unit.district_id, given.unit_id, given.accused)
    refuse_own(see.actor, given.unit_id, given.accused)
    if given.handling_unit_id is not None:
        _check_handling(see, unit, given.handling_unit_id)
    if given.received_on > see.today:
        raise invalid("received_on", f"{given.received_on} 还没有到，请填写实际收到的日期")
    if not given.received_on <= given.closed_on <= see.today:
        raise invalid("closed_on", f"办结日期须在收到日期 {given.received_on} 与今天之间；没有办结的请逐件登记")
    if given.replied_on is not None and not given.closed_on <= given.replied_on <= see.today:
        raise invalid("replied_on", f"答复日期须在办结日期 {given.closed_on} 与今天之间")


def _check_handling(see: Reader, about: Any, unit_id: int) -> None:
    unit = unit_of_district(see, unit_id, "handling_unit_id")
    if unit.kind not in HANDLING:
        raise invalid("handling_unit_id", "承办的须是股室、二级单位或派驻组")
    if about.kind in OF_BUREAU and unit.kind != UnitKind.DISCIPLINE_TEAM:
        raise invalid("handling_unit_id", "反映局机关、股室和二级单位的由派驻组承办，请填派驻组或留空")
    if unit.id == about.id:
        raise invalid("handling_unit_id", NOT_TO_THEM)


@operation("complaint.bring_in")
def bring_in(tx: Tx, given: PastComplaint) -> int:
    """Ended from the first; its event says no more of it than that of one that is registered."""
    require(tx.actor, *HANDLERS)
    check(tx, given)
    closed = "concluded_on" if given.state == ComplaintState.REPLIED else "ended_on"
    values = {
        **given.model_dump(include={*_KEPT}),
        "accused_folded": folded(given.accused or ""),
        **{"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now},
        **{"code": code_of(given.received_on), "receipt_hash": mark(tx, given.unit_id, given.received_on, given.text)},
        **{closed: given.closed_on, "due_on": NEVER, "extended_days": 0, "answered": False, "is_past": True},
    }
    with audited_write(tx.connection):
        put = sa.insert(COMPLAINT).values(values).returning(COMPLAINT.c.id)
        made: int = tx.connection.execute(put).scalar_one()
    told = {"state": given.state.value, "category": given.category.value, "channel": given.channel.value}
    record(tx, "complaint", made, after=told)
    return made


def mark(see: Reader, unit_id: int, received_on: date, text: str) -> str:
    """In the place of a receipt, which opens nothing: what its importer may not see is known again when they bring it
    once more, and is not told to anybody else."""
    said = f"{see.actor.user_id} {unit_id} {received_on} {alike(text)}"
    return keyed_hash(see.settings.secret, "complaint brought in", said)


def readable(see: Reader, complaint_id: int) -> bool:
    mine = sa.select(COMPLAINT.c.id).where(COMPLAINT.c.id == complaint_id, POLICY.read(see.actor.roles))
    return see.connection.execute(mine, see.actor.binds).first() is not None
