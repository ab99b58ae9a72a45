"""Every write to breakdowns: drawn up, submitted, confirmed, and the completion of their steps."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.assignments.models import OPEN_STATES
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.breakdowns.models import (
    BREAKDOWN,
    STEP,
    Breakdown,
    BreakdownCreate,
    BreakdownPatch,
    StepInput,
    StepMark,
)
from app.breakdowns.previous import moved, preceding
from app.breakdowns.rules import CONFIRMED, MAKERS, WORKFLOW, WORKING
from app.core.audit import audited_write, record, shown
from app.core.bulk_steps import in_bulk
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale, invalid
from app.core.operation import Tx, operation
from app.core.policy import require
from app.core.workflow import LOST, STALE, changing, expect_version, find
from app.notifications.models import Kind
from app.notifications.operations import tell_unit
from app.units.models import UNIT, UnitKind

NO_STEPS = "请至少写一个步骤"


@operation("breakdown.create")
def create(tx: Tx, given: BreakdownCreate) -> int:
    """The assignment's next version, as a draft. 409 while one is worked on, or the assignment is not open."""
    require(tx.actor, *MAKERS)
    task = find(tx, ASSIGNMENTS, given.assignment_id)
    if not task.may_carry_out:
        raise Forbidden("只能分解本单位承担的任务")
    kind = tx.connection.execute(sa.select(UNIT.c.kind).where(UNIT.c.id == task.unit_id)).scalar_one()
    if kind == UnitKind.DISCIPLINE_TEAM:
        raise Forbidden("派驻组的任务不由教育局审核，不用分解")
    if task.state not in OPEN_STATES:
        raise Conflict("这项任务已不在办理，不能再分解", code="wrong_state")
    newest, serving = _standing(tx, given.assignment_id)
    steps = _checked(tx, given.steps, task.deadline_on)
    held, measures = _begun_with(tx, given, task, serving)
    made = tx.add(
        Breakdown(
            assignment_id=task.id,
            unit_id=task.unit_id,
            number=newest + 1,
            measures=_measures(given) if given.measures is not None else measures,
        )
    )
    assert made.id is not None
    _put(tx, made.id, task.unit_id, made.district_id, held if steps is None else steps)
    return made.id


def _begun_with(
    tx: Tx, given: BreakdownCreate, task: Any, serving: Any
) -> tuple[list[StepInput], list[dict[str, Any]]]:
    """Steps and measures where none are given."""
    if given.take_previous:
        found = preceding(tx, [task]).get(task.id)
        if found is None:
            raise invalid("take_previous", "这项任务的上一周期没有已确认的分解，不能沿用，请直接填写步骤")
        return moved(tx, [as_given(step) for step in steps_of(tx, found.id)], found.period, task), found.measures
    if serving is None:
        return [], []
    return [as_given(step) for step in steps_of(tx, serving.id)], serving.measures


def _standing(tx: Tx, assignment_id: int) -> tuple[int, Any]:
    """The number of the newest version, and the one that serves; 409 while one is worked on."""
    mine = sa.select(BREAKDOWN).where(BREAKDOWN.c.assignment_id == assignment_id)
    rows = tx.connection.execute(mine.order_by(BREAKDOWN.c.number)).all()
    if any(row.state in WORKING for row in rows):
        raise Conflict("这项任务已有草稿或正在审核的分解，请在那一份上修改", code="draft_exists")
    return rows[-1].number if rows else 0, next((row for row in rows if row.state == CONFIRMED), None)


_STEPS = sa.select(STEP).where(STEP.c.breakdown_id == sa.bindparam("of")).order_by(STEP.c.position)


def steps_of(tx: Any, breakdown_id: int) -> Sequence[Any]:
    rows: Sequence[Any] = tx.connection.execute(_STEPS, {"of": breakdown_id}).all()
    return rows


def measures_of(tx: Any, breakdown_id: int) -> list[dict[str, Any]]:
    mine = sa.select(BREAKDOWN.c.measures).where(BREAKDOWN.c.id == breakdown_id)
    measures: list[dict[str, Any]] = tx.connection.execute(mine).scalar_one()
    return measures


def as_given(step: Any) -> StepInput:
    return StepInput(line=step.line, text=step.text, person=step.person, deadline_on=step.deadline_on)


def _measures(given: BreakdownCreate | BreakdownPatch) -> list[dict[str, Any]]:
    return [each.model_dump() for each in given.measures or []]


