"""What a stretch of text states about a task: its units, its deadline, and which words are left as its measures."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from .deadlines import deadline_in_prose, is_deadline
from .folding import Folded
from .free_text import read_units
from .labels import LONGEST_VALUE, Label, value_span
from .model import Role, Span
from .units import Mention, ends_with_verb, looks_like_unit, read_clauses, read_names, without_persons


@dataclass(slots=True)
class Statement:
    mentions: list[Mention] = field(default_factory=list)
    deadlines: list[Span] = field(default_factory=list)
    taken: list[Span] = field(default_factory=list)
    """Spans that are read as units, persons or deadlines and therefore no measures."""

    @property
    def end(self) -> int:
        return max((end for _, end in self.taken), default=0)


@dataclass(slots=True)
class Reader:
    """Reads statements of one text; labels are found once for all."""

    source: Folded
    labels: Sequence[Label]
    starts: list[int] = field(default_factory=list)
    offices_end_lines: bool = False
    _known: dict[Span, Statement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.starts = [label.start for label in self.labels]
        self.offices_end_lines = sum(_offices_end_line(self.source.flat, span) for span in self.source.brackets) > 1

    def labels_in(self, start: int, end: int) -> Sequence[Label]:
        return self.labels[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def read(self, start: int, end: int) -> Statement:
        """The statement between two offsets; a stretch is asked for more than once and read once."""
        known = self._known.get((start, end))
        if known is None:
            known = self._known[start, end] = self._read(start, end)
        return known

    def _read(self, start: int, end: int) -> Statement:
        statement = Statement()
        labels = self.labels_in(start, end)
        for at, label in enumerate(labels):
            self._read_label(statement, label, self._following(labels, at, end))
        read = sorted(statement.taken)
        for bracket in self.source.brackets_in(start, end):
            if not _holds(read, bracket) and not self.labels_in(*bracket) and self._is_remark(bracket, start, end):
                self._read_remark(statement, bracket)
            elif not statement.mentions and (ahead := self._ahead_of_labels(bracket)):
                self._read_bare_list(statement, *ahead)
        if not statement.mentions:
            self._read_last_sentences(statement, start, end)
        if not statement.mentions:
            self._read_opening_clauses(statement, start, end)
        if not statement.deadlines and (prose := deadline_in_prose(self.source.flat, start, end)):
            statement.deadlines.append(prose)
        statement.taken.sort()
        return statement

    def _following(self, labels: Sequence[Label], at: int, end: int) -> int:
        """Where the next label begins, other than one in a bracket inside the value: 办公室（责任人：张某）、教育股."""
        label = labels[at]
        inside = self.source.bracket_around(label.start) is not None
        for later in range(at + 1, len(labels)):
            start = labels[later].start
            bracket = self.source.bracket_around(start)
            if inside or not bracket or bracket[0] < label.end or start > label.end + LONGEST_VALUE:
                return start
        return end

    def _read_label(self, statement: Statement, label: Label, limit: int) -> None:
        if label.kind in ("measures", "other"):
            return
        start, end = value_span(self.source, label, limit)
        bracket = self.source.bracket_around(label.start)
        outer = (label.start, end)
        if bracket and bracket[0] >= label.start - 400 and bracket[1] >= end:
            outer = (bracket[0], bracket[1])
        statement.taken.append(outer)
        if label.kind == "units":
            mentions = self._units(statement, start, end, label.role)
            if "人" in label.word or "领导" in label.word:
                mentions = without_persons(mentions)
            statement.mentions += mentions
        elif label.kind == "deadline":
            statement.deadlines.append((start, end))

    def _units(self, statement: Statement, start: int, end: int, role: Role) -> list[Mention]:
        """A labelled value: a plain list, or clauses (教育股牵头，人事股配合), perhaps with a deadline among them."""
        dated = [
            piece for piece in _pieces(self.source.flat, start, end) if is_deadline(self.source.flat[slice(*piece)])
        ]
        statement.deadlines += dated
        labelled = [bracket for bracket in self.source.brackets_in(start, end) if self.labels_in(*bracket)]
        kept: list[Span] = []
        at = start
        for piece in sorted([*dated, *labelled]):
            kept.append((at, piece[0]))
            at = max(at, piece[1])
        kept.append((at, end))
        mentions: list[Mention] = []
        for span in kept:
            mentions += read_units(self.source, *span, role)
        return mentions

    def _ahead_of_labels(self, bracket: Span) -> Span | None:
        """（A、B。完成时间：6月）: what stands in a bracket before the first of its labels."""
        labels = self.labels_in(*bracket)
        if not labels or any(label.kind == "units" for label in labels):
            return None
        start, end = bracket[0] + 1, labels[0].start
        while end > start and self.source.flat[end - 1] in " 。;,、":
            end -= 1
        return (start, end) if end > start and not self.labels_in(start, end) else None

    def _is_remark(self, bracket: Span, start: int, end: int) -> bool:
        """A bracket behind a sentence or at the end of one, not one inside it."""
        flat = self.source.flat
        before = self.source.before(bracket[0])
        after = flat[bracket[1] : min(bracket[1] + 1, end)]
        return before in "。!?;”\n)" or not after or after in "。;!\n(["

    def _read_remark(self, statement: Statement, bracket: Span) -> None:
        """（A、B负责；C配合） · （A牵头，6月底前完成） · （A、B） behind the last sentence · （长期坚持）."""
        flat = self.source.flat
        start, end = bracket[0] + 1, bracket[1] - 1
        if end - start > 400:
            return
        inner = flat[start:end]
        if is_deadline(inner):
            statement.deadlines.append((start, end))
        elif any(ends_with_verb(flat[slice(*piece)].strip()) for piece in _pieces(flat, start, end)):
            rest = [piece for piece in _pieces(flat, start, end) if not _FIRST_LEADS.search(flat, *piece)]
            mentions = self._units(statement, rest[0][0], rest[-1][1], "responsible") if rest else []
            if not mentions or not all(looks_like_unit(m.flat) or len(m.flat) <= 12 for m in mentions):
                return
            statement.mentions += mentions
        elif not (self._may_hold_list(bracket) or _says_by_when(inner)) or not self._read_bare_list(
            statement, start, end
        ):
            return
        statement.taken.append(bracket)

    def _may_hold_list(self, bracket: Span) -> bool:
        """Behind a sentence, or at the end of a line where the text ends its headings so: （一）强化培训（人事科）."""
        if self.source.before(bracket[0]) in "。!;":
            return True
        return self.offices_end_lines and _offices_end_line(self.source.flat, bracket)

    def _read_bare_list(self, statement: Statement, start: int, end: int) -> bool:
        """（A、B，持续推进）: nothing but names of units, and perhaps when."""
        flat = self.source.flat
        dated = [piece for piece in _pieces(flat, start, end) if is_deadline(flat[slice(*piece)])]
        rest = [piece for piece in _pieces(flat, start, end) if piece not in dated]
        mentions = [mention for piece in rest for mention in read_names(self.source, *piece, "responsible")]
        if not _only_units(mentions):
            return False
        statement.mentions += mentions
        statement.deadlines += dated
        return True

    def _read_last_sentences(self, statement: Statement, start: int, end: int) -> None:
        """The last sentence of each paragraph may say who answers for it."""
        at = start
        while at < end:
            stop = min(self.source.line_end(at), end)
            self._read_last_sentence(statement, at, stop)
            at = stop + 1

    def _read_last_sentence(self, statement: Statement, start: int, end: int) -> None:
        """A牵头，B、C配合。 or 此项工作由A负责。 at the end of a paragraph."""
        flat = self.source.flat
        tail = max(start, end - 160)
        stop = end
        while stop > tail and flat[stop - 1] in " \n\t。;":
            stop -= 1
        begin = max(tail, *(flat.rfind(sign, tail, stop) + 1 for sign in "。\n;"))
        if begin == tail > start:
            return
        by = [at + 1 for at in dict.fromkeys((flat.find("由", begin, stop), flat.rfind("由", begin, stop))) if at >= 0]
        said = _BY_WHOM.search(flat, begin, stop)
        starts = [begin, *by]
        if said and not ends_with_verb(flat[begin : said.start()].strip()):
            # 各学校上好一课，由教育股牵头: what stands before says what is done, not by whom.
            starts.insert(0, said.end())
        for first in starts:
            pieces = _pieces(flat, first, stop)
            dated = [piece for piece in pieces[1:] if is_deadline(flat[slice(*piece)])]
            last = max((piece[1] for piece in pieces if piece not in dated), default=first)
            if first > start and ends_with_verb(flat[first:last].strip()):
                mentions = read_clauses(self.source, first, last)
                if _only_units(mentions):
                    statement.mentions += mentions
                    statement.deadlines += dated
                    statement.taken.append((begin if first == begin else first - 1, stop))
                    return

    def _read_opening_clauses(self, statement: Statement, start: int, end: int) -> None:
        """由A牵头，B配合，在全区推开… A sentence that begins with who answers and goes on with what they do."""
        flat = self.source.flat
        opening = _BY.search(flat, start, end)
        if not opening:
            return
        stop = opening.end()
        for piece in _pieces(flat, stop, min(end, stop + 160)):
            clause = flat[slice(*piece)].strip()
            if not ends_with_verb(clause) or not _only_units(read_clauses(self.source, *piece)):
                break
            stop = piece[1]
        statement.mentions += read_clauses(self.source, opening.end(), stop)
        if statement.mentions:
            statement.taken.append((opening.start(), stop))


def _holds(spans: Sequence[Span], inner: Span) -> bool:
    """Whether the last of some sorted spans that begin before a stretch ends behind it."""
    before = bisect_left(spans, inner) - 1
    return before >= 0 and spans[before][0] < inner[0] and inner[1] <= spans[before][1]


_BY_WHEN = re.compile(r"[,;][ ]?(?:[^,;]{1,20}(?:前|底前?|完成|坚持|推进)|每[^,;]{1,12}|长期|全年)$")


def _says_by_when(inner: str) -> bool:
    """（督查室，每月25日前） tells a unit and a deadline wherever it stands; （实验小学，5月） may tell a place."""
    found = _BY_WHEN.search(inner)
    return found is not None and is_deadline(found.group().lstrip(",; "))


_OFFICE = r"(?:[\u4e00-\u9fff]{1,10}(?:[股科处室办局委部组]|中心)|各[\u4e00-\u9fff]{1,8})"
_OFFICES = re.compile(rf"\({_OFFICE}(?:[、,]{_OFFICE})*\)[ ]*(?:\n|$)")


def _offices_end_line(flat: str, bracket: Span) -> bool:
    """（人事科、各学校） at the end of a line, as headings may name who answers for them."""
    return bool(_OFFICES.match(flat, bracket[0]))


_BY_WHOM = re.compile(r"[,;][ ]?由")
_BY = re.compile(r"(?<=[。;\n])[ ]*(?:(?:此项|本项|该项)?(?:工作|任务)?由)(?=[^。;\n]{2,80}?(?:牵头|负责)[,;。\n])")


_DEMANDED = re.compile(r"(?<!自)由|要|须|应(?!急)|明确|指定|确定|安排|落实|专人|专班")
"""Words of a demand or of who does it (各学校要明确专人负责, 成果由教育股评定): they make a sentence, not a name."""


def _only_units(mentions: Sequence[Mention]) -> bool:
    return bool(mentions) and all(
        looks_like_unit(mention.flat) and len(mention.flat) <= 20 and not _DEMANDED.search(mention.flat)
        for mention in mentions
    )


def _pieces(flat: str, start: int, end: int) -> list[Span]:
    """Parts between commas and semicolons."""
    parts, at = [], start
    for match in re.finditer(r"[,;。]", flat[start:end]):
        parts.append((at, start + match.start()))
        at = start + match.end()
    parts.append((at, end))
    return [part for part in parts if flat[slice(*part)].strip()]


_FIRST_LEADS = re.compile(
    r"(?:第一位|首位|第一个|第一|最前|首个|排名?在?前|列首)[^。;,\n]{0,12}(?:为|是|系)[^。;,\n]{0,8}(?:牵头|主办"
    r"|主责)|下同"
)


def first_leads(flat: str) -> bool:
    """排在第一位的部门为牵头部门，下同: the plan's own rule for lists without distinction."""
    return any("下同" not in match.group() for match in _FIRST_LEADS.finditer(flat))
