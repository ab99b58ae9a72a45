"""A list as a table for people: what of a row is shown, under which heading, and every row that the filters leave.

A resource declares its columns once, in its ``tables.py``::

    TABLE = of_list("延期申请", (Column("申请单位", "unit_name", width=24), …), queries.LIST, queries.present)

Its CSV, its workbook (``exports``) and its printed page all come from that. Nothing here knows HTTP.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import pydantic_core
import xlsxwriter  # type: ignore[import-untyped]

from app.core.calendar import SHANGHAI
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.paging import Asked, Listing
from app.core.params import Parse, read_params
from app.core.policy import Policy
from app.core.workflow import find

Cell = str | int | float
Row = dict[str, Any]
Show = Callable[[Any, Any], Cell]
Lines = Sequence[Sequence[Cell]]
PAGING = ("limit", "cursor", "count")
"""What of a list's parameters a table does not take: it is always whole."""


# How values look


def plain(value: Any, _known: Any = None) -> str:
    return "" if value is None else str(value)


def figure(value: Any, _known: Any = None) -> Cell:
    """A number stays one, for a workbook to add up."""
    return "" if value is None else value


def yes_no(value: Any, _known: Any = None) -> str:
    return "是" if value else "否"


def on_day(value: Any, _known: Any = None) -> str:
    """The day of an instant."""
    return value.astimezone(SHANGHAI).date().isoformat() if value else ""


def at_minute(value: Any, _known: Any = None) -> str:
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else ""


def labelled(labels: Mapping[Any, str]) -> Callable[[Any, Any], str]:
    def show(value: Any, _known: Any = None) -> str:
        return "" if value is None else labels[value]

    return show


def joined(show: Callable[[Any, Any], str]) -> Callable[[Any, Any], str]:
    def show_all(values: Any, known: Any = None) -> str:
        return "、".join(show(value, known) for value in values or ())

    return show_all


# Tables


class Shown(Protocol):
    """A column; that of an import is one too."""

    @property
    def name(self) -> str: ...
    @property
    def heading(self) -> str: ...
    @property
    def show(self) -> Show: ...
    @property
    def width(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Column:
    """``name``: the field of a presented row. ``width``: in characters of a workbook's column."""

    heading: str
    name: str
    show: Show = plain
    width: int = 14


def blank(heading: str, width: int = 14) -> Column:
    """A column that the ledger's form has and the data have not (yet): the heading stands, nothing is invented."""
    return Column(heading, "", lambda value, known: "", width)


@dataclass(frozen=True, eq=False)
class Table:
    """What goes out of a list, a ledger, a ranking.

    ``asked(params)`` checks a query string; ``within(see, asked, row_id)`` narrows that to the parts of one row, where
    the list is of parts, 404 where the row is not there for the actor. ``pages(see, asked)`` gives all rows, presented,
    some at a time, and ``size(see, asked, most)`` counts them no further than ``most``; a table without it is short
    whatever happens. ``known(see)`` is looked up once for all cells. ``notes(see)`` stand beneath the table.
    ``fitted(see, asked)``: other columns, where they depend on what is asked for.
    """

    title: str
    columns: Sequence[Shown]
    parsers: Mapping[str, Parse]
    asked: Callable[[Mapping[str, str]], Any]
    pages: Callable[[Reader, Any], Iterable[Sequence[Row]]]
    within: Callable[[Reader, Any, int], Any] = lambda see, asked, row_id: asked
    size: Callable[[Reader, Any, int], int] | None = None
    known: Callable[[Reader], Any] = lambda see: None
    notes: Callable[[Reader], Sequence[str]] = lambda see: ()
    fitted: Callable[[Reader, Any], Sequence[Shown]] | None = None

    def shown(self, see: Reader, asked: Any, row_id: int | None = None) -> Sequence[Shown]:
        return self.columns if self.fitted is None else self.fitted(see, self.narrowed(see, asked, row_id))

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]

    def narrowed(self, see: Reader, asked: Any, row_id: int | None) -> Any:
        return asked if row_id is None else self.within(see, asked, row_id)

    def exceeds(self, see: Reader, most: int, asked: Any, row_id: int | None) -> bool:
        """Whether there are more rows than that."""
        return self.size is not None and self.size(see, self.narrowed(see, asked, row_id), most + 1) > most

    def lines(self, see: Reader, asked: Any, row_id: int | None = None) -> Iterator[list[list[Cell]]]:
        """The cells of all rows, some rows at a time."""
        known = self.known(see)
        cells = [(column.name, column.show) for column in self.shown(see, asked, row_id)]
        for rows in self.pages(see, self.narrowed(see, asked, row_id)):
            yield [[show(row[name] if name else None, known) for name, show in cells] for row in rows]