def _checked(tx: Tx, steps: list[StepInput] | None, latest: date | None) -> list[StepInput] | None:
    """No step ends after the assignment, and none stands twice."""
    wrong, seen = [], set[int]()
    for place, step in enumerate(steps or []):
        if _late(step, latest):
            detail = f"不能晚于任务的完成时限 {latest}"
            wrong.append(FieldError(f"/steps/{place}/deadline_on", detail))
        if step.line is not None and step.line in seen:
            wrong.append(FieldError(f"/steps/{place}/line", "这一步出现了两次"))
        seen |= {step.line} if step.line is not None else set()
    if wrong:
        raise Invalid("请改正标出的步骤", errors=wrong)
    return steps


def _late(step: Any, latest: date | None) -> bool:
    return latest is not None and step.deadline_on is not None and step.deadline_on > latest


def _put(tx: Tx, breakdown_id: int, unit_id: int, district_id: int, steps: Sequence[StepInput]) -> None:
    """These steps and no others. A line that is given stays, what is new gets the next one of the assignment."""
    others = sa.select(BREAKDOWN.c.id).where(
        BREAKDOWN.c.assignment_id
        == sa.select(BREAKDOWN.c.assignment_id).where(BREAKDOWN.c.id == breakdown_id).scalar_subquery()
    )
    known = set(tx.connection.execute(sa.select(STEP.c.line).where(STEP.c.breakdown_id.in_(others))).scalars())
    following = max(known, default=0)
    tx.connection.execute(sa.delete(STEP).where(STEP.c.breakdown_id == breakdown_id))
    for position, step in enumerate(steps):
        line = step.line
        if line is None:
            line = following = following + 1
        elif line not in known:
            raise invalid(f"steps/{position}/line", "没有这一步，请重新读取后再保存")
        values = step.model_dump(exclude={"line"}) | {"line": line, "position": position, "unit_id": unit_id}
        own = {"breakdown_id": breakdown_id, "district_id": district_id, "created_at": tx.now}
        tx.connection.execute(sa.insert(STEP).values(values | own))


@operation("breakdown.edit")
def edit(tx: Tx, breakdown_id: int, given: BreakdownPatch, version: int | None = None) -> int:
    """The lists that are given; an edit that changes nothing leaves no event."""
    row = WORKFLOW.guard(tx, breakdown_id, "edit")
    expect_version(row, version)
    task = find(tx, ASSIGNMENTS, row.assignment_id)
    steps = _checked(tx, given.steps, task.deadline_on)
    before = [as_given(step) for step in steps_of(tx, breakdown_id)]
    told: Changes = {}
    values: dict[str, Any] = {}
    if given.measures is not None and (measures := _measures(given)) != row.measures:
        values["measures"], told["measures"] = measures, _entries(row.measures, measures)
    if steps is not None and steps != before:
        told["steps"] = _entries(before, steps)
    if not told:
        return breakdown_id
    _amend(tx, row, version, told, **values)
    if "steps" in told:
        _put(tx, breakdown_id, row.unit_id, row.district_id, steps or [])
    return breakdown_id


Changes = dict[str, tuple[Any, Any]]
"""By field, as events show it: what it was, and what it becomes."""


def _entries(before: Sequence[Any], after: Sequence[Any]) -> tuple[Any, Any]:
    return {"entries": len(before)}, {"entries": len(after)}


def _amend(tx: Tx, row: Any, version: int | None, told: Changes, **values: Any) -> None:
    """Move the version on, so that of two changes of the steps at once one is refused; its event."""
    mine = sa.update(BREAKDOWN).where(
        BREAKDOWN.c.id == row.id, BREAKDOWN.c.state == row.state, BREAKDOWN.c.version == row.version
    )
    with audited_write(tx.connection):
        done = tx.connection.execute(mine.values(version=BREAKDOWN.c.version + 1, updated_at=tx.now, **values))
    if done.rowcount != 1:
        raise Conflict(LOST, code="lost_race") if version is None else Stale(STALE)
    was, now_at = ({name: pair[at] for name, pair in told.items()} for at in (0, 1))
    record(tx, "breakdown", row.id, before=was, after=now_at, district_id=row.district_id)


