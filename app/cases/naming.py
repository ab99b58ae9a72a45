"""Whether a text names somebody: what the district reads of a case says 张某, never who it was."""

import re
import unicodedata
from collections.abc import Iterator

from app.core.naming import folded, untitled

_LISTED, _SAID_BESIDE = re.compile(r"[、,;/]"), re.compile(r"\(.*?\)")
_JOINED = re.compile(r"[和及与]|\s+")
"""Between two names, or within one (李和平, 高 岩)."""
_SOMEBODY = re.compile(r"..?某")
"""As people are called who are not to be named."""
SHORTEST = 2


def names(text: str, persons: str) -> bool:
    """Whether one of the persons stands in it with the whole name, however it is spaced or wide the characters are."""
    plain = folded(text)
    return any(name in plain for name in _of(persons) if len(name) >= SHORTEST and not _SOMEBODY.match(name))


def _of(persons: str) -> Iterator[str]:
    for each in _LISTED.split(_SAID_BESIDE.sub("", unicodedata.normalize("NFKC", persons))):
        yield untitled(folded(each))
        parts = [untitled(folded(part)) for part in _JOINED.split(each.strip())]
        if all(len(part) >= SHORTEST for part in parts):
            yield from parts
