"""Tables with one cell a line, as a web page leaves them that was copied as plain text."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from .columns import ROW_NUMBER, ColumnKind, Row, Table, column_kind, named_columns
from .deadlines import is_deadline
from .folding import Folded
from .model import Span
from .outline import read_number
from .units import looks_like_unit

MOST_HEADS = 16
_STACK_HEAD = re.compile(r"(?:^|(?<=\n))[ ]*(?:序号|编号)[ ]*\n")


def stacked_tables(source: Folded) -> Iterator[Table]:
    """One cell a line: 序号, the other heads, then 1 and its cells, 2 and its cells …"""
    reached = 0
    for match in _STACK_HEAD.finditer(source.flat):
        if match.start() < reached:
            continue
        lines = list(islice(_lines(source, match.start()), MOST_HEADS + 1))
        first = next((n for n, line in enumerate(lines) if source.flat[slice(*line)] in ("1", "一", "01")), 0)
        if first < 3 or any(end - start > 20 for start, end in lines[:first]):
            continue
        table = _stacked_table(source, match.start(), first)
        reached = table.span[1]
        if table.title_column is not None:
            yield table


def _lines(source: Folded, start: int) -> Iterator[Span]:
    """Lines that are not blank, without surrounding space."""
    at = start
    while at < len(source.flat):
        end = source.line_end(at)
        line = source.trimmed(at, end)
        if line[1] > line[0]:
            yield line
        at = end + 1


def _stacked_table(source: Folded, start: int, first: int) -> Table:
    """Rows begin at lines that hold only the next number; the last row is as long as most."""
    lines: list[Span] = []
    starts: list[int] = []
    for at, line in enumerate(_lines(source, start)):
        text = source.flat[slice(*line)] if line[1] - line[0] <= 3 else ""
        if at > first and (at - starts[-1] > 2 * first or text in ("序号", "编号")):
            break
        lines.append(line)
        if at >= first and read_number(text) == len(starts) + 1 and ROW_NUMBER.fullmatch(text):
            starts.append(at)
    heads = [source.flat[slice(*line)] for line in lines[:first]]
    columns = [column_kind(head) for head in heads]
    sizes = [after - before for before, after in pairwise(starts)]
    usual = max(set(sizes), key=lambda size: (sizes.count(size), size)) if sizes else first
    stop = min(len(lines), starts[-1] + min(usual, first))
    rows = [_aligned(source, lines[at:end], columns) for at, end in zip(starts, [*starts[1:], stop], strict=True)]
    columns, title, number = named_columns(source, columns, rows)
    return Table((lines[0][0], lines[stop - 1][1]), tuple(columns), tuple(heads), tuple(rows), title, number)


def _whole_cells(source: Folded, lines: Sequence[Span]) -> list[Span]:
    """Cells of several lines: one that ends in 、 goes on, and 2. goes on with the cell that 1. began."""
    cells: list[Span] = []
    for start, end in lines:
        goes_on = _NEXT_POINT.match(source.flat, start) or (cells and source.flat[cells[-1][1] - 1] in "、,")
        if cells and goes_on and len(cells) > 1:
            cells[-1] = (cells[-1][0], end)
        else:
            cells.append((start, end))
    return cells


_NEXT_POINT = re.compile(r"(?:[2-9]|1\d)[.、)](?!\d)|\((?:[2-9]|1\d|[二三四五六七八九])\)|[②-⑳]")


def _aligned(source: Folded, cells: Sequence[Span], columns: Sequence[ColumnKind]) -> Row:
    """Put the cells of a row under their heads although empty ones left no line: units and dates find their columns."""
    cells = _whole_cells(source, cells)
    placed: list[Span] = [(cells[-1][1], cells[-1][1])] * len(columns)
    column = 0
    for at, cell in enumerate(cells):
        spare = (len(columns) - column) - (len(cells) - at)
        if column >= len(columns):
            placed[-1] = (placed[-1][0], cell[1])
            continue
        column += _shift(source.flat[slice(*cell)], columns[column:], spare)
        placed[column] = cell
        column += 1
    return Row(tuple(placed), (cells[0][0], cells[-1][1]))


def _shift(text: str, columns: Sequence[ColumnKind], spare: int) -> int:
    """How many empty columns to pass over so that a date stands under a deadline and a unit under a unit."""
    wanted: tuple[str, ...] = ()
    if is_deadline(text):
        wanted = ("deadline", "time")
    elif len(text) <= 30 and looks_like_unit(re.split("[、,; ]", text)[0]):
        wanted = ("lead", "cooperate", "responsible")
    if not wanted or columns[0] in wanted or columns[0] in ("title", "number"):
        return 0
    return next((n for n in range(1, spare + 1) if n < len(columns) and columns[n] in wanted), 0)