@operation("breakdown.delete")
def delete(tx: Tx, breakdown_id: int, note: str | None = None) -> None:
    """A draft that is not to be; the version that serves goes on serving."""
    row = WORKFLOW.guard(tx, breakdown_id, "delete", note)
    draft = changing(tx, Breakdown, row)
    tx.connection.execute(sa.delete(STEP).where(STEP.c.breakdown_id == breakdown_id))
    tx.session.delete(draft)
    tx.session.flush()


# Steps of the workflow


@operation("breakdown.submit")
def submit(tx: Tx, breakdown_id: int, note: str | None = None) -> int:
    """For review. It needs a step, each with a person and a day, none after the assignment's (409 otherwise)."""
    row = WORKFLOW.guard(tx, breakdown_id, "submit", note)
    steps = steps_of(tx, breakdown_id)
    latest = find(tx, ASSIGNMENTS, row.assignment_id).deadline_on
    wrong = NO_STEPS if not steps else next((said for step in steps if (said := _lacks(step, latest))), "")
    if wrong:
        raise Conflict(f"还不能提交审核：{wrong}", code="incomplete", errors=[FieldError("/steps", wrong)])
    WORKFLOW.step(tx, row, "submit", note, submitted_by=tx.actor.user_id, submitted_at=tx.now)
    return breakdown_id


def _lacks(step: Any, latest: date | None) -> str:
    place = f"第 {step.position + 1} 步"
    if not step.person:
        return f"{place}还没有责任人"
    if step.deadline_on is None:
        return f"{place}还没有完成时限"
    return f"{place}的时限 {step.deadline_on} 晚于任务的 {latest}" if _late(step, latest) else ""


@operation("breakdown.withdraw")
def withdraw(tx: Tx, breakdown_id: int, note: str | None = None) -> int:
    WORKFLOW.step(tx, WORKFLOW.guard(tx, breakdown_id, "withdraw", note), "withdraw", note)
    return breakdown_id


@operation("breakdown.confirm")
def confirm(tx: Tx, breakdown_id: int, note: str | None = None) -> int:
    """It serves from now on, in place of the version before it; what was done of that stays done."""
    row = WORKFLOW.guard(tx, breakdown_id, "confirm", note)
    served = sa.select(BREAKDOWN).where(BREAKDOWN.c.assignment_id == row.assignment_id, BREAKDOWN.c.state == CONFIRMED)
    for before in tx.connection.execute(served).all():
        WORKFLOW.step(tx, before, "supersede")
        for step in steps_of(tx, before.id):
            if step.done_on is not None:
                same = sa.update(STEP).where(STEP.c.breakdown_id == row.id, STEP.c.line == step.line)
                tx.connection.execute(same.values(done_on=step.done_on))
    WORKFLOW.step(tx, row, "confirm", note, reviewed_by=tx.actor.user_id, reviewed_at=tx.now)
    return breakdown_id


@operation("breakdown.send_back")
def send_back(tx: Tx, breakdown_id: int, note: str | None = None) -> int:
    """To its unit, with what is to be mended; a confirmed version goes on serving meanwhile."""
    row = WORKFLOW.guard(tx, breakdown_id, "send_back", note)
    WORKFLOW.step(tx, row, "send_back", note, reviewed_by=tx.actor.user_id, reviewed_at=tx.now)
    tell_unit(tx, row.unit_id, Kind.SENT_BACK, "breakdown", breakdown_id)
    return breakdown_id


STEPS = {"submit": submit, "withdraw": withdraw, "confirm": confirm, "send_back": send_back}
BULK = {"confirm": confirm, "send_back": send_back}
bulk = in_bulk(WORKFLOW, BULK)


@operation("breakdown.mark")
def mark(tx: Tx, breakdown_id: int, given: StepMark) -> int:
    """A step is done, on a day not to come; without a day it is not done after all."""
    row = WORKFLOW.guard(tx, breakdown_id, "mark")
    if given.done_on is not None and given.done_on > tx.today:
        raise invalid("done_on", f"{given.done_on} 还没有到，请填写今天或以前的日期")
    step = next((step for step in steps_of(tx, breakdown_id) if step.line == given.line), None)
    if step is None:
        raise NotFound("没有这一步，请刷新后再标记")
    if step.done_on == given.done_on:
        return breakdown_id
    _amend(tx, row, None, {"line": (given.line, given.line), "done_on": (shown(step.done_on), shown(given.done_on))})
    tx.connection.execute(sa.update(STEP).where(STEP.c.id == step.id).values(done_on=given.done_on))
    return breakdown_id
