"""What was done about found problems, from a table (整改台账): into rows that the unit still works on."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.core.errors import Conflict, Problem
from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.core.validation import field_errors
from app.core.within import many, within
from app.imports.columns import Column, Wrong, alike, narrow, plain, text
from app.imports.forms import fits
from app.imports.options import told
from app.imports.registry import Draft, Importable, Written
from app.inspections.found import number_of
from app.inspections.models import FINDING
from app.rectifications.models import RECTIFICATION, Rectification, RectificationPatch
from app.rectifications.operations import edit
from app.rectifications.rules import POLICY, WORKFLOW
from app.units.cells import UnitCells

FILLED_IN = tuple(RectificationPatch.model_fields)
_FOUND = FINDING.alias("found")


class Known:
    """The rectifications that the actor may read, of the units and numbers that the file names."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.see = see
        self.units = UnitCells(see)
        self.met: dict[int, int] = {}
        units, numbers = set(see.actor.home_units), set()
        for draft in drafts:
            numbers.add(_number(draft.cells))
            units |= set(self.units.names.ended(draft.cells.get("unit", "")))
            try:
                units.add(self.unit(draft.cells))
            except Wrong:
                continue
        self.rows: dict[int, Any] = {}
        self.by_number: dict[str, Any] = {}
        self.by_problem: dict[tuple[int, str], list[Any]] = defaultdict(list)
        mine = _rows(see, units, {number for number in numbers if number})
        for row in mine:
            self.rows[row.id] = row
            self.by_problem[row.unit_id, alike(row.problem)].append(row)
            if (its_number := number_of(row.year, row.number)) is not None:
                self.by_number[its_number] = row

    def unit(self, cells: Mapping[str, str]) -> int:
        cell, homes = cells.get("unit", ""), self.see.actor.home_units
        if not cell and len(homes) != 1:
            own = [self.units.title(unit_id) for unit_id in homes]
            raise Wrong(told("请写明责任单位，或填写编号", own), column="unit")
        try:
            return self.units.unit(cell) if cell else homes[0]
        except Wrong as wrong:
            raise Wrong(wrong.why, wrong.suggestions, "unit") from None

    def row(self, cells: Mapping[str, str]) -> Any:
        """By its number, else by its unit and problem; what is out of sight is not there."""
        if number := _number(cells):
            if number not in self.by_number:
                raise Wrong("没有这个编号的整改", column="number" if "number" in cells else "origin")
            return self.by_number[number]
        unit_id, problem = self.unit(cells), alike(cells.get("problem", ""))
        if not problem:
            raise Wrong("请填写编号，或照台账填写问题表现", column="problem")
        unit_id = self.units.names.meant(
            cells.get("unit", ""), unit_id, lambda each: (each, problem) in self.by_problem
        )
        found = self.by_problem.get((unit_id, problem), [])
        # A running number in front of each row is no matter's own: it decides among equals alone.
        found = [row for row in found if str(row.id) == narrow(cells.get("serial", ""))] or found
        if len(found) > 1:
            numbers = (number_of(row.year, row.number) for row in found)
            why = f"有 {len(found)} 个问题是这样写的，请填写编号"
            raise Wrong(told(why, filter(None, numbers)), column="number")
        if not found:
            raise Wrong(f"没有“{self.units.title(unit_id)}”的这个问题，请照台账填写，或填写编号", column="problem")
        return found[0]


_NUMBER = re.compile(r"(\d{4})-督-(\d{1,9})")


def _number(cells: Mapping[str, str]) -> str:
    """2023-督-017, from the column of its own or from where the ledger says what the matter comes from."""
    own = "".join(narrow(cells.get("number", "")).split())
    found = _NUMBER.fullmatch(own) if own else _NUMBER.search(narrow(cells.get("origin", "")))
    return f"{found[1]}-督-{int(found[2]):03}" if found else own


def _rows(see: Reader, units: set[int], numbers: set[str]) -> Iterable[Any]:
    columns = [*RECTIFICATION.c, _FOUND.c.year, _FOUND.c.number, *POLICY.columns(see.actor.roles)]
    source = RECTIFICATION.outerjoin(_FOUND, _FOUND.c.id == RECTIFICATION.c.finding_id)
    figures = {int(found[2]) for number in numbers if (found := _NUMBER.fullmatch(number))}
    asked = sa.or_(within(RECTIFICATION.c.unit_id, many("units")), within(_FOUND.c.number, many("numbers")))
    statement = sa.select(*columns).select_from(source).where(asked, POLICY.read(see.actor.roles))
    binds = {**see.actor.binds, "units": sorted(units), "numbers": sorted(figures)}
    return see.connection.execute(statement, binds)


