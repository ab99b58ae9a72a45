"""The text of a docx as it shows: paragraphs with their automatic numbers and tables as TSV lines, in document order.

Runs only in the child process (`docx_child`).
"""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from docx import Document

from .document_text import normalise
from .docx_hidden import Hidden, row_is_gone
from .docx_numbering import Numbering, W

_SKIPPED = {
    f"{W}del",
    f"{W}moveFrom",
    f"{W}txbxContent",
    f"{W}footnoteReference",
    f"{W}instrText",
    f"{W}pPr",
    f"{W}rPr",
}


class Shown(NamedTuple):
    """What it takes to tell how a document looks from how it is kept."""

    numbering: Numbering
    hidden: Hidden


def extract(data: bytes) -> tuple[str, list[tuple[int, int]]]:
    """The text and the spans of the tables in it."""
    document = Document(io.BytesIO(data))
    shown = Shown(Numbering(document), Hidden(document))
    blocks: list[str] = []
    tables: list[tuple[int, int]] = []
    length = 0
    for text, is_table in _blocks(document.element.body, shown):
        clean = normalise(text)
        if is_table and clean:
            tables.append((length, length + len(clean)))
        blocks.append(clean)
        length += len(clean) + 1
    return "\n".join(blocks), tables


def _blocks(parent: Any, shown: Shown) -> Iterator[tuple[str, bool]]:
    for element in parent.iterchildren():
        if element.tag == f"{W}p":
            text = _paragraph(element, shown.hidden)
            if text or not shown.hidden.mark(element):
                yield shown.numbering.label(element) + text, False
        elif element.tag == f"{W}tbl":
            yield from _table(element, shown)
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml", f"{W}smartTag"):
            yield from _blocks(element, shown)


def _paragraph(paragraph: Any, hidden: Hidden) -> str:
    """Text that is shown: also insertions and links, not deletions, hidden runs, fields' codes or text boxes."""
    pieces: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag == f"{W}t":
            pieces.append(element.text or "")
        elif element.tag == f"{W}tab":
            pieces.append(" ")
        elif element.tag in (f"{W}br", f"{W}cr"):
            pieces.append("\n")
        elif element.tag == f"{W}noBreakHyphen":
            pieces.append("-")
        elif element.tag == f"{W}r" and hidden.run(element):
            continue
        elif element.tag not in _SKIPPED and isinstance(element.tag, str):
            stack.append(iter(element))
    return "".join(pieces)


def _table(table: Any, shown: Shown) -> Iterator[tuple[str, bool]]:
    """Rows of cells parted by TAB; a table of one column only lays out text and is read as paragraphs."""
    rows = list(_rows(table, shown))
    width = max((len(row) for row in rows), default=0)
    if width <= 1 or len(rows) == 1:
        for row in rows:
            for cell in row:
                yield cell, False
        return
    yield "\n".join("\t".join(_one_line(cell) for cell in row) for row in rows), True


def _one_line(cell: str) -> str:
    return " ".join(cell.split())


def _rows(table: Any, shown: Shown) -> Iterator[list[str]]:
    """Cells by grid column; a cell merged across or downwards repeats in each place it covers."""
    above: dict[int, str] = {}
    for row in table.iter(f"{W}tr"):
        if next(row.iterancestors(f"{W}tbl")) is not table or row_is_gone(row):
            continue
        cells: list[str] = []
        before = row.find(f"{W}trPr/{W}gridBefore")
        cells += [""] * (_value(before) if before is not None else 0)
        for cell in _cells(row):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            width = min(_value(span), 64) if span is not None else 1
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            continued = merge is not None and merge.get(f"{W}val", "continue") != "restart"
            text = above.get(len(cells), "") if continued else "\n".join(part for part, _ in _blocks(cell, shown))
            for _ in range(max(1, width)):
                above[len(cells)] = text
                cells.append(text)
        yield cells


def _cells(row: Any) -> Iterator[Any]:
    for element in row.iterchildren():
        if element.tag == f"{W}tc":
            yield element
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins"):
            yield from _cells(element)


def _value(element: Any) -> int:
    value = element.get(f"{W}val", "1")
    return int(value) if value.isdigit() else 1
