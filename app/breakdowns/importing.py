"""Steps from a table (任务分解表): a unit fills in what it does, by whom and until when, and gets the drafts to submit.

A line is told by its task and its words; those of a version that serves stand as they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, OPEN_STATES
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.breakdowns import operations as ops
from app.breakdowns.models import (
    BREAKDOWN,
    MOST_STEPS,
    STEP,
    BreakdownCreate,
    BreakdownPatch,
    StepInput,
)
from app.breakdowns.rules import MAKERS, POLICY, SUPERSEDED, WORKFLOW, WORKING
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.imports import forms
from app.imports.columns import Column, alike, day, edition, plain
from app.imports.forms import filled, version_of
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import refuse_touched
from app.plans.models import ITEM
from app.units.importing.places import UNIT_COLUMN, Places
from app.units.models import UnitKind

LABEL = "任务分解"
CHANGED = ("person", "deadline_on")


class Known(Places):
    """The tasks of the file's units as far as the actor reads them, and the versions of each that are not replaced."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        binds = {**see.actor.binds, "named": self.named(drafts, "unit")}
        roles = see.actor.roles
        tasks = sa.select(ASSIGNMENT, ITEM.c.title, *ASSIGNMENTS.columns(roles))
        tasks = tasks.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id).order_by(ASSIGNMENT.c.id)
        theirs = within(ASSIGNMENT.c.unit_id, many("named")), ASSIGNMENTS.read(roles)
        self.tasks: dict[tuple[int, str], list[Any]] = defaultdict(list)
        for row in see.connection.execute(tasks.where(*theirs), binds):
            self.tasks[row.unit_id, alike(row.title)].append(row)
        versions = sa.select(BREAKDOWN, *POLICY.columns(roles)).order_by(BREAKDOWN.c.number)
        standing = within(BREAKDOWN.c.unit_id, many("named")), BREAKDOWN.c.state != SUPERSEDED
        self.versions: dict[int, list[Any]] = defaultdict(list)
        for row in see.connection.execute(versions.where(*standing, POLICY.read(roles)), binds):
            self.versions[row.assignment_id].append(row)
        steps = sa.select(STEP).where(within(STEP.c.unit_id, many("named"))).order_by(STEP.c.position)
        self.steps: dict[tuple[int, str], list[Any]] = defaultdict(list)
        for row in see.connection.execute(steps, binds):
            self.steps[row.breakdown_id, alike(row.text)].append(row)
        self.lines: dict[Any, int] = defaultdict(int)
        """How many lines there were of each step."""
        self.sizes: dict[Any, int] = defaultdict(int)
        """How many steps a version will have."""
        for (version, _), held in self.steps.items():
            self.sizes[version] += len(held)
        self.made: dict[int, int] = {}
        """Task → the draft that this import made."""


COLUMNS = (
    UNIT_COLUMN,
    filled(
        "title",
        "任务",
        "工作任务",
        "任务内容",
        "重点任务",
        "任务名称",
        required=True,
        example="修订完善学校章程和议事规则",
        width=40,
    ),
    filled("period", "周期", "期次", hint="同名的任务有几期时填写", width=10),
    Column("number", "版次", ("版本", "版号"), edition, plain, hint="由系统编，新的留空", width=8),
    filled(
        "text",
        "步骤",
        "工作措施",
        "主要措施",
        "具体步骤",
        "分解任务",
        "工作内容",
        "工作步骤",
        "具体措施",
        "分解步骤",
        required=True,
        example="教职工代表大会审议",
        width=40,
    ),
    filled(
        "person",
        "责任人",
        "具体责任人",
        "承办人",
        "落实人",
        "负责人",
        "责任人员",
        example="刘敏",
        hint="提交审核前必填",
        width=12,
    ),
    Column(
        *(
            "deadline_on",
            "完成时限",
            ("完成期限", "完成日期", "截止时间", "办结时限", "时间", "时间节点", "时限", "完成时间", "截止日期"),
            day,
            plain,
        ),
        example="2026-09-30",
        hint="提交审核前必填，不晚于任务的完成时限",
    ),
)


