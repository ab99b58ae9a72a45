"""From the rows to the points: scoring a round, publishing what came of it, and freezing it for good.

The system's own deductions are made anew at each scoring, but for those that an appeal took back; what offices entered
stays. A criterion costs no more than
its full points, whatever is taken off under it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.appraisals.deduction_models import APPEAL, DEDUCTION
from app.appraisals.measures import Measured, formula, measure
from app.appraisals.models import CRITERION, RESULT, SOURCE_LABELS, AppraisalResult, Source
from app.appraisals.rules import (
    APPEALING,
    PENDING,
    RESULT_WORKFLOW,
    SCORED,
    STANDING,
    UPHELD,
    WAITING,
    WORKFLOW,
    held,
)
from app.core.audit import audited_write, record
from app.core.calendar import long_day
from app.core.errors import Conflict
from app.core.operation import Tx, operation
from app.core.within import many, within
from app.indicators.amounts import written
from app.notifications.models import Kind
from app.notifications.operations import tell_units_of
from app.units import groups
from app.units.models import UNIT

OFFICE = UNIT.alias("entering")
_CRITERIA = (
    sa.select(CRITERION, OFFICE.c.name.label("office_name"))
    .outerjoin(OFFICE, OFFICE.c.id == CRITERION.c.office_id)
    .where(CRITERION.c.appraisal_id == sa.bindparam("appraisal"))
    .order_by(CRITERION.c.id)
)
_NAMES = sa.select(UNIT.c.id, UNIT.c.name).where(within(UNIT.c.id, many("scored_units"))).order_by(UNIT.c.id)
_SUMS = (
    sa.select(DEDUCTION.c.unit_id, DEDUCTION.c.criterion_id, sa.func.sum(DEDUCTION.c.points).label("points"))
    .where(DEDUCTION.c.appraisal_id == sa.bindparam("appraisal"), DEDUCTION.c.state == STANDING)
    .group_by(DEDUCTION.c.unit_id, DEDUCTION.c.criterion_id)
)
_TAKEN_BACK = (
    sa.select(*(DEDUCTION.c[name] for name in ("criterion_id", "unit_id", "cited", "cited_id")))
    .join(APPEAL, APPEAL.c.deduction_id == DEDUCTION.c.id)
    .where(APPEAL.c.appraisal_id == sa.bindparam("appraisal"), APPEAL.c.state == UPHELD)
    .where(DEDUCTION.c.office_id.is_(None))
)
"""What the system took off wrongly, as was found on an appeal: a later scoring does not take it off again."""
Sums = dict[tuple[int, int], Decimal]


@operation("appraisal.score")
def score(tx: Tx, appraisal_id: int, note: str | None = None) -> int:
    """Take the figures of the units that are in the group today. 409 while there is no criterion, no unit, or an office
    still enters."""
    row = WORKFLOW.guard(tx, appraisal_id, "score", note)
    held(tx, appraisal_id)
    criteria = tx.connection.execute(_CRITERIA, {"appraisal": appraisal_id}).all()
    if not criteria:
        raise Conflict("还不能评分：请先增加指标", code="incomplete")
    if waiting := [each for each in criteria if each.state == WAITING]:
        named = "、".join(f"{each.office_name}“{each.name}”" for each in waiting)
        raise Conflict(f"还不能评分：等待录入完毕的有{named}", code="waiting")
    units = groups.members(tx, [row.unit_group_id], tx.today)[row.unit_group_id]
    if not units:
        raise Conflict("还不能评分：参加考核的单位组里没有单位", code="incomplete")
    clear(tx, appraisal_id)
    measured = measure(tx, row, criteria, units)
    _take_off(tx, appraisal_id, measured)
    _note_results(tx, appraisal_id, criteria, units, measured)
    WORKFLOW.step(tx, row, "score", note, scored_at=tx.now)
    return appraisal_id


def clear(tx: Tx, appraisal_id: int) -> None:
    """Results, and what the system took off; what was appealed against before a withdrawal is void and stays."""
    opposed = sa.select(APPEAL.c.deduction_id).where(APPEAL.c.appraisal_id == appraisal_id)
    with audited_write(tx.connection):
        computed = [DEDUCTION.c.appraisal_id == appraisal_id, DEDUCTION.c.office_id.is_(None)]
        computed.append(DEDUCTION.c.id.not_in(opposed))
        tx.connection.execute(sa.delete(DEDUCTION).where(*computed))
        tx.connection.execute(sa.delete(RESULT).where(RESULT.c.appraisal_id == appraisal_id))


def _stamps(tx: Tx, appraisal_id: int) -> dict[str, Any]:
    own = {"district_id": tx.actor.district_id, "appraisal_id": appraisal_id, "version": 1}
    return own | {"created_at": tx.now, "updated_at": tx.now}


def _take_off(tx: Tx, appraisal_id: int, measured: dict[int, Measured]) -> None:
    stamps = _stamps(tx, appraisal_id)
    taken_back = {tuple(row) for row in tx.connection.execute(_TAKEN_BACK, {"appraisal": appraisal_id})}
    values = [
        {**stamps, "criterion_id": criterion_id, "state": STANDING, **cut._asdict()}
        for criterion_id, found in measured.items()
        for cut in found.cuts
        if (criterion_id, cut.unit_id, cut.cited, cut.cited_id) not in taken_back
    ]
    if values:
        with audited_write(tx.connection):
            tx.connection.execute(sa.insert(DEDUCTION), values)
        record(tx, "appraisal_deduction", None, after={"count": len(values)})


def _note_results(
    tx: Tx, appraisal_id: int, criteria: Sequence[Any], units: list[int], measured: dict[int, Measured]
) -> None:
    names = tx.connection.execute(_NAMES, {"scored_units": units}).all()
    sums = _sums(tx, appraisal_id)
    stamps = _stamps(tx, appraisal_id) | {"state": "shown"}
    values = []
    for unit in names:
        detail = [
            {
                "criterion_id": each.id,
                "name": each.name,
                "weight": each.weight,
                "score": written(_left(each.weight, sums.get((unit.id, each.id)))),
                "figure": measured[each.id].figures.get(unit.id),
                "href": measured[each.id].links.get(unit.id),
            }
            for each in criteria
        ]
        values.append({**stamps, "unit_id": unit.id, "unit_name": unit.name, "detail": detail, "score": total(detail)})
    with audited_write(tx.connection):
        tx.connection.execute(sa.insert(RESULT), values)
    record(tx, "appraisal_result", None, after={"count": len(values)})


def _sums(tx: Tx, appraisal_id: int) -> Sums:
    rows = tx.connection.execute(_SUMS, {"appraisal": appraisal_id})
    return {(row.unit_id, row.criterion_id): row.points for row in rows}


def _left(weight: int, taken: Decimal | None) -> Decimal:
    return weight - min(Decimal(weight), taken or Decimal(0))


def total(detail: Sequence[dict[str, Any]]) -> Decimal:
    return sum((Decimal(each["score"]) for each in detail), Decimal(0))


def settle(tx: Tx, appraisal_id: int, unit_id: int) -> None:
    """A unit's points anew, after one of its deductions was taken back."""
    tx.session.flush()
    mine = sa.select(AppraisalResult).where(
        AppraisalResult.appraisal_id == appraisal_id,  # type: ignore[arg-type]
        AppraisalResult.unit_id == unit_id,  # type: ignore[arg-type]
    )
    result = tx.session.scalars(mine).one_or_none()
    if result is None:
        return
    sums = _sums(tx, appraisal_id)
    detail = [
        {**each, "score": written(_left(each["weight"], sums.get((unit_id, each["criterion_id"]))))}
        for each in result.detail
    ]
    result.sqlmodel_update({"detail": detail, "score": total(detail)})
    tx.session.flush()