def of_list(
    title: str,
    columns: Sequence[Shown],
    listing: Listing,
    present: Callable[[Reader, Any], Row],
    complete: Callable[[Reader, list[Row]], None] | None = None,
    *,
    within: Callable[[Reader, Asked, int], Asked] = lambda see, asked, row_id: asked,
    known: Callable[[Reader], Any] = lambda see: None,
    grounds: frozenset[str] = frozenset(),
    fitted: Callable[[Reader, Asked], Sequence[Shown]] | None = None,
) -> Table:
    """The table of a list. ``complete`` adds to presented rows what lies in other tables; ``within`` narrows to the
    parts of one row, 404 where it is not there for the actor. ``grounds``: conditions of the policy that decide what of
    a row is shown.
    """

    def asked(params: Mapping[str, str]) -> Asked:
        for name in PAGING:
            if name in params:
                raise invalid(name, "导出的是全部内容，没有这个参数，请去掉")
        return listing.asked(params)

    def pages(see: Reader, asked: Any) -> Iterator[Sequence[Row]]:
        for rows in listing.every(see, asked, grounds):
            shown = [present(see, row) for row in rows]
            if complete is not None:
                complete(see, shown)
            yield shown

    parsers = {name: parse for name, parse in listing.parsers.items() if name not in PAGING}
    return Table(title, columns, parsers, asked, pages, within, listing.count, known, fitted=fitted)


def of_whole(
    title: str,
    columns: Sequence[Shown],
    rows: Callable[..., Sequence[Row]],
    policy: Policy | None = None,
) -> Table:
    """The table of a list that is never long: ``rows(see)`` is the whole of it, or ``rows(see, row_id)`` of a row's
    parts, whose ``policy`` says for whom it is there.
    """

    def asked(params: Mapping[str, str]) -> None:
        read_params(params, {})

    def pages(see: Reader, row_id: int | None) -> Iterator[Sequence[Row]]:
        yield rows(see) if row_id is None else rows(see, row_id)

    def within(see: Reader, _asked: None, row_id: int) -> int:
        if policy is not None:
            find(see, policy, row_id)
        return row_id

    return Table(title, columns, {}, asked, pages, within)


def narrowed_to(columns: Sequence[Shown], rows: list[Row]) -> None:
    """Leave presented rows the fields of these columns, in their order, and nothing else: a ledger as JSON."""
    rows[:] = [{column.name: row[column.name] for column in columns} for row in rows]


def part_of(policy: Policy, name: str) -> Callable[[Reader, Asked, int], Asked]:
    """``within`` of a list whose rows name theirs in the filter ``name``."""

    def narrow(see: Reader, asked: Asked, row_id: int) -> Asked:
        find(see, policy, row_id)
        return replace(asked, filters={**asked.filters, name: row_id})

    return narrow


# Read out: what is to be written, on disk, so that neither a snapshot nor the memory waits for the writing


Tick = Callable[[int], None]
"""Told again and again how many rows are done."""


def untold(_rows: int) -> None:
    """Nobody waits for the figures."""


class Extract(NamedTuple):
    """A table as it was read, its lines in a file of its own. ``tick`` is told of them as they are taken out again."""

    title: str
    day: date
    headings: list[str]
    widths: list[int]
    notes: list[str]
    lines: IO[bytes]
    tick: Tick = untold

    def pages(self) -> Iterator[Lines]:
        self.lines.seek(0)
        rows = 0
        for line in self.lines:
            page = pydantic_core.from_json(line)
            yield page
            rows += len(page)
            self.tick(rows)


