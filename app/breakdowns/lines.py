"""What tables of steps and of measures share: whose task a line is of, which version it goes into, and which line of
that it is, told by its words; those of a version that serves stand as they are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import BaseModel

from app.assignments.models import ASSIGNMENT, OPEN_STATES
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.breakdowns import operations as ops
from app.breakdowns.models import BREAKDOWN, BreakdownPatch
from app.breakdowns.rules import POLICY, SUPERSEDED, WORKFLOW, WORKING
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.imports import forms
from app.imports.columns import Column, alike, edition, plain
from app.imports.forms import filled, version_of
from app.imports.options import offered, told
from app.imports.registry import Draft, Written
from app.imports.taking_back import refuse_touched
from app.plans.models import ITEM
from app.units.importing.places import UNIT_COLUMN, Places
from app.units.models import UnitKind

LABEL = "任务分解"
OF_TASK = (
    UNIT_COLUMN,
    filled(
        "title",
        "任务",
        "重点任务",
        "任务名称",
        "工作任务",
        "任务内容",
        required=True,
        example="修订完善学校章程和议事规则",
        width=40,
    ),
    filled("period", "周期", "期次", hint="同名的任务有几期时填写", width=10),
    Column("number", "版次", ("版本", "版号"), edition, plain, hint="由系统编，新的留空", width=8),
)
"""The columns by which a line finds its version."""


class Line(NamedTuple):
    """One that a version has: ``at`` tells it from the version's others."""

    at: int
    values: dict[str, Any]


