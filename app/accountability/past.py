"""Actions of earlier years, brought in from a table as they ended. Nobody approves, serves or is told of them anew."""

from datetime import date, datetime, time

from app.accountability.ladder import cite
from app.accountability.models import AccountabilityAction, ActionState, PastAction
from app.accountability.operations import check_person
from app.accountability.rules import PROPOSERS
from app.accountability.sources import PAST
from app.accountability.triggers import Found
from app.core.calendar import SHANGHAI
from app.core.errors import invalid
from app.core.operation import Reader, Tx, operation
from app.core.policy import require
from app.units.operations import unit_of_district

KEPT = ("unit_id", "kind", "person", "reason", "reply_by", "performance", "reply", "effect")


def check(see: Reader, given: PastAction) -> None:
    """422 where it is about one's own unit, names a person or none wrongly, or its days do not follow each other.

    What was served this year goes the way of all others, by a leader's approval.
    """
    if given.unit_id in see.actor.concerned or given.unit_id in see.actor.units:
        raise invalid("unit_id", "不能导入对本单位的问责，请由他人导入")
    check_person(given.kind, given.person)
    if given.served_on.year >= see.today.year:
        raise invalid("served_on", "只补登以前年度的问责，今年的请在系统里提出")
    if given.approved_on is not None and given.approved_on > given.served_on:
        raise invalid("approved_on", f"晚于送达日期 {given.served_on}，请核对")
    for name in ("reply_by", "replied_on", "closed_on"):
        _follows(see, given, name)


def _follows(see: Reader, given: PastAction, name: str) -> None:
    on: date | None = getattr(given, name)
    if on is not None and on < given.served_on:
        raise invalid(name, f"早于送达日期 {given.served_on}，请核对")
    if on is not None and on > see.today:
        raise invalid(name, "还没有到这一天，请核对；没有办结的请在系统里提出")


@operation("accountability_action.bring_in")
def bring_in(tx: Tx, given: PastAction) -> int:
    """Closed from the first: its unit finds it in its ledger, and the ladder does not know of it."""
    require(tx.actor, *PROPOSERS)
    unit_of_district(tx, given.unit_id, "unit_id")
    check(tx, given)
    made = tx.add(
        AccountabilityAction(
            **given.model_dump(include=set(KEPT)),
            state=ActionState.CLOSED,
            is_past=True,
            past_number=given.number,
            proposed_by=tx.actor.user_id,
            approved_at=_begun(given.approved_on),
            served_at=_begun(given.served_on),
            replied_at=_begun(given.replied_on),
            closed_at=_begun(given.closed_on),
        )
    )
    assert made.id is not None
    cite(tx, made.id, [(PAST, Found(made.id, given.unit_id, given.said or given.reason))])
    return made.id


def _begun(on: date | None) -> datetime | None:
    return None if on is None else datetime.combine(on, time(), SHANGHAI)
