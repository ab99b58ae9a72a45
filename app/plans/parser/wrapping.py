"""Text whose paragraphs were broken into lines of one width, as when copied from a PDF: read as if they were not.

A break in the middle of a word would part names and labels. The lines are joined for reading, and what is
found is told in offsets of the source text again.
"""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from .folding import FOLD

FEWEST_LINES = 8
WIDTHS = range(18, 61)
_OPENS_LINE = re.compile(
    r"[\s\u3000]|[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十\d]{1,3}\)|\d{1,3}[.、](?!\d)|[①-⑳]"
    r"|第[一二三四五六七八九十百]+[条章节部]|附件|(?:责任|牵头|配合|完成|主要|具体|整改|协办|主办)[^:;,、\n]{1,7}:"
)


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The text to be read, and the places where a line break was left out of it."""

    text: str
    joints: list[int] = field(default_factory=list)

    def source(self, offset: int) -> int:
        """The offset in the source text of an offset in the text that was read."""
        return offset + bisect_right(self.joints, offset)

    def source_end(self, offset: int) -> int:
        """The same for the end of a stretch: a break right behind it is not part of it."""
        return offset + bisect_right(self.joints, offset - 1) if offset else offset


def unwrap(text: str) -> Unwrapped:
    """Join the lines of a hard-wrapped text; any other text comes back as it is."""
    lines = text.split("\n")
    width = _width(lines)
    if width is None:
        return Unwrapped(text)
    pieces = [lines[0]]
    joints: list[int] = []
    length = len(lines[0])
    open_brackets = 0
    for before, line in pairwise(lines):
        flat = before.translate(FOLD)
        open_brackets = max(0, open_brackets + flat.count("(") - flat.count(")"))
        full = len(before.rstrip()) >= width - 2 and "\t" not in before
        if full and line and "\t" not in line and (open_brackets or not _OPENS_LINE.match(line.translate(FOLD))):
            joints.append(length)
            pieces.append(line)
            length += len(line)
        else:
            open_brackets = 0
            pieces.append("\n" + line)
            length += len(line) + 1
    return Unwrapped("".join(pieces), joints)


def _width(lines: list[str]) -> int | None:
    """The width that the lines were broken at: the longest common length, whose lines mostly end inside a sentence."""
    lengths = [len(line.rstrip()) for line in lines if line.strip() and "\t" not in line]
    if len(lengths) < FEWEST_LINES or max(lengths) not in WIDTHS:
        return None
    width = max(lengths)
    full = [line.rstrip() for line in lines if len(line.rstrip()) >= width - 2]
    inside = sum(line[-1] not in "。；;：:！？" for line in full)
    common = Counter(lengths).most_common(1)[0][0]
    if len(full) * 3 < len(lengths) or inside * 2 < len(full) or common < width - 2:
        return None
    return width
