"""What offices take off, each with its reason; and what units hold against a deduction."""

from typing import Any

import sqlalchemy as sa

from app.appraisals.citable import CITABLE
from app.appraisals.deduction_models import (
    CITED_LABELS,
    DEDUCTION,
    AppealCreate,
    AppealPatch,
    AppraisalAppeal,
    AppraisalDeduction,
    Cited,
    DeductionCreate,
    DeductionPatch,
    DeductionsCreate,
)
from app.appraisals.proving import prove_by
from app.appraisals.rules import (
    APPEAL_WORKFLOW,
    APPEALING,
    CRITERION_WORKFLOW,
    DEDUCTION_WORKFLOW,
    DEDUCTIONS,
    held,
    still_entering,
)
from app.appraisals.scoring import settle
from app.core.calendar import long_day
from app.core.errors import Conflict, invalid
from app.core.operation import Reader, Tx, operation
from app.core.validation import refuse_emptied
from app.core.workflow import changing, counted_anew, find
from app.evidence.operations import drop_links
from app.inspections.rules import ISSUED
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.units import groups
from app.units.succession import standing


@operation("appraisal_deduction.create")
def enter(tx: Tx, criterion_id: int, given: DeductionCreate) -> int:
    """By the criterion's office, while it has not said that it is done."""
    criterion = CRITERION_WORKFLOW.guard(tx, criterion_id, "enter")
    appraisal = held(tx, criterion.appraisal_id)
    members = groups.members(tx, [appraisal.unit_group_id], tx.today)[appraisal.unit_group_id]
    if given.unit_id not in members:
        raise invalid("unit_id", "这个单位不参加本轮考核，请重新选择")
    check_points(given.points, criterion.weight)
    check_cited(tx, given.cited, given.cited_id, given.unit_id)
    made = tx.add(
        AppraisalDeduction(
            **given.model_dump(),
            appraisal_id=criterion.appraisal_id,
            criterion_id=criterion_id,
            office_id=standing(tx, criterion.office_id),
            entered_by=tx.actor.user_id,
        )
    )
    assert made.id is not None
    return made.id


@operation("appraisal_criterion.enter")
def enter_many(tx: Tx, criterion_id: int, given: DeductionsCreate) -> int:
    """The same of several units, each a deduction of its own, proved by one piece of evidence where it is named."""
    criterion = CRITERION_WORKFLOW.guard(tx, criterion_id, "enter")
    appraisal = held(tx, criterion.appraisal_id)
    members = groups.members(tx, [appraisal.unit_group_id], tx.today)[appraisal.unit_group_id]
    if strange := set(given.unit_ids) - set(members):
        raise invalid("unit_ids", f"编号为 {min(strange)} 的单位不参加本轮考核，请重新选择")
    made = [
        enter(tx, criterion_id, DeductionCreate(unit_id=unit_id, points=given.points, reason=given.reason))
        for unit_id in sorted(set(given.unit_ids))
    ]
    if given.evidence_id is not None:
        prove_by(tx, given.evidence_id, made)
    return criterion_id


def check_points(points: Any, weight: int) -> None:
    if not 0 < points <= weight:
        raise invalid("points", f"扣分须大于 0，不超过这项指标的满分 {weight} 分")


def check_cited(see: Reader, cited: Cited | None, cited_id: int | None, unit_id: int) -> None:
    """A row of that unit that the actor may read, or nothing."""
    if (cited is None) != (cited_id is None):
        raise invalid("cited_id" if cited_id is None else "cited", "扣分依据的类别和编号须同时填写，或都不填")
    if cited is None:
        return
    policy = CITABLE.get(cited)
    if policy is None:
        choices = "、".join(CITED_LABELS[each] for each in CITABLE)
        raise invalid("cited", f"录入的扣分只能依据{choices}")
    table = policy.table
    mine = sa.select(table.c.id).where(table.c.id == cited_id, table.c.unit_id == unit_id, policy.read(see.actor.roles))
    if cited == Cited.FINDINGS:
        mine = mine.where(table.c.state == ISSUED)
    if see.connection.execute(mine, see.actor.binds).first() is None:
        raise invalid("cited_id", f"这个单位没有编号为 {cited_id} 的{CITED_LABELS[cited]}，请核对编号")


