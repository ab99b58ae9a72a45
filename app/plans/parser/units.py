"""Names of units: where one ends and the next begins, which are groups, which role a clause gives them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .folding import BULLETS, Folded
from .model import ParsedResponsibility, Role
from .persons import may_be_person, unit_within

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Mention:
    """A unit named at a place; `words` are as written, `flat` is what rules match."""

    start: int
    words: str
    flat: str
    role: Role


# How the name of a body ends. It decides whether "A和B" is two names, and whether words in a
# bracket are units at all; a name after a label is taken as it stands.
_ENDING = re.compile(
    r"(?:[部局委办厅院室股科处组会校园所站队署镇乡街段级馆台社]|中心|共青团|学校|[小中大]学|学院|单位|部门|政府|机关"
    r"|党组|支部|银行|公司|集团"
    r"|总局|机构|街道|企业|基地|妇联|残联|科协|文联|工商联|红十字会|组织|宿管|县区|区县)(?:\([^()]{1,12}\))?$"
)
_COLLECTIVE = re.compile(
    r"^(?:各|全体|所有|全(?:区|市|县|校|局|镇|系统|省)(?!.{0,8}中心$)|有关|相关|其[他它]|每[个所一]|其余)"
    r"|[各]|(?:有关|相关)(?:部门|单位|学校|股室|科室|处室)$"
    r"|^(?:(?:本?局|区|市|县|省)?(?:直属?|属|机关|直属|二级|下属|成员|基层|民办|公办|义务教育|中小学?|高中|初中|小学"
    r"|职业|乡镇|农村|城区|校外|辖区)+)?"
    r"(?:单位|部门|股室办?|科室|处室|中小学校?|学校(?:\(园\))?|幼儿园|校\(园\)|中心校|党组织|(?:校外)?培训机构"
    r"|年级组?|年段|班级|教研组|备课组"
    r"|镇\(街\)|镇街|街道|乡镇|县区|区县)$"
)
# "市场监管和教育中心" would be one body; only these words between two complete names part them.
_CONJUNCTION = re.compile(r"以及|[及和与]")
# 各县党委和政府, 各部门和单位: what follows is no name of its own.
_GENERIC = re.compile(r"(?:人民)?(?:政府|党委|部门|单位|机构)(?![\u4e00-\u9fff])")
_AND_OTHERS = re.compile(
    r"等(?=[^等]{0,6}(?:有关|相关|各|多个|其他|成员)?(?:部门|单位|股室|科室|处室|学校|机构|地方|方面|镇街?|乡镇?|街道?|县区|区县)$|$)"
)
_NOBODY = re.compile(r"^(?:[-/无、.*\d\s]*|部门|单位|镇街?|乡镇?|街道?|县区|区县|等|其他|同上|各自)$")
_OWN_ROLE = re.compile(r"\((牵头|主办|主责|负责|配合|协办|协助|参与)(?:单位|部门|股室|处室)?\)$")
_LEADING_WORDS = re.compile(r"^(?:(?:此项|本项|该项|上述|以上)?(?:工作|任务)?由|请|主要由|会同|包括|其中|分别由)")
_SCOPE = re.compile(r"^[^:]{1,10}:")
# A space in front of a bracket or beside another sign parts nothing: 各学校 （园） 、 教育股.
_SEPARATOR = re.compile(r"\s{0,8}[、,;\n\t/|+①-⑳]\s{0,8}|\s{1,8}(?![\s(\[])")
_ROLE_WORDS: dict[str, Role] = {
    "牵头": "lead", "主办": "lead", "主责": "lead", "配合": "cooperate", "协办": "cooperate",
    "协同": "cooperate", "协助": "cooperate", "参与": "cooperate", "参加": "cooperate", "支持": "cooperate",
    "指导": "cooperate", "负责": "responsible",
}  # fmt: skip


def is_group(name: str) -> bool:
    """A name that stands for several units (各学校（园）, 二级单位), by how it is formed, not by a list of names."""
    return bool(_COLLECTIVE.search(name))


def ends_as_unit(name: str) -> bool:
    return bool(_ENDING.search(name))


def looks_like_unit(name: str) -> bool:
    return 2 <= len(name) <= LONGEST_NAME and bool(_ENDING.search(name) or is_group(name))


def read_names(source: Folded, start: int, end: int, role: Role) -> list[Mention]:
    """The units of a list such as 党办、人事股，各学校（园）, each with its own words."""
    mentions: list[Mention] = []
    for piece_start, piece_end in _pieces(source.flat, start, end):
        for name_start, name_end in _parted(source.flat, piece_start, piece_end):
            mention = _mention(source, name_start, name_end, role)
            if mention and not (mentions and _answers_there(source.flat, mentions[-1], mention)):
                mentions.append(mention)
    return mentions


def _answers_there(flat: str, unit: Mention, mention: Mention) -> bool:
    """计财股 张三: behind a unit and a mere space, somebody of that unit."""
    before = flat[max(0, mention.start - 8) : mention.start]
    apart = before[-1:] == " " and before.rstrip(" ")[-1:] not in ("", *"、,;:\n\t/|")
    named = may_be_person(mention.flat) and not looks_like_unit(mention.flat)
    return apart and named and looks_like_unit(unit.flat)


def _pieces(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Parts between separators that are not inside a bracket; a lone character joins its neighbour (工 会)."""
    parts: list[tuple[int, int, bool]] = []
    depth, piece, joined = 0, start, False
    at = start
    while at < end:
        sign = flat[at]
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth = max(0, depth - 1)
        elif depth == 0 and (separator := _SEPARATOR.match(flat, at, end)):
            parts.append((piece, at, joined))
            joined = separator.group().strip(" ") == ""
            at = piece = separator.end()
            continue
        at += 1
    parts.append((piece, end, joined))
    return _rejoined(flat, parts)


