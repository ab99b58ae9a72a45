"""Characters that every source text may hold."""

import re

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]"
)


def normalise(text: str) -> str:
    """One newline is one `\\n`; no control, invisible or lone surrogate characters. Nothing else changes."""
    unified = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\x85", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )
    return _CONTROL.sub("", unified)
