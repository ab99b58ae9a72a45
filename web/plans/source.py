"""A plan's source text beside its review: cut into passages, the current item marked, unknown names underlined."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

SHORT = 300
"""Text before the previous item that is not worth hiding."""
AFTER = 3_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph group: an item's own text or what stands between two. Its parts are (words, underlined)."""

    anchor: str | None
    current: bool
    paragraphs: list[list[tuple[str, bool]]]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``before`` and ``after`` count the code points that are left out."""

    passages: list[Passage]
    before: int
    after: int


def excerpt(
    text: str, items: Sequence[dict[str, Any]], current: int | None, unknown: Iterable[str], *, whole: bool
) -> Excerpt:
    """The text around the current item (its id), from the item before it on; all of it if ``whole``."""
    ordered = sorted(items, key=lambda item: item["span"])
    start, end = (0, len(text)) if whole else _window(text, ordered, current)
    names = _any_of(unknown)
    passages = []
    at = start
    for item in ordered:
        first, last = item["span"]
        if last <= at or first >= end:
            continue
        first = max(first, at)
        if first > at:
            passages.append(Passage(None, False, list(_paragraphs(text[at:first], None))))
        here = item["id"] == current
        passages.append(Passage(f"item-{item['position']}", here, list(_paragraphs(text[first:last], names))))
        at = last
    if at < end:
        passages.append(Passage(None, False, list(_paragraphs(text[at:end], None))))
    return Excerpt([passage for passage in passages if passage.paragraphs], start, len(text) - end)


def _window(text: str, ordered: Sequence[dict[str, Any]], current: int | None) -> tuple[int, int]:
    at = next((n for n, item in enumerate(ordered) if item["id"] == current), 0)
    if not ordered:
        return 0, min(len(text), AFTER)
    start = int(ordered[max(at - 1, 0)]["span"][0]) if at else 0
    end = int(ordered[at]["span"][1]) + AFTER
    return (0 if start <= SHORT else start), (len(text) if end + SHORT >= len(text) else end)


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """Names are kept without the spaces that the text may have in them: 各学校 （ 园 ）."""
    longest_first = sorted({name for name in names if name}, key=len, reverse=True)
    spaced = (r"[ \u3000]?".join(map(re.escape, name)) for name in longest_first)
    return re.compile("|".join(spaced)) if longest_first else None


def _paragraphs(text: str, names: re.Pattern[str] | None) -> Iterator[list[tuple[str, bool]]]:
    for line in text.split("\n"):
        words = line.replace("\t", "　").strip()
        if words:
            yield list(_parts(words, names))


def _parts(words: str, names: re.Pattern[str] | None) -> Iterator[tuple[str, bool]]:
    at = 0
    for found in names.finditer(words) if names else ():
        if found.start() > at:
            yield words[at : found.start()], False
        yield found.group(), True
        at = found.end()
    if at < len(words):
        yield words[at:], False