def _rejoined(flat: str, parts: list[tuple[int, int, bool]]) -> Iterator[tuple[int, int]]:
    """`joined` says that only spaces part a piece from the one before it."""
    current: tuple[int, int] | None = None
    for start, end, joined in parts:
        if current is None:
            current = (start, end)
        elif joined and (
            len(flat[current[0] : current[1]]) == 1 or (end - start == 1 and not _ENDING.search(flat[slice(*current)]))
        ):
            current = (current[0], end)
        else:
            yield current
            current = (start, end)
    if current:
        yield current


def _parted(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Two names in one piece: A及B where both are complete, A等有关部门."""
    for left, right in _parted_by_conjunction(flat, start, end):
        others = _AND_OTHERS.search(flat[left:right])
        yield left, left + others.start() if others else right
        if others:
            yield left + others.end(), right


def _parted_by_conjunction(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start > LONGEST_NAME * 4:
        yield start, end
        return
    for match in _CONJUNCTION.finditer(flat, start, end):
        left, right = flat[start : match.start()].strip(), flat[match.end() : end].strip()
        if _GENERIC.match(right):
            continue
        if len(left) > 1 and looks_like_unit(left) and looks_like_unit(right) and not _inside_bracket(left):
            yield start, match.start()
            yield from _parted_by_conjunction(flat, match.end(), end)
            return
    yield start, end


def _inside_bracket(left: str) -> bool:
    return left.count("(") > left.count(")")


_AROUND_NAMES = " \t\n。.,、;:-*" + BULLETS


def _mention(source: Folded, start: int, end: int, role: Role) -> Mention | None:
    flat = source.flat
    scoped = False
    for prefix in (_LEADING_WORDS, _SCOPE):
        while found := prefix.match(flat[start:end].lstrip()):
            scoped = scoped or prefix is _SCOPE
            start += len(flat[start:end]) - len(flat[start:end].lstrip()) + found.end()
    own = _OWN_ROLE.search(flat[start:end].rstrip())
    if own:
        role, end = _ROLE_WORDS[own.group(1)], start + own.start()
    while start < end and flat[start] in _AROUND_NAMES:
        start += 1
    while end > start and flat[end - 1] in _AROUND_NAMES:
        end -= 1
    within = unit_within(flat[start:end]) if end - start <= LONGEST_NAME else None
    if within is None:
        return None
    start, end = start + within[0], start + within[1]
    name = flat[start:end]
    if scoped and not looks_like_unit(name):
        # 启动时间：3月 tells something else, 区级：教育局 a unit.
        return None
    if not name or _NOBODY.match(name) or "。" in name:
        return None
    words = "".join(source.text[start:end].split())
    return Mention(start, words, "".join(name.split()), role)


_BRACKETED = re.compile(r"(?P<outer>[^()]+)\((?P<inner>[^()]{2,})\)")


def without_persons(mentions: Iterable[Mention]) -> list[Mention]:
    """责任单位及责任人：人事股 张某、教研室（李某），王某（财务股） names persons as well; only the units are kept."""
    kept = []
    for mention in mentions:
        pair = _BRACKETED.fullmatch(mention.flat)
        units = [part for part in ("outer", "inner") if pair and looks_like_unit(pair[part])]
        if pair and len(units) == 1:
            start, end = pair.span(units[0])
            kept.append(Mention(mention.start + start, mention.words[start:end], pair[units[0]], mention.role))
        elif looks_like_unit(mention.flat):
            kept.append(mention)
    return kept


# A verb counts only at the end of its clause: 由卫健部门负责核酸采样 describes a measure.
_VERB = re.compile(
    r"(?<!\()(?:统筹|共同|分别|具体|各自|总|按照?|根据|依据|依|职责|职能|任务|分工){0,8}"
    r"(?P<verb>牵头|负责|配合|协同|协助|参与|参加|支持|承办|主办|落实|实施|承担|指导)"
    r"(?:负责|落实|组织|实施|推进|推动|配合|抓好|做好|抓总|具体|分工){0,3}(?=[,;、。)\]\s]|$)"
    r"|(?P<joint>会同|联合)"
)


def read_clauses(source: Folded, start: int, end: int, role: Role = "responsible") -> list[Mention]:
    """Clauses of one statement: A牵头，B、C配合 · A、B负责 · A会同B负责 · A、B按职责分工负责."""
    mentions: list[Mention] = []
    at, pending = start, None
    for match in _VERB.finditer(source.flat, start, end):
        if match["joint"]:
            before = read_names(source, at, match.start(), "lead")
            if before or mentions:
                mentions += before
                at, pending = match.end(), "cooperate"
            continue
        clause_role: Role = "cooperate" if pending else _ROLE_WORDS.get(match["verb"], "responsible")
        mentions += read_names(source, at, match.start(), clause_role)
        at, pending = match.end(), None
    rest = read_names(source, at, end, "cooperate" if pending or mentions else role)
    # Behind clauses that say who does what, only another body is one more name: A牵头，年内出台政策.
    return mentions + [mention for mention in rest if not mentions or looks_like_unit(mention.flat)]


def has_verb(flat: str) -> bool:
    return any(match["verb"] for match in _VERB.finditer(flat))


def ends_with_verb(flat: str) -> bool:
    return any(match["verb"] and match.end() == len(flat) for match in _VERB.finditer(flat))


_STRENGTH: dict[Role, int] = {"lead": 2, "responsible": 1, "cooperate": 0}


def responsibilities(mentions: Iterable[Mention], first_leads: bool) -> tuple[ParsedResponsibility, ...]:
    """Mentions in source order, each name once with its strongest role.

    Where cooperating units stand beside plain ones and nobody leads, the plain ones lead: a distinction is
    stated. `first_leads` is the plan's own rule (排在第一位的为牵头单位，下同) for lists without any.
    """
    named: dict[str, Mention] = {}
    for mention in sorted(mentions, key=lambda m: m.start):
        known = named.get(mention.flat)
        if known is None:
            named[mention.flat] = mention
        elif _STRENGTH[mention.role] > _STRENGTH[known.role]:
            named[mention.flat] = Mention(known.start, known.words, known.flat, mention.role)
    roles: list[Role] = [mention.role for mention in named.values()]
    if roles and "lead" not in roles:
        if "cooperate" in roles:
            roles = ["lead" if role == "responsible" else role for role in roles]
        elif first_leads:
            roles = ["lead" if at == 0 else "cooperate" for at in range(len(roles))]
    return tuple(
        ParsedResponsibility(mention.words, role, is_group(mention.flat))
        for mention, role in zip(named.values(), roles, strict=True)
    )
