"""From a file's lines to drafts: which line is the head, which column is which, what each row would do."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile
from typing import Any, NamedTuple, TypeVar

from app.core.errors import FieldError, Invalid
from app.core.tables import CUT
from app.imports.columns import Column, Read, Wrong, flat
from app.imports.headings import FAILED, HEAD_WITHIN, MOST_AROUND
from app.imports.models import RowKind
from app.imports.registry import Ask, Draft, Fault, Importable, Settled
from app.imports.sheets import Sheet, bad_file

RETURNED = ("结果", "错误原因")
"""What a table has behind its own columns when it is given back."""
BATCH = 1000
INCOMPLETE = "这一格在导出 Excel 时放不下，不是全文，请改用导出的 CSV，或补全文字"
MEND = "请在表格里改正公式，或把算对的内容复制后选择性粘贴为数值"
T = TypeVar("T")


@dataclass(frozen=True)
class Head:
    """The line with the headings, and the field of each."""

    number: int
    headings: list[str]
    fields: list[str | None]

    def draft(self, number: int, cells: Sequence[str]) -> Draft:
        """A row by its fields. What stands to the right of the last heading belongs nowhere."""
        made = Draft(number, {name: cell for name, cell in zip(self.fields, cells, strict=False) if cell and name})
        if len(cells) > self.width and (extra := [cell for cell in self._beyond(cells) if cell]):
            made.wrong("", f"这一行比表头多出 {len(extra)} 格，请核对是否错列")
        return made

    @cached_property
    def width(self) -> int:
        """How many columns are the table's own: one that was given back has 结果 and 错误原因 behind all its cells."""
        if tuple(self.headings[-len(RETURNED) :]) != RETURNED:
            return len(self.headings)
        own = self.headings[: -len(RETURNED)]
        while own and not own[-1]:
            own.pop()
        return len(own)

    def own(self, cells: Sequence[str]) -> list[str]:
        """Of a line of the file what is not of 结果 and 错误原因, which it has from having been given back."""
        given_back = len(RETURNED) if self.width < len(self.headings) else 0
        return [*cells[: len(self.headings) - given_back], *cells[len(self.headings) :]]

    def _beyond(self, cells: Sequence[str]) -> Sequence[str]:
        return self.own(cells)[self.width :]


def head_of(resource: Importable, sheet: Sheet) -> Head:
    """Of the first lines the one with the most headings that are known; 422 where there is none."""
    first = list(islice(sheet.lines(), HEAD_WITHIN))
    if not first:
        raise bad_file("文件里没有内容，请检查后重新选择")
    names = _names(resource.columns)
    found = max(first, key=lambda line: len({names.get(flat(cell)) for cell in line.cells} - {None}))
    if why := next(filter(None, map(resource.bars, found.cells)), ""):
        raise bad_file(why)
    fields = [names.get(flat(cell)) for cell in found.cells]
    if tuple(found.cells[-len(RETURNED) :]) == RETURNED:
        # What was said of its rows is none of its columns, though one may be called so.
        fields[-len(RETURNED) :] = [None] * len(RETURNED)
    _only_the_plainest(resource, found.cells, fields)
    known = [name for name in fields if name]
    required = [column.heading for column in resource.columns if column.required]
    if not known:
        raise bad_file(f"没有找到表头，请下载样表对照；必填的列：{'、'.join(required)}")
    if failed := next((at for at, cell in enumerate(found.cells, 1) if cell in FAILED), 0):
        raise bad_file(
            f"第 {found.number} 行的表头里，第 {failed} 列是公式错误 {found.cells[failed - 1]}，{MEND}后再上传"
        )
    if doubled := next((name for name in known if known.count(name) > 1), None):
        places = "、".join(str(at + 1) for at, name in enumerate(fields) if name == doubled)
        words = flat(found.cells[fields.index(doubled)])
        raise bad_file(f"第 {found.number} 行的表头里，第 {places} 列都是“{words}”，请只留一列")
    return Head(found.number, list(found.cells), fields)


