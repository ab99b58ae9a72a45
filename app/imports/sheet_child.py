"""The child process that reads one table of a file and writes its rows, as texts, into a file of lines.

It imports of the project no more than how headings are compared and how failed formulas are found: what a stranger's
file does to the parser stays here, under limits of memory, time and output. Each line is a list of up to 500 rows,
``[row number, [text, …]]`` each; rows without any text are left out, and the table's foot. Whatever stands in a cell
becomes the text a person sees: whole numbers without ``.0``, days as YYYY-MM-DD. Which sheet is the table, and which
sign parts the cells of a CSV, is told by where the headings are that the table may have.
"""

import csv
import datetime
import errno
import gc
import json
import re
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from app.imports.headings import HEAD_WITHIN, MOST_AROUND, SERIAL, flat, foot, only_failed, place_of, plainly_a_row

MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CHARACTERS = 32_767
"""What a cell of Excel holds at the most."""
LONG = 20_000
"""Rows, and a multiple of those of one line, from which it is worth a quicker encoder."""
TOGETHER = 500
"""Rows of one line: they are written, and taken apart again, in one go."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = tuple[int, list[str]]
MOST_KEPT = 50
"""Lines of a foot that are given back with the table."""
MOST_NAMED = 5


class Unreadable(Exception):
    """Said to whoever sent the file."""


@dataclass(slots=True)
class Found:
    """What was found beside the rows: ``notes`` for whoever looks through them, and the lines of the foot."""

    known: frozenset[str]
    """The headings that the table may have, flat."""
    notes: list[str] = field(default_factory=list)
    beneath: list[Row] = field(default_factory=list)
    part: str = ""
    """Of a workbook (xlsx) the member that holds the table."""
    written: tuple[str, ...] = ()
    """Of a CSV its encoding, the sign that parts its cells, and the line ahead that names it, if any."""
    room: int = MOST_AROUND
    """Characters that ``beneath`` may still take."""

    def keep(self, number: int, cells: list[str]) -> None:
        """A line of the foot, as long as they are few and short."""
        self.room -= sum(map(len, cells))
        if self.room >= 0 and len(self.beneath) < MOST_KEPT:
            self.beneath.append((number, cells))


def main() -> None:
    """Arguments: kind (csv or book), source, output, bytes of memory, seconds of CPU; the headings come on stdin.

    Says on stdout how many rows it wrote and what it found beside, as JSON, or what is wrong with the file where it
    ends with 3; 4: the disk is full.
    """
    kind, source, output, memory, seconds = sys.argv[1:6]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 << 20, 512 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    # Rows are lists of texts, and no circle among them: the collector would find nothing.
    gc.disable()
    found = Found(frozenset(json.load(sys.stdin)))
    try:
        rows = _csv(Path(source), found) if kind == "csv" else _book(source, found)
        with Path(output).open("wb") as lines:
            written = _write(_body(_bounded(rows), found), lines)
        beside = {"notes": found.notes, "beneath": found.beneath, "part": found.part, "written": found.written}
        print(json.dumps({"rows": written, **beside}))
    except Unreadable as problem:
        sys.stdout.buffer.write(str(problem).encode())
        raise SystemExit(3) from None
    except MemoryError:
        sys.stdout.buffer.write("表格太大，读不下，请只保留要导入的表格，或分成几份后再上传".encode())
        raise SystemExit(3) from None
    except OSError as problem:
        raise SystemExit(4 if problem.errno in (errno.ENOSPC, errno.EDQUOT) else 1) from None


def _write(rows: Iterator[Row], lines: IO[bytes]) -> int:
    encode: Callable[[list[Row]], bytes] = _as_json
    written = 0
    while some := list(islice(rows, TOGETHER)):
        lines.write(encode(some) + b"\n")
        written += len(some)
        if written == LONG:
            encode = _quick()
    return written


def _as_json(some: list[Row]) -> bytes:
    return json.dumps(some, ensure_ascii=False, separators=(",", ":")).encode()


def _quick() -> Callable[[Any], bytes]:
    """Ten times as fast, and as long to import as thousands of rows take."""
    from pydantic_core import to_json

    return to_json


def _body(rows: Iterator[Row], found: Found) -> Iterator[Row]:
    """All lines until the head, and beneath it those that are rows."""
    first = list(islice(rows, HEAD_WITHIN))
    at, headings = place_of([cells for _, cells in first], found.known)
    if not headings:
        yield from first
        yield from rows
        return
    yield from first[: at + 1]
    serial = [number for number, cell in enumerate(first[at][1]) if flat(cell) == SERIAL]
    named: list[str] = []
    failed: list[int] = []
    skipped = bare = 0
    for number, cells in chain(first[at + 1 :], rows):
        if plainly_a_row(cells[0]):
            yield number, cells
        elif words := foot(cells):
            skipped += 1
            named += [f"第 {number} 行“{words}”"] if len(named) < MOST_NAMED else []
            found.keep(number, cells)
        elif serial and len(cells) == serial[0] + 1 and cells[-1].isdigit() and not any(cells[:-1]):
            bare += 1
            found.keep(number, cells)
        elif only_failed(cells, serial):
            failed.append(number)
            found.keep(number, cells)
        else:
            yield number, cells
    if skipped:
        more = f"等 {skipped} 行" if skipped > len(named) else ""
        found.notes.append(f"{'、'.join(named)}{more}是合计、签名或说明，没有作为内容读取")
    if bare:
        found.notes.append(f"有 {bare} 行只写了序号，没有作为内容读取")
    if failed:
        which = "、".join(f"第 {number} 行" for number in failed[:MOST_NAMED])
        more = f"等 {len(failed)} 行" if len(failed) > MOST_NAMED else ""
        found.notes.append(f"{which}{more}只有公式错误（如 #N/A），没有作为内容读取；如有内容，请改正公式后重新上传")


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows with something in them, without the empty cells at their end."""
    taken = 0
    for number, row in rows:
        while row and not row[-1]:
            row.pop()
        if not row:
            continue
        taken += 1
        if taken > MOST_ROWS:
            raise Unreadable(f"表格超过 {MOST_ROWS} 行，请分成几份文件后再上传")
        if len(row) > MOST_COLUMNS:
            raise Unreadable(f"第 {number} 行有 {len(row)} 列，最多 {MOST_COLUMNS} 列，请删去多余的列后再上传")
        # Together they are hardly ever so long, and joining them is quicker than looking at each.
        if len("".join(row)) > MOST_CHARACTERS and max(map(len, row)) > MOST_CHARACTERS:
            column = next(at for at, text in enumerate(row, 1) if len(text) > MOST_CHARACTERS)
            raise Unreadable(f"第 {number} 行第 {column} 列的文字超过 {MOST_CHARACTERS} 个字，请精简后再上传")
        yield number, row


