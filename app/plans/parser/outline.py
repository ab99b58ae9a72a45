"""Outline markers: 一、 （一） 1. （1） ① 第一条, found with their context in one pass over the text.

At the start of a line a marker is taken as it stands. Inside a line, where every line break may have been
lost, it must continue or open a numbering and stand where a sentence, a heading or a labelled value ends:
小学一、二年级, 1:1, 2.0 and 2022-2023 are none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .folding import Folded
from .model import Span

# Ranks order the kinds of markers; a lower rank encloses a higher one.
PART, CHAPTER, ARTICLE, GRAND, SECTION, AREA, ITEM, DECIMAL, POINT, HALF, CIRCLED = 0, 1, 2, 2.5, 3, 4, 6, 6.5, 8, 7, 9

_CN = "一二三四五六七八九十百零〇"
# 壹、贰、叁 as on cheques: the highest headings of some plans, above 一、二、三.
_GRAND = "壹贰叁肆伍陆柒捌玖拾"
_CN_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0}
_CN_DIGITS |= {sign: value for value, sign in enumerate(_GRAND[:9], 1)}
# 任务一： and 问题2：; with another sign only at the start of a line, where no title can end in 任务.
_COUNTED = "(?:重点|主要|专项|整改)?(?:任务|专项|工程|行动|问题|项目|举措)"
_MARKER = re.compile(
    rf"(?P<part>第[{_CN}]{{1,3}}部分|{_COUNTED}(?:[{_CN}]{{1,3}}|\d{{1,2}})(?=:)"
    rf"|(?<!\S){_COUNTED}[{_CN}]{{1,3}}(?=[、. ]))[:、.]?"
    rf"|(?P<chapter>第[{_CN}]{{1,4}}[章节篇])(?=[ \u4e00-\u9fff])"
    rf"|(?P<article>第(?:[{_CN}]{{1,6}}|\d{{1,3}})条)(?=[ :、\u4e00-\u9fff])"
    rf"|(?P<area>\([ ]?[{_CN}{_GRAND}]{{1,4}}[ ]?\)|[\u3220-\u3229])[、.]?"
    rf"|(?P<grand>(?<![{_GRAND}])[{_GRAND}]{{1,3}})(?:[ ]?、|\.(?!\d)|,(?=\S)|[ ](?=[\u4e00-\u9fff]))"
    rf"|(?P<section>(?<![{_CN}第])[{_CN}]{{1,4}})(?:[ ]?、|\.(?!\d)|,(?=\S))"
    r"|(?P<decimal>(?<![\d.:])\d{1,2}(?:\.\d{1,2}){1,3})(?=[、. \u4e00-\u9fff“《])[、.]?"
    r"|(?P<point>\([ ]?\d{1,3}[ ]?\)|[\u2474-\u2487])[、.]?"
    r"|(?P<item>(?<![\d./-])(?<!\d:)\d{1,3}(?:[ ]?[.、](?!\d)|,(?=[\u4e00-\u9fff“《]))|[\u2488-\u249b])"
    r"|(?P<bare>(?<![^\n])\d{1,2}(?=[ ]{1,4}[\u4e00-\u9fff“《][^ 。;:,\t\n]{1,30}(?:\n|$)))"
    r"|(?P<half>(?<![\d.(/-])\d{1,2})\)[、.]?"
    r"|(?P<circled>[\u2460-\u2473\u2776-\u277f])[、.]?"
)
_RANKS = {
    "part": PART, "chapter": CHAPTER, "article": ARTICLE, "grand": GRAND, "section": SECTION,
    "area": AREA, "item": ITEM, "bare": ITEM, "decimal": DECIMAL, "point": POINT, "half": HALF, "circled": CIRCLED,
}  # fmt: skip
# 一、二年级 and 三、四月 count years and months; they open no section.
_COUNTING = re.compile(rf"[{_CN}\d]{{1,3}}(?:年级|年段|[、级类月楼班届期次批者季]|学期|方面|组)")
_MONTH = re.compile(rf"[{_CN}\d]{{1,3}}月份?(?:工作)?(?:安排|计划)?[ :]*(?:\n|$)")
_QUANTITY = re.compile(r"第|约|共|近|达|为|是|每|有|满|至|到|按|附件|附表|表|图|电话")
MEASURE = re.compile(
    r"\s*(?:万|亿|元|%|学时|小时|课时|倍|米|公里|千米|版|时代|分|个|名|所|间|年|月|日|天|℃|度|级|平方|吨|人)"
)
_APPENDIX = re.compile(
    r"(?<![\u4e00-\u9fff])(?:备注|注|说明)\s*:\s*$|附件\s*\d{0,2}\s*[:.]?\s*$|附件\s*\d{0,2}\s*:[^。\n]{0,400}$"
)
# Of 2.1. the last figure counts.
_LAST_DIGITS = re.compile(r"\d+(?=\D*$)")
LONGEST_HEADING = 90
LONGEST_LEAP = 20


@dataclass(frozen=True, slots=True)
class Marker:
    rank: float
    number: int
    label: str
    start: int
    end: int
    own_line: bool


def read_number(sign: str) -> int:
    """12, 十二, （十二） or ⑫ as a number; 0 where the sign is none."""
    for base, last in ((0x2460, 0x2473), (0x2474, 0x2487), (0x2488, 0x249B), (0x2776, 0x277F), (0x3220, 0x3229)):
        if len(sign) == 1 and base <= ord(sign) <= last:
            return ord(sign) - base + 1
    digits = re.sub(r"[^\d]", "", sign.rstrip(".").rsplit(".", 1)[-1])
    if digits:
        return int(digits)
    total, current = 0, 0
    for character in sign:
        if character == "百":
            total, current = total + (current or 1) * 100, 0
        elif character in "十拾":
            total, current = total + (current or 1) * 10, 0
        elif character in _CN_DIGITS:
            current = _CN_DIGITS[character]
    return total + current


class _Numbering:
    """Where every numbering stands, so that a marker inside a line can be told from a mere figure."""

    def __init__(self) -> None:
        self.last: dict[float, int] = {}
        self.open: set[float] = set()
        self.counted: float | None = None
        """The rank that 任务一： was last taken at."""
        self._decimals: dict[str, int] = {}
        """By what stands before the last dot, the last figure behind it: a list in between does not end 3.1, 3.2."""

    def continues(self, rank: float, number: int) -> bool:
        return number == self.last.get(rank, 0) + 1

    def opens(self, rank: float, number: int) -> bool:
        """A numbering that starts anew beneath a higher heading; at the top it starts only once."""
        return number == 1 and (rank not in self.open)

    def leaps(self, rank: float, number: int) -> bool:
        """A numbering from which some entries were left out."""
        last = self.last.get(rank, 0)
        return 0 < last < number <= last + LONGEST_LEAP

    def follows(self, marker: Marker) -> bool:
        """3.2 behind 3.1, whatever stood between them."""
        return self._decimals.get(_above(marker)) == marker.number - 1

    def stands_under(self, marker: Marker) -> bool:
        """3.1 beneath 3、 or 三、."""
        number = read_number(_above(marker))
        return any(self.last.get(rank) == number for rank in self.open if rank < marker.rank)

    def rank_of_counted(self) -> float:
        """任务一： as its like before it, else beneath whatever heading is open: 二、重点任务 or （一）强化培训."""
        if self.counted is not None and self.counted in self.open:
            return self.counted
        if AREA in self.open:
            return AREA + 0.5
        return AREA - 0.5 if self.open & {SECTION, GRAND} else PART

    def take(self, marker: Marker, kind: str) -> None:
        rank = marker.rank
        self.open = {known for known in self.open if known < rank} | {rank}
        self.last = {known: value for known, value in self.last.items() if known <= rank or known in (AREA, ITEM)}
        self.last[rank] = marker.number
        if kind == "decimal":
            self._decimals[_above(marker)] = marker.number
        if _is_counted(marker, kind):
            self.counted = rank


def read_markers(source: Folded, labelled: Sequence[Span], tables: Sequence[Span]) -> list[Marker]:
    """The markers of a text in order.

    `labelled` are values after labels (责任股室：…), where a marker may be glued on; tables hold no markers.
    """
    markers: list[Marker] = []
    numbering = _Numbering()
    counted = False
    zones = _Zones(labelled)
    blocked = _Zones(tables)
    for match in _MARKER.finditer(source.flat):
        kind = match.lastgroup or ""
        if blocked.holds(match.start()):
            continue
        marker = _marker(source, match, kind, numbering)
        if not marker.number:
            continue
        if counted and marker.rank >= POINT and _follows_at_once(source.flat, markers[-1], marker):
            # 任务3：③完善办法 has two numbers for one task.
            markers[-1] = replace(markers[-1], end=marker.end)
        elif (kind != "bare" or _heads_line(source, marker, numbering)) and _stands(
            source, marker, markers, numbering, zones
        ):
            numbering.take(marker, kind)
            markers.append(marker)
            counted = _is_counted(marker, kind)
    return markers


def _marker(source: Folded, match: re.Match[str], kind: str, numbering: _Numbering) -> Marker:
    sign = match[kind]
    label = sign.strip("().、, ")
    if kind == "article":
        label = label.removeprefix("第").removesuffix("条")
    rank = _RANKS[kind]
    if kind == "decimal":
        rank = ITEM + 0.5 * sign.count(".")
    if kind == "chapter" and sign.endswith("节"):
        rank = CHAPTER + 0.5
    if kind == "part" and not sign.startswith("第"):
        rank = numbering.rank_of_counted()
    own_line = source.before(match.start()) == "\n"
    if len(label) == 1 and not label.isdecimal() and label not in _CN + _GRAND:
        label = str(read_number(label))
    return Marker(rank, read_number(sign), label, match.start(), match.end(), own_line)


def _stands(source: Folded, marker: Marker, markers: list[Marker], numbering: _Numbering, zones: "_Zones") -> bool:
    flat = source.flat
    if marker.rank == SECTION and _COUNTING.match(flat, marker.end) and not _heads_month(flat, marker):
        return False
    decimal = marker.rank in (DECIMAL, DECIMAL + 0.5, DECIMAL + 1)
    if decimal and not _counts_on(flat, marker, numbering):
        return False
    continues, opens = numbering.continues(marker.rank, marker.number), numbering.opens(marker.rank, marker.number)
    continues = continues or (decimal and numbering.follows(marker))
    if marker.rank == GRAND and not (continues or opens):
        # 陆 and 伍 are family names as well.
        return False
    if marker.own_line:
        return not (marker.rank == ITEM and not flat[marker.end : marker.end + 6].strip())
    before = source.before(marker.start)
    under_heading = bool(markers) and markers[-1].rank < marker.rank
    if marker.rank in (SECTION, ITEM) and (before in "。)" or under_heading):
        continues = continues or numbering.leaps(marker.rank, marker.number)
    if not (continues or opens) or (marker.rank == SECTION and opens and SECTION in numbering.last):
        return False
    if source.bracket_around(marker.start):
        return False
    if marker.rank <= ARTICLE:
        return before in "。!?;" or _heads_document(marker, markers)
    if before in "。!?;" or (before in "”’)]" and _ends_sentence(flat, marker.start)):
        return True
    if zones.holds(marker.start) or (before in ")]" and continues):
        return True
    if before == ":":
        return (opens or (continues and under_heading)) and not _APPENDIX.search(
            flat, max(0, marker.start - 20), marker.start
        )
    return _glued(flat, marker, markers, numbering.continues(marker.rank, marker.number))


def _heads_month(flat: str, marker: Marker) -> bool:
    """一、三月份 on a line of its own."""
    return marker.own_line and bool(_MONTH.match(flat, marker.end))


def _heads_document(marker: Marker, markers: list[Marker]) -> bool:
    """第一章 right behind the document's title, 第一条 right behind 第一章."""
    return marker.start - (markers[-1].end if markers else 0) <= LONGEST_HEADING and all(
        known.rank < marker.rank for known in markers[-1:]
    )


