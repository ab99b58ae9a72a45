"""Tables of tasks and problems: found in the text and read row by row.

A table is lines of cells parted by TAB, or one cell a line where a web page was copied as plain text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .columns import ColumnKind, Row, Table, column_kind, named_columns
from .folding import Folded
from .model import Span
from .stacked import stacked_tables

_CLOCK = re.compile(r"\d{1,2}\s*[:点时]\s*\d{0,2}")
HEADING_ROW = re.compile(r"^\s*\(?(?P<number>[一二三四五六七八九十]{1,3})[)、.]+\s*(?P<title>.+)$")
LONGEST_HEADING_ROW = 40
FARTHEST_CONTINUED = 60


def find_tables(source: Folded, known: Sequence[Span] | None) -> list[Table]:
    """All tables in order, whether of tasks or not, so that their lines are not read as an outline."""
    spans = list(known) if known is not None else list(_tabbed_spans(source))
    tables: list[Table] = []
    for span in spans:
        table = _table(source, span, _tabbed_rows(source, span))
        tables.append(_continued(source, tables[-1], table) if tables and not table.heads else table)
    if known is None:
        tables += [table for table in stacked_tables(source) if not any(_overlap(table.span, span) for span in spans)]
    return sorted(tables, key=lambda table: table.span)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _tabbed_spans(source: Folded) -> Iterator[Span]:
    """Runs of lines with at least two inner TABs, or with one where the first line reads as a head."""
    flat, at, start, width = source.flat, 0, -1, 0
    while at <= len(flat):
        end = source.line_end(at)
        if start >= 0 and not flat[at : min(end, at + 80)].strip() and end - at < 80 and at < len(flat):
            at = end + 1
            continue
        tabs = flat.count("\t", at, end) if end > at else 0
        if tabs and (tabs >= 2 or width == 1 or (start < 0 and _reads_as_head(flat[at:end].split("\t")))):
            if start < 0:
                start, width = at, tabs
        elif start >= 0 and not _parts_rows(source, at, end):
            yield start, at - 1
            start, width = -1, 0
        at = end + 1
    if start >= 0:
        yield start, len(flat)


def _parts_rows(source: Folded, at: int, end: int) -> bool:
    """A heading across the table (一、党的建设方面), whose other cells were lost in copying: the next line is a row.

    Above one more head it is a heading of the text.
    """
    if (
        not HEADING_ROW.match(source.flat[at : min(end, at + LONGEST_HEADING_ROW + 1)])
        or end - at > LONGEST_HEADING_ROW
    ):
        return False
    following = source.flat[end + 1 : max(end + 1, source.line_end(end + 1))].split("\t")
    return len(following) > 2 and not _reads_as_head(following)


def _reads_as_head(cells: Sequence[str]) -> bool:
    return (
        len(cells) >= 2
        and all(0 < len(cell.strip()) <= 14 for cell in cells)
        and sum(column_kind(c) != "other" for c in cells) >= 2
    )


def _is_rule(line: str) -> bool:
    """The line under a drawn table's head: | --- | --- |."""
    return "-" in line and not line.strip("-:+= \t")


def _tabbed_rows(source: Folded, span: Span) -> list[Row]:
    rows, at = [], span[0]
    while at < span[1]:
        end = min(source.line_end(at), span[1])
        cells, cell = [], at
        for _ in range(source.flat.count("\t", at, end)):
            stop = source.flat.index("\t", cell, end)
            cells.append(_unquoted(source, cell, stop))
            cell = stop + 1
        cells.append(_unquoted(source, cell, end))
        if not _is_rule(source.flat[at:end]):
            rows.append(Row(tuple(cells), (at, end)))
        at = end + 1
    return rows


def _unquoted(source: Folded, start: int, end: int) -> Span:
    quoted = source.text[start : start + 1] == '"' and source.flat[start] == " "
    return source.trimmed(start, end) if quoted else (start, end)


