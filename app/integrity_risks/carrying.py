"""What a unit found in a round before and still stands, carried over into the round that it reports in now."""

from typing import Any

import sqlalchemy as sa

from app.core.errors import Forbidden, NotFound, invalid
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.workflow import find
from app.evidence.operations import copy_links
from app.integrity_risks.models import MEASURE, RISK, IntegrityRisk, RiskMeasure
from app.integrity_risks.operations import in_a_year
from app.integrity_risks.round_models import CarryOver
from app.integrity_risks.rounds import held, refuse_unasked, take_back_nil, unit_to_report
from app.integrity_risks.rules import CARRIED_OVER, ROUNDS, WORKFLOW
from app.units.reviewing import CARRIERS
from app.units.succession import standing

_WORDS = ("department", "post", "duty_item", "risk_point", "manifestation", "source")
_RATING = ("likelihood", "impact", "by_rule")
_OF_MEASURE = ("text", "responsible_person", "responsible_leader", "deadline_on", "assignment_id", "state")


@operation("risk_round.carry_over")
def carry_over(tx: Tx, round_id: int, given: CarryOver) -> int:
    """Each as a draft of its unit, or of the one that stands in its place, with its words and its measures, to be rated
    anew; it goes on in that draft and owes nothing itself. What was carried over into this round before stays as it is.
    """
    find(tx, ROUNDS, round_id)
    require(tx.actor, *CARRIERS)
    if not given.risk_ids:
        raise invalid("risk_ids", "请至少勾选一个风险点")
    risk_round = held(tx, round_id)
    asked: set[int] = set()
    heirs: dict[int, int] = {}
    for place, risk_id in enumerate(given.risk_ids):
        row = _to_carry(tx, round_id, f"risk_ids/{place}", risk_id)
        if row is None:
            continue
        unit_id = unit_to_report(tx, standing(tx, row.unit_id))
        if unit_id not in asked:
            refuse_unasked(tx, risk_round, unit_id, f"risk_ids/{place}")
            take_back_nil(tx, round_id, unit_id)
            asked.add(unit_id)
        heirs |= _carry(tx, row, round_id, unit_id)
    # What proves a measure proves it there as well.
    copy_links(tx, "risk-measures", heirs)
    return round_id


def _to_carry(tx: Tx, round_id: int, field: str, risk_id: int) -> Any:
    """The risk point; None where it was carried over into this round already."""
    try:
        row = WORKFLOW.find(tx, risk_id)
    except NotFound:
        raise invalid(field, f"没有编号为 {risk_id} 的风险点，请刷新后重新选择") from None
    if not row.may_carry_out:
        raise Forbidden("只能转入本单位的风险点")
    going_on = sa.select(RISK.c.id).where(RISK.c.continues_id == risk_id, RISK.c.round_id == round_id)
    if row.state == CARRIED_OVER and tx.connection.execute(going_on).first() is not None:
        return None
    WORKFLOW.admit(row, "carry_over")
    if row.round_id >= round_id:
        raise invalid(field, f"“{row.risk_point[:30]}”不是以前的轮次里的，不能转入这一轮")
    return row


def _carry(tx: Tx, row: Any, round_id: int, unit_id: int) -> dict[int, int]:
    """Which of its measures goes on in which. The rating that held stays to be seen until there is a new one."""
    WORKFLOW.step(tx, row, "carry_over")
    copied: dict[str, Any] = {name: getattr(row, name) for name in (*_WORDS, *_RATING)}
    placed: dict[str, Any] = {"round_id": round_id, "unit_id": unit_id, "review_on": in_a_year(tx.today)}
    made = tx.add(IntegrityRisk(**copied, **placed, continues_id=row.id, unrated=True))
    assert made.id is not None
    measures = sa.select(MEASURE).where(MEASURE.c.risk_id == row.id).order_by(MEASURE.c.id)
    heirs: dict[int, int] = {}
    for measure in tx.connection.execute(measures).all():
        same = tx.add(RiskMeasure(risk_id=made.id, **{name: getattr(measure, name) for name in _OF_MEASURE}))
        assert same.id is not None
        heirs[measure.id] = same.id
    return heirs
