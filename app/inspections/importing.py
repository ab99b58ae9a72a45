"""Findings from a table (督查问题清单): drafts of an inspection that goes on, by whoever records in it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.core.audit import record
from app.core.errors import Conflict, Invalid, Problem
from app.core.operation import Reader, Tx
from app.core.policy import BUSINESS, Policy
from app.core.validation import field_errors
from app.core.within import many, within
from app.core.workflow import counted_anew
from app.evidence.models import LINK
from app.imports.columns import Wrong, alike, day, narrow
from app.imports.options import offered, told
from app.imports.registry import Draft, Importable, Written
from app.inspections import recording
from app.inspections.found import number_of
from app.inspections.importing_columns import COLUMNS
from app.inspections.models import (
    FINDING,
    INSPECTION,
    TARGET,
    VISIT,
    Finding,
    FindingCreate,
    FindingPatch,
)
from app.inspections.rules import FINDING_POLICY, FINDING_WORKFLOW, ONGOING, POLICY, WORKFLOW
from app.units.cells import UnitCells

WRITTEN_DOWN = tuple(FindingPatch.model_fields)
_IDS = many("ids")
_TARGETS = sa.select(TARGET.c.inspection_id, TARGET.c.unit_id).where(within(TARGET.c.inspection_id, _IDS))
_VISITED = sa.select(VISIT.c.inspection_id, VISIT.c.unit_id).where(within(VISIT.c.inspection_id, _IDS))


class Known:
    """Inspections and findings that the actor may read; of targets and visits those where the actor records."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.today = see.today
        self.units = UnitCells(see)
        units, figures = self._named(drafts)
        self.met: dict[Any, int] = {}
        self.inspections = {row.id: row for row in _rows(see, POLICY, INSPECTION, sa.true())}
        mine = [row.id for row in self.inspections.values() if row.may_inspect]
        self.recording = [row_id for row_id in mine if self.inspections[row_id].state == ONGOING]
        self.targets: dict[int, set[int]] = defaultdict(set)
        for target in see.connection.execute(_TARGETS, {"ids": mine}):
            self.targets[target.inspection_id].add(target.unit_id)
        visited = see.connection.execute(_VISITED, {"ids": mine})
        self.visited = {(row.inspection_id, row.unit_id) for row in visited}
        self.by_number: dict[str, Any] = {}
        self.by_words: dict[tuple[int, str], list[Any]] = defaultdict(list)
        asked = sa.or_(within(FINDING.c.unit_id, many("units")), within(FINDING.c.number, many("figures")))
        for row in _rows(see, FINDING_POLICY, FINDING, asked, units=units, figures=figures):
            self.by_words[row.unit_id, alike(row.description)].append(row)
            if (number := number_of(row.year, row.number)) is not None:
                self.by_number[number] = row

    def _named(self, drafts: Iterable[Draft]) -> tuple[list[int], list[int]]:
        """The units of the file, and the figures at the end of its numbers."""
        units, figures = set(), set()
        for draft in drafts:
            last = narrow(draft.cells.get("number", "")).rpartition("-")[2]
            if last.isascii() and last.isdigit() and len(last) < 10:
                figures.add(int(last))
            units |= set(self.units.names.ended(draft.cells.get("unit", "")))
            try:
                units.add(self.unit(draft.cells.get("unit", "")))
            except Wrong:
                continue
        return sorted(units), sorted(figures)

    def inspection(self, cell: str) -> Any:
        """By its title; where the actor records in one alone, a row need not name it."""
        if not cell:
            if len(self.recording) != 1:
                none = "没有您可以记录问题的、检查中的督查"
                several = f"您可以记录问题的督查有 {len(self.recording)} 次，请写明是哪一次"
                why = told(several, self._titles(self.recording)) if self.recording else none
                raise Wrong(why, column="inspection")
            return self.inspections[self.recording[0]]
        found = [row for row in self.inspections.values() if alike(row.title) == alike(cell)]
        found = [row for row in found if row.id in self.recording] or found
        if len(found) > 1:
            raise Wrong(f"有 {len(found)} 次督查叫这个名称，请先在督查页面改名", column="inspection")
        if not found:
            raise Wrong(*offered("没有这次督查", cell, self._titles(self.recording)), "inspection")
        return found[0]

    def _titles(self, ids: Iterable[int]) -> list[str]:
        return [self.inspections[row_id].title for row_id in ids]

    def unit(self, cell: str) -> int:
        try:
            return self.units.unit(cell)
        except Wrong as wrong:
            raise Wrong(wrong.why, wrong.suggestions, "unit") from None

    def finding(self, cells: Mapping[str, str]) -> Any | None:
        """By its number, else by its unit and words, within the inspection that is named; None for a new one."""
        if number := "".join(narrow(cells.get("number", "")).split()):
            if number not in self.by_number:
                raise Wrong("没有这个编号的问题；新问题请不要填编号", column="number")
            return self.by_number[number]
        if not cells.get("unit") or not cells.get("description"):
            return None
        words = alike(cells["description"])
        unit_id = self.units.names.meant(
            cells["unit"], self.unit(cells["unit"]), lambda each: (each, words) in self.by_words
        )
        found = self.by_words.get((unit_id, words), [])
        if cells.get("inspection"):
            inspection_id = self.inspection(cells["inspection"]).id
            found = [row for row in found if row.inspection_id == inspection_id]
        found = [row for row in found if row.number is None and row.inspection_id in self.recording] or found
        return found[0] if len(found) == 1 else None


