"""Tables that go out: a resource's template, and an import's own rows with what is wrong beside each."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Literal, TextIO

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from app.core.errors import Conflict
from app.core.files import has_size, store_of
from app.core.operation import Reader
from app.core.tables import AS_TEXT, CSV, XLSX, Form, escaped
from app.core.workflow import find
from app.imports import rows
from app.imports.annotated import annotated
from app.imports.annotating import Place
from app.imports.columns import Column
from app.imports.examining import RETURNED, Head
from app.imports.models import BUSY_LABELS, KIND_LABELS, PRUNED, UNFINISHED, RowKind, RunState
from app.imports.registry import IMPORTABLES, Importable
from app.imports.rules import POLICY
from app.imports.sheet_xml import Note, Unfit

LISTED_TO = 1000
"""Rows of a template that have the drop-downs."""
MOST_WITHIN = 255
"""Characters of a drop-down that lie in the cell itself; a longer one lies on a sheet of its own."""
OPTIONS = "选项"
FIRST_MADE = datetime(2026, 1, 1)  # noqa: DTZ001  # A workbook knows no zone; the same template is the same bytes.


def template(resource: Importable) -> bytes:
    """A workbook to be filled in: headings with notes, drop-downs, one example, and a second sheet of explanations."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, AS_TEXT | {"in_memory": True, "constant_memory": False}) as book:
        book.set_properties({"created": FIRST_MADE})
        head = book.add_format({"bold": True, "bg_color": "#F0F2F5", "border": 1})
        needed = book.add_format({"bold": True, "bg_color": "#FDE8E8", "border": 1})
        written = book.add_format({"num_format": "@"})
        grey = book.add_format({"font_color": "#57606A", "num_format": "@"})
        sheet = book.add_worksheet(resource.label)
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(resource.filled_in):
            sheet.set_column(at, at, column.width, written)
            sheet.write_string(0, at, column.heading, needed if column.required else head)
            sheet.write_string(1, at, column.example, grey)
            if column.hint:
                sheet.write_comment(0, at, column.hint)
        _explain(book, resource, head)
        _offer(book, sheet, resource)
    return out.getvalue()


def _offer(book: Any, sheet: Any, resource: Importable) -> None:
    """The drop-downs; the words of a long one are kept on a hidden sheet."""
    hidden: Any = None
    for at, column in enumerate(resource.filled_in):
        if not column.choices:
            continue
        source: Any = list(column.choices)
        if len(",".join(source)) > MOST_WITHIN:
            hidden = hidden or book.add_worksheet(OPTIONS)
            hidden.hide()
            hidden.write_column(0, at, source)
            letter = xl_col_to_name(at, col_abs=True)
            source = f"='{OPTIONS}'!{letter}$1:{letter}${len(source)}"
        sheet.data_validation(1, at, LISTED_TO, at, {"validate": "list", "source": source})


def _explain(book: Any, resource: Importable, head: Any) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 60)
    for at, words in enumerate(("列", "必填", "怎样填写")):
        sheet.write_string(0, at, words, head)
    for row, column in enumerate(resource.filled_in, 1):
        sheet.write_string(row, 0, column.heading)
        sheet.write_string(row, 1, "是" if column.required else "")
        sheet.write_string(row, 2, _how(column))
    notes = (*resource.notes, "第 2 行是例子，请改成实际内容或删去。日期按 2023-10-31 的格式填写。")
    for row, note in enumerate(notes, len(resource.filled_in) + 2):
        sheet.write_string(row, 0, note)


def _how(column: Column) -> str:
    parts = [column.hint, f"可选：{'、'.join(column.choices)}" if column.choices else ""]
    parts.append(f"也可以叫：{'、'.join(column.aliases)}" if column.aliases else "")
    return "。".join(part for part in parts if part)


def returned(see: Reader, run_id: int, path: Path) -> dict[str, Any]:
    """The file that was imported, its own columns in their order, with 结果 and 错误原因 behind; written to ``path``.

    A workbook that was kept is given back as itself; otherwise CSV for CSV, written as it was, else a new workbook of
    the cells. Cells put right meanwhile are as they are now.
    """
    run = find(see, POLICY, run_id)
    if run.pruned_at is not None:
        raise Conflict(PRUNED, code="pruned")
    if run.busy:
        raise Conflict(f"正在{BUSY_LABELS[run.busy]}，请等它完成后再下载", code="busy")
    if run.lines and run.state == RunState.CHECKED:
        raise Conflict(UNFINISHED, code="unfinished")
    stem, _, suffix = run.filename.rpartition(".")
    form = CSV if suffix.lower() in ("csv", "txt") else XLSX
    if _as_itself(see, run, path):
        form = XLSX
    else:
        _anew(see, run, path, form)
    media_type = _csv_type(run) if form is CSV else form.media_type
    told = {"filename": f"{stem or run.filename}（核对）{form.suffix}", "media_type": media_type}
    return told | {"version": run.version, "updated_at": run.updated_at}


def _as_itself(see: Reader, run: Any, path: Path) -> bool:
    """The kept workbook with what was found; False where there is none, or none that can be written on."""
    if run.upload is None:
        return False
    book = store_of(see.settings).path(run.upload)
    if not has_size(book, run.size):
        return False
    given_back = run.headings[-len(RETURNED) :] == [*RETURNED]
    # A table that had been given back itself has the two columns where they are, said anew.
    column = len(run.headings) - len(RETURNED) if given_back else max(len(run.headings), rows.widest(see, run.id))
    head = Note(run.head_number, "head", RETURNED, {})
    try:
        place = Place(run.part or "", run.head_number, column, given_back)
        annotated(book, path, place, chain([head], _notes(see, run)), changed=rows.any_put_right(see, run.id))
    except Unfit:
        return False
    return True


