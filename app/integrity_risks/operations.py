"""Every write to risk points: found and rated by their unit, reviewed by others, due again, rated anew, struck off."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.bulk_steps import in_bulk
from app.core.errors import Conflict, FieldError, NotFound, invalid
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.integrity_risks.measures import remove
from app.integrity_risks.models import (
    MEASURE,
    RATING,
    RISK,
    IntegrityRisk,
    RiskCreate,
    RiskMeasure,
    RiskPatch,
    RiskRating,
    Verdict,
)
from app.integrity_risks.rounds import held, only_open, refuse_unasked, take_back_nil, unit_to_report
from app.integrity_risks.rules import ASSESSED, CONTROLLED, DONE, IDENTIFIED, ROUNDS, WORKFLOW
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.units.reviewing import CARRIERS

FIGURES = {"likelihood", "impact"}
RATED = ("likelihood", "impact", "by_rule", "review_on")
AFRESH = {"sent_back_at": None, "reviewed_by": None, "reviewed_at": None}
"""Nobody has looked yet at what is handed in."""


@operation("integrity_risk.create")
def create(tx: Tx, given: RiskCreate) -> int:
    """A risk point of one's own unit in an open round; that there were none is taken back."""
    require(tx.actor, *CARRIERS)
    round_id = given.round_id or only_open(tx)
    try:
        find(tx, ROUNDS, round_id)
    except NotFound:
        raise invalid("round_id", f"没有编号为 {round_id} 的排查轮次，请重新选择") from None
    unit_id = unit_to_report(tx, given.unit_id)
    refuse_unasked(tx, held(tx, round_id), unit_id)
    review_on = given.review_on or in_a_year(tx.today)
    check_review(review_on, tx.today)
    take_back_nil(tx, round_id, unit_id)
    fields = given.model_dump(exclude={"round_id", "unit_id", "review_on"})
    made = tx.add(IntegrityRisk(**fields, round_id=round_id, unit_id=unit_id, review_on=review_on))
    assert made.id is not None
    return made.id