def _counts_on(flat: str, marker: Marker, numbering: _Numbering) -> bool:
    """1.1 and 1.2 follow one another; 2.5学时 is a quantity. Inside a line 1.1 must also stand under 1、."""
    follows = marker.number == 1 or numbering.follows(marker) or numbering.continues(marker.rank, marker.number)
    placed = marker.own_line or numbering.stands_under(marker)
    return placed and follows and not MEASURE.match(flat, marker.end)


def _heads_line(source: Folded, marker: Marker, numbering: _Numbering) -> bool:
    """1 总体要求 alone on a line, where it counts on: an automatic number often has no sign behind it."""
    counts = numbering.continues(ITEM, marker.number) or numbering.opens(ITEM, marker.number)
    return counts and not MEASURE.match(source.flat, marker.end)


def _follows_at_once(flat: str, before: Marker, marker: Marker) -> bool:
    return marker.start - before.end <= 4 and not flat[before.end : marker.start].strip(" ")


def _is_counted(marker: Marker, kind: str) -> bool:
    """任务一：, not 第一部分."""
    return kind == "part" and not marker.label.startswith("第")


def _above(marker: Marker) -> str:
    """3 of 3.2."""
    return marker.label.rpartition(".")[0]


def _ends_sentence(flat: str, at: int) -> bool:
    """。” and 。） end a sentence as 。 does."""
    return any(sign in "。!?;" for sign in flat[max(0, at - 3) : at])