def _rows(
    see: Reader, policy: Policy, table: sa.Table, asked: sa.ColumnElement[bool], **binds: list[int]
) -> Iterable[Any]:
    columns = policy.columns(see.actor.roles)
    statement = sa.select(table, *columns).where(asked, policy.read(see.actor.roles)).order_by(table.c.id)
    return see.connection.execute(statement, {**see.actor.binds, **binds})


def check(known: Known, draft: Draft) -> None:
    try:
        found = known.finding(draft.cells)
        inspection = None if found is not None else known.inspection(draft.cells.get("inspection", ""))
        unit_id = known.unit(draft.cells["unit"]) if draft.cells.get("unit") else None
        if unit_id is not None and found is not None:
            unit_id = known.units.names.meant(draft.cells["unit"], unit_id, lambda each: each == found.unit_id)
    except Wrong as wrong:
        draft.values.setdefault("unit", draft.cells.get("unit", ""))
        draft.unmatched(wrong)
        _check_cells(known, draft, wrong.column)
        return
    if found is not None:
        draft.target_id, draft.target_version = found.id, found.version
        draft.held = {name: getattr(found, name) for name in WRITTEN_DOWN} | {"unit": found.unit_id}
    if unit_id is not None:
        draft.values["unit"] = unit_id
    _once(known, draft, inspection)
    if found is None:
        _told(draft, lambda: _check_new(known, draft, inspection))
    elif draft.changes:
        _told(draft, lambda: _check_changed(known, draft, found))


def _check_cells(known: Known, draft: Draft, told: str) -> None:
    """Of a row that fits nothing yet: what its other cells say by themselves, to be mended along with that. The day of
    a finding that is there may have passed."""
    is_new = not draft.cells.get("number")
    if told != "unit" and (unit := draft.cells.get("unit")):
        _found(draft, lambda: known.unit(unit))
    if told != "inspection" and is_new:
        _found(draft, lambda: known.inspection(draft.cells.get("inspection", "")))
    _told(draft, lambda: FindingCreate(**{name: draft.values[name] for name in WRITTEN_DOWN if name in draft.values}))
    if is_new:
        _check_deadline(known, draft)


def _found(draft: Draft, find: Callable[[], Any]) -> None:
    try:
        find()
    except Wrong as wrong:
        draft.unmatched(wrong)


def _told(draft: Draft, rule: Callable[[], Any]) -> None:
    try:
        rule()
    except ValidationError as error:
        _mark(draft, field_errors(error.errors(include_url=False)))
    except Invalid as problem:
        _mark(draft, problem.errors)
    except Problem as problem:
        draft.wrong("", problem.detail or problem.title)


def _mark(draft: Draft, errors: Iterable[Any]) -> None:
    named = {"unit_id": "unit"}
    for fault in errors:
        name = fault.pointer.split("/")[1]
        # What a new row lacks is said of its column by the engine.
        if fault.detail != "必须填写":
            draft.wrong(named.get(name, name), fault.detail)


def _once(known: Known, draft: Draft, inspection: Any | None) -> None:
    words = alike(draft.values.get("description", ""))
    key = draft.target_id or (inspection.id if inspection else 0, draft.values.get("unit"), words or -draft.number)
    if (first := known.met.setdefault(key, draft.number)) != draft.number:
        draft.wrong("description", f"与第 {first} 行是同一个问题，请只留一行")


def _check_new(known: Known, draft: Draft, inspection: Any) -> None:
    WORKFLOW.admit(inspection, "record_finding")
    draft.values["inspection"] = inspection.id
    unit_id = draft.values.get("unit")
    if unit_id is not None and unit_id not in known.targets[inspection.id]:
        targets = [known.units.title(target) for target in sorted(known.targets[inspection.id])]
        draft.wrong("unit", told("不是这次督查的被查单位", targets))
    _check_deadline(known, draft)
    FindingCreate(**_given(draft))


