"""People's names compared, however they are spaced, wide or dotted: 李　卫东 = 李卫东."""

import re
import unicodedata
from collections.abc import Iterator

_DOTS = "·•‧・.∙⋅"
"""Between the parts of a name that is written in more than one (阿依·古丽)."""
_BESIDE = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?|【[^【】]*】?|〔[^〔〕]*〕?|[)\]】〕]")
"""A remark in brackets (张伟（人事股）), in full or half width, closed or not."""
_BETWEEN = re.compile(r"[、,;/]")
_TITLE = r"(?:教师|老师|同志|副?(?:校长|园长|书记|主任))"
_TITLED = re.compile(rf"^{_TITLE}(?=..)|(?<=..){_TITLE}$")
"""What stands before or after a name that is whole without it: 王老师 is called so."""
_ONLY_TITLE = re.compile(
    _TITLE + r"|[\d_]+|.{0,3}(?:专干|干事|[科职人专教委务理络]员|[股科局组处部所]长|负责人|账号|专用|会计|出纳)"
)
_PARTED = re.compile(r"[-_|~\u2010-\u2015\s]+")
_NUMBERED = re.compile(r"(?<=[\u4e00-\u9fff]{2})[\da-z]+$")
"""张伟2 beside another 张伟."""
_SUFFIX = (
    r"(?:中心校|中心|[中小]学|[一二三四五六七八九十\d][中小幼](?![学心])|股|室|办|科|局|校|园|处|组|[支分总]部|部门|机关|党委|党组"
    r"|委员会|工会|学院|集团|大队|[研究派出]所|总支)"
)
_UNIT = re.compile(rf"^.+{_SUFFIX}$|^(?:机关|党委|党组)$")
_BEFORE = re.compile(rf"(.+?{_SUFFIX})(?=.{{2,6}}$)")
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
_LIKE_A_UNIT = re.compile(rf"[{_SURNAMES}].?[园科校中小]")
"""People who are called nearly so: 王园园, 李科."""
_GAP = rf"[\s{re.escape(_DOTS)}]*"


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def folded(text: str) -> str:
    return "".join(character for character in plain(text) if not character.isspace() and character not in _DOTS)


def called(name: str) -> tuple[str, ...]:
    """Whom a name means, folded: without a remark in brackets, a title and the unit beside it, each of several.

    An account is called 张伟（人事股）, 张伟-人事股 or 人事股张伟 to be told from another 张伟, or 张伟老师; whoever
    reports writes 张伟. A unit is nobody: what is said of it is not said of each account that bears its name.
    """
    found = [each for part in _BETWEEN.split(_BESIDE.sub("", plain(name))) for each in _persons(part)]
    sure = [each for each in found if not _UNIT.search(each)]
    whole = folded(name)
    return tuple(dict.fromkeys(each for each in sure or found if len(each) > 1)) or ((whole,) if whole else ())


def _persons(part: str) -> Iterator[str]:
    """As it is joined, and what is left of it without units and titles: also of 张伟 李明 each, not of 李 卫东."""
    joined = untitled(folded(part))
    if not _is_unit(joined):
        yield joined
    pieces = [_without_unit(_NUMBERED.sub("", untitled(folded(each)))) for each in _PARTED.split(part)]
    pieces = [each for each in pieces if each and not _ONLY_TITLE.fullmatch(each) and not _is_unit(each)]
    yield "".join(pieces)
    if all(len(each) > 1 for each in pieces):
        yield from pieces


def _is_unit(name: str) -> bool:
    return _UNIT.search(name) is not None and _LIKE_A_UNIT.fullmatch(name) is None


def _without_unit(name: str) -> str:
    """人事股张伟 without 人事股."""
    while (found := _BEFORE.match(name)) is not None and _is_unit(found[1]):
        name = untitled(name[found.end() :])
    return name


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
