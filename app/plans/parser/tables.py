"""Tables of tasks and problems: found in the text, their columns understood by their heads, read row by row.

A table is lines of cells parted by TAB, or one cell a line where a web page was copied as plain text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Literal

from .deadlines import is_deadline
from .folding import Folded
from .model import Span
from .outline import read_number
from .units import looks_like_unit

ColumnKind = Literal[
    "number", "title", "measures", "lead", "cooperate", "responsible", "person", "deadline", "time", "area", "other"
]

_HEADS: tuple[tuple[ColumnKind, re.Pattern[str]], ...] = (
    ("number", re.compile(r"^(?:序号|编号|序|号|项次|项目序号|任务序号|问题编号|NO\.?|No\.?)$")),
    ("cooperate", re.compile(r"配合|协办|协同|协助|参与(?:单位|部门)|参加单位|支持单位")),
    ("person", re.compile(r"领导|责任人|负责人|联系人|经办人|承办人|督查人|校长|验收人|填报人|姓名|联络员|责任督学")),
    ("lead", re.compile(r"牵头|主办|主责|主要责任")),
    (
        "responsible",
        re.compile(
            r"(?:责任|负责|承办|落实|实施|执行|承担|整改|完成|主管)(?:落实|整改|主体)?(?:单位|部门|股室|科室|处室"
            r"|组室|机构|主体|学校|年级|年段|股|科|处|室|\(单位|\(部门)"
            r"|被查单位|被督查单位|受检(?:单位|学校)|问题单位|责任(?:处|科|股)\(室\)|^(?:单位|部门|学校|责任)$"
            r"|^(?:涉及|所属)(?:单位|学校)$|^单位名称$"
        ),
    ),
    (
        "deadline",
        re.compile(
            r"时限|期限|(?:完成|整改|办结|推进|达标|销号)(?:的)?(?:时间|日期|节点)|时间(?:节点|要求|进度|安排)"
            r"|进度(?:安排|要求)|^(?:计划|预计)时间$"
        ),
    ),
    (
        "other",
        re.compile(
            r"情况|结果|进展|备注|是否|销号|来源|签收|状态|意见|证据|依据|印证|得分|分值"
            r"|记录|电话|日期|严重程度|^类型$"
            r"|原因|成果|方式"
        ),
    ),
    (
        "measures",
        re.compile(
            r"措施|举措|要求|做法|具体(?:任务|内容|工作)|目标|标准|描述" r"|细化|整改建议|落实|检查内容|工作安排"
        ),
    ),
    ("area", re.compile(r"^(?:任务|问题|工作)?(?:类别|分类|领域|板块|方面|大类|类型|指标)$|一级(?:指标|任务|目录)")),
    ("title", re.compile(r"任务|项目|事项|工作|问题|风险点|内容|要点|清单|活动|名称|职权|表现|主题|指标|条款")),
    ("time", re.compile(r"^(?:时间|时段|时刻|作息)$")),
)
_CLOCK = re.compile(r"\d{1,2}\s*[:点时]\s*\d{0,2}")
_ROW_NUMBER = re.compile(
    r"\d{1,3}(?:\s*[-.]\s*\d{1,3}){0,2}|\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}"
)
HEADING_ROW = re.compile(r"^\s*\(?(?P<number>[一二三四五六七八九十]{1,3})[)、.]+\s*(?P<title>.+)$")
LONGEST_HEADING_ROW = 40
MOST_HEADS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """Cells as spans of the source, one for each column."""

    cells: tuple[Span, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    span: Span
    columns: tuple[ColumnKind, ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)
    title_column: int | None = None
    number_column: int | None = None
    is_routine: bool = False

    @property
    def names_units(self) -> bool:
        return any(kind in ("lead", "cooperate", "responsible") for kind in self.columns)

    @property
    def is_tasks(self) -> bool:
        """Rows that say what is to be done, and by whom, how or by when."""
        said = self.names_units or any(kind in ("measures", "deadline", "person") for kind in self.columns)
        return self.title_column is not None and said

    @property
    def is_ledger(self) -> bool:
        """Rows that *are* tasks or problems: somebody answers for them, or they have a date."""
        answerable = self.names_units or any(kind in ("deadline", "person") for kind in self.columns)
        scored = any(re.search(r"分值|得分|评分|扣分|分数", head) for head in self.heads)
        return self.is_tasks and answerable and not self.is_routine and not scored


def find_tables(source: Folded, known: Sequence[Span] | None) -> list[Table]:
    """All tables in order, whether of tasks or not, so that their lines are not read as an outline."""
    spans = list(known) if known is not None else list(_tabbed_spans(source))
    tables = [_table(source, span, _tabbed_rows(source, span)) for span in spans]
    if known is None:
        tables += [table for table in _stacked_tables(source) if not any(_overlap(table.span, span) for span in spans)]
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
    """A heading across the table (一、党的建设方面), whose other cells were lost in copying: the next line is a row."""
    if (
        not HEADING_ROW.match(source.flat[at : min(end, at + LONGEST_HEADING_ROW + 1)])
        or end - at > LONGEST_HEADING_ROW
    ):
        return False
    return source.flat.count("\t", end + 1, max(end + 1, source.line_end(end + 1))) >= 2


def _reads_as_head(cells: Sequence[str]) -> bool:
    return (
        len(cells) >= 2
        and all(0 < len(cell.strip()) <= 14 for cell in cells)
        and sum(_kind(c) != "other" for c in cells) >= 2
    )


def _tabbed_rows(source: Folded, span: Span) -> list[Row]:
    rows, at = [], span[0]
    while at < span[1]:
        end = min(source.line_end(at), span[1])
        cells, cell = [], at
        for _ in range(source.flat.count("\t", at, end)):
            stop = source.flat.index("\t", cell, end)
            cells.append((cell, stop))
            cell = stop + 1
        cells.append((cell, end))
        rows.append(Row(tuple(cells), (at, end)))
        at = end + 1
    return rows


def _kind(head: str) -> ColumnKind:
    bare = re.sub(r"\s", "", head)
    for kind, pattern in _HEADS:
        if pattern.search(bare):
            return kind
    return "other"


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
    columns = [_kind(head) for head in heads]
    width = len(columns)
    kept = _carried_down(source, [_fitted(row, width) for row in rows[body:]], columns)
    columns, title, number = _named_columns(source, columns, kept)
    routine = any(kind == "time" and _share(source, kept, column, _CLOCK) > 0.3 for column, kind in enumerate(columns))
    return Table(span, tuple(columns), tuple(heads), tuple(kept), title, number, routine)


def _is_head(source: Folded, row: Row) -> bool:
    cells = [source.flat[slice(*cell)].strip() for cell in row.cells]
    known = sum(_kind(cell) != "other" for cell in cells if cell)
    return known >= 2 and len(cells) >= 2 and all(len(cell) <= 24 for cell in cells) and len(set(cells)) > 1


def _is_second_head(source: Folded, row: Row, heads: Sequence[str]) -> bool:
    """The lower line of a head whose upper cells are merged: 责任单位 over 牵头 and 配合."""
    cells = [source.flat[slice(*cell)].strip() for cell in row.cells]
    if len(cells) != len(heads) or not cells[0] or cells[0] != heads[0]:
        return False
    return all(
        cell == head or (len(cell) <= 12 and _kind(cell) != "other") for cell, head in zip(cells, heads, strict=True)
    )


def _fitted(row: Row, width: int) -> Row:
    """A ragged row made as wide as the head: what is missing is empty, what is too much belongs to the last cell."""
    cells = list(row.cells[:width])
    if len(row.cells) > width:
        cells[-1] = (cells[-1][0], row.cells[-1][1])
    while len(cells) < width:
        cells.append((row.span[1], row.span[1]))
    return Row(tuple(cells), row.span)


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


def _named_columns(
    source: Folded, columns: list[ColumnKind], rows: Sequence[Row]
) -> tuple[list[ColumnKind], int | None, int | None]:
    """Of several columns that could be the title, the first whose cells differ row by row; of numbers, the finest."""
    columns = list(columns)
    if "responsible" in columns and "cooperate" in columns and "lead" not in columns:
        # Beside a column of cooperating units, the plain column is the lead: a distinction is stated.
        columns = ["lead" if kind == "responsible" else kind for kind in columns]
    numbers = [n for n, kind in enumerate(columns) if kind == "number"]
    titles = [n for n, kind in enumerate(columns) if kind == "title"]
    for column in list(titles):
        cells = [source.flat[slice(*row.cells[column])].strip() for row in rows]
        if cells and all(_ROW_NUMBER.fullmatch(cell) for cell in cells if cell) and any(cells):
            titles.remove(column)
            numbers.append(column)
            columns[column] = "number"
    if not titles:
        titles = [n for n, kind in enumerate(columns) if kind == "measures"][:1]
    variety = {n: len({source.flat[slice(*row.cells[n])].strip() for row in rows}) for n in titles}
    best = max(variety.values(), default=0)
    title = next((n for n in titles if variety[n] >= 0.9 * best), None)
    for column in titles:
        if title is not None and column > title and columns[column] == "title":
            columns[column] = "measures"
    if title is not None:
        columns[title] = "title"
    return columns, title, numbers[-1] if numbers else None


_STACK_HEAD = re.compile(r"(?:^|(?<=\n))[ ]*(?:序号|编号)[ ]*\n")


def _stacked_tables(source: Folded) -> Iterator[Table]:
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
        if at >= first and read_number(text) == len(starts) + 1 and _ROW_NUMBER.fullmatch(text):
            starts.append(at)
    heads = [source.flat[slice(*line)] for line in lines[:first]]
    columns = [_kind(head) for head in heads]
    sizes = [after - before for before, after in pairwise(starts)]
    usual = max(set(sizes), key=sizes.count) if sizes else first
    stop = min(len(lines), starts[-1] + min(usual, first))
    rows = [_aligned(source, lines[at:end], columns) for at, end in zip(starts, [*starts[1:], stop], strict=True)]
    columns, title, number = _named_columns(source, columns, rows)
    return Table((lines[0][0], lines[stop - 1][1]), tuple(columns), tuple(heads), tuple(rows), title, number)


def _aligned(source: Folded, cells: Sequence[Span], columns: Sequence[ColumnKind]) -> Row:
    """Put the cells of a row under their heads although empty ones left no line: units and dates find their columns."""
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
