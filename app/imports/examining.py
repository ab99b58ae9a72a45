"""From a file's lines to drafts: which line is the head, which column is which, what each row would do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from app.core.errors import FieldError, Invalid
from app.imports.columns import Column, Wrong, flat
from app.imports.models import RowKind
from app.imports.registry import Draft, Fault, Importable
from app.imports.sheets import Line, Sheet, bad_file

HEAD_WITHIN = 10
"""Titles and notes above the head take no more lines than these."""
BATCH = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Head:
    """The line with the headings, and the field of each."""

    number: int
    headings: list[str]
    fields: list[str | None]

    def draft(self, number: int, cells: Sequence[str]) -> Draft:
        """A row by its fields. What stands to the right of the last heading belongs nowhere."""
        made = Draft(number, {name: cell for name, cell in zip(self.fields, cells, strict=False) if name and cell})
        if extra := [cell for cell in cells[len(self.fields) :] if cell]:
            made.wrong("", f"这一行比表头多出 {len(extra)} 格，请核对是否错列")
        return made


def head_of(resource: Importable, sheet: Sheet) -> Head:
    """Of the first lines the one with the most headings that are known; 422 where there is none."""
    first = list(islice(sheet.lines(), HEAD_WITHIN))
    if not first:
        raise bad_file("文件里没有内容，请检查后重新选择")
    names = _names(resource.columns)
    found = max(first, key=lambda line: len({names.get(flat(cell)) for cell in line.cells} - {None}))
    fields = [names.get(flat(cell)) for cell in found.cells]
    known = [name for name in fields if name]
    required = [column.heading for column in resource.columns if column.required]
    if not known:
        raise bad_file(f"没有找到表头，请下载样表对照；必填的列：{'、'.join(required)}")
    if doubled := next((name for name in known if known.count(name) > 1), None):
        places = "、".join(str(at + 1) for at, name in enumerate(fields) if name == doubled)
        raise bad_file(
            f"第 {found.number} 行的表头里，第 {places} 列都是“{resource.column(doubled).heading}”，请只留一列"
        )
    return Head(found.number, list(found.cells), fields)


def _names(columns: Iterable[Column]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        for word in (column.heading, *column.aliases):
            assert found.setdefault(flat(word), column.name) == column.name, f"{word} names two columns"
    return found


def drafts_of(head: Head, lines: Iterable[Line]) -> Iterator[Draft]:
    return (head.draft(line.number, line.cells) for line in lines if line.number > head.number)


def examine(resource: Importable, known: Any, draft: Draft) -> RowKind:
    """Read the cells, find the row that is meant, say what would come of it."""
    for column in resource.columns:
        cell = draft.cells.get(column.name, "")
        if not cell:
            continue
        try:
            draft.values[column.name] = column.read(cell, known)
        except Wrong as wrong:
            draft.wrong(column.name, wrong.why, wrong.suggestions)
    resource.check(known, draft)
    if draft.cells == resource.example:
        draft.wrong("", "这是样表里的例子，请改成实际内容或删去这一行")
    if draft.held is None:
        for column in resource.columns:
            if column.required and column.name not in draft.cells and column.name not in draft.values:
                draft.wrong(column.name, f"{column.heading}必须填写")
    if draft.faults:
        return RowKind.WRONG
    if draft.held is None:
        return RowKind.NEW
    return RowKind.CHANGED if draft.changes else RowKind.UNCHANGED


def shown_changes(resource: Importable, known: Any, draft: Draft) -> dict[str, list[str]]:
    """What differs, in words."""
    shown = {}
    for name, (old, new) in draft.changes.items():
        column = resource.column(name)
        shown[name] = [column.show(old, known), column.show(new, known)]
    return shown


COUNTED = (*(f"{kind}_count" for kind in RowKind), "change_count", "fault_count", "suggestion_count", "remark_count")


class Counts(Counter[str]):
    """What a run's rows come to."""

    def take(self, kind: str, changes: Any, faults: Sequence[Fault], remarks: Sequence[Fault]) -> None:
        self[f"{kind}_count"] += 1
        self["change_count"] += len(changes)
        self["fault_count"] += len(faults)
        self["suggestion_count"] += sum(bool(fault.suggestions) for fault in faults)
        self["remark_count"] += len(remarks)

    @property
    def rows(self) -> int:
        return sum(self[f"{kind}_count"] for kind in RowKind)

    @property
    def of_run(self) -> dict[str, int]:
        return {name: self[name] for name in COUNTED}


class Looked(NamedTuple):
    """A row of the file, and what would come of it."""

    cells: list[str]
    draft: Draft
    kind: RowKind
    changes: dict[str, list[str]]


def looked_at(resource: Importable, known: Any, head: Head, sheet: Sheet, counts: Counts) -> Iterator[list[Looked]]:
    """All rows, a batch at a time, counted."""
    lines = (line for line in sheet.lines() if line.number > head.number)
    for batch in batches(lines):
        made = []
        for line in batch:
            draft = head.draft(line.number, line.cells)
            kind = examine(resource, known, draft)
            changes = shown_changes(resource, known, draft)
            counts.take(kind, changes, draft.faults, draft.remarks)
            made.append(Looked(line.cells, draft, kind, changes))
        yield made


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    going = iter(items)
    while batch := list(islice(going, BATCH)):
        yield batch


MOST_NAMED = 50


def refusal(resource: Importable, wrong: Sequence[Draft], count: int) -> Invalid:
    """The wrong rows of an import that was to write all or nothing, each cell named."""
    errors = []
    for draft in wrong:
        for fault in draft.faults:
            heading = resource.column(fault.column).heading if fault.column else ""
            near = f"，可能是{'、'.join(f'“{each}”' for each in fault.suggestions)}" if fault.suggestions else ""
            said = f"第 {draft.number} 行{heading and f' {heading}'}：{fault.detail}{near}"
            errors.append(FieldError(f"/rows/{draft.number}/{fault.column}".rstrip("/"), said))
    detail = f"有 {count} 行有错，没有写入任何内容，请改正后重新提交"
    return Invalid(detail, code="rows_wrong", errors=errors[:MOST_NAMED], wrong_count=count)
