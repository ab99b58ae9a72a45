"""Every write to rounds and their criteria but the scoring."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.appraisals.deduction_models import DEDUCTION
from app.appraisals.models import (
    CRITERION,
    Appraisal,
    AppraisalCreate,
    AppraisalCriterion,
    AppraisalPatch,
    CriterionCreate,
    CriterionPatch,
    CriterionState,
    Source,
)
from app.appraisals.proving import refuse_unproven
from app.appraisals.rules import CRITERION_WORKFLOW, WORKFLOW, held
from app.core.errors import Conflict, invalid
from app.core.operation import Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing
from app.plans.models import PLAN, PlanState
from app.plans.rules import POLICY as PLANS
from app.units.models import OFFICES, UnitKind
from app.units.operations import check_group, unit_of_district

ENTERING = (*OFFICES, UnitKind.DISCIPLINE_TEAM)
MOST_CRITERIA = 50
NEVER_ENTERING = "录入的须是股室、二级单位或派驻组"


@operation("appraisal.create")
def create(tx: Tx, given: AppraisalCreate) -> int:
    """409 where the year has one of that title."""
    require(tx.actor, Role.SUPERVISOR)
    _check(tx, given.unit_group_id, given.plan_id)
    fields = given.model_dump()
    fields["starts_on"] = given.starts_on or date(given.year, 1, 1)
    fields["ends_on"] = given.ends_on or date(given.year, 12, 31)
    _period(fields["starts_on"], fields["ends_on"])
    made = tx.add(Appraisal(**fields))
    assert made.id is not None
    return made.id


@operation("appraisal.edit")
def edit(tx: Tx, appraisal_id: int, given: AppraisalPatch, version: int | None = None) -> int:
    row = WORKFLOW.guard(tx, appraisal_id, "edit")
    appraisal = changing(tx, Appraisal, row, version)
    changes = given.model_dump(exclude_unset=True)
    if changes.get("shows_ranking", False) is None:
        changes["shows_ranking"] = False
    refuse_emptied(changes, "title", "starts_on", "ends_on", "unit_group_id", "appeal_workdays")
    _check(tx, changes.get("unit_group_id"), changes.get("plan_id"))
    _period(changes.get("starts_on", row.starts_on), changes.get("ends_on", row.ends_on))
    appraisal.sqlmodel_update(changes)
    tx.session.flush()
    return appraisal_id


def _period(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise invalid("ends_on", f"截止日期早于起始日期 {starts_on}，请改为之后的日期")


def _check(tx: Tx, group_id: int | None, plan_id: int | None) -> None:
    if group_id is not None:
        check_group(tx, group_id)
    if plan_id is not None:
        issued = sa.select(PLAN.c.id).where(
            PLAN.c.id == plan_id, PLAN.c.state != PlanState.DRAFT, PLANS.read(tx.actor.roles)
        )
        if tx.connection.execute(issued, tx.actor.binds).first() is None:
            raise invalid("plan_id", f"没有编号为 {plan_id} 的已印发方案，请重新选择")


# Criteria


@operation("appraisal_criterion.create")
def add_criterion(tx: Tx, appraisal_id: int, given: CriterionCreate) -> int:
    """409 where the round has one of that name."""
    WORKFLOW.guard(tx, appraisal_id, "add_criterion")
    held(tx, appraisal_id)
    count = sa.select(sa.func.count()).select_from(CRITERION).where(CRITERION.c.appraisal_id == appraisal_id)
    if tx.connection.execute(count).scalar_one() >= MOST_CRITERIA:
        raise Conflict(f"一轮考核最多 {MOST_CRITERIA} 项指标，请合并后再增加", code="too_many")
    _fitting(tx, given.source, given.model_dump())
    state = CriterionState.WAITING if given.source == Source.ENTERED else CriterionState.COMPUTED
    made = tx.add(AppraisalCriterion(**given.model_dump(), appraisal_id=appraisal_id, state=state))
    assert made.id is not None
    return made.id


@operation("appraisal_criterion.edit")
def edit_criterion(tx: Tx, criterion_id: int, given: CriterionPatch, version: int | None = None) -> int:
    row = CRITERION_WORKFLOW.guard(tx, criterion_id, "edit")
    held(tx, row.appraisal_id)
    criterion = changing(tx, AppraisalCriterion, row, version)
    changes = given.model_dump(exclude_unset=True)
    refuse_emptied(changes, "name", "weight")
    kept = {name: getattr(row, name) for name in ("each", "required", "office_id", "weight")}
    _fitting(tx, Source(row.source), kept | changes)
    if "office_id" in changes and changes["office_id"] != row.office_id and _deductions(tx, criterion_id):
        raise invalid("office_id", "已有录入的扣分，不能改由其他股室录入；请先由原股室删除")
    criterion.sqlmodel_update(changes)
    tx.session.flush()
    return criterion_id


@operation("appraisal_criterion.delete")
def delete_criterion(tx: Tx, criterion_id: int) -> None:
    """409 while there are deductions under it."""
    row = CRITERION_WORKFLOW.guard(tx, criterion_id, "delete")
    held(tx, row.appraisal_id)
    if _deductions(tx, criterion_id):
        raise Conflict("这项指标下已有录入的扣分，请先由录入股室删除", code="in_use")
    tx.session.delete(changing(tx, AppraisalCriterion, row))
    tx.session.flush()


def _deductions(tx: Tx, criterion_id: int) -> bool:
    mine = sa.select(DEDUCTION.c.id).where(DEDUCTION.c.criterion_id == criterion_id).limit(1)
    return tx.connection.execute(mine).first() is not None


NEEDS = {
    Source.OVERDUE: ("each", "请填写每逾期一项扣多少分"),
    Source.BRIEFS: ("required", "请填写推广多少篇得满分"),
    Source.ENTERED: ("office_id", "请选择录入股室"),
}


def _fitting(tx: Tx, source: Source, fields: dict[str, Any]) -> None:
    check_fields(source, fields)
    if source == Source.ENTERED and unit_of_district(tx, fields["office_id"], "office_id").kind not in ENTERING:
        raise invalid("office_id", NEVER_ENTERING)


def check_fields(source: Source, fields: Mapping[str, Any]) -> None:
    """What its source asks for, and nothing else."""
    for of, (name, missing) in NEEDS.items():
        if source == of and not fields[name]:
            raise invalid(name, missing)
        if source != of and fields[name] is not None:
            raise invalid(name, "这一来源不用填写这一项，请清空")
    if source == Source.OVERDUE and fields["each"] > fields["weight"]:
        raise invalid("each", f"不能多于满分 {fields['weight']} 分")


@operation("appraisal_criterion.finish")
def finish(tx: Tx, criterion_id: int, note: str | None = None) -> int:
    """The office has entered all that it takes off, nothing perhaps. 409 while something of it has neither row nor
    file."""
    row = CRITERION_WORKFLOW.guard(tx, criterion_id, "finish", note)
    held(tx, row.appraisal_id)
    refuse_unproven(tx, criterion_id)
    CRITERION_WORKFLOW.step(tx, row, "finish", note)
    return criterion_id


@operation("appraisal_criterion.resume")
def resume(tx: Tx, criterion_id: int, note: str | None = None) -> int:
    row = CRITERION_WORKFLOW.guard(tx, criterion_id, "resume", note)
    held(tx, row.appraisal_id)
    CRITERION_WORKFLOW.step(tx, row, "resume", note)
    return criterion_id


CRITERION_STEPS = {"finish": finish, "resume": resume}
