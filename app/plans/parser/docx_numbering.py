"""Automatic numbers of Word paragraphs: 一、 and 1. that are shown but stand in no text.

Runs only in the child process (`docx_child`).
"""

import re
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"
_CHINESE = {
    "chineseCounting", "chineseCountingThousand", "chineseLegalSimplified", "japaneseCounting",
    "japaneseDigitalTenThousand", "ideographDigital", "taiwaneseCounting", "taiwaneseCountingThousand",
    "ideographTraditional",
}  # fmt: skip


class Numbering:
    """Counts the numbered paragraphs of a document in order and spells each one's number as Word shows it."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self._abstract: dict[str, str] = {}
        self._overrides: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int]] = {}
        self._started: set[tuple[str, int]] = set()
        self._styles: dict[str, tuple[str | None, str | None, int]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        self._read_definitions(root)
        for style in document.styles.element.findall(f"{W}style"):
            number = style.find(f"{W}pPr/{W}numPr")
            base = style.find(f"{W}basedOn")
            self._styles[style.get(f"{W}styleId", "")] = (
                base.get(f"{W}val") if base is not None else None,
                *_reference(number),
            )

    def _read_definitions(self, root: Any) -> None:
        for abstract in root.findall(f"{W}abstractNum"):
            for level in abstract.findall(f"{W}lvl"):
                key = (abstract.get(f"{W}abstractNumId", ""), int(level.get(f"{W}ilvl", "0")))
                self._levels[key] = (
                    _attribute(level, "numFmt"),
                    _attribute(level, "lvlText"),
                    _whole(_attribute(level, "start"), 1),
                )
        for number in root.findall(f"{W}num"):
            identity = number.get(f"{W}numId", "")
            self._abstract[identity] = _attribute(number, "abstractNumId")
            for override in number.findall(f"{W}lvlOverride"):
                start = override.find(f"{W}startOverride")
                if start is not None:
                    self._overrides[identity, int(override.get(f"{W}ilvl", "0"))] = _whole(start.get(f"{W}val", ""), 1)

    def label(self, paragraph: Any) -> str:
        """The number in front of a paragraph, empty where it has none or only a bullet."""
        identity, level = self._of(paragraph)
        abstract = self._abstract.get(identity or "")
        if not identity or abstract is None or (abstract, level) not in self._levels or not 0 <= level <= 8:
            return ""
        counts = self._counts.setdefault(abstract, [0] * 9)
        self._count(counts, abstract, identity, level)
        form, pattern, _ = self._levels[abstract, level]
        if form in ("bullet", "none"):
            return ""
        return re.sub(r"%([1-9])", lambda match: self._spelled(abstract, counts, int(match.group(1)) - 1), pattern)

    def _count(self, counts: list[int], abstract: str, identity: str, level: int) -> None:
        start = self._levels[abstract, level][2]
        if (identity, level) in self._overrides and (identity, level) not in self._started:
            counts[level] = self._overrides[identity, level] - 1
        elif counts[level] == 0:
            counts[level] = start - 1
        self._started.add((identity, level))
        counts[level] += 1
        counts[level + 1 :] = [0] * (8 - level)

    def _spelled(self, abstract: str, counts: list[int], level: int) -> str:
        form = self._levels.get((abstract, level), ("decimal", "", 1))[0]
        count = counts[level] or 1
        if form in _CHINESE:
            return chinese(count)
        if form.startswith("decimalEnclosedCircle") and count <= 20:
            return chr(0x245F + count)
        if form == "upperLetter" and count <= 26:
            return chr(64 + count)
        if form == "lowerLetter" and count <= 26:
            return chr(96 + count)
        return str(count)

    def _of(self, paragraph: Any) -> tuple[str | None, int]:
        """The list and level of a paragraph, its own or its style's."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return None, 0
        identity, level = _reference(properties.find(f"{W}numPr"))
        if identity is not None:
            return (None if identity == "0" else identity), level
        style = properties.find(f"{W}pStyle")
        name = style.get(f"{W}val") if style is not None else None
        for _ in range(10):
            if name is None or name not in self._styles:
                return None, 0
            name, identity, level = self._styles[name]
            if identity is not None:
                return (None if identity == "0" else identity), level
        return None, 0


def chinese(count: int) -> str:
    """1 to 99 as Chinese numerals."""
    if count >= 100:
        return str(count)
    tens, ones = divmod(count, 10)
    return ("" if not tens else ("" if tens == 1 else _DIGITS[tens]) + "十") + (
        _DIGITS[ones] if ones or not tens else ""
    )


def _reference(number: Any) -> tuple[str | None, int]:
    if number is None:
        return None, 0
    identity, level = number.find(f"{W}numId"), number.find(f"{W}ilvl")
    return (
        identity.get(f"{W}val") if identity is not None else None,
        _whole(level.get(f"{W}val", "0"), 0) if level is not None else 0,
    )


def _attribute(element: Any, name: str) -> str:
    child = element.find(f"{W}{name}")
    return str(child.get(f"{W}val", "")) if child is not None else ""


def _whole(value: str, default: int) -> int:
    return int(value) if value.isdigit() else default