def above(sheet: Sheet, head: Head) -> list[list[Any]]:
    """The title, and whatever else stands above the head, as far as it is short."""
    found: list[list[Any]] = []
    room = MOST_AROUND
    for line in takewhile(lambda line: line.number < head.number, sheet.lines()):
        room -= sum(map(len, line.cells))
        if room < 0:
            break
        found.append([*line])
    return found


def _only_the_plainest(resource: Importable, headings: Sequence[str], fields: list[str | None]) -> None:
    """Of several headings that may mean one column it is the one that is called so, else the first of its aliases; the
    others are unread. Of what no table changes one may stand there twice."""
    for column in resource.columns:
        places = [at for at, name in enumerate(fields) if name == column.name]
        words = [flat(word) for word in (column.heading, *column.aliases)]
        best = min((words.index(flat(headings[at])) for at in places), default=0)
        kept = [at for at in places if flat(headings[at]) == words[best]]
        for at in {*places} - {*(kept[:1] if column.told else kept)}:
            fields[at] = None


def _names(columns: Iterable[Column]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        for word in (column.heading, *column.aliases):
            assert found.setdefault(flat(word), column.name) == column.name, f"{word} names two columns"
    return found


@dataclass(frozen=True, slots=True)
class Drafts:
    """All rows, as often as they are gone through; ``lines`` begins anew."""

    head: Head
    lines: Callable[[], Iterable[tuple[int, Sequence[str]]]]

    def __iter__(self) -> Iterator[Draft]:
        head = self.head
        return (head.draft(number, cells) for number, cells in self.lines() if number > head.number)


class Looked(NamedTuple):
    """A row of the file, and what would come of it; ``changes`` in words."""

    cells: Sequence[str]
    draft: Draft
    kind: RowKind
    changes: dict[str, list[str]]


_UNREAD = object()
_MOST_READ = 4096


class Look:
    """Rows of one file, one after the other: their cells read, the rows found that they mean, and what would come of
    it. What stands in a column again and again is read once."""

    def __init__(self, resource: Importable, known: Any, head: Head, ask: Ask) -> None:
        self._resource, self._known, self._head, self._ask = resource, known, head, ask
        self._columns: list[tuple[str, Read, dict[str, Any]]] = [
            (c.name, c.read, {}) for c in resource.columns if c.name in head.fields
        ]
        self._shows = {column.name: column.show for column in resource.columns}
        self._required = [column for column in resource.columns if column.required]

    def rows(self, lines: Iterable[tuple[int, Sequence[str]]]) -> list[Looked]:
        """The next of them, each as its number and its cells; no more than one can have in memory."""
        return self._checked(*self._asked(lines))

    def through(self, batches: Iterable[Iterable[tuple[int, Sequence[str]]]]) -> Iterator[list[Looked]]:
        """One batch after the other; while one is checked, what the next means is being looked up."""
        asked = None
        for lines in batches:
            following = self._asked(lines)
            if asked is not None:
                yield self._checked(*asked)
            asked = following
        if asked is not None:
            yield self._checked(*asked)

    def _asked(self, lines: Iterable[tuple[int, Sequence[str]]]) -> tuple[list[tuple[Sequence[str], Draft]], Settled]:
        read = []
        for number, cells in lines:
            draft = self._head.draft(number, cells)
            self._read(draft)
            read.append((cells, draft))
        return read, self._ask(self._resource.ahead(self._known, [draft for _, draft in read]))

    def _checked(self, read: list[tuple[Sequence[str], Draft]], settled: Settled) -> list[Looked]:
        settled()
        return [self._row(cells, draft) for cells, draft in read]

    def _row(self, cells: Sequence[str], draft: Draft) -> Looked:
        self._resource.check(self._known, draft)
        if draft.cells == self._resource.example:
            draft.wrong("", "这是样表里的例子，请改成实际内容或删去这一行")
        changes = draft.changes
        if draft.held is None:
            self._miss(draft)
        if draft.faults:
            draft.faults = [self._mendable(fault) for fault in draft.faults]
        return Looked(cells, draft, _kind(draft, changes), self._in_words(changes))

    def _read(self, draft: Draft) -> None:
        cells, values = draft.cells, draft.values
        for name, read, met in self._columns:
            cell = cells.get(name)
            if cell is None:
                continue
            found = met.get(cell, _UNREAD)
            if found is _UNREAD:
                found = self._anew(read, met, cell)
            if isinstance(found, Wrong):
                draft.wrong(name, found.why, found.suggestions)
            else:
                values[name] = found

    def _anew(self, read: Read, met: dict[str, Any], cell: str) -> Any:
        if len(met) >= _MOST_READ:
            met.clear()
        try:
            if cell.endswith(CUT):
                raise Wrong(INCOMPLETE)
            if cell in FAILED:
                raise Wrong(f"这一格是公式错误 {cell}，没有读到内容，{MEND}")
            met[cell] = read(cell, self._known)
        except Wrong as wrong:
            met[cell] = wrong.with_traceback(None)
        return met[cell]

    def _miss(self, draft: Draft) -> None:
        for column in self._required:
            if column.name not in draft.cells and column.name not in draft.values:
                draft.wrong(column.name, f"{column.heading}必须填写")

    def _mendable(self, fault: Fault) -> Fault:
        """A column that the file has not cannot be put right there: what may have been meant is told in words."""
        if not fault.suggestions or fault.column in self._head.fields:
            return fault
        near = f"，如{'、'.join(f'“{word}”' for word in fault.suggestions)}"
        return Fault(fault.column, fault.detail + near)

    def _in_words(self, changes: dict[str, tuple[Any, Any]]) -> dict[str, list[str]]:
        shows, known = self._shows, self._known
        return {name: [shows[name](old, known), shows[name](new, known)] for name, (old, new) in changes.items()}


def _kind(draft: Draft, changes: dict[str, tuple[Any, Any]]) -> RowKind:
    if draft.faults:
        return RowKind.WRONG
    if draft.held is None:
        return RowKind.NEW
    return RowKind.CHANGED if changes else RowKind.UNCHANGED


_COUNTER = {kind: f"{kind}_count" for kind in RowKind}
COUNTED = (*_COUNTER.values(), "change_count", "fault_count", "suggestion_count", "remark_count")


class Counts(Counter[str]):
    """What a run's rows come to."""

    def take(self, rows: Iterable[Looked]) -> None:
        changed = faulty = suggested = remarked = 0
        kinds: Counter[RowKind] = Counter()
        for _, draft, kind, changes in rows:
            kinds[kind] += 1
            changed += len(changes)
            if draft.faults:
                faulty += len(draft.faults)
                suggested += sum(bool(fault.suggestions) for fault in draft.faults)
            remarked += len(draft.remarks)
        self.update({_COUNTER[kind]: count for kind, count in kinds.items()})
        self.update(change_count=changed, fault_count=faulty, suggestion_count=suggested, remark_count=remarked)

    @property
    def rows(self) -> int:
        return sum(self[name] for name in _COUNTER.values())

    @property
    def of_run(self) -> dict[str, int]:
        return {name: self[name] for name in COUNTED}


def looked_at(look: Look, head: Head, sheet: Sheet, counts: Counts) -> Iterator[list[Looked]]:
    """All rows, some at a time, counted."""
    for made in look.through(batches(line for line in sheet.lines() if line.number > head.number)):
        counts.take(made)
        yield made


def batches(items: Iterable[T], size: int | None = None) -> Iterator[list[T]]:
    going = iter(items)
    while batch := list(islice(going, size or BATCH)):
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
