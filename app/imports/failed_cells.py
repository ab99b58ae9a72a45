"""Where a workbook's formulas failed: the library that reads it gives such a cell as an empty one.

Runs in the child process that reads a stranger's file, under its limits; declared entities were refused before. An old
workbook (.xls) is no archive of parts: of its failed cells nothing is known. The part that is found for a sheet serves
as well where a workbook is written on (``annotating``).
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from xml.etree import ElementTree

Failed = dict[int, dict[int, str]]
"""The word of each failed cell, such as ``#N/A``, by row and column, counted from 0."""

_AT_ONCE = 1 << 20
_OVERLAP = 1 << 16
"""More than a cell with its formula takes: one that lies across two pieces is whole in the second."""
_MARKS = (b't="e"', b"t='e'")
_CELL = re.compile(rb"""<(?:\w+:)?c\s(?=[^<>]*\bt=["']e["'])[^<>]*\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]*(?<!/)>""")
_WORD = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})<|</(?:\w+:)?c>")
_SHEET = "{*}sheets/{*}sheet"


def failed_cells(source: str, part: str) -> Failed:
    """Those of one sheet of a workbook; its text is gone through in pieces, and taken apart only where one failed."""
    found: Failed = {}
    if not part:
        return found
    with zipfile.ZipFile(source) as archive:
        for piece in pieces(archive, part):
            if not any(mark in piece for mark in _MARKS):
                continue
            for cell in _CELL.finditer(piece):
                word = _WORD.search(piece, cell.end(), cell.end() + _OVERLAP)
                said = word[1].decode("ascii", "replace") if word and word[1] else "#VALUE!"
                found.setdefault(int(cell[2]) - 1, {})[column_of(cell[1])] = said
    return found


def part_of(source: str, sheet: str) -> str:
    """The member that holds the sheet of that name; empty where none is found, as in an old workbook."""
    with Path(source).open("rb") as file:
        # By its head, as it was recognised: the end of an old workbook may look like that of an archive.
        if file.read(2) != b"PK":
            return ""
    with suppress(KeyError, ElementTree.ParseError), zipfile.ZipFile(source) as archive:
        return _part_of(archive, sheet)
    return ""


def pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """A part's bytes; each piece begins with the end of the one before."""
    with archive.open(part) as opened:
        before = b""
        while more := opened.read(_AT_ONCE):
            yield before + more
            before = more[-_OVERLAP:]


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """By the workbook's list, and where that says that each lies."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    listed = next((each for each in book.iterfind(_SHEET) if each.get("name") == sheet), None)
    if listed is None:
        return ""
    key = next((value for name, value in listed.items() if name.endswith("}id")), "")
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next((each.get("Target", "") for each in relations if each.get("Id") == key), "")
    path = normpath(str(PurePosixPath("/xl", target.replace("\\", "/"))))[1:].lower()
    return next((name for name in archive.namelist() if name.lower() == path), "")


@lru_cache(1024)
def column_of(letters: bytes) -> int:
    """Counted from 0."""
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1
