"""The rows of a table as tasks: title, measures, units and deadline from the columns that the table's head names."""

import re

from .columns import Row, Table
from .deadlines import read_deadline
from .folding import FOLD, Folded
from .free_text import read_units
from .model import Area, ParsedDeadline, ParsedItem, Role, Span
from .tables import HEADING_ROW
from .units import Mention, responsibilities, without_persons

_LEADING_MARK = re.compile(
    r"^\s*(?:\d{1,3}[.、](?!\d)|\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}、|[①-⑳])\s*"
)
_AREA_NUMBER = re.compile(r"\(?[一二三四五六七八九十]{1,3}\)?、?")
_FIRST_SENTENCE = re.compile(r"[。;!?\n]")
_NAMES_PERSONS = re.compile(r"[责负联][任责系]人|领导")
LONGEST_CELL_TITLE = 60


def read_rows(source: Folded, table: Table, year: int | None, leads: bool) -> tuple[list[ParsedItem], list[Area]]:
    """The rows as items. A row that is one heading across the table opens an area."""
    items: list[ParsedItem] = []
    areas: list[Area] = []
    if not table.is_tasks:
        return items, areas
    for row in table.rows:
        heading = _heading(source, table, row)
        if heading:
            areas.append(heading)
            continue
        item = _row_item(source, table, row, year, leads, areas[-1].number if areas else None)
        if item:
            items.append(item)
    return items, areas


def _heading(source: Folded, table: Table, row: Row) -> Area | None:
    """A row with one text, numbered, or repeated in every cell as a heading merged across the table is."""
    cells = [source.words(*cell) for cell in row.cells]
    number = cells[table.number_column] if table.number_column is not None else ""
    texts = set(cells) - {""}
    if len(texts) == 2 and len(cells) > 3 and _AREA_NUMBER.fullmatch(number.translate(FOLD)):
        # 一 | 党的建设方面, beside rows that count 1, 2, 3.
        texts.discard(number)
        return Area(number.strip("（）()、"), None, texts.pop())
    if len(texts) != 1:
        return None
    words = texts.pop()
    match = HEADING_ROW.match(words.translate(FOLD))
    if match:
        return Area(match["number"], None, words[match.start("title") :].strip())
    return Area(None, None, words) if len(cells) > 2 and all(cells) else None


def _row_item(
    source: Folded, table: Table, row: Row, year: int | None, leads: bool, area: str | None
) -> ParsedItem | None:
    assert table.title_column is not None
    title, rest = _cell_title(source, row.cells[table.title_column])
    if (
        not title
        or re.fullmatch(r"合\s*计|总\s*计|小\s*计|备\s*注", title)
        or title.startswith(("注：", "注:", "备注", "填表"))
    ):
        return None
    mentions = [] if table.is_routine else _mentions(source, table, row)
    return ParsedItem(
        number=_number(source, table, row),
        section=None,
        area=area,
        title=title,
        measures="\n".join(part for part in (rest, *_measures(source, table, row)) if part),
        responsibilities=responsibilities(mentions, leads),
        deadline=_deadline(source, table, row, year),
        span=source.trimmed(*row.span),
    )


def _cell_title(source: Folded, cell: Span) -> tuple[str, str]:
    """The cell, or its first sentence where it is long, and what is left of it."""
    start, end = cell
    mark = _LEADING_MARK.match(source.flat[start:end])
    start += mark.end() if mark else 0
    words = source.words(start, end)
    stop = _FIRST_SENTENCE.search(source.flat, start, end) if len(words) > LONGEST_CELL_TITLE else None
    if not stop:
        return words.rstrip("。；;"), ""
    return source.words(start, stop.start()), source.words(stop.end(), end)


def _number(source: Folded, table: Table, row: Row) -> str | None:
    if table.number_column is None:
        return None
    return source.words(*row.cells[table.number_column]) or None


def _measures(source: Folded, table: Table, row: Row) -> list[str]:
    """Measures as written; in a daily routine also the words of who answers, which are no list of units."""
    kinds = ("measures", "responsible", "lead", "cooperate") if table.is_routine else ("measures",)
    found = []
    for column, kind in enumerate(table.columns):
        words = source.words(*row.cells[column])
        if kind in kinds and words:
            found.append(words if kind == "measures" else f"{table.heads[column]}：{words}")
    return found


def _mentions(source: Folded, table: Table, row: Row) -> list[Mention]:
    mentions: list[Mention] = []
    for column, kind in enumerate(table.columns):
        if kind == "lead" or kind == "cooperate" or kind == "responsible":
            role: Role = kind
            named = read_units(source, *row.cells[column], role)
            mentions += without_persons(named) if _NAMES_PERSONS.search(table.heads[column]) else named
    return mentions


def _deadline(source: Folded, table: Table, row: Row, year: int | None) -> ParsedDeadline | None:
    for column, kind in enumerate(table.columns):
        if kind == "deadline" and (words := source.words(*row.cells[column])):
            return read_deadline(words, year)
    return None