# CSV


def _csv(path: Path, found: Found) -> Iterator[Row]:
    encoding = _encoding(path)
    csv.field_size_limit(131_072)
    delimiter, said = _delimiter(path, encoding, found.known)
    found.written = encoding, delimiter, said
    with path.open(encoding=encoding, newline="") as file:
        if said:
            file.readline()
        reader = csv.reader(_without_nul(file), _parted_by(delimiter), strict=True)
        number = 1
        try:
            # Counted as a spreadsheet does, by rows and not by lines: a cell may have several.
            for row in reader:
                yield number, [_as_typed(text) if text[:1] == "'" else text for text in map(str.strip, row)]
                number += 1
        except csv.Error as problem:
            if "field larger" in str(problem):
                raise Unreadable(f"第 {number} 行有一格的文字超过 131072 个字，请精简后再上传") from None
            raise Unreadable(f"第 {number} 行的引号没有成对，请用 Excel 打开另存为 CSV 后再上传") from None


def _as_typed(text: str) -> str:
    """Without the apostrophe at its head, where that keeps a spreadsheet from computing what an export holds."""
    return text[1:].strip() if text.lstrip("'").startswith(FORMULA) else text


def _encoding(path: Path) -> str:
    """A byte order mark, else strict UTF-8, else strict GB18030: a wrong guess reads silently, so there is none."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as text:
                while text.read(1 << 20):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    raise Unreadable("文字编码不是 UTF-8 或 GB18030，请用 Excel 打开另存为“CSV UTF-8”后再上传")


SEPARATORS = ",\t;"
_SAMPLE = 65_536


def _delimiter(path: Path, encoding: str, known: frozenset[str]) -> tuple[str, str]:
    """Of comma, tab and semicolon the one by which the first lines hold the most headings, else the commonest there; or
    what a line ahead of all names, which no spreadsheet shows, and that line."""
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE)
    if said := re.match(r"(sep=([^\r\n]))\r?\n", sample):
        return said[2], said[1]  # So Excel is told by the programs that write for it.
    lines = [line for line in sample.splitlines(keepends=True) if line.strip()][:HEAD_WITHIN]

    def parts(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(map(_plainly, lines), _parted_by(delimiter)))
        return place_of(rows, known)[1], sum(line.count(delimiter) for line in lines)

    return max(SEPARATORS, key=parts), ""


def _parted_by(sign: str) -> Any:
    """Excel's own form, its cells parted by that sign."""

    class Dialect(csv.excel):
        delimiter = sign

    return Dialect


