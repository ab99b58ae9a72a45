"""Every write to the measures against a risk."""

import sqlalchemy as sa

from app.appointments.holders import standing
from app.assignments.models import ASSIGNMENT
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.core.errors import Conflict, FieldError, invalid
from app.core.operation import Tx, operation
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.evidence.operations import drop_links
from app.evidence.queries import linked
from app.integrity_risks.heads import head_of
from app.integrity_risks.models import RISK, MeasureCreate, MeasurePatch, RiskMeasure
from app.integrity_risks.rules import MEASURE_WORKFLOW, WORKFLOW


@operation("integrity_risk.add_measure")
def add(tx: Tx, risk_id: int, given: MeasureCreate) -> int:
    """Against a risk of one's own unit that is not with the reviewers."""
    risk = WORKFLOW.guard(tx, risk_id, "add_measure")
    _check_assignment(tx, given.assignment_id, risk.unit_id)
    fields = given.model_dump()
    if given.responsible_person is None:
        fields["responsible_person"] = head_of(tx, risk.unit_id)
        if fields["responsible_person"] is None:
            raise invalid("responsible_person", "请填写责任人；在责任体系里登记第一责任人后可自动带出")
    if given.responsible_leader is None:
        leader = standing(tx, risk.unit_id).leader
        fields["responsible_leader"] = leader and leader.name
    made = tx.add(RiskMeasure(risk_id=risk_id, **fields))
    assert made.id is not None
    return made.id


@operation("risk_measure.edit")
def edit(tx: Tx, measure_id: int, given: MeasurePatch, version: int | None = None) -> int:
    row = MEASURE_WORKFLOW.guard(tx, measure_id, "edit")
    measure = changing(tx, RiskMeasure, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "text", "responsible_person")
    if changes.get("assignment_id") not in (None, row.assignment_id):
        unit_id = tx.connection.execute(sa.select(RISK.c.unit_id).where(RISK.c.id == row.risk_id)).scalar_one()
        _check_assignment(tx, changes["assignment_id"], unit_id)
    measure.sqlmodel_update(changes)
    tx.session.flush()
    return measure_id


def _check_assignment(tx: Tx, assignment_id: int | None, unit_id: int) -> None:
    """It is one of the unit's own that the actor may read."""
    if assignment_id is None:
        return
    mine = ASSIGNMENT.c.id == assignment_id, ASSIGNMENT.c.unit_id == unit_id, ASSIGNMENTS.read(tx.actor.roles)
    if tx.connection.execute(sa.select(ASSIGNMENT.c.id).where(*mine), tx.actor.binds).first() is None:
        raise invalid("assignment_id", f"本单位没有编号为 {assignment_id} 的任务，请重新选择")


def remove(tx: Tx, *measures: RiskMeasure) -> None:
    """Their files stay in the library."""
    drop_links(tx, "risk-measures", [measure.id for measure in measures if measure.id is not None])
    for measure in measures:
        tx.session.delete(measure)


@operation("risk_measure.delete")
def delete(tx: Tx, measure_id: int, note: str | None = None) -> None:
    row = MEASURE_WORKFLOW.guard(tx, measure_id, "delete", note)
    remove(tx, changing(tx, RiskMeasure, row))
    tx.session.flush()


@operation("risk_measure.finish")
def finish(tx: Tx, measure_id: int, note: str | None = None) -> int:
    """With a file that shows it, its own or that of the assignment by which it is done (409 without any)."""
    row = MEASURE_WORKFLOW.guard(tx, measure_id, "finish", note)
    MEASURE_WORKFLOW.step(tx, row, "finish", note)
    # Under the row's lock, which the step took: nobody takes its own file away meanwhile. The assignment's may go at
    # any time, also once the measure is carried out.
    shown = linked(tx, "risk-measures", measure_id)
    if not shown and (row.assignment_id is None or not linked(tx, "assignments", row.assignment_id)):
        missing = FieldError("/evidence", "请至少上传或关联一份印证资料")
        raise Conflict(f"还不能落实：{missing.detail}", code="incomplete", errors=[missing])
    return measure_id


@operation("risk_measure.resume")
def resume(tx: Tx, measure_id: int, note: str | None = None) -> int:
    row = MEASURE_WORKFLOW.guard(tx, measure_id, "resume", note)
    MEASURE_WORKFLOW.step(tx, row, "resume", note)
    return measure_id


STEPS = {"finish": finish, "resume": resume}
