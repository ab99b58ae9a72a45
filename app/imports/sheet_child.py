"""The child process that reads one table of a file and writes its rows, as texts, into a file of lines.

It imports nothing of the project: what a stranger's file does to the parser stays here, under limits of memory, time
and output. Each line is a list of up to 500 rows, ``[row number, [text, …]]`` each; rows without any text are left
out. Whatever stands in a cell becomes the text a person sees: whole numbers without ``.0``, days as YYYY-MM-DD.
"""

import csv
import datetime
import errno
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CHARACTERS = 32_767
"""What a cell of Excel holds at the most."""
TOGETHER = 500
"""Rows of one line: they are written, and taken apart again, in one go."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = tuple[int, list[str]]


class Unreadable(Exception):
    """Said to whoever sent the file."""


def main() -> None:
    """Arguments: kind (csv or book), source, output, bytes of memory, seconds of CPU.

    Says on stdout how many rows it wrote, or what is wrong with the file where it ends with 3; 4: the disk is full.
    """
    kind, source, output, memory, seconds = sys.argv[1:6]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 << 20, 512 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    try:
        rows = _csv(Path(source)) if kind == "csv" else _book(source)
        with Path(output).open("w", encoding="utf-8") as lines:
            print(_write(_bounded(rows), lines))
    except Unreadable as problem:
        sys.stdout.buffer.write(str(problem).encode())
        raise SystemExit(3) from None
    except OSError as problem:
        raise SystemExit(4 if problem.errno in (errno.ENOSPC, errno.EDQUOT) else 1) from None


def _write(rows: Iterator[Row], lines: IO[str]) -> int:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    written = 0
    while some := list(islice(rows, TOGETHER)):
        lines.write(f"{encode(some)}\n")
        written += len(some)
    return written


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
        if max(map(len, row)) > MOST_CHARACTERS:
            column = next(at for at, text in enumerate(row, 1) if len(text) > MOST_CHARACTERS)
            raise Unreadable(f"第 {number} 行第 {column} 列的文字超过 {MOST_CHARACTERS} 个字，请精简后再上传")
        yield number, row


# CSV


def _csv(path: Path) -> Iterator[Row]:
    encoding = _encoding(path)
    csv.field_size_limit(131_072)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_without_nul(file), _dialect(path, encoding), strict=True)
        number = 1
        try:
            for row in reader:
                yield number, [_as_typed(text) if text[:1] == "'" else text for text in map(str.strip, row)]
                number = reader.line_num + 1
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


def _dialect(path: Path, encoding: str) -> Any:
    """Excel's own form; of comma, tab and semicolon the one that the first line has most of."""
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(10_000)

    class Dialect(csv.excel):
        delimiter = max(",\t;", key=first.count)

    return Dialect


def _without_nul(file: IO[str]) -> Iterator[str]:
    for line in file:
        yield line.replace("\0", "\ufffd")


# Workbooks


def _book(source: str) -> Iterator[Row]:
    # Imported under the limits: the library parses what strangers made.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_path(source) as book:
            for about in book.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
                    continue
                sheet = book.get_sheet_by_name(about.name)
                if sheet.start is not None:
                    yield from _sheet(sheet)
                    return
    except PasswordError:
        raise Unreadable("文件有密码保护，请用 Excel 或 WPS 打开，取消密码后再上传") from None
    except (CalamineError, OSError, ValueError):
        raise Unreadable("文件已损坏或不是 Excel 表格，请用 Excel 或 WPS 打开，另存为 xlsx 后再上传") from None


def _sheet(sheet: Any) -> Iterator[Row]:
    """Rows as people see them: what is merged down belongs to each row it covers."""
    left = sheet.start[1]
    if sheet.end[1] >= MOST_COLUMNS:
        raise Unreadable(f"表格有 {sheet.end[1] + 1} 列，最多 {MOST_COLUMNS} 列，请删去多余的列后再上传")
    first_of: dict[tuple[int, int], int] = {}
    for (start, column), (end, _) in sheet.merged_cell_ranges or ():
        first_of |= {(row, column): start for row in range(start, min(end, start + MOST_ROWS) + 1)}
    carried: dict[tuple[int, int], str] = {}
    # Rows are given from the sheet's first, cells from its first column in use.
    for at, cells in enumerate(sheet.iter_rows()):
        texts = [cell.replace("\0", "\ufffd").strip() if type(cell) is str else _text(cell) for cell in cells]
        row = [""] * left + texts
        if first_of:
            for column, text in enumerate(row):
                if (start := first_of.get((at, column))) is not None:
                    row[column] = carried.setdefault((start, column), text)
        yield at + 1, row


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
