"""Exports read back as the programs that open them read them."""

import csv
import io
import zipfile
from html.parser import HTMLParser
from typing import Any

from python_calamine import CalamineWorkbook


def csv_lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def book_lines(content: bytes) -> list[list[str]]:
    """All sheets one after another, each cell as it reads; the heads of the sheets after the first left out."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    return [[_text(cell) for cell in row] for n, sheet in enumerate(sheets) for row in sheet[min(n, 1) :]]


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def page_lines(html: str) -> list[list[str]]:
    """The cells of a page's tables."""
    found = _Cells()
    found.feed(html)
    return found.rows
