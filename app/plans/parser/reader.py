"""Reads a plan from its text: one pass for markers and labels, then the tree, the tasks and the tables."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .columns import Table
from .deadlines import read_deadline
from .folding import Folded
from .front import Part, read_basis, read_document_number, read_title, read_year, split_parts
from .genre import Verdict, judge
from .items import Chooser, Chosen
from .labels import glue_zones, read_labels
from .model import (
    Area,
    ParsedDeadline,
    ParsedItem,
    ParsedPlan,
    Requirement,
    Section,
    Span,
)
from .numbered_labels import join_numbered_labels
from .organization import read_organization
from .outline import ITEM, SECTION, Marker, read_markers
from .rows import read_rows
from .statements import Reader, Statement, first_leads
from .tables import find_tables
from .tree import Node, build
from .units import responsibilities
from .warnings import warnings_of
from .wrapping import Unwrapped, unwrap


@dataclass(slots=True)
class Draft:
    """One part of a document as read: what it is, its outline and what was chosen from it."""

    part: Part
    title: Span | None
    verdict: Verdict
    roots: list[Node]
    chosen: Chosen
    tables: Sequence[Table]


def parse(text: str, tables: Sequence[Span] | None = None) -> ParsedPlan:
    """Read a plan. `text` is the stored source text, `tables` the spans of its tables where they are known.

    Never raises for any text: what cannot be read is left out and said in `warnings`.
    """
    unwrapped = unwrap(text) if tables is None else Unwrapped(text)
    plan = _read(Folded(unwrapped.text), tables)
    return _in_source(plan, unwrapped) if unwrapped.joints else plan


def _in_source(plan: ParsedPlan, unwrapped: Unwrapped) -> ParsedPlan:
    """The same plan with its spans in the text as it is stored."""

    def moved(item: ParsedItem) -> ParsedItem:
        return replace(item, span=(unwrapped.source(item.span[0]), unwrapped.source_end(item.span[1])))

    return replace(plan, items=tuple(map(moved, plan.items)), table_rows=tuple(map(moved, plan.table_rows)))


def _read(source: Folded, tables: Sequence[Span] | None) -> ParsedPlan:
    labels = read_labels(source)
    found_tables = find_tables(source, tables)
    spans = [table.span for table in found_tables]
    markers = read_markers(source, glue_zones(source, labels), spans)
    markers, labels = join_numbered_labels(source, markers, labels)
    reader = Reader(source, labels)
    drafts = [_draft(source, reader, part, markers, found_tables) for part in split_parts(source, spans)]
    return _Assembly(source, reader, drafts).plan()


def _draft(source: Folded, reader: Reader, part: Part, markers: Sequence[Marker], tables: Sequence[Table]) -> Draft:
    first, last = (bisect_left(markers, at, key=_start) for at in (part.start, part.end))
    inside = markers[first:last]
    first, last = (bisect_left(tables, at, key=_table_start) for at in (part.start, max(part.end, part.start + 1)))
    own_tables = tables[first:last]
    head_end = min([part.end, *(marker.start for marker in inside[:1]), *(table.span[0] for table in own_tables[:1])])
    title = read_title(source, part, head_end)
    labels = reader.labels_in(part.start, part.end)
    roots = build(source, inside, labels, source.trimmed(part.start, part.end)[1])
    chooser = Chooser(source, reader, roots, [table.span[0] for table in own_tables if table.is_ledger])
    units_named = sum(label.kind == "units" for label in labels)
    words = source.flat[slice(*title)] if title else part.lead
    if not units_named:
        units_named = sum(
            bool(reader.read(node.marker.end, node.own_end).mentions) for root in roots for node in root.walk()
        )
    verdict = judge(source, words, list(inside), units_named, part.start, part.end)
    chosen = Chosen() if verdict.reason else chooser.choose(verdict)
    return Draft(part, title, verdict, roots, chosen, own_tables)


@dataclass(slots=True)
class _Assembly:
    """Puts the drafts of all parts together: one of them is the plan, the others lend their tables."""

    source: Folded
    reader: Reader
    drafts: list[Draft]

    def plan(self) -> ParsedPlan:
        source = self.source
        main = max(self.drafts, key=self._weight)
        title_span = main.title or next((draft.title for draft in self.drafts if draft.title), None)
        title = _joined(source.words(*title_span)) if title_span else None
        head_end = main.roots[0].start if main.roots else main.part.end
        number = read_document_number(source, self.drafts[0].roots[0].start if self.drafts[0].roots else 2000)
        year = read_year(source, title or "", number)
        leads = first_leads(source.flat)
        items = [self._item(node, main, year, leads) for node in main.chosen.items]
        rows, areas = self._rows(year, leads, bool(items), main)
        table_items = rows if not items else []
        routine_rows = [row for row, is_task in rows if items or not is_task]
        items = items or [row for row, is_task in table_items if is_task]
        return ParsedPlan(
            title=title,
            year=year,
            document_number=number,
            basis=read_basis(source, title_span[1] if main.title and title_span else main.part.start, head_end),
            organization=read_organization(source, main.part.start, main.part.end, _starts(main.roots)),
            sections=tuple(Section(node.marker.label, self._title(node)) for node in _sections(main)),
            areas=tuple(self._areas(main)) + tuple(areas),
            items=tuple(items),
            table_rows=tuple(routine_rows),
            requirements=tuple(self._requirement(node) for node in main.chosen.requirements),
            warnings=warnings_of(title, main.verdict, items, routine_rows, main.tables),
        )

    def _weight(self, draft: Draft) -> tuple[int, int, int, int]:
        """The plan is the part with the most numbered tasks, those with units first; then the one with ledgers."""
        named = sum(bool(self._statement(node, draft).mentions) for node in draft.chosen.items)
        plain = 0 if draft.verdict.covers else len(draft.chosen.items)
        rows = 0 if draft.verdict.reason else sum(len(table.rows) for table in draft.tables if table.is_ledger)
        return 3 * named + plain, rows, bool(draft.title) + len(draft.roots), -draft.part.start

    def _statement(self, node: Node, draft: Draft) -> Statement:
        own = self.reader.read(node.marker.end, node.end)
        last = draft.chosen.shared.get(node)
        if last is None or own.mentions:
            return own
        shared = self.reader.read(last.marker.end, last.end)
        return Statement(shared.mentions, own.deadlines or shared.deadlines, own.taken)

    def _title(self, node: Node) -> str:
        return _joined(self.source.words(node.title_start, node.title_end))

    def _item(self, node: Node, main: Draft, year: int | None, leads: bool) -> ParsedItem:
        statement = self._statement(node, main)
        section = node.top()
        area = node.parent
        title_end = min([node.title_end, *(start for start, _ in statement.taken if start > node.title_start)])
        return ParsedItem(
            number=node.marker.label,
            section=section.marker.label if section is not node else None,
            area=area.marker.label if area else None,
            title=self._own_title(node, title_end),
            measures=self._measures(node, statement),
            responsibilities=responsibilities(statement.mentions, leads),
            deadline=self._deadline(statement, year),
            span=self.source.trimmed(node.start, node.end),
        )

    def _own_title(self, node: Node, end: int) -> str:
        """A task whose number stands alone above its list is called by the first entry."""
        title = _joined(self.source.words(node.title_start, end)).rstrip("，,、；;。：:")
        return title or (self._title(node.children[0]) if node.children else "")

    def _deadline(self, statement: Statement, year: int | None) -> ParsedDeadline | None:
        words = [self.source.words(*span) for span in sorted(set(statement.deadlines))]
        distinct = list(dict.fromkeys(word for word in words if word))
        return read_deadline("；".join(distinct), year) if distinct else None

    def _measures(self, node: Node, statement: Statement) -> str:
        """What is to be done: the text behind the title without units and deadlines, and without 主要措施： itself."""
        pieces = []
        last = self.source.trimmed(node.start, node.end)[1]
        at = node.title_end
        for start, end in statement.taken:
            if end > at:
                pieces.append(self.source.text[at : max(at, start)])
                at = max(at, end)
        pieces.append(self.source.text[at : max(at, last)])
        words = "".join(pieces).strip(" \n\t\u3000。；;：:，,、").lstrip(".．")
        for label in self.reader.labels_in(node.title_end, node.title_end + 12):
            what = label.kind == "measures" or label.word.endswith(("内容", "任务"))
            if what and self.source.flat[node.title_end : label.start].strip(" \n。;:,") == "":
                words = words.removeprefix(self.source.words(label.start, label.end)).strip(" \n\t\u3000")
        return words + "。" if words and self.source.text[node.title_end : node.end].find(words + "。") >= 0 else words

    def _requirement(self, node: Node) -> Requirement:
        section = node.top()
        return Requirement(
            number=node.marker.label,
            section=section.marker.label,
            title=self._title(node),
            text=self.source.words(node.title_end, node.end).lstrip("。；：:，"),
        )

    def _areas(self, main: Draft) -> list[Area]:
        """The headings that tasks stand under, each once, in order."""
        parents = dict.fromkeys(node.parent for node in main.chosen.items if node.parent)
        return [
            Area(node.marker.label, node.top().marker.label if node.parent else None, self._title(node))
            for node in parents
            if node
        ]

    def _rows(
        self, year: int | None, leads: bool, beside_items: bool, main: Draft
    ) -> tuple[list[tuple[ParsedItem, bool]], list[Area]]:
        """The rows of every table of tasks, each with whether it may stand as an item of its own."""
        rows: list[tuple[ParsedItem, bool]] = []
        areas: list[Area] = []
        for draft in self.drafts:
            for table in draft.tables:
                read, found = read_rows(self.source, table, year, leads)
                allowed = table.is_ledger and draft.verdict.allows_ledgers
                rows += [(row, allowed) for row in read]
                areas += found if allowed and not beside_items else []
        return rows, areas


def _joined(words: str) -> str:
    """A title that runs over two lines, as one."""
    return "".join(part.strip() for part in words.split("\n"))


def _sections(draft: Draft) -> list[Node]:
    """Top-level sections; bare tasks at the top are none, but 1、总体要求 above 2、主要任务 and its list is one."""
    tasks = set(draft.chosen.items)
    headed = any(root.children for root in draft.roots)
    return [
        root
        for root in draft.roots
        if root.children or root.rank <= SECTION or (headed and root.rank <= ITEM and root not in tasks)
    ]


def _starts(roots: Sequence[Node]) -> list[int]:
    return [node.start for root in roots for node in root.walk()]


def _table_start(table: Table) -> int:
    return table.span[0]


def _start(marker: Marker) -> int:
    return marker.start