def _given(draft: Draft) -> dict[str, Any]:
    given = {name: draft.values[name] for name in WRITTEN_DOWN if name in draft.values}
    return given | ({"unit_id": draft.values["unit"]} if "unit" in draft.values else {})


def _check_changed(known: Known, draft: Draft, found: Any) -> None:
    FINDING_WORKFLOW.admit(found, "edit")
    if "unit" in draft.changes:
        draft.wrong("unit", "已有的问题不能改被查单位，请删去编号作为新问题", [known.units.title(found.unit_id)])
    if "deadline_on" in draft.changes:
        _check_deadline(known, draft)
    _patch(draft)


def _check_deadline(known: Known, draft: Draft) -> None:
    try:
        recording.not_past(known, draft.values.get("deadline_on"))
    except Invalid as problem:
        _mark(draft, problem.errors)


def _patch(draft: Draft) -> FindingPatch:
    return FindingPatch(**{name: new for name, (_, new) in draft.changes.items() if name in WRITTEN_DOWN})


# Writing: as one that is filled in is written


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    new: dict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.held is None:
            new[draft.values["inspection"]].append(draft)
            continue
        assert draft.target_id is not None and draft.target_version is not None
        draft.undo = {name: _kept(old) for name, (old, _) in draft.changes.items()}
        recording.edit_finding(tx, draft.target_id, _patch(draft), draft.target_version)
        draft.target_version += 1
    for inspection_id, rows in new.items():
        made = recording.create_findings(tx, inspection_id, [FindingCreate(**_given(draft)) for draft in rows])
        for draft, finding_id in zip(rows, made, strict=True):
            place = (inspection_id, draft.values["unit"])
            draft.target_id, draft.target_version = finding_id, 1
            draft.undo = {"visited": place in known.visited}
            known.visited.add(place)


def _kept(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    held = sa.select(FINDING.c.id, FINDING.c.version, FINDING.c.visit_id).where(within(FINDING.c.id, _IDS))
    found = tx.connection.execute(
        held.order_by(FINDING.c.id).with_for_update(), {"ids": [row.target_id for row in rows]}
    )
    standing = {row.id: row for row in found}
    linked = sa.select(LINK.c.target_id).where(LINK.c.target == "findings", within(LINK.c.target_id, _IDS))
    photographed = set(tx.connection.execute(linked, {"ids": list(standing)}).scalars())
    touched = [
        str(row.number)
        for row in rows
        if (row.is_new and row.target_id in photographed)
        or row.target_id not in standing
        or standing[row.target_id].version != row.target_version
    ]
    if touched:
        raise Conflict(f"第 {'、'.join(touched[:10])} 行的问题在导入之后又改动过，不能整批撤销", code="rows_touched")
    for row in rows:
        if row.is_new:
            recording.delete_finding(tx, row.target_id)
        else:
            patch = {name: day(old) if name == "deadline_on" and old else old for name, old in row.undo.items()}
            recording.edit_finding(tx, row.target_id, FindingPatch(**patch), row.target_version, taken_back=True)
    _unvisit(tx, [standing[row.target_id].visit_id for row in rows if row.undo.get("visited") is False])


def _unvisit(tx: Tx, visit_ids: list[int]) -> None:
    """Visits that came of the import alone: nobody has written in them, found more there or added a photograph. They
    are held before that is looked at."""
    held = sa.select(VISIT.c.id).where(within(VISIT.c.id, _IDS)).order_by(VISIT.c.id).with_for_update()
    tx.connection.execute(held, {"ids": visit_ids})
    found = sa.exists().where(FINDING.c.visit_id == VISIT.c.id)
    linked = sa.exists().where(LINK.c.target == "visits", LINK.c.target_id == VISIT.c.id)
    bare = sa.and_(within(VISIT.c.id, _IDS), VISIT.c.version == 1, VISIT.c.note == "", ~found, ~linked)
    removed = sa.delete(VISIT).where(bare).returning(VISIT.c.id, VISIT.c.inspection_id)
    gone = tx.connection.execute(removed, {"ids": visit_ids}).all()
    for visit in gone:
        record(tx, "visit", visit.id, operation="visit.remove")
    counted_anew(tx, INSPECTION, {visit.inspection_id for visit in gone})


FINDINGS = Importable(
    name="findings",
    label="督查问题",
    model=Finding,
    columns=COLUMNS,
    roles=BUSINESS,
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "新问题记入检查中的督查，是草稿，下达时才编号；您要在督查组里。",
        "已有的问题按编号比对；没有编号的，按被查单位和问题描述。已下达的不能改。表里的其他列不读。",
    ),
)
