"""Text whose paragraphs were broken into lines of one width, as when copied from a PDF: read as if they were not.

A break in the middle of a word would part names and labels, and so does the number of a page between two lines. The
lines are joined for reading, and what is found is told in offsets of the source text again.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .folding import FOLD
from .outline import MEASURE

FEWEST_LINES = 8
WIDTHS = range(18, 61)
LONGEST_HEADING_LINE = 30
_OPENS_LINE = re.compile(
    r"[\s\u3000]|[一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾]{1,3}[、.]|\([一二三四五六七八九十\d]{1,3}\)|\d{1,3}[.、](?!\d)|[①-⑳]"
    r"|(?P<decimal>\d{1,2}(?:\.\d{1,2}){1,3})[. 、\u4e00-\u9fff]"
    r"|第[一二三四五六七八九十百]+[条章节部]|附件|(?:责任|牵头|配合|完成|主要|具体|整改|协办|主办)[^:;,、\n]{1,7}:"
)
_PAGE_NUMBER = re.compile(
    r"[ ]{0,60}(?:-{1,3}[ ]{0,3}\d{1,4}[ ]{0,3}-{1,3}|第[ ]?\d{1,4}[ ]?页(?:[ ,]{0,2}共[ ]?\d{1,4}[ ]?页)?)[ ]{0,60}"
)
_HALF_BRACKET = re.compile(r"[ ]*\d{1,2}\)")
_ENDS_SENTENCE = "。；;：:！？!?"


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The text to be read, and the places in it where characters of the source were left out, one entry for each."""

    text: str
    joints: list[int] = field(default_factory=list)

    def source(self, offset: int) -> int:
        """The offset in the source text of an offset in the text that was read."""
        return offset + bisect_right(self.joints, offset)

    def source_end(self, offset: int) -> int:
        """The same for the end of a stretch: a break right behind it is not part of it."""
        return offset + bisect_right(self.joints, offset - 1) if offset else offset


@dataclass(slots=True)
class _Joining:
    """Lines put together again, one by one."""

    width: int | None
    measure: Callable[[str], int]
    pieces: list[str] = field(default_factory=list)
    joints: list[int] = field(default_factory=list)
    length: int = 0
    left_out: int = 0
    """Characters of the source since the last line, its break among them."""
    before: str = ""
    open_brackets: int = 0

    def take(self, line: str) -> None:
        if self.pieces:
            flat = self.before.translate(FOLD)
            self.open_brackets = max(0, self.open_brackets + flat.count("(") - flat.count(")"))
            if self._goes_on(line):
                self.joints += [self.length] * self.left_out
            else:
                self.open_brackets = 0
                self.length += 1
                self.joints += [self.length] * (self.left_out - 1)
                self.pieces.append("\n")
        self.pieces.append(line)
        self.length += len(line)
        self.before, self.left_out = line, 1

    def skip(self, line: str) -> None:
        self.left_out += len(line) + 1

    def _goes_on(self, line: str) -> bool:
        if not line or "\t" in line or "\t" in self.before:
            return False
        flat = line.translate(FOLD)
        if not self.open_brackets and _opens_line(flat):
            return False
        if self.width is not None:
            return self.measure(self.before) >= self.width - 2
        if self.open_brackets:
            return _is_open(")", "(", flat) and not _HALF_BRACKET.match(flat)
        # Only the number of a page stands between, and the sentence was not at its end.
        ended = self.before.rstrip()[-1:] in _ENDS_SENTENCE or len(self.before) <= LONGEST_HEADING_LINE
        return self.left_out > 1 and not ended


def unwrap(text: str) -> Unwrapped:
    """Join the lines of a hard-wrapped text and leave out page numbers; any other text comes back as it is."""
    lines = text.split("\n")
    numbers = {at for at, line in enumerate(lines) if len(line) < 140 and _PAGE_NUMBER.fullmatch(line.translate(FOLD))}
    kept = [line for at, line in enumerate(lines) if at not in numbers] if numbers else lines
    measure = _length if _width(kept, _length) else _breadth
    width = _width(kept, measure)
    if width is None and not numbers and not any(_is_open("(", ")", line.translate(FOLD)) for line in lines):
        return Unwrapped(text)
    joining = _Joining(width, measure)
    for at, line in enumerate(lines):
        if at in numbers and joining.pieces:
            joining.skip(line)
        else:
            joining.take(line)
    return Unwrapped("".join(joining.pieces), joining.joints)


def _is_open(sign: str, other: str, flat: str) -> bool:
    """More brackets of one kind than of the other: one was opened on this line and is closed on another."""
    return flat.count(sign) > flat.count(other)


def _opens_line(flat: str) -> bool:
    """A number, a label or an indent at its beginning; 2.5学时 goes on with a sentence."""
    opening = _OPENS_LINE.match(flat)
    return opening is not None and not (opening["decimal"] and MEASURE.match(flat, opening.end("decimal")))


def _length(line: str) -> int:
    return len(line.rstrip())


def _breadth(line: str) -> int:
    """The width of a line on paper, where two half-width figures take the place of one character."""
    line = line.rstrip()
    return len(line) - sum(sign.isascii() for sign in line) // 2


def _width(lines: Sequence[str], measure: Callable[[str], int]) -> int | None:
    """The width that the lines were broken at: the longest common length, whose lines mostly end inside a sentence."""
    running = [line for line in lines if line.strip() and "\t" not in line]
    lengths = [measure(line) for line in running]
    if len(lengths) < FEWEST_LINES or max(lengths) not in WIDTHS:
        return None
    width = max(lengths)
    full = [line.rstrip() for line, length in zip(running, lengths, strict=True) if length >= width - 2]
    inside = sum(line[-1] not in _ENDS_SENTENCE for line in full)
    common = Counter(lengths).most_common(1)[0][0]
    if len(full) * 3 < len(lengths) or inside * 2 < len(full) or common < width - 2:
        return None
    return width
