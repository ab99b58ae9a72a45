"""Units in a value that is no list but a sentence: 由人事股会同各学校制定，教师发展中心提供支持。"""

import re
from collections.abc import Iterator

from .folding import Folded
from .model import Role
from .units import LONGEST_NAME, Mention, ends_as_unit, has_verb, looks_like_unit, read_clauses, read_names

_BOUNDARY = re.compile(r"(?P<joint>会同|联合|协同)|[、,;。:\n\t]|以及|[和与及]")
_OPENING = re.compile(r"\s*(?:(?:此项|本项|该项)?(?:工作|任务)?由|请|主要由|具体由|分别由|并由|其中)?")
# What a unit does: behind the end of a name, one of these words shows that the name ended there.
_ACTION = re.compile(
    r"(?P<lead>(?:总)?牵头|主办|主责|统筹)|(?P<cooperate>(?:积极|密切|做好)?(?:配合|协助|协办|参与|参加|支持))"
    r"|(?:共同|分别|具体|各自|统一|及时|定期|按照?|根据|依据|结合|要|应|应当|须|负责|组织|制[定订]|提供|落实|实施"
    r"|开展|指导|监督"
    r"|做好|完成|承担|抓[好实]|督促|审核|汇总|协调|推[进动]|建立|加强|进行|研究|拟[定订]|起草|安排|检查|编[写制印]"
    r"|修[订改]"
    r"|收集|发布|报送|上报|出台|管理|办理|举办|培训|宣传|[排巡核]查|考核|跟踪|反馈|保障|处置|查处|整[治改]|对|为|将"
    r"|于|在|每)"
)


def read_units(source: Folded, start: int, end: int, role: Role) -> list[Mention]:
    """The units of a labelled value or of a cell: a list, clauses (A牵头，B配合), or a sentence that names them."""
    reads = read_clauses if has_verb(source.flat[start:end].strip()) else read_names
    mentions = reads(source, start, end, role)
    if _reads_as_sentence(source.flat[start:end], mentions):
        return list(_read_sentence(source, start, end, role))
    return mentions


def _reads_as_sentence(flat: str, mentions: list[Mention]) -> bool:
    """Whether a list was not what stood there. A name that merely ends in no known word is a name all the same."""
    if not mentions:
        return len(flat.strip()) > LONGEST_NAME
    return any(_within(mention.flat) for mention in mentions)


def _within(words: str) -> int | None:
    """Where the name that `words` begin with ends, if an action follows it and they are no name as a whole."""
    if ends_as_unit(words):
        return None
    for action in _ACTION.finditer(words):
        if action.start() >= 2 and looks_like_unit(words[: action.start()]):
            return action.start()
    return None


def _read_sentence(source: Folded, start: int, end: int, role: Role) -> Iterator[Mention]:
    """Each name is followed by what it does or joins a list before one that is; anything else is no unit."""
    waiting: list[tuple[int, int, Role]] = []
    at, joint = start, False
    for boundary in [*_BOUNDARY.finditer(source.flat, start, end), None]:
        stop = boundary.start() if boundary else end
        opening = _OPENING.match(source.flat, at, stop)
        begin = opening.end() if opening else at
        words = source.flat[begin:stop].rstrip()
        length = _within(words) if words else None
        own: Role = "cooperate" if joint else role
        if length is not None:
            action = _ACTION.match(words, length)
            stated: Role = (
                "lead" if action and action["lead"] else "cooperate" if action and action["cooperate"] else own
            )
            for first, last, kept in waiting:
                yield from read_names(source, first, last, kept if kept != role else stated)
            yield from read_names(source, begin, begin + length, stated)
            waiting = []
        elif looks_like_unit(words):
            waiting.append((begin, begin + len(words), own))
        joint = bool(boundary and boundary["joint"])
        if joint:
            # Whoever acts together with others is the first among them.
            for first, last, _ in waiting:
                yield from read_names(source, first, last, "lead")
            waiting = []
        at = boundary.end() if boundary else end
    for first, last, kept in waiting:
        yield from read_names(source, first, last, kept)
