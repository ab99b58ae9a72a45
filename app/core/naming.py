"""People's names compared, however they are spaced, wide or dotted: 李　卫东 = 李卫东."""

import re
import unicodedata

_DOTS = "·•‧・.∙⋅"
"""Between the parts of a name that is written in more than one (阿依·古丽)."""
_BESIDE = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?|【[^【】]*】?|〔[^〔〕]*〕?|[)\]】〕]")
"""A remark in brackets (张伟（人事股）), in full or half width, closed or not."""
_BETWEEN = re.compile(r"[、,;/]")
_TITLE = r"(?:教师|老师|同志|副?(?:校长|园长|书记|主任))"
_TITLED = re.compile(rf"^{_TITLE}(?=..)|(?<=..){_TITLE}$")
"""What stands before or after a name that is whole without it: 王老师 is called so."""
_GAP = rf"[\s{re.escape(_DOTS)}]*"


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def folded(text: str) -> str:
    return "".join(character for character in plain(text) if not character.isspace() and character not in _DOTS)


def called(name: str) -> tuple[str, ...]:
    """Whom a name means, folded: without a remark in brackets and without a title, each of several.

    An account is called 张伟（人事股） to be told from another 张伟, or 张伟老师; whoever reports writes 张伟.
    """
    bare = [untitled(folded(each)) for each in _BETWEEN.split(_BESIDE.sub("", plain(name)))]
    whole = folded(name)
    return tuple(dict.fromkeys(each for each in bare if len(each) > 1)) or ((whole,) if whole else ())


def untitled(name: str) -> str:
    """A folded name without a title."""
    return _TITLED.sub("", name)


def pattern(name: str) -> str:
    """A regular expression of the name in a ``plain`` text, where what stands beside it matters, too."""
    return _GAP.join(re.escape(character) for character in folded(name))


def is_named(name: str, text: str) -> bool:
    """Whether the text has the name of whoever is called so in it; nobody without a name does.

    Also as a part of a longer one: 李明 in 李明华. Whoever reports writes as they like (李明等人, 李明华王芳), so that
    nothing tells the two apart for certain. That somebody else steps aside is mended by who takes their place; that
    somebody reads what is said of them is not.
    """
    said = folded(text)
    return any(each in said for each in called(name))
