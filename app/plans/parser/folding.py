"""The text as rules read it: half-width forms only, every character in its place.

Folding maps one code point to one code point, so an offset in the folded text is an offset in the source.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, field

_PAIRS = {
    "（": "(", "）": ")", "：": ":", "；": ";", "，": ",", "！": "!", "？": "?", "．": ".", "﹒": ".",
    "【": "[", "】": "]", "〔": "[", "〕": "]", "［": "[", "］": "]", "〖": "[", "〗": "]",
    "﹙": "(", "﹚": ")", "〈": "(", "〉": ")", "∶": ":", "﹕": ":", "︰": ":", "﹔": ";", "﹐": ",",
    "､": "、", "｡": "。",
    "—": "-", "–": "-", "－": "-", "―": "-", "～": "~", "﹣": "-", "／": "/", "％": "%",
    "\u3000": " ", "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ",
    "\u2005": " ", "\u202f": " ", "\r": " ", "\u2028": "\n",
}  # fmt: skip
FOLD = str.maketrans(_PAIRS | {chr(0xFF10 + i): str(i) for i in range(10)})

# A row of a table drawn with bars: | 1 | 任务 | 责任单位 |
_BARRED = re.compile(r"^(?P<before>[ \t]*[|│┃])(?P<cells>[^\n]*)(?P<after>[|│┃][ \t]*)$", re.MULTILINE)
_BARS = str.maketrans("|│┃", "\t\t\t")

# 公示收费.责任股室 ends a sentence with a half-width stop; 一.总体要求 does not.
_NUMERALS = "〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾"
_FULL_STOP = re.compile(rf"(?<=[\u4e00-\u9fff])(?<![{_NUMERALS}])\.(?=[\u4e00-\u9fff\n]|$)")
# A cell of several lines, which a spreadsheet puts into quotes where it is copied.
_QUOTED = re.compile(r'(?<![^\t\n])"[^"\t]{0,600}"(?![^\t\n])')

# Signs that stand in front of a number (★一、 ◆1.) and belong to no words.
BULLETS = "★☆◆◇●○■□▲△▶►◎※•·✦"


@dataclass(slots=True)
class Folded:
    """The source and its folded twin; `text` is what people wrote, `flat` is what rules match."""

    text: str
    flat: str = ""
    brackets: list[tuple[int, int]] = field(default_factory=list)
    _bracket_starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        flat = _BARRED.sub(_with_tabs, self.text.translate(FOLD))
        self.flat = _FULL_STOP.sub("。", _QUOTED.sub(_on_one_line, flat))
        self.brackets = outer_brackets(self.flat)
        self._bracket_starts = [start for start, _ in self.brackets]

    def words(self, start: int, end: int) -> str:
        """The words between two offsets as written, without surrounding space."""
        return self.text[start:end].strip(" \t\n\r\u3000\u00a0|│┃")

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch without surrounding space."""
        while start < end and self.flat[start] in " \t\n":
            start += 1
        while end > start and self.flat[end - 1] in " \t\n" + BULLETS:
            end -= 1
        return start, end

    def brackets_in(self, start: int, end: int) -> list[tuple[int, int]]:
        """Outermost brackets that lie wholly between two offsets."""
        first = bisect_left(self._bracket_starts, start)
        found = []
        for opening, closing in self.brackets[first:]:
            if opening >= end:
                break
            if closing <= end:
                found.append((opening, closing))
        return found

    def bracket_around(self, offset: int) -> tuple[int, int] | None:
        """The outermost bracket that holds the offset."""
        at = bisect_left(self._bracket_starts, offset) - 1
        if at >= 0 and self.brackets[at][0] < offset < self.brackets[at][1]:
            return self.brackets[at]
        return None

    def line_end(self, offset: int) -> int:
        end = self.flat.find("\n", offset)
        return len(self.flat) if end < 0 else end

    def before(self, offset: int) -> str:
        """The last character before the offset that is no space or bullet, a newline at the start of the text."""
        at = offset - 1
        while at >= 0 and self.flat[at] in " \t" + BULLETS:
            at -= 1
        return self.flat[at] if at >= 0 else "\n"


def _with_tabs(row: re.Match[str]) -> str:
    """A row drawn with bars as TABs between its cells, of the same length."""
    return " " * len(row["before"]) + row["cells"].translate(_BARS) + " " * len(row["after"])


def _on_one_line(cell: re.Match[str]) -> str:
    """Without its quotes and breaks, of the same length."""
    words = cell.group()
    return f" {words[1:-1]} ".replace("\n", " ") if "\n" in words else words


_BRACKET_OR_LINE = re.compile(r"[()\[\]\n]")
_OPENING = {")": "(", "]": "["}


def outer_brackets(flat: str) -> list[tuple[int, int]]:
    """Outermost balanced brackets on one line, as (start, end after the closing one), in one pass.

    A bracket that is never closed must not swallow the rest of its line: what is balanced inside it still counts.
    """
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for match in _BRACKET_OR_LINE.finditer(flat):
        sign = match.group()
        if sign in "([":
            stack.append((sign, match.start()))
        elif sign == "\n":
            stack.clear()
        elif stack and stack[-1][0] == _OPENING[sign]:
            _, start = stack.pop()
            while pairs and pairs[-1][0] > start:
                pairs.pop()
            pairs.append((start, match.end()))
    return pairs
