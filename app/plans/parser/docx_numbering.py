"""Automatic numbers of Word paragraphs: 一、 and 1. that are shown but stand in no text.

Runs only in the child process (`docx_child`).
"""

import re
from dataclasses import dataclass
from typing import Any

from .docx_numerals import spelled

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9
_DEEPEST = 10
_OFF = {"0", "false", "off"}


@dataclass(frozen=True, slots=True)
class Level:
    """How a list counts on one level. `restart` is the level (from 1) whose next number starts it anew, 0 for none."""

    form: str
    pattern: str
    start: int
    restart: int | None
    legal: bool
    """All figures of its numbers are shown as 1, 2, 3: 3.1 beneath 三、."""


class Numbering:
    """Counts the numbered paragraphs of a document in order and spells each one's number as Word shows it."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], Level] = {}
        self._own: dict[tuple[str, int], Level] = {}
        """By list and level, where a list counts otherwise than the definition it rests on."""
        self._linked: dict[tuple[str, str], int] = {}
        """By definition and paragraph style, the level that the style stands for."""
        self._abstract: dict[str, str] = {}
        self._overrides: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int]] = {}
        self._started: set[tuple[str, int]] = set()
        self._styles: dict[str, tuple[str | None, str | None, int | None]] = {}
        self._default: str | None = None
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        styles = document.styles.element.findall(f"{W}style")
        for style in styles:
            base = style.find(f"{W}basedOn")
            self._styles[style.get(f"{W}styleId", "")] = (
                base.get(f"{W}val") if base is not None else None,
                *_reference(style.find(f"{W}pPr/{W}numPr")),
            )
        self._read_definitions(root)
        self._default = next((s.get(f"{W}styleId") for s in styles if _is_default(s)), None)

    def _read_definitions(self, root: Any) -> None:
        for abstract in root.findall(f"{W}abstractNum"):
            identity = abstract.get(f"{W}abstractNumId", "")
            for level in abstract.findall(f"{W}lvl"):
                depth = _whole(level.get(f"{W}ilvl", ""), 0)
                self._levels[identity, depth] = _read_level(level)
                if style := _attribute(level, "pStyle"):
                    self._linked[identity, style] = depth
        for number in root.findall(f"{W}num"):
            identity = number.get(f"{W}numId", "")
            self._abstract[identity] = _attribute(number, "abstractNumId")
            for override in number.findall(f"{W}lvlOverride"):
                depth = _whole(override.get(f"{W}ilvl", ""), 0)
                start, level = override.find(f"{W}startOverride"), override.find(f"{W}lvl")
                if start is not None:
                    self._overrides[identity, depth] = _whole(start.get(f"{W}val", ""), 1)
                if level is not None:
                    self._own[identity, depth] = _read_level(level)
        self._follow_style_links(root)

    def _follow_style_links(self, root: Any) -> None:
        """A definition may only name a list style; the list of that style has the levels."""
        stand_in = {}
        for abstract in root.findall(f"{W}abstractNum"):
            _, identity, _ = self._styles.get(_attribute(abstract, "numStyleLink"), (None, None, None))
            if identity in self._abstract:
                stand_in[abstract.get(f"{W}abstractNumId", "")] = self._abstract[identity or ""]
        self._abstract = {number: stand_in.get(abstract, abstract) for number, abstract in self._abstract.items()}

    def label(self, paragraph: Any) -> str:
        """The number in front of a paragraph, empty where it has none or only a bullet."""
        identity, depth = self._of(paragraph)
        abstract = self._abstract.get(identity or "")
        if not identity or abstract is None or not 0 <= depth < LEVELS:
            return ""
        level = self._level(abstract, identity, depth)
        if level is None:
            return ""
        counts = self._counts.setdefault(abstract, [0] * LEVELS)
        self._count(counts, abstract, identity, depth)
        if level.form in ("bullet", "none"):
            return ""
        shown = re.sub(
            r"%([1-9])", lambda match: self._figure(abstract, identity, counts, int(match[1]) - 1, level), level.pattern
        )
        # Word leaves room between a number and the text; without a sign between them they would run together.
        return f"{shown} " if shown[-1:].isalnum() else shown

    def _level(self, abstract: str, identity: str, depth: int) -> Level | None:
        return self._own.get((identity, depth)) or self._levels.get((abstract, depth))

    def _count(self, counts: list[int], abstract: str, identity: str, depth: int) -> None:
        level = self._level(abstract, identity, depth)
        if (identity, depth) in self._overrides and (identity, depth) not in self._started:
            counts[depth] = self._overrides[identity, depth] - 1
        elif counts[depth] == 0:
            counts[depth] = (level.start if level else 1) - 1
        self._started.add((identity, depth))
        counts[depth] += 1
        for below in range(depth + 1, LEVELS):
            deeper = self._level(abstract, identity, below)
            if deeper is None or deeper.restart is None or depth < deeper.restart:
                counts[below] = 0

    def _figure(self, abstract: str, identity: str, counts: list[int], depth: int, shown: Level) -> str:
        level = self._level(abstract, identity, depth)
        count = counts[depth] or (level.start if level else 1)
        return str(count) if shown.legal or level is None else spelled(count, level.form)

    def _of(self, paragraph: Any) -> tuple[str | None, int]:
        """The list and level of a paragraph, its own or its style's."""
        properties = paragraph.find(f"{W}pPr")
        own, depth = _reference(properties.find(f"{W}numPr")) if properties is not None else (None, None)
        if own is not None:
            return (None if own == "0" else own), depth or 0
        style = properties.find(f"{W}pStyle") if properties is not None else None
        name = style.get(f"{W}val") if style is not None else self._default
        for _ in range(_DEEPEST):
            if name is None or name not in self._styles:
                return None, 0
            base, identity, styled = self._styles[name]
            if identity is not None:
                linked = self._linked.get((self._abstract.get(identity, ""), name))
                found = next((each for each in (depth, linked, styled) if each is not None), 0)
                return (None if identity == "0" else identity), found
            name = base
        return None, 0


def _read_level(level: Any) -> Level:
    legal = level.find(f"{W}isLgl")
    restart = _attribute(level, "lvlRestart")
    return Level(
        form=_attribute(level, "numFmt"),
        pattern=_attribute(level, "lvlText"),
        start=_whole(_attribute(level, "start"), 1),
        restart=_whole(restart, LEVELS) if restart else None,
        legal=legal is not None and legal.get(f"{W}val", "1").lower() not in _OFF,
    )


def _is_default(style: Any) -> bool:
    return style.get(f"{W}type") == "paragraph" and style.get(f"{W}default", "0").lower() not in _OFF


def _reference(number: Any) -> tuple[str | None, int | None]:
    """A paragraph's or a style's list and level, each None where it is not said."""
    if number is None:
        return None, None
    identity, level = number.find(f"{W}numId"), number.find(f"{W}ilvl")
    return (
        identity.get(f"{W}val") if identity is not None else None,
        _whole(level.get(f"{W}val", ""), 0) if level is not None else None,
    )


def _attribute(element: Any, name: str) -> str:
    child = element.find(f"{W}{name}")
    return str(child.get(f"{W}val", "")) if child is not None else ""


def _whole(value: str, default: int) -> int:
    return int(value) if value.isdecimal() and len(value) < 10 else default
