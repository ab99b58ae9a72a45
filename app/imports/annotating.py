"""An uploaded workbook given back as itself: beside the rows of its table what was found of each, cells that were put
right since as they are now, and all else byte for byte as it was.

Whatever is built otherwise than what is looked for here is ``Unfit``: of that a new workbook is made. No XML is parsed
here: which part is the sheet was told by the child process that read the file.
"""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from app.imports.failed_cells import column_of, pieces
from app.imports.sheet_child import MOST_COLUMNS
from app.imports.sheet_xml import Note, Range, SheetXml, Tags, Unfit, letters_of, read_on

MOST_MERGED = 200_000
SMALL = 4 << 20
"""Bytes of a part that is read at once."""
BOOK, CHAIN, STYLES = "xl/workbook.xml", "xl/calcChain.xml", "xl/styles.xml"
NAMING_CHAIN = ("[Content_Types].xml", "xl/_rels/workbook.xml.rels")
SIGNED = "_xmlsignatures/"
_DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, NotImplementedError)


class Place(NamedTuple):
    """The sheet's part, the row with the headings (from 1), and the column from which on is written (from 0), or the
    first behind it that is free. ``anew``: what was said there before gives way."""

    part: str
    head: int
    column: int
    anew: bool = False


def annotate(book: Path, into: Path, place: Place, notes: Iterable[Note], *, changed: bool) -> None:
    """``notes`` in the order of their rows, the head's among them; ``changed``: whether any of them has changes."""
    try:
        with zipfile.ZipFile(book) as source, zipfile.ZipFile(into, "w") as made:
            for member, content in _parts(source, place, iter(notes), changed):
                with made.open(_like(member), "w") as out:
                    for piece in content:
                        out.write(piece)
    except _DAMAGED as fault:
        raise Unfit from fault


def _parts(
    source: zipfile.ZipFile, place: Place, notes: Iterator[Note], changed: bool
) -> Iterator[tuple[zipfile.ZipInfo, Iterable[bytes]]]:
    names = source.namelist()
    if any(name.startswith(SIGNED) for name in names):
        raise Unfit  # It would no longer be what was signed.
    styles = styled(_whole(source, STYLES) if STYLES in names else b"")
    sheet = _looked_at(source, place, styles)
    for member in source.infolist():
        name = member.filename
        if changed and name == CHAIN:
            continue  # A cell whose formula gave way must not stand there; whatever opens the book makes it anew.
        if name == STYLES:
            yield member, [styles.xml]
        elif changed and name in NAMING_CHAIN:
            yield member, [re.sub(rb"<[^<>]*calcChain[^<>]*>", b"", _whole(source, name))]
        else:
            with source.open(member) as opened:
                yield member, sheet.edited(opened, notes) if name == place.part else read_on(opened)


def _whole(source: zipfile.ZipFile, name: str) -> bytes:
    if source.getinfo(name).file_size > SMALL:
        raise Unfit
    return source.read(name)