@operation("appraisal_deduction.edit")
def edit(tx: Tx, deduction_id: int, given: DeductionPatch, version: int | None = None) -> int:
    row = DEDUCTION_WORKFLOW.guard(tx, deduction_id, "edit")
    held(tx, row.appraisal_id)
    deduction = changing(tx, AppraisalDeduction, row, version)
    criterion = still_entering(tx, row.criterion_id)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "points", "reason")
    if given.points is not None:
        check_points(given.points, criterion.weight)
    deduction.sqlmodel_update(changes)
    tx.session.flush()
    return deduction_id


@operation("appraisal_deduction.delete")
def delete(tx: Tx, deduction_id: int) -> None:
    """Entered by mistake; after the scores are published an appeal takes it back instead."""
    row = DEDUCTION_WORKFLOW.guard(tx, deduction_id, "delete")
    held(tx, row.appraisal_id)
    still_entering(tx, row.criterion_id)
    drop_links(tx, "appraisal-deductions", [deduction_id])
    tx.session.delete(changing(tx, AppraisalDeduction, row))
    tx.session.flush()


# What is held against it


@operation("appraisal_appeal.create")
def appeal(tx: Tx, deduction_id: int, given: AppealCreate) -> int:
    """By its unit, once, until the last day for appeals."""
    row = DEDUCTION_WORKFLOW.guard(tx, deduction_id, "appeal")
    appraisal = held(tx, row.appraisal_id, APPEALING)
    assert appraisal.appeal_until is not None
    if tx.today > appraisal.appeal_until:
        raise Conflict(f"申诉期已于{long_day(appraisal.appeal_until)}截止，不能再申诉", code="too_late")
    made = tx.add(
        AppraisalAppeal(
            appraisal_id=row.appraisal_id,
            deduction_id=deduction_id,
            unit_id=row.unit_id,
            office_id=row.office_id,
            entered_by=row.entered_by,
            submitted_by=tx.actor.user_id,
            reason=given.reason,
        )
    )
    assert made.id is not None
    counted_anew(tx, DEDUCTION, [deduction_id])
    return made.id


@operation("appraisal_appeal.edit")
def edit_appeal(tx: Tx, appeal_id: int, given: AppealPatch, version: int | None = None) -> int:
    row = APPEAL_WORKFLOW.guard(tx, appeal_id, "edit")
    held_against = changing(tx, AppraisalAppeal, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "reason")
    held_against.sqlmodel_update(changes)
    tx.session.flush()
    return appeal_id


@operation("appraisal_appeal.uphold")
def uphold(tx: Tx, appeal_id: int, note: str | None = None) -> int:
    """The deduction is taken back for the same reason, and the unit's points are reckoned anew."""
    row = APPEAL_WORKFLOW.guard(tx, appeal_id, "uphold", note)
    held(tx, row.appraisal_id, APPEALING)
    APPEAL_WORKFLOW.step(tx, row, "uphold", note, **_decided(tx, note))
    deduction = find(tx, DEDUCTIONS, row.deduction_id)
    DEDUCTION_WORKFLOW.step(tx, deduction, "void", note)
    settle(tx, row.appraisal_id, row.unit_id)
    tell_unit(tx, row.unit_id, Kind.APPROVED, "appraisal_appeal", appeal_id)
    return appeal_id


@operation("appraisal_appeal.dismiss")
def dismiss(tx: Tx, appeal_id: int, note: str | None = None) -> int:
    row = APPEAL_WORKFLOW.guard(tx, appeal_id, "dismiss", note)
    held(tx, row.appraisal_id, APPEALING)
    APPEAL_WORKFLOW.step(tx, row, "dismiss", note, **_decided(tx, note))
    tell_unit(tx, row.unit_id, Kind.REFUSED, "appraisal_appeal", appeal_id)
    return appeal_id


def _decided(tx: Tx, note: str | None) -> dict[str, Any]:
    return {"decided_by": tx.actor.user_id, "decided_at": tx.now, "decision": note}


APPEAL_STEPS = {"uphold": uphold, "dismiss": dismiss}