def _glued(flat: str, marker: Marker, markers: list[Marker], follows_on: bool) -> bool:
    """A marker right behind a heading that has no full stop: 三、主要任务(一)强化引导1.开展教育."""
    before = flat[marker.start - 1]
    if not ("\u4e00" <= before <= "\u9fff" or before in ")”》% "):
        return False
    previous = markers[-1] if markers else None
    if previous is None:
        # The document's own title may be glued to the first heading.
        return marker.rank in (SECTION, AREA, ITEM) and marker.start <= LONGEST_HEADING and before not in "第约共"
    heading = flat[previous.end : min(marker.start, previous.end + LONGEST_HEADING + 1)]
    short = len(heading) <= LONGEST_HEADING and not any(sign in heading for sign in "。!?;\n")
    if short and previous.rank <= marker.rank and not _QUANTITY.search(before):
        return marker.rank != POINT or len(heading) <= 40
    return follows_on and marker.rank == ITEM and marker.number > 1 and _lost_breaks(flat, marker)


def _lost_breaks(flat: str, marker: Marker) -> bool:
    """Where a line is far longer than any line on paper, its breaks were lost and a numbering may go on anywhere."""
    start = max(0, marker.start - 600)
    return (
        flat[marker.end - 1] == "."
        and "\n" not in flat[start : marker.start]
        and not _QUANTITY.search(flat[marker.start - 1])
    )


class _Zones:
    """Sorted spans, asked about offsets that only grow."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._at = 0

    def holds(self, offset: int) -> bool:
        while self._at < len(self._spans) and self._spans[self._at][1] < offset:
            self._at += 1
        return self._at < len(self._spans) and self._spans[self._at][0] <= offset <= self._spans[self._at][1]