def read_out(
    see: Reader, table: Table, asked: Any, row_id: int | None, into: IO[bytes], tick: Tick = untold
) -> Extract:
    rows, columns = 0, table.shown(see, asked, row_id)
    for page in table.lines(see, asked, row_id):
        into.write(pydantic_core.to_json(page) + b"\n")
        rows += len(page)
        tick(rows)
    headings, widths = [column.heading for column in columns], [column.width for column in columns]
    return Extract(table.title, see.today, headings, widths, list(table.notes(see)), into)


# Files

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escaped(cell: Cell) -> Cell:
    """A spreadsheet must not compute what somebody typed. An import takes the sign away again."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip("'").startswith(FORMULA) else cell


def write_csv(extract: Extract, out: IO[bytes], _staging: Path) -> None:
    """As Excel takes it at a double click: UTF-8 with its mark, lines ended by CR LF."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([escaped(heading) for heading in extract.headings])
    for page in extract.pages():
        writer.writerows([[escaped(cell) for cell in line] for line in page])
    writer.writerows([[], *([note] for note in extract.notes)] if extract.notes else [])
    text.detach()


AS_TEXT: dict[str, Any] = {
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "constant_memory": True,
}
"""Whatever a cell begins with, it stays the text it was."""
A4 = 9
MOST_ROWS = 1_000_000
"""Of one sheet; a workbook goes on on the next."""
MOST_CHARACTERS = 32_000
CUT = "……（此处未完，全文请导出 CSV）"
"""What ends a text that a workbook's cell cannot hold."""


def write_xlsx(extract: Extract, out: IO[bytes], staging: Path) -> None:
    """A frozen head that filters, widths by what stands there, numbers as numbers and everything else as text.

    It prints as wide as A4 landscape, with the head on each page.
    """
    with xlsxwriter.Workbook(out, AS_TEXT | {"tmpdir": str(staging)}) as book:
        # A workbook knows no zone; the same rows of the same day are the same bytes.
        book.set_properties({"title": extract.title, "created": datetime.combine(extract.day, time())})
        head = book.add_format({"bold": True, "bg_color": "#F0F2F5", "border": 1, "valign": "vcenter"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        number = book.add_format({"valign": "top"})
        lines = (line for page in extract.pages() for line in page)
        for sheet, at, line in _placed(book, extract, head, lines):
            for column, cell in enumerate(line):
                if cell == "":
                    continue
                if isinstance(cell, str):
                    sheet.write_string(at, column, _fitting(cell), text)
                else:
                    sheet.write_number(at, column, cell, number)


def _placed(book: Any, extract: Extract, head: Any, lines: Iterable[Sequence[Cell]]) -> Iterator[tuple[Any, int, Any]]:
    """Each line with its sheet and its row there, sheets begun as they are needed; the notes beneath the last."""
    sheet, at = _sheet(book, extract, head, 1), 0
    for line in lines:
        if at == MOST_ROWS:
            sheet.autofilter(0, 0, at, len(extract.headings) - 1)
            sheet, at = _sheet(book, extract, head, len(book.worksheets()) + 1), 0
        at += 1
        yield sheet, at, line
    sheet.autofilter(0, 0, at, len(extract.headings) - 1)
    for offset, note in enumerate(extract.notes, 2):
        sheet.write_string(at + offset, 0, note)


def _sheet(book: Any, extract: Extract, head: Any, number: int) -> Any:
    sheet = book.add_worksheet(extract.title if number == 1 else f"{extract.title}（{number}）")
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("第 &P 页 共 &N 页")
    sheet.freeze_panes(1, 0)
    for at, (heading, width) in enumerate(zip(extract.headings, extract.widths, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, heading, head)
    return sheet


def _fitting(cell: str) -> str:
    """What does not fit says so. Beyond the basic plane a character counts twice."""
    if len(cell) * 2 <= MOST_CHARACTERS:
        return cell
    units = cell.encode("utf-16-le")
    if len(units) // 2 <= MOST_CHARACTERS:
        return cell
    return units[: 2 * (MOST_CHARACTERS - len(CUT))].decode("utf-16-le", "ignore") + CUT


class Form(NamedTuple):
    label: str
    suffix: str
    media_type: str
    write: Callable[[Extract, IO[bytes], Path], None]


CSV = Form("CSV", ".csv", "text/csv; charset=utf-8", write_csv)
XLSX = Form("Excel", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx)
FORMS = (CSV, XLSX)
