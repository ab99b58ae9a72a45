"""People's names compared, however they are spaced, wide or dotted: 李　卫东 = 李卫东."""

import re
import unicodedata

_DOTS = "·•‧・.∙⋅"
"""Between the parts of a name that is written in more than one (阿依·古丽)."""
_GAP = rf"[\s{re.escape(_DOTS)}]*"


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def folded(text: str) -> str:
    return "".join(character for character in plain(text) if not character.isspace() and character not in _DOTS)


def pattern(name: str) -> str:
    """A regular expression of the name in a ``plain`` text, where what stands beside it matters, too."""
    return _GAP.join(re.escape(character) for character in folded(name))


def is_named(name: str, text: str) -> bool:
    """Whether the text has the name of whoever is called so in it; nobody without a name does.

    Also as a part of a longer one: 李明 in 李明华. Whoever reports writes as they like (李明等人, 李明华王芳), so that
    nothing tells the two apart for certain. That somebody else steps aside is mended by who takes their place; that
    somebody reads what is said of them is not.
    """
    mine = folded(name)
    return mine != "" and mine in folded(text)