def check(known: Known, draft: Draft) -> None:
    unit_id = known.home(draft)
    forms.fits(draft, lambda: _step(draft.values))
    if draft.faults or unit_id is None or not {"title", "text"} <= draft.values.keys():
        return
    task = _task(known, draft, unit_id)
    if task is None:
        return
    draft.values["task"] = task.id
    until = draft.values.get("deadline_on")
    version = _version(known, draft, task)
    if draft.faults:
        return
    words = alike(draft.values["text"])
    same = known.steps[version.id, words] if version else []
    place = (task.id, version.id if version else None, words)
    nth = known.lines[place]
    known.lines[place] += 1
    if nth < len(same):
        forms.target(draft, version, ())
        draft.held = {name: getattr(same[nth], name) for name in CHANGED}
        draft.values["line"] = same[nth].line
        if not draft.changes:
            return
    else:
        size = version.id if version else ("new", task.id)
        known.sizes[size] += 1
        if known.sizes[size] > MOST_STEPS:
            draft.wrong("", f"一项任务最多 {MOST_STEPS} 步，请合并相近的步骤")
    if version is not None:
        draft.values["version"] = version.id
        forms.allowed(draft, lambda: WORKFLOW.admit(version, "edit"))
    else:
        _new(known, draft, task)
    if until is not None and task.deadline_on is not None and until > task.deadline_on:
        draft.wrong("deadline_on", f"不能晚于任务的完成时限 {task.deadline_on}", [str(task.deadline_on)])


def _step(values: dict[str, Any]) -> StepInput:
    return StepInput(**{name: values[name] for name in ("text", *CHANGED) if name in values})


def _task(known: Known, draft: Draft, unit_id: int) -> Any | None:
    """By its title, and its period where the unit has it several times; of several an open one."""
    found = known.tasks[unit_id, alike(draft.values["title"])]
    period = draft.values.get("period")
    if period is not None:
        found = [row for row in found if row.period == period]
    if len(found) > 1:
        found = [row for row in found if row.state in OPEN_STATES] or found
    if len(found) == 1:
        return found[0]
    if found:
        draft.wrong("period", "本单位有几项同名的任务，请填写周期", [row.period for row in found])
    else:
        near = [row.title for (unit, _), rows in known.tasks.items() if unit == unit_id for row in rows]
        draft.wrong("title", "本单位没有这项任务，请照任务名称填写", near)
    return None


def _version(known: Known, draft: Draft, task: Any) -> Any | None:
    """The one that is named; else the one that is worked on."""
    versions, number = known.versions[task.id], draft.values.pop("number", None)
    if number is None:
        return next((row for row in versions if row.state in WORKING), None)
    named = next((row for row in versions if row.number == number), None)
    if named is None:
        draft.wrong("number", f"没有第 {number} 版，或已被取代，新的请留空", [str(row.number) for row in versions])
    return named


def _new(known: Known, draft: Draft, task: Any) -> None:
    known.own(draft, LABEL, (UnitKind.DISCIPLINE_TEAM,))
    if not draft.faults and not task.may_carry_out:
        draft.wrong("title", "只能分解本单位承担的任务")
    elif task.state not in OPEN_STATES:
        draft.wrong("title", "这项任务已不在办理，不能再分解")


# Writing


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    """All lines of a version at once, by the operations that its form performs."""
    of: dict[tuple[int, int | None], list[Draft]] = defaultdict(list)
    for draft in drafts:
        task = draft.values["task"]
        of[task, draft.values.get("version", known.made.get(task))].append(draft)
    for (task, version), lines in of.items():
        if version is None:
            steps = [_step(draft.values) for draft in lines]
            version = known.made[task] = ops.create(tx, BreakdownCreate(assignment_id=task, steps=steps))
            undo: dict[str, Any] = {"made": True}
        else:
            undo = _amend(tx, version, lines)
        stands = version_of(tx, BREAKDOWN, version)
        for draft in lines:
            draft.target_id, draft.target_version, draft.undo = version, stands, {}
        lines[0].undo = undo


def _amend(tx: Tx, version: int, drafts: Sequence[Draft]) -> dict[str, Any]:
    """What is changed in its place, what is new behind it."""
    before = [ops.as_given(step) for step in ops.steps_of(tx, version)]
    changed = {draft.values["line"]: draft.changes for draft in drafts if draft.held is not None}
    steps = [
        step.model_copy(update={name: new for name, (_, new) in changed.get(step.line, {}).items()}) for step in before
    ]
    steps += [_step(draft.values) for draft in drafts if draft.held is None]
    ops.edit(tx, version, BreakdownPatch(steps=steps))
    return {"steps": [step.model_dump(mode="json", exclude_none=True) for step in before]}


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, BREAKDOWN, rows, LABEL)
    for row in rows:
        if row.undo.get("made"):
            ops.delete(tx, row.target_id)
        elif "steps" in row.undo:
            ops.edit(tx, row.target_id, BreakdownPatch(steps=row.undo["steps"]))


STEPS = Importable(
    name="breakdowns",
    label=LABEL,
    columns=COLUMNS,
    roles=frozenset(MAKERS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "每行一个步骤：按任务和步骤的写法比对，已有的改责任人和时限，没有的加在后面；没有草稿的任务新建草稿。",
        "已确认的版次不能改；要修订的留空版次，另编一版。导入的是草稿，请在页面上核对后提交审核。",
    ),
)
