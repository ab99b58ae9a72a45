"""Steps from a table (任务分解表): a unit fills in what it does, by whom and until when, and gets the drafts to
submit."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.breakdowns import lines
from app.breakdowns import operations as ops
from app.breakdowns.lines import OF_TASK, Kind
from app.breakdowns.models import MOST_STEPS, STEP, Breakdown, BreakdownCreate, BreakdownPatch, StepInput
from app.breakdowns.rules import MAKERS
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.imports.columns import Column, day, plain
from app.imports.forms import filled
from app.imports.registry import Draft, Importable

CHANGED = ("person", "deadline_on")
_STEPS = sa.select(STEP).where(within(STEP.c.unit_id, many("named"))).order_by(STEP.c.position)


class Known(lines.Known):
    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see, drafts)
        for row in see.connection.execute(_STEPS, self.binds):
            self.hold(row.breakdown_id, row.line, row.text, {name: getattr(row, name) for name in CHANGED})


def _step(values: dict[str, Any]) -> StepInput:
    return StepInput(**{name: values[name] for name in ("text", *CHANGED) if name in values})


KIND = Kind(_step, CHANGED, MOST_STEPS, f"一项任务最多 {MOST_STEPS} 步，请合并相近的步骤")
COLUMNS = (
    *OF_TASK,
    filled(
        *(
            "text",
            "步骤",
            "工作步骤",
            "具体措施",
            "分解步骤",
            "具体步骤",
            "分解任务",
            "工作措施",
            "主要措施",
            "工作内容",
        ),
        required=True,
        example="教职工代表大会审议",
        width=40,
    ),
    filled(
        *("person", "责任人", "负责人", "责任人员", "具体责任人", "承办人", "落实人"),
        example="刘敏",
        hint="提交审核前必填",
        width=12,
    ),
    Column(
        "deadline_on",
        "完成时限",
        ("时限", "完成时间", "截止日期", "时间", "时间节点", "完成期限", "完成日期", "截止时间", "办结时限"),
        day,
        plain,
        example="2026-09-30",
        hint="提交审核前必填，不晚于任务的完成时限",
    ),
)


def check(known: Known, draft: Draft) -> None:
    task, until = lines.check(KIND, known, draft), draft.values.get("deadline_on")
    if task is not None and until is not None and task.deadline_on is not None and until > task.deadline_on:
        draft.wrong("deadline_on", f"不能晚于任务的完成时限 {task.deadline_on}", [str(task.deadline_on)])


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    lines.write(tx, known, drafts, _begin, _amend)


def _begin(tx: Tx, task: int, drafts: list[Draft]) -> int:
    return ops.create(tx, BreakdownCreate(assignment_id=task, steps=[_step(draft.values) for draft in drafts]))


def _amend(tx: Tx, version: int, drafts: list[Draft]) -> dict[str, Any]:
    """What is changed in its place, what is new behind it."""
    before = [ops.as_given(step) for step in ops.steps_of(tx, version)]
    changed = {draft.values["line"]: draft.changes for draft in drafts if draft.held is not None}
    steps = [
        step.model_copy(update={name: new for name, (_, new) in changed.get(step.line, {}).items()}) for step in before
    ]
    steps += [_step(draft.values) for draft in drafts if draft.held is None]
    ops.edit(tx, version, BreakdownPatch(steps=steps))
    return {"steps": [step.model_dump(mode="json", exclude_none=True) for step in before]}


STEPS = Importable(
    name="breakdowns",
    label=lines.LABEL,
    model=Breakdown,
    columns=COLUMNS,
    roles=frozenset(MAKERS),
    known=Known,
    check=check,
    write=write,
    undo=lines.undo,
    notes=(
        "每行一个步骤：按任务和步骤的写法比对，已有的改责任人和时限，没有的加在后面；没有草稿的任务新建草稿。",
        "已确认的版次不能改；要修订的留空版次，另编一版。导入的是草稿，请在页面上核对后提交审核。",
    ),
)