def _like(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(member.filename, member.date_time)
    made.compress_type, made.external_attr = member.compress_type, member.external_attr
    return made


# What is to be known of a sheet before it is written on

_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)worksheet[\s>]")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)["']""")
_MERGED = re.compile(rb"""<(?:[\w.-]+:)?mergeCell\s[^<>]*?ref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_SINCE_1904 = re.compile(rb"""date1904=["'](?:1|true)["']""")


def _looked_at(source: zipfile.ZipFile, place: Place, styles: "Styles") -> SheetXml:
    """The sheet, gone through once."""
    day_0 = date(1904, 1, 1) if _SINCE_1904.search(_whole(source, BOOK)) else date(1899, 12, 30)
    prefix, merged, held = None, set[Range](), set[int]()
    for piece in pieces(source, place.part):
        begins = 0
        if prefix is None:
            prefix, begins = _prefix(piece)
            holding = _holding_from(place.column, prefix)
        # Neither comment nor CDATA nor instruction: "<" begins a tag wherever it stands.
        if piece.find(b"<!", begins) >= 0 or piece.find(b"<?", begins) >= 0 or len(merged) > MOST_MERGED:
            raise Unfit
        for left, top, right, bottom in (found.groups() for found in _MERGED.finditer(piece, begins)):
            merged.add(Range(int(top), column_of(left), int(bottom), column_of(right)))
        if not place.anew:
            held.update(column_of(at) for at, row in holding.findall(piece, begins) if int(row) >= place.head)
    column = _beside(merged, held, place)
    if prefix is None or column + 2 > MOST_COLUMNS:
        raise Unfit
    return SheetXml(Tags(prefix), column, sorted(merged), styles.bold, styles.red, day_0)


def _prefix(beginning: bytes) -> tuple[bytes, int]:
    """How the sheet's tags begin, and where what is within its root does."""
    root = _ROOT.search(beginning)
    said = _ENCODING.search(beginning, 0, root.start()) if root else None
    if root is None or (said and said[1].lower() not in (b"utf-8", b"us-ascii")):
        raise Unfit
    return root[1], root.end()


def _holding_from(column: int, prefix: bytes) -> re.Pattern[bytes]:
    """A cell there or behind with a formula, whatever that came to, or with a value: a library that reads it may find
    nothing there. It is told by its letters first, since nearly all cells of a table stand before."""
    *first, last = letters_of(column)
    letters = [b"[%c-Z]" % last, b"[A-Z]{2,3}"]
    if first:
        letters = [b"%c[%c-Z]" % (first[0], last), b"[%c-Z][A-Z]" % min(first[0] + 1, ord("Z")), b"[A-Z]{3}"]
    named = re.escape(prefix)
    tag = rb"""<%sc\s(?:r|[^<>]*?\sr)=["'](%s)(\d{1,7})["'][^<>]*>\s*""" % (named, b"|".join(letters))
    return re.compile(tag + rb"<%s(?:(?:f|is)[\s/>]|v(?:\s[^<>]*)?>[^<])" % named)


def _beside(merged: Iterable[Range], held: Iterable[int], place: Place) -> int:
    """The first column from which on neither a merged cell of the table covers what is written nor any of its cells
    holds something."""
    column = place.column
    covered = ((each.left, each.right) for each in merged if each.bottom >= place.head)
    for left, right in sorted([*covered, *((at, at) for at in held)]):
        if left <= column + 1 and right >= column:
            column = right + 1
    return column


# Styles: what is new stands behind all others, whose numbers stay


class Styles(NamedTuple):
    """The part with two more, and their numbers; as it was where it is not built as usual."""

    xml: bytes
    bold: int | None = None
    red: int | None = None


_STYLES = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)styleSheet[\s>]")
_RED = (
    b'<{}fill><{}patternFill patternType="solid"><{}fgColor rgb="FFFDE8E8"/><{}bgColor indexed="64"/></{}patternFill>'
    b"</{}fill>"
)
_XF = b'<{}xf numFmtId="0" fontId="%d" fillId="%d" borderId="0" xfId="0" %s="1"/>'


def styled(xml: bytes) -> Styles:
    root = _STYLES.search(xml)
    if root is None or b"<!" in xml:
        return Styles(xml)
    try:
        with_font, bold = _added(xml, root[1], b"fonts", b"font", b"<{}font><{}b/>%s</{}font>" % _plain(xml, root[1]))
        with_fill, red = _added(with_font, root[1], b"fills", b"fill", _RED)
        made, first = _added(with_fill, root[1], b"cellXfs", b"xf", _XF % (bold, 0, b"applyFont"))
        made, second = _added(made, root[1], b"cellXfs", b"xf", _XF % (0, red, b"applyFill"))
    except Unfit:
        return Styles(xml)
    return Styles(made, first, second)


def _plain(xml: bytes, prefix: bytes) -> bytes:
    """What the first font, in which all is written that has no style, says of itself."""
    found = re.search(rb"<%sfont>(.*?)</%sfont>" % (prefix, prefix), xml, re.DOTALL)
    return re.sub(rb"<%sb(?:\s[^<>]*)?/>" % prefix, b"", found[1]) if found else b""


def _added(xml: bytes, prefix: bytes, section: bytes, item: bytes, new: bytes) -> tuple[bytes, int]:
    """One more item at a section's end, and its number."""
    named = prefix + section
    found = re.search(rb"(<%s(?:\s[^<>]*)?>)(.*?)(?=</%s\s*>)" % (named, named), xml, re.DOTALL)
    if found is None:
        raise Unfit
    count = len(re.findall(rb"<%s[\s/>]" % (prefix + item), found[2]))
    opening = re.sub(rb'(\scount=)"\d+"', rb'\1"%d"' % (count + 1), found[1])
    return xml[: found.start()] + opening + found[2] + new.replace(b"{}", prefix) + xml[found.end() :], count