def _notes(see: Reader, run: Any) -> Iterator[Note]:
    titles = _titles(run)
    for row in rows.stored(see, run.id, "cells", "as_read", "kind", "faults", "remarks"):
        pairs = zip_longest(row.as_read or row.cells, row.cells, fillvalue="")
        changes = {at: pair for at, pair in enumerate(pairs) if pair[0] != pair[1]} if row.as_read else {}
        look: Literal["wrong", "plain"] = "wrong" if row.kind == RowKind.WRONG else "plain"
        yield Note(row.number, look, _said(titles, row), changes)


def _anew(see: Reader, run: Any, path: Path, form: Form) -> None:
    """A new table of the cells, of which no more than their words is known."""
    # A table that had been given back itself has the two columns once, anew.
    own = Head(0, run.headings, run.columns).own
    given_back = len(run.headings) - len(own(run.headings))
    width = max(len(run.headings), rows.widest(see, run.id)) - given_back
    heads = [*_padded(own(run.headings), width), *RETURNED]
    stored = rows.stored(see, run.id, "cells", "kind", "faults", "remarks")
    around = run.around or {}
    above, beneath = ([cells for _, cells in around.get(place, ())] for place in ("above", "beneath"))
    titles = _titles(run)
    rows_out = (_line(titles, row, own(row.cells), width) for row in stored)
    lines = chain(rows_out, (_padded(cells, width + len(RETURNED)) for cells in beneath))
    if form is CSV:
        _write_csv(path, _written(run), above, heads, lines)
    else:
        _write_book(path, above, heads, lines, run.created_at)


def _titles(run: Any) -> dict[str, str]:
    """Of each field, as the file itself calls its column: whoever mends it has no other words before them."""
    called = {name: word for word, name in zip(run.headings, run.columns, strict=False) if name and word}
    return {column.name: column.heading for column in IMPORTABLES[run.resource].columns} | called


def _line(titles: Mapping[str, str], row: Any, cells: Sequence[str], width: int) -> list[str]:
    return [*_padded(cells, width), *_said(titles, row)]


def _said(titles: Mapping[str, str], row: Any) -> tuple[str, str]:
    """What was found of a row, and why."""
    faults = []
    for fault in (*row.faults, *row.remarks):
        heading = titles[fault["column"]] if fault["column"] else ""
        near = f"（可能是{'、'.join(fault['suggestions'])}）" if fault["suggestions"] else ""
        faults.append(f"{heading and f'{heading}：'}{fault['detail']}{near}")
    return KIND_LABELS[RowKind(row.kind)], "；".join(faults)


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


MARKED = "utf-8-sig"
"""UTF-8 with its mark, by which Excel knows it; without one it is given back with one."""


def _written(run: Any) -> Sequence[str]:
    return (run.around or {}).get("written") or (MARKED, ",", "")


def _csv_type(run: Any) -> str:
    return f"text/csv; charset={_written(run)[0].removesuffix('-sig')}"


def _write_csv(
    path: Path,
    written: Sequence[str],
    above: Sequence[Sequence[str]],
    heads: Sequence[str],
    lines: Iterable[Sequence[str]],
) -> None:
    """In the encoding in which it came, its cells parted as they were: whatever wrote it reads it again."""
    encoding, sign, said = written
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(said and f"{said}\r\n")
        _write_lines(file, chain(above, [heads], lines), sign)


def csv_lines(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A short table, whole."""
    out = io.StringIO()
    _write_lines(out, chain([heads], lines))
    return out.getvalue()


def _write_lines(file: TextIO, lines: Iterable[Sequence[str]], sign: str = ",") -> None:
    writer = csv.writer(file, delimiter=sign)
    for line in lines:
        writer.writerow([escaped(cell) for cell in line])


def _write_book(
    path: Path,
    above: Sequence[Sequence[str]],
    heads: Sequence[str],
    lines: Iterable[Sequence[str]],
    made_at: datetime,
) -> None:
    with xlsxwriter.Workbook(str(path), AS_TEXT) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet()
        sheet.freeze_panes(len(above) + 1, 0)
        sheet.set_column(len(heads) - 1, len(heads) - 1, 60)
        for number, line in enumerate(above):
            sheet.write_row(number, 0, line)
        sheet.write_row(len(above), 0, heads, bold)
        red = {"bg_color": "#FDE8E8"}
        plainly = None, book.add_format(A_DAY)
        marked = book.add_format(red), book.add_format(red | A_DAY)
        for number, line in enumerate(lines, len(above) + 1):
            text, day = marked if line[-2] == KIND_LABELS[RowKind.WRONG] else plainly
            for at, cell in enumerate(line):
                if _DAY.fullmatch(cell) and (instant := _instant(cell)) is not None:
                    sheet.write_datetime(number, at, instant, day)
                elif cell or text is not None:
                    sheet.write(number, at, cell, text)


A_DAY = {"num_format": "yyyy-mm-dd"}
_DAY = re.compile(r"(?:19|20|21)\d{2}-[01]\d-[0-3]\d")


def _instant(cell: str) -> datetime | None:
    """A day as a workbook keeps it, so that it stays one to whoever sorts and filters."""
    try:
        return datetime.strptime(cell, "%Y-%m-%d")  # noqa: DTZ007  # A workbook knows no zone.
    except ValueError:
        return None