def check(known: Known, draft: Draft) -> None:
    draft.values.setdefault("problem", "")  # What is missing is said of all that tell a row together.
    try:
        row = known.row(draft.cells)
    except Wrong as wrong:
        draft.unmatched(wrong)
        # Its other cells are mended along with what tells the row.
        fits(draft, lambda: RectificationPatch(**{n: draft.values[n] for n in FILLED_IN if n in draft.values}))
        return
    if (first := known.met.setdefault(row.id, draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一项整改，请只留一行")
    draft.target_id, draft.target_version = row.id, row.version
    draft.held = {name: getattr(row, name) for name in FILLED_IN}
    if not draft.changes:
        return
    try:
        WORKFLOW.admit(row, "edit")
        _patch(draft)
    except ValidationError as error:
        for fault in field_errors(error.errors(include_url=False)):
            draft.wrong(fault.pointer.split("/")[1], fault.detail)
    except Problem as problem:
        draft.wrong("", problem.detail or problem.title)


def _patch(draft: Draft) -> RectificationPatch:
    return RectificationPatch(**{name: new for name, (_, new) in draft.changes.items()})


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    """Each by the operation that a form performs: a unit's own are few, and each leaves its event."""
    for draft in drafts:
        assert draft.target_id is not None and draft.target_version is not None
        draft.undo = {name: old for name, (old, _) in draft.changes.items()}
        edit(tx, draft.target_id, _patch(draft), draft.target_version)
        draft.target_version += 1


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    ids = [row.target_id for row in rows]
    held = sa.select(RECTIFICATION.c.id, RECTIFICATION.c.version).where(within(RECTIFICATION.c.id, many("ids")))
    held = held.order_by(RECTIFICATION.c.id).with_for_update()
    versions = {row.id: row.version for row in tx.connection.execute(held, {"ids": ids})}
    touched = [str(row.number) for row in rows if versions.get(row.target_id) != row.target_version]
    if touched:
        raise Conflict(f"第 {'、'.join(touched[:10])} 行在导入之后又办理过，不能整批撤销", code="rows_touched")
    for row in rows:
        edit(tx, row.target_id, RectificationPatch(**row.undo), row.target_version)


def _filled(name: str, heading: str, *aliases: str, **more: Any) -> Column:
    return Column(name, heading, aliases, text, plain, **more)


COLUMNS = (
    _filled("serial", "序号", hint="可以不填", width=8),
    _filled("number", "编号", "问题编号", "整改编号", example="2023-督-017", hint="没有编号的按责任单位和问题表现比对"),
    _filled("origin", "问题来源", "来源", hint="可以不填；写有编号的按编号比对", width=16),
    _filled(
        "unit",
        "责任单位",
        "单位",
        "整改单位",
        "被查单位",
        "责任股室",
        "责任部门",
        "责任科室",
        "被督查单位",
        "整改责任单位",
        "单位名称",
        "学校",
        "学校（园）",
        example="实验小学",
        hint="只有一个单位的可以不填",
        width=20,
    ),
    _filled(
        "problem",
        "问题表现",
        "问题",
        "问题描述",
        "存在问题",
        "主要问题",
        "存在的问题",
        "具体问题",
        "问题内容",
        "发现的问题",
        required=True,
        hint="照台账原文；填了编号的可以不填",
        width=34,
    ),
    _filled("cause", "原因", "原因分析", "问题原因", "产生原因", "问题成因", example="没有明确专人负责。", width=28),
    _filled("goal", "整改目标", "目标", "预期目标", width=24),
    _filled(
        "measures",
        "整改措施",
        "措施",
        "具体措施",
        "整改举措",
        "工作措施",
        example="明确总务主任负责，按学期更新。",
        width=34,
    ),
    _filled("responsible_leader", "责任领导", "分管领导", "主管领导", "整改责任领导", example="刘敏"),
    _filled("responsible_person", "责任人", "具体责任人", "负责人", "整改责任人", "整改负责人", example="何芳"),
    _filled(
        "result",
        "整改情况",
        "整改结果",
        "整改成效",
        "完成情况",
        "办理情况",
        "整改进展",
        "进展情况",
        "进展",
        "落实情况",
        "整改完成情况",
        "整改落实情况",
        example="已更新公示内容。",
        width=34,
    ),
)
RECTIFICATIONS = Importable(
    name="rectifications",
    label="整改情况",
    model=Rectification,
    columns=COLUMNS,
    roles=frozenset({Role.OFFICE, Role.SCHOOL}),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "每一行对应一项整改：按编号比对；没有编号的，按责任单位和问题表现。",
        "只能填写本单位待整改、整改中的；印证资料请在整改页面上传，再提交验收。表里的其他列不读。",
    ),
)
