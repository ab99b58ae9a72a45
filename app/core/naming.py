"""People's names compared, however they are spaced, wide or dotted: 李　卫东 = 李卫东."""

import unicodedata

_DOTS = frozenset("·•‧・.")
"""Between the parts of a name that is written in more than one (阿依·古丽)."""


def folded(text: str) -> str:
    flat = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in flat if not character.isspace() and character not in _DOTS)


def is_named(name: str, text: str) -> bool:
    """Whether whoever is called so stands in the text with the whole name; nobody without a name does."""
    mine = folded(name)
    return mine != "" and mine in folded(text)
