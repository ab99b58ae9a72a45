"""What comes by letter, visit or telephone, or is handed down: registered by whoever it comes to, and from then on as
if the public had sent it. Whoever registers it sees it again only where they may see what is routed so.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.complaints import intake, team
from app.complaints.forms import ComplaintRegister
from app.complaints.models import COMPLAINT, Channel
from app.complaints.rules import HANDLERS, POLICY
from app.core.audit import record
from app.core.errors import invalid
from app.core.naming import is_named
from app.core.operation import Tx, operation
from app.core.policy import Actor, require

OLDEST = timedelta(days=366)
ELSEWHERE = "反映本单位或本人的，请原件转交派驻组登记"


@operation("complaint.register")
def register(tx: Tx, given: ComplaintRegister, nonce: str = "") -> dict[str, Any]:
    """Its receipt, told this once, and its code. The same ``nonce`` of the same person with the same content is the
    same complaint; no answer is kept for that, since hashes of a name could be tried against.
    """
    require(tx.actor, *HANDLERS)
    intake.check(given)
    _check(tx, given)
    sent = f"{tx.actor.user_id} {nonce or secrets.token_hex(32)}"
    receipt = intake.receipt_of(tx.settings.secret, hashlib.sha256(sent.encode()).hexdigest(), given)
    channel = Channel(given.channel.value)
    made = intake.keep(tx, given, receipt, channel, given.received_on, updated_at=tx.now)
    if made is not None:
        told = {"state": "received", "category": given.category.value, "channel": channel.value}
        record(tx, "complaint", made, after=told)
    mine = COMPLAINT.c.receipt_hash == intake.hash_of(tx.settings.secret, receipt)
    row = tx.connection.execute(sa.select(COMPLAINT.c.id, COMPLAINT.c.code).where(mine)).one()
    readable = sa.select(COMPLAINT.c.id).where(COMPLAINT.c.id == row.id, POLICY.read(tx.actor.roles))
    return {
        "receipt": intake.grouped(receipt),
        "received_on": given.received_on,
        "code": row.code,
        "complaint_id": tx.connection.execute(readable, tx.actor.binds).scalar(),
    }


def _check(tx: Tx, given: ComplaintRegister) -> None:
    if given.received_on > tx.today:
        raise invalid("received_on", f"{given.received_on} 还没有到，请填写实际收到的日期")
    if given.received_on < tx.today - OLDEST:
        raise invalid("received_on", f"{given.received_on} 已过去一年以上，请核对年份")
    if given.unit_id is not None:
        unit = intake.offered_unit(tx, given.unit_id)
        if unit.district_id != tx.actor.district_id:
            raise invalid("unit_id", "名单中没有这个单位，请重新选择，或在下面写出名称")
    assert tx.actor.district_id is not None
    team.refuse(tx, tx.actor.district_id, given)
    refuse_own(tx.actor, given.unit_id, given.accused)


def refuse_own(actor: Actor, unit_id: int | None, accused: str | None) -> None:
    """422 for what is about the actor's own unit, or about the actor."""
    if unit_id is not None and unit_id in actor.concerned | actor.units:
        raise invalid("unit_id", ELSEWHERE)
    if accused is not None and is_named(actor.name, accused):
        raise invalid("accused", ELSEWHERE)
