"""A sheet's XML, written on row by row and never held as a whole.

Where neither a comment nor CDATA stands in it, "<" begins a tag and nothing else: so rows and cells are found by what
they look like, and whatever else there is between them is left alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import IO, Literal, NamedTuple
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from app.imports.failed_cells import column_of
from app.imports.sheet_child import MOST_CHARACTERS

AT_ONCE = 1 << 20
LONGEST_ROW = 8 << 20
"""Bytes: 200 cells hold more only where somebody meant harm."""


class Unfit(Exception):
    """Built otherwise than what is written on here."""


class Note(NamedTuple):
    """What is written behind a row (from 1); ``changes``: by column (from 0) what a cell held, and what it shall."""

    number: int
    look: Literal["head", "plain", "wrong"]
    words: Sequence[str]
    changes: Mapping[int, tuple[str, str]]


class Range(NamedTuple):
    """Cells merged into one: rows from 1, columns from 0, the last of each among them."""

    top: int
    left: int
    bottom: int
    right: int

    def hides(self, column: int) -> bool:
        """Of a row in it: whether a cell there is not seen, or is seen in other rows too."""
        return self.left <= column <= self.right and not (self.top == self.bottom and self.left == column)


class Tags:
    """What is looked for, with the prefix that all tags have."""

    def __init__(self, prefix: bytes) -> None:
        def of(pattern: bytes) -> re.Pattern[bytes]:
            return re.compile(pattern.replace(b"{}", re.escape(prefix)), re.DOTALL)

        self.prefix = prefix
        self.cut = of(rb"<{}sheetData(?:\s[^<>]*)?>|</{}row\s*>|<{}row(?:\s[^<>]*?)?/>|(</{}sheetData\s*>)")
        self.row = of(rb"<{}row(?:\s[^<>]*?)?(/?)>")
        self.cell = of(rb"<{}c(\s[^<>]*?)?(?:/>|>.*?</{}c\s*>)")
        self.spreading = of(rb"<{}f\s(?:[^<>]*\s)?ref=")
        self.formula = of(rb"<{}f[\s/>]")
        self.value = of(rb"<{}v[\s>]")
        self.dimension = of(rb"""(<{}dimension\s(?:[^<>]*\s)?ref=["'][A-Z]{1,3}\d{1,7}:)([A-Z]{1,3})(?=\d)""")


_AT = re.compile(rb"""\sr=["']([A-Z]{1,3})\d""")
_NUMBER = re.compile(rb"""\sr=["'](\d{1,7})["']""")
_STYLE = re.compile(rb"""\ss=["'](\d{1,9})["']""")
_SPANS = re.compile(rb"""\sspans=["'][^"']*["']""")
_NO_NUMBER = re.compile(rb"""\st=["'](?!n["'])""")
_FIGURE = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SheetXml:
    """A sheet that is written on from ``column`` on; ``bold`` and ``red`` are numbers of styles, where there are any;
    ``day_0``: from which its days are counted."""

    def __init__(
        self, tags: Tags, column: int, merged: Iterable[Range], bold: int | None, red: int | None, day_0: date
    ) -> None:
        self._tags, self._column, self._day_0 = tags, column, day_0
        self._bold, self._red = (b"" if each is None else b"%d" % each for each in (bold, red))
        self._beneath, self._open = sorted(merged, reverse=True), list[Range]()

    def edited(self, opened: IO[bytes], notes: Iterator[Note]) -> Iterator[bytes]:
        """The sheet's bytes with what is to be said of its rows, in their order."""
        parts = self._cut(opened)
        yield self._tags.dimension.sub(self._widened, next(parts))
        number, note = 0, next(notes, None)
        for part in parts:
            row = self._tags.row.search(part) if note else None
            if row:
                number = self._number(row[0], number)
            elif note and not part.lstrip().startswith(b"</"):
                raise Unfit
            while note and (row is None or note.number < number):
                # Rows of which the sheet holds nothing: their words are those of a cell merged down.
                yield self._row(b'<%srow r="%d">' % (self._tags.prefix, note.number), b"", note)
                note = next(notes, None)
            if note and row and note.number == number:
                yield part[: row.start()] + self._with(part, row, note)
                note = next(notes, None)
            else:
                yield part

    def _cut(self, opened: IO[bytes]) -> Iterator[bytes]:
        """What stands before the rows, each row, their end, and then whatever stands behind."""
        held = b""
        while more := opened.read(AT_ONCE):
            held += more
            at = 0
            for end in self._tags.cut.finditer(held):
                yield held[at : end.end()]
                at = end.end()
                if end[1]:
                    yield held[at:]
                    yield from read_on(opened)
                    return
            held = held[at:]
            if len(held) > LONGEST_ROW:
                break
        raise Unfit

    def _number(self, tag: bytes, before: int) -> int:
        named = _NUMBER.search(tag)
        number = int(named[1]) if named else before + 1
        if number <= before:
            raise Unfit
        return number

    def _widened(self, dimension: re.Match[bytes]) -> bytes:
        last = max(column_of(dimension[2]), self._column + 1)
        return dimension[1] + letters_of(last)

    # A row

    def _with(self, part: bytes, row: re.Match[bytes], note: Note) -> bytes:
        # Where its cells begin and end may be told there; nobody needs it.
        tag = _SPANS.sub(b"", row[0])
        if row[1]:
            return self._row(tag[:-2].rstrip() + b">", b"", note)
        return self._row(tag, part[row.end() : part.rindex(b"</")], note)

    def _row(self, tag: bytes, body: bytes, note: Note) -> bytes:
        hidden = self._reaching(note.number)
        if any(each.hides(column) for column in note.changes for each in hidden):
            raise Unfit
        return b"".join((tag, *self._cells(body, note), b"</", self._tags.prefix, b"row>"))

    def _reaching(self, number: int) -> list[Range]:
        """Merged cells that reach into a row; asked of one row after the other."""
        while self._beneath and self._beneath[-1].top <= number:
            self._open.append(self._beneath.pop())
        self._open = [each for each in self._open if each.bottom >= number]
        return self._open

    def _cells(self, body: bytes, note: Note) -> Iterator[bytes]:
        wanted = sorted({*note.changes, self._column, self._column + 1}, reverse=True)
        at = end = 0
        column, left = -1, b""
        for cell in self._tags.cell.finditer(body):
            named = _AT.search(cell[1] or b"")
            column = column_of(named[1]) if named else column + 1
            while wanted and wanted[-1] < column:
                yield body[at : cell.start()]
                yield self._cell(wanted.pop(), b"", left, note)
                at = cell.start()
            if wanted and wanted[-1] == column:
                yield body[at : cell.start()]
                yield self._cell(wanted.pop(), cell[0], left, note)
                at = cell.end()
            end, left = cell.end(), _style(cell[0])
        yield body[at:end]
        for each in reversed(wanted):
            yield self._cell(each, b"", left, note)
        yield body[end:]

    # A cell

    def _cell(self, column: int, there: bytes, left: bytes, note: Note) -> bytes:
        """``there``: as it stands in the sheet; ``left``: the style of the cell beside it."""
        place = letters_of(column) + b"%d" % note.number
        if column in note.changes:
            return self._changed(place, there, *note.changes[column])
        if self._tags.formula.search(there):
            raise Unfit  # What is said of the rows takes no formula's place.
        style = {"plain": b"", "wrong": self._red, "head": _style(there) or left or self._bold}[note.look]
        return self._text(place, style, note.words[column - self._column])

    def _changed(self, place: bytes, there: bytes, before: str, now: str) -> bytes:
        """With its style; a number stays one."""
        if self._tags.spreading.search(there):
            raise Unfit  # Of its formula other cells are part.
        figure = self._figure(before, now) if self._tags.value.search(there) else ""
        if not figure or _NO_NUMBER.search(there[: there.index(b">")]):
            return self._text(place, _style(there), now)
        named = {b"p": self._tags.prefix, b"place": place, b"style": _attribute(_style(there)), b"v": figure.encode()}
        return b'<%(p)sc r="%(place)s"%(style)s><%(p)sv>%(v)s</%(p)sv></%(p)sc>' % named

    def _figure(self, before: str, now: str) -> str:
        """How a number that takes another's place is written; empty where it is none."""
        if _FIGURE.fullmatch(before) and _FIGURE.fullmatch(now):
            return now
        if _DAY.fullmatch(before) and _DAY.fullmatch(now):
            with suppress(ValueError):
                return str((date.fromisoformat(now) - self._day_0).days)
        return ""

    def _text(self, place: bytes, style: bytes, words: str) -> bytes:
        named = {b"p": self._tags.prefix, b"place": place, b"style": _attribute(style)}
        if not words:
            return b'<%(p)sc r="%(place)s"%(style)s/>' % named if style else b""
        named[b"words"] = escape(_NOT_IN_XML.sub("\ufffd", words[:MOST_CHARACTERS]), {"\r": "&#13;"}).encode()
        text = b'<%(p)sis><%(p)st xml:space="preserve">%(words)s</%(p)st></%(p)sis>'
        return (b'<%(p)sc r="%(place)s"%(style)s t="inlineStr">' + text + b"</%(p)sc>") % named


def read_on(opened: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: opened.read(AT_ONCE), b"")


def letters_of(column: int) -> bytes:
    named: str = xl_col_to_name(column)
    return named.encode()


def _style(cell: bytes) -> bytes:
    """Its number as it stands there; empty where it has none."""
    found = _STYLE.search(cell, 0, cell.find(b">") + 1)
    return found[1] if found else b""


def _attribute(style: bytes) -> bytes:
    return b' s="%s"' % style if style else b""