@operation("appraisal.reopen")
def reopen(tx: Tx, appraisal_id: int, note: str | None = None) -> int:
    """For its criteria or what offices enter to be changed: it is scored again afterwards."""
    row = WORKFLOW.guard(tx, appraisal_id, "reopen", note)
    held(tx, appraisal_id, SCORED)
    clear(tx, appraisal_id)
    WORKFLOW.step(tx, row, "reopen", note, scored_at=None)
    return appraisal_id


@operation("appraisal.publish")
def publish(tx: Tx, appraisal_id: int, note: str | None = None) -> int:
    """Each unit sees its points, and may appeal until so many workdays from now."""
    row = WORKFLOW.guard(tx, appraisal_id, "publish", note)
    until = tx.workdays.add(tx.today, row.appeal_workdays)
    with audited_write(tx.connection):
        tx.connection.execute(
            sa.update(RESULT)
            .where(RESULT.c.appraisal_id == appraisal_id)
            .values(appeal_until=until, version=RESULT.c.version + 1, updated_at=tx.now)
        )
    tell_units_of(
        tx, RESULT, Kind.PUBLISHED, "appraisal_result", RESULT.c.appeal_until, RESULT.c.appraisal_id == row.id
    )
    WORKFLOW.step(tx, row, "publish", note, published_at=tx.now, appeal_until=until)
    return appraisal_id