def in_a_year(day: date) -> date:
    """The 29th of February comes again on the 28th."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def check_review(review_on: date, today: date) -> None:
    if review_on <= today:
        raise invalid("review_on", f"{review_on} 不在今天以后，请填写以后的复评日期")


@operation("integrity_risk.edit")
def edit(
    tx: Tx,
    risk_id: int,
    given: RiskPatch,
    version: int | None = None,
    *,
    taken_back: bool = False,
    unrated: bool = False,
) -> int:
    """Both figures rate it anew, be they the same. Where a change is ``taken_back``, the review day that there was may
    have come meanwhile, and the rating that comes back is again one that is still to be given (``unrated``)."""
    row = WORKFLOW.guard(tx, risk_id, "edit")
    risk = changing(tx, IntegrityRisk, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, *changes)
    if not taken_back and changes.get("review_on", row.review_on) != row.review_on:
        check_review(changes["review_on"], tx.today)
    if unrated:
        changes["unrated"] = True
    elif not taken_back and changes.keys() >= FIGURES:
        changes["unrated"] = False
    risk.sqlmodel_update(changes)
    tx.session.flush()
    return risk_id


@operation("integrity_risk.delete")
def delete(tx: Tx, risk_id: int, note: str | None = None) -> None:
    """What was never submitted, with its measures. Later a risk point stays, with its history. Where it was
    carried over from, the older one stands again."""
    row = WORKFLOW.guard(tx, risk_id, "delete", note)
    if row.rating_count:
        raise Conflict("已提交过审核的风险点不能删除", code="submitted")
    remove(tx, *tx.session.scalars(sa.select(RiskMeasure).where(MEASURE.c.risk_id == risk_id)))
    tx.session.flush()
    tx.session.delete(changing(tx, IntegrityRisk, row))
    tx.session.flush()
    if row.continues_id is not None:
        WORKFLOW.step(tx, WORKFLOW.find(tx, row.continues_id), "take_back")


# Steps


@operation("integrity_risk.submit")
def submit(tx: Tx, risk_id: int, note: str | None = None) -> int:
    """The rating goes to review, as a row of its own. 409 without a measure, or with a day of review that has come."""
    row = WORKFLOW.guard(tx, risk_id, "submit", note)
    lacking = []
    if tx.connection.execute(sa.select(MEASURE.c.id).where(MEASURE.c.risk_id == risk_id).limit(1)).first() is None:
        lacking.append(FieldError("/measures", "请至少填写一条防控措施"))
    if row.unrated:
        lacking.append(FieldError("/likelihood", "从以前的轮次转入，请重新评定可能性和危害程度"))
    if row.review_on <= tx.today:
        lacking.append(FieldError("/review_on", f"复评日期 {row.review_on} 已到，请改为以后的日期"))
    if lacking:
        detail = "；".join(each.detail for each in lacking)
        raise Conflict(f"还不能提交：{detail}", code="incomplete", errors=lacking)
    number, sent = row.rating_count + 1, _handed_in(tx)
    WORKFLOW.step(tx, row, "submit", note, rating_count=number, **sent, **AFRESH)
    rated = {name: getattr(row, name) for name in RATED}
    tx.add(RiskRating(district_id=row.district_id, risk_id=risk_id, number=number, **rated, **sent))
    return risk_id


def _handed_in(tx: Tx) -> dict[str, Any]:
    return {"submitted_by": tx.actor.user_id, "submitted_at": tx.now}


@operation("integrity_risk.confirm")
def confirm(tx: Tx, risk_id: int, note: str | None = None) -> int:
    """The rating holds, and the measures control the risk until it is to be rated anew."""
    row = WORKFLOW.guard(tx, risk_id, "confirm", note)
    WORKFLOW.step(tx, row, "confirm", note, reviewed_by=tx.actor.user_id, reviewed_at=tx.now)
    _judge(tx, row, Verdict.CONFIRMED)
    return risk_id


@operation("integrity_risk.send_back")
def send_back(tx: Tx, risk_id: int, note: str | None = None) -> int:
    """Its rating, or that it is no more: its unit mends it and hands it in again, as the one or the other."""
    row = WORKFLOW.guard(tx, risk_id, "send_back", note)
    WORKFLOW.step(tx, row, "send_back", note, sent_back_at=tx.now)
    if row.state == ASSESSED:
        _judge(tx, row, Verdict.SENT_BACK)
    tell_unit(tx, row.unit_id, Kind.SENT_BACK, "integrity_risk", risk_id)
    return risk_id


def _judge(tx: Tx, row: Any, verdict: Verdict) -> None:
    newest = RATING.c.risk_id == row.id, RATING.c.number == row.rating_count
    judged = {"verdict": verdict, "reviewed_by": tx.actor.user_id, "reviewed_at": tx.now}
    tx.connection.execute(sa.update(RATING).where(*newest).values(judged))


@operation("integrity_risk.reassess")
def reassess(tx: Tx, risk_id: int, note: str | None = None) -> int:
    """Rated anew, beginning with the rating that held; also before its day. The next day of review is in a year."""
    row = WORKFLOW.guard(tx, risk_id, "reassess", note)
    WORKFLOW.step(tx, row, "reassess", note, review_on=in_a_year(tx.today))
    return risk_id


# Struck off


@operation("integrity_risk.request_close")
def request_close(tx: Tx, risk_id: int, note: str | None = None) -> int:
    """Its unit says why it is no more. 409 while a measure is not carried out, which the measure's files show."""
    row = WORKFLOW.guard(tx, risk_id, "request_close", note)
    if row.state == IDENTIFIED and not row.rating_count:
        raise Conflict("还没有提交过审核的风险点不用销号，请直接删除", code="never_submitted")
    undone = sa.select(MEASURE.c.text).where(MEASURE.c.risk_id == risk_id, MEASURE.c.state != DONE)
    texts = tx.connection.execute(undone.order_by(MEASURE.c.id)).scalars().all()
    if texts:
        why = f"“{texts[0][:30]}”等 {len(texts)} 条措施没有落实，请附印证资料后落实，不再需要的请删除"
        raise Conflict(f"还不能申请销号：{why}", code="incomplete", errors=[FieldError("/measures", why)])
    WORKFLOW.step(tx, row, "request_close", note, **_handed_in(tx), **AFRESH)
    return risk_id


@operation("integrity_risk.close")
def close(tx: Tx, risk_id: int, note: str | None = None) -> int:
    """It is no more: it stays in the ledger with its history, and nothing is owed of it."""
    row = WORKFLOW.guard(tx, risk_id, "close", note)
    WORKFLOW.step(tx, row, "close", note, reviewed_by=tx.actor.user_id, reviewed_at=tx.now)
    return risk_id


STEPS = {
    "submit": submit,
    "confirm": confirm,
    "send_back": send_back,
    "reassess": reassess,
    "request_close": request_close,
    "close": close,
}
BULK = {"confirm": confirm, "close": close, "send_back": send_back}
bulk = in_bulk(WORKFLOW, BULK)


@operation("integrity_risk.fall_due")
def fall_due(tx: Tx) -> int:
    """Every day, of a district: what is to be rated anew from today on. How many."""
    due = RISK.c.district_id == tx.actor.district_id, RISK.c.state == CONTROLLED, RISK.c.review_on <= tx.today
    rows = tx.connection.execute(sa.select(RISK).where(*due).order_by(RISK.c.id).with_for_update()).all()
    for row in rows:
        WORKFLOW.step(tx, row, "fall_due")
    return len(rows)