def _table(source: Folded, span: Span, rows: list[Row]) -> Table:
    """Understand the head (one or two lines of it) and pick the columns of title and number."""
    at = next((n for n, row in enumerate(rows[:5]) if _is_head(source, row)), None)
    if at is None:
        return Table(span, (), (), ())
    heads = [source.flat[slice(*cell)].strip() for cell in rows[at].cells]
    body = at + 1
    if body < len(rows) and _is_second_head(source, rows[body], heads):
        under = [source.flat[slice(*cell)].strip() for cell in rows[body].cells]
        heads = [low if low and low != high else high for high, low in zip(heads, under, strict=False)]
        body += 1
    columns = [column_kind(head) for head in heads]
    width = len(columns)
    fitted = [_fitted(row, width) for row in rows[body:]]
    kept = _carried_down(source, [row for row in fitted if not _repeats(source, row, heads)], columns)
    columns, title, number = named_columns(source, columns, kept)
    routine = any(kind == "time" and _share(source, kept, column, _CLOCK) > 0.3 for column, kind in enumerate(columns))
    return Table(span, tuple(columns), tuple(heads), tuple(kept), title, number, routine)


def _continued(source: Folded, above: Table, below: Table) -> Table:
    """A table without a head, as wide as the one above and close behind it, goes on with that one's rows."""
    rows = _tabbed_rows(source, below.span)
    apart = below.span[0] - above.span[1]
    if not above.heads or apart > FARTHEST_CONTINUED or any(len(row.cells) != len(above.columns) for row in rows):
        return below
    kept = tuple(_carried_down(source, rows, above.columns))
    return replace(above, span=below.span, rows=kept)


def _is_head(source: Folded, row: Row) -> bool:
    cells = [source.flat[slice(*cell)].strip() for cell in row.cells]
    known = sum(column_kind(cell) != "other" for cell in cells if cell)
    return known >= 2 and len(cells) >= 2 and all(len(cell) <= 24 for cell in cells) and len(set(cells)) > 1


def _is_second_head(source: Folded, row: Row, heads: Sequence[str]) -> bool:
    """The lower line of a head whose upper cells are merged: 责任单位 over 牵头 and 配合."""
    cells = [source.flat[slice(*cell)].strip() for cell in row.cells]
    if len(cells) != len(heads) or not cells[0] or cells[0] != heads[0]:
        return False
    return all(
        cell == head or (len(cell) <= 12 and column_kind(cell) != "other")
        for cell, head in zip(cells, heads, strict=True)
    )


def _fitted(row: Row, width: int) -> Row:
    """A ragged row made as wide as the head: what is missing is empty, what is too much belongs to the last cell."""
    cells = list(row.cells[:width])
    if len(row.cells) > width:
        cells[-1] = (cells[-1][0], row.cells[-1][1])
    while len(cells) < width:
        cells.append((row.span[1], row.span[1]))
    return Row(tuple(cells), row.span)


def _repeats(source: Folded, row: Row, heads: Sequence[str]) -> bool:
    """The head once more, at the top of the next page."""
    return all(source.flat[slice(*cell)].strip() == head for cell, head in zip(row.cells, heads, strict=True))


def _carried_down(source: Folded, rows: list[Row], columns: Sequence[ColumnKind]) -> list[Row]:
    """A row that begins with empty cells continues what was merged above it; an empty cell further right is empty."""
    kept: list[Row] = []
    for row in rows:
        texts = [source.flat[slice(*cell)].strip() for cell in row.cells]
        if not any(texts):
            continue
        first = next(n for n, text in enumerate(texts) if text)
        if first and kept and columns[0] in ("number", "area") and len([t for t in texts if t]) > 1:
            carried = tuple(kept[-1].cells[:first]) + row.cells[first:]
            row = replace(row, cells=carried)
        kept.append(row)
    return kept


def _share(source: Folded, rows: Sequence[Row], column: int, pattern: re.Pattern[str]) -> float:
    found = sum(bool(pattern.search(source.flat, *row.cells[column])) for row in rows)
    return found / len(rows) if rows else 0.0