@operation("appraisal.freeze")
def freeze(tx: Tx, appraisal_id: int, note: str | None = None) -> int:
    """Points and ranks stay as they are now, whatever becomes of the rows. 409 until the days for appeals are over and
    all of them are decided."""
    row = WORKFLOW.guard(tx, appraisal_id, "freeze", note)
    held(tx, appraisal_id, APPEALING)
    if tx.today <= row.appeal_until:
        raise Conflict(f"申诉期到{long_day(row.appeal_until)}为止，之后才能冻结", code="appeals_open")
    pending = sa.select(sa.func.count()).select_from(APPEAL)
    pending = pending.where(APPEAL.c.appraisal_id == appraisal_id, APPEAL.c.state == PENDING)
    if waiting := tx.connection.execute(pending).scalar_one():
        raise Conflict(f"还有 {waiting} 件申诉没有处理，处理后才能冻结", code="appeals_pending")
    ranked = _rank(tx, appraisal_id)
    criteria = tx.connection.execute(_CRITERIA, {"appraisal": appraisal_id}).all()
    kept = [
        {
            "name": each.name,
            "weight": each.weight,
            "source": SOURCE_LABELS[Source(each.source)],
            "formula": formula(each),
        }
        for each in criteria
    ]
    WORKFLOW.step(tx, row, "freeze", note, frozen_at=tx.now, snapshot={"units": ranked, "criteria": kept})
    tell_units_of(tx, RESULT, Kind.FINAL, "appraisal_result", None, RESULT.c.appraisal_id == row.id)
    return appraisal_id


def _rank(tx: Tx, appraisal_id: int) -> int:
    """Who has as many points shares the better place, and the next place is left out (1, 1, 3)."""
    place = sa.func.rank().over(order_by=RESULT.c.score.desc())
    places = sa.select(RESULT.c.id, place.label("place")).where(RESULT.c.appraisal_id == appraisal_id)
    ranks = [{"row": row.id, "place": row.place, "now": tx.now} for row in tx.connection.execute(places)]
    change = sa.update(RESULT).where(RESULT.c.id == sa.bindparam("row"))
    change = change.values(rank=sa.bindparam("place"), version=RESULT.c.version + 1, updated_at=sa.bindparam("now"))
    if ranks:
        with audited_write(tx.connection):
            tx.connection.execute(change, ranks)
    return len(ranks)


STEPS = {"score": score, "reopen": reopen, "publish": publish, "freeze": freeze}


@operation("appraisal_result.confirm")
def confirm(tx: Tx, result_id: int, note: str | None = None) -> int:
    """The unit has seen its points."""
    row = RESULT_WORKFLOW.guard(tx, result_id, "confirm", note)
    RESULT_WORKFLOW.step(tx, row, "confirm", note, confirmed_by=tx.actor.user_id, confirmed_at=tx.now)
    return result_id


RESULT_STEPS = {"confirm": confirm}