def _plainly(line: str) -> str:
    return line.replace("\0", "\ufffd")


def _without_nul(file: IO[str]) -> Iterator[str]:
    return map(_plainly, file)


# Workbooks


MOST_SHEETS = 50


def _book(source: str, found: Found) -> Iterator[Row]:
    # Imported under the limits: the library parses what strangers made.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_path(source) as book:
            if (sheet := _table(book, found)) is not None:
                found.part = _part_of(source, sheet.name)
                yield from _sheet(sheet, source, found.part)
    except PasswordError:
        raise Unreadable("文件有密码保护，请用 Excel 或 WPS 打开，取消密码后再上传") from None
    except (CalamineError, OSError, ValueError):
        raise Unreadable("文件已损坏或不是 Excel 表格，请用 Excel 或 WPS 打开，另存为 xlsx 后再上传") from None


def _table(book: Any, found: Found) -> Any:
    """Of the sheets that a person sees the one that holds the most headings, else the first that holds anything."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [about for about in book.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet]
    seen = [about.name for about in sheets if about.visible == SheetVisibleEnum.Visible]
    hidden = [about.name for about in sheets if about.visible != SheetVisibleEnum.Visible]
    best: Any = None
    name, most, others = "", -1, []
    for each in seen[:MOST_SHEETS]:
        sheet = book.get_sheet_by_name(each)
        if sheet.start is None:
            continue
        held = place_of(_beginning(sheet), found.known)[1]
        if best is not None and min(held, most) > 1:
            others.append(name if held > most else each)
        if held > most:
            best, name, most = sheet, each, held
    if best is None and hidden:
        raise Unreadable(f"看得见的工作表里没有内容；隐藏的工作表{_named(hidden)}请取消隐藏后再上传")
    if others:
        found.notes.append(f"读取的是工作表{_named([name])}；工作表{_named(others)}没有读取，要导入请另存为单独的文件")
    elif most > 0 and name != seen[0]:
        found.notes.append(f"读取的是工作表{_named([name])}，表头在那里")
    return best


def _beginning(sheet: Any) -> list[Sequence[str]]:
    rows = (cells for cells in sheet.iter_rows() if any(cell != "" for cell in cells))
    return [[cell.strip() if isinstance(cell, str) else "" for cell in cells] for cells in islice(rows, HEAD_WITHIN)]


def _named(names: Sequence[str]) -> str:
    more = f"等 {len(names)} 张" if len(names) > MOST_NAMED else ""
    return "、".join(f"“{name[:40]}”" for name in names[:MOST_NAMED]) + more


def _sheet(sheet: Any, source: str, part: str) -> Iterator[Row]:
    """Rows as people see them: what is merged down belongs to each row it covers, what failed says so."""
    left = sheet.start[1]
    if sheet.end[1] >= MOST_COLUMNS:
        raise Unreadable(f"表格有 {sheet.end[1] + 1} 列，最多 {MOST_COLUMNS} 列，请删去多余的列后再上传")
    first_of: dict[tuple[int, int], int] = {}
    for (start, column), (end, _) in sheet.merged_cell_ranges or ():
        first_of |= {(row, column): start for row in range(start, min(end, start + MOST_ROWS) + 1)}
    carried: dict[tuple[int, int], str] = {}
    failed: dict[int, dict[int, str]] | None = None
    # Rows are given from the sheet's first, cells from its first column in use.
    for at, cells in enumerate(sheet.iter_rows()):
        texts = [cell.replace("\0", "\ufffd").strip() if type(cell) is str else _text(cell) for cell in cells]
        row = [""] * left + texts if left else texts
        if failed is None and "" in cells:
            # What failed comes as empty: a table without an empty cell is not gone through twice.
            failed = _failed(source, part)
        if failed and at in failed:
            for column, word in failed[at].items():
                if column < len(row):
                    row[column] = word
        if first_of:
            for column, text in enumerate(row):
                if (start := first_of.get((at, column))) is not None:
                    row[column] = carried.setdefault((start, column), text)
        yield at + 1, row


def _part_of(source: str, name: str) -> str:
    from app.imports.failed_cells import part_of

    return part_of(source, name)


def _failed(source: str, part: str) -> dict[int, dict[int, str]]:
    from app.imports.failed_cells import failed_cells

    return failed_cells(source, part)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell)) if abs(cell) < 1e15 else repr(cell)
        return format(cell, ".15g")  # As Excel shows it: what it computes, 8.1 + 8.2, has an error behind that.
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
