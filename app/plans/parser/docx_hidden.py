"""What a docx holds and does not show: hidden text, and what tracked changes took away.

Runs only in the child process (`docx_child`).
"""

from typing import Any

from .docx_numbering import W

_NO = {"0", "false", "off"}
_DEEPEST = 10
"""Styles based on styles: Word allows no more."""


class Hidden:
    """Which runs, paragraphs and rows are not part of the text as people read it."""

    def __init__(self, document: Any) -> None:
        self._styles: dict[str, tuple[bool | None, str | None]] = {}
        for style in document.styles.element.findall(f"{W}style"):
            base = style.find(f"{W}basedOn")
            above = base.get(f"{W}val") if base is not None else None
            self._styles[style.get(f"{W}styleId", "")] = _switch(style.find(f"{W}rPr")), above

    def run(self, run: Any) -> bool:
        """By its own word, else its style's, else that of its paragraph's style."""
        properties = run.find(f"{W}rPr")
        own = _switch(properties)
        if own is None:
            own = self._by_style(properties, "rStyle")
        if own is None:
            paragraph = next(run.iterancestors(f"{W}p"), None)
            own = self._by_style(paragraph.find(f"{W}pPr"), "pStyle") if paragraph is not None else None
        return own or False

    def mark(self, paragraph: Any) -> bool:
        """The paragraph's own mark is hidden or taken away: with nothing left in it, it takes no line and no number."""
        properties = paragraph.find(f"{W}pPr")
        mark = properties.find(f"{W}rPr") if properties is not None else None
        if mark is not None and any(mark.find(f"{W}{name}") is not None for name in ("del", "moveFrom")):
            return True
        own = _switch(mark)
        return (self._by_style(properties, "pStyle") if own is None else own) or False

    def _by_style(self, properties: Any, kind: str) -> bool | None:
        style = properties.find(f"{W}{kind}") if properties is not None else None
        name = style.get(f"{W}val") if style is not None else None
        for _ in range(_DEEPEST):
            if name not in self._styles:
                return None
            found, name = self._styles[name]
            if found is not None:
                return found
        return None


def row_is_gone(row: Any) -> bool:
    properties = row.find(f"{W}trPr")
    return properties is not None and (properties.find(f"{W}del") is not None or _switch(properties, "hidden") is True)


def _switch(properties: Any, name: str = "vanish") -> bool | None:
    """On, off, or not said."""
    found = properties.find(f"{W}{name}") if properties is not None else None
    return found.get(f"{W}val", "1").lower() not in _NO if found is not None else None
