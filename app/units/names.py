"""Names of units as plans write them, compared folded: width, spaces, brackets and a leading 局 do not count."""

import unicodedata

_PREFIXES = ("区教育局", "市教育局", "县教育局", "教育局", "区局", "市局", "县局", "本局", "局机关", "机关", "局")
_IGNORED = frozenset(" \t\n　·•.,，、;；:：\"'“”‘’《》〈〉")


def fold(name: str) -> str:
    """The form in which two spellings of one name are equal: 局督查室 = 督查室, 各学校(园) = 各学校（园）."""
    flat = unicodedata.normalize("NFKC", name).casefold()
    flat = "".join(character for character in flat if character not in _IGNORED)
    for prefix in _PREFIXES:
        if flat.startswith(prefix) and len(flat) - len(prefix) >= 2:
            return flat[len(prefix) :]
    return flat