class Known(Places):
    """The tasks of the file's units as far as the actor reads them, and the versions of each that are not replaced."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.binds = {**see.actor.binds, "named": self.named(drafts, "unit")}
        roles = see.actor.roles
        tasks = sa.select(ASSIGNMENT, ITEM.c.title, *ASSIGNMENTS.columns(roles))
        tasks = tasks.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id).order_by(ASSIGNMENT.c.id)
        theirs = within(ASSIGNMENT.c.unit_id, many("named")), ASSIGNMENTS.read(roles)
        self.tasks: dict[tuple[int, str], list[Any]] = defaultdict(list)
        for row in see.connection.execute(tasks.where(*theirs), self.binds):
            self.tasks[row.unit_id, alike(row.title)].append(row)
        versions = sa.select(BREAKDOWN, *POLICY.columns(roles)).order_by(BREAKDOWN.c.number)
        standing = within(BREAKDOWN.c.unit_id, many("named")), BREAKDOWN.c.state != SUPERSEDED
        self.versions: dict[int, list[Any]] = defaultdict(list)
        for row in see.connection.execute(versions.where(*standing, POLICY.read(roles)), self.binds):
            self.versions[row.assignment_id].append(row)
        self.held: dict[tuple[int, str], list[Line]] = defaultdict(list)
        self.lines: dict[Any, int] = defaultdict(int)
        """How many lines of the file there were of each."""
        self.sizes: dict[Any, int] = defaultdict(int)
        """How many lines a version will have."""
        self.made: dict[int, int] = {}
        """Task → the draft that this import made."""

    def hold(self, version_id: int, at: int, text: str, values: dict[str, Any]) -> None:
        self.held[version_id, alike(text)].append(Line(at, values))
        self.sizes[version_id] += 1


@dataclass(frozen=True)
class Kind:
    """What the lines of a table are: what the form takes of one (``given``), what one may change of the line that there
    is, and how many a version may have."""

    given: Callable[[dict[str, Any]], BaseModel]
    changed: tuple[str, ...]
    most: int
    too_many: str


def check(kind: Kind, known: Known, draft: Draft) -> Any | None:
    """The task of a line that would change something; None of another, or of one that is wrong."""
    title, period = alike(draft.values.get("title", "")), draft.values.get("period")
    unit_id = known.home(
        draft, holds=lambda each: any(period in (None, row.period) for row in known.tasks.get((each, title), ()))
    )
    forms.fits(draft, lambda: kind.given(draft.values))
    if draft.faults or unit_id is None or not {"title", "text"} <= draft.values.keys():
        return None
    task = _task(known, draft, unit_id)
    if task is None:
        return None
    draft.values["task"] = task.id
    version = _version(known, draft, task)
    if draft.faults or _stands(kind, known, draft, task, version):
        return None
    if version is not None:
        draft.values["version"] = version.id
        forms.allowed(draft, lambda: WORKFLOW.admit(version, "edit"))
    else:
        _new(known, draft, task)
    return task


def _stands(kind: Kind, known: Known, draft: Draft, task: Any, version: Any | None) -> bool:
    """Whether it is there already, as it is here. Of several lines of the same words the first is the first."""
    words = alike(draft.values["text"])
    same = known.held[version.id, words] if version else []
    place = (task.id, version.id if version else None, words)
    nth = known.lines[place]
    known.lines[place] += 1
    if nth < len(same):
        forms.target(draft, version, ())
        draft.held = {name: same[nth].values[name] for name in kind.changed}
        draft.values["line"] = same[nth].at
        return not draft.changes
    size = version.id if version else ("new", task.id)
    known.sizes[size] += 1
    if known.sizes[size] > kind.most:
        draft.wrong("", kind.too_many)
    return False


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
        draft.wrong("period", told("本单位有几项同名的任务，请填写周期", [row.period for row in found]))
    else:
        near = [row.title for (unit, _), rows in known.tasks.items() if unit == unit_id for row in rows]
        draft.wrong("title", *offered("本单位没有这项任务，请照任务名称填写", draft.values["title"], near))
    return None


def _version(known: Known, draft: Draft, task: Any) -> Any | None:
    """The one that is named; else the one that is worked on."""
    versions, number = known.versions[task.id], draft.values.pop("number", None)
    if number is None:
        return next((row for row in versions if row.state in WORKING), None)
    named = next((row for row in versions if row.number == number), None)
    if named is None:
        why = f"没有第 {number} 版，或已被取代，新的请留空"
        draft.wrong("number", told(why, [str(row.number) for row in versions]))
    return named


def _new(known: Known, draft: Draft, task: Any) -> None:
    known.own(draft, LABEL, (UnitKind.DISCIPLINE_TEAM,))
    if not draft.faults and not task.may_carry_out:
        draft.wrong("title", "只能分解本单位承担的任务")
    elif task.state not in OPEN_STATES:
        draft.wrong("title", "这项任务已不在办理，不能再分解")


# Writing


def write(
    tx: Tx,
    known: Known,
    drafts: Sequence[Draft],
    begin: Callable[[Tx, int, list[Draft]], int],
    amend: Callable[[Tx, int, list[Draft]], dict[str, Any]],
) -> None:
    """All lines of a version at once: ``begin`` makes a task's draft, ``amend`` says what the version had before."""
    of: dict[tuple[int, int | None], list[Draft]] = defaultdict(list)
    for draft in drafts:
        task = draft.values["task"]
        of[task, draft.values.get("version", known.made.get(task))].append(draft)
    for (task, version), lines in of.items():
        if version is None:
            version = known.made[task] = begin(tx, task, lines)
            undone: dict[str, Any] = {"made": True}
        else:
            undone = amend(tx, version, lines)
        stands = version_of(tx, BREAKDOWN, version)
        for draft in lines:
            draft.target_id, draft.target_version, draft.undo = version, stands, {}
        lines[0].undo = undone


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, BREAKDOWN, rows, LABEL)
    # A version that was written into several times has what it had at first when all are taken back, the last first.
    for row in reversed(rows):
        if row.undo.get("made"):
            ops.delete(tx, row.target_id)
        elif row.undo:
            ops.edit(tx, row.target_id, BreakdownPatch(**row.undo))
