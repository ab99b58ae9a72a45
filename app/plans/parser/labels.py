"""Labels and what stands behind them: 责任股室：… 牵头单位：… 完成时限：… 主要措施：… 责任领导：…"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .deadlines import is_deadline
from .folding import Folded
from .model import Role, Span
from .persons import is_person, may_be_person
from .units import LONGEST_NAME, looks_like_unit

LabelKind = Literal["units", "person", "deadline", "measures", "other"]
_BODY = (
    r"(?:单位|部门|股室|科室|处室|组室|处\(室\)|科\(室\)|股\(室\)|机构|主体|学校|年级|年段|股|科|处|室|方|区县|县区"
    r"|地区|镇街)"
)
_BODIES = rf"(?:{_BODY}(?:[及和与、/或]?{_BODY})?(?:\([^()\n]{{1,8}}\))?)"
_PERSONS = (
    r"(?:第一|直接|主要|具体|主体|整改|牵头|责任|分管|主管|包抓|包联|联系|挂钩|督办|挂点|督导|审核|经办|承办|填报"
    r"|签批)?"
    r"(?:(?:(?<=[接要体改头任管抓联系钩办点导核报批])|(?<![\u4e00-\u9fff]))(?:局|校|处|县|区|市|班子))?(?:责任人|负责人|联系人|责任领导|分管领导|牵头领导|主管领导|包抓领导|包联领导"
    r"|联系领导|挂钩领导|牵头人|领导|校长|经办人|承办人|联络人|联络员|人员)"
)
_LABEL = re.compile(
    r"(?P<person>"
    + _PERSONS
    + r"(?:[及和与、/]"
    + _PERSONS
    + r")?(?![及和与、/](?:责任|牵头|负责|承办|配合)"
    + _BODY
    + r"))"
    r"|(?P<cooperate>(?:协同|协助|配合|协办|参与|参加|支持|联合|会同|会办|督导|督查|监督|指导)(?:配合|责任|实施|落实"
    r"|协助|参与|推进)?" + _BODIES + r"|(?:成员|组成)单位|配合|协办|协助|参与)"
    r"|(?P<lead>(?:总?牵头|主办|主责|主管|主抓|主要责任|首要责任|第一责任|主要负责|主体责任)(?:负责|责任|实施|落实"
    r"|主办)?" + _BODIES + r"?)"
    r"|(?P<responsible>(?:"
    + _PERSONS
    + r"[及和与、/])?(?:责任|负责|承办|落实|实施|执行|承担|整改责任|整改落实|整改|完成|主体|被查|被督查"
    r"|受检)(?:落实)?" + _BODIES + r"(?:[及和与、/]?(?:第一|直接|主要)?责任人|\(人\))?)"
    r"|(?P<deadline>(?:计划|要求|预计)?(?:完成|整改|办结|工作|推进|落实|实施|办理|进度|达标|任务|时间|启动"
    r"|责任)?(?:完成)?(?:时限|期限)(?:要求|进度)?"
    r"|(?:计划|要求|预计|拟)?(?:完成|整改|办结|推进|达标|落实|销号|截止)(?:的)?(?:时间|日期|节点)(?:节点|要求|进度)?"
    r"|时间(?:节点|要求|进度|安排)|进度(?:要求|安排)"
    r"|(?<![\u4e00-\u9fff])时间(?=[ ]{0,4}:[ ]{0,4}(?:\d|每|第|全年|年底|即日|长期|[寒暑春秋])))"
    r"|(?P<measures>(?:主要|具体|工作|重点|落实|整改|保障|推进|防控|任务)(?:工作|推进|整改|落实)?(?:措施|举措)|措施"
    r"|举措)"
    r"|(?P<other>(?:预期|工作|任务|整改|阶段)?(?:成效|目标|成果|结果|标准|指标)(?:形式|要求)?|成果形式|工作内容"
    r"|具体内容|主要内容|任务内容|工作任务|具体任务|重点任务|主要任务|工作要求|问题表现|存在问题|整改情况)"
)
_ROLES: dict[str, Role] = {"lead": "lead", "cooperate": "cooperate", "responsible": "responsible"}
_MARK = re.compile(r"[ ]{0,4}(?::|--)")
_APART = re.compile(r"[ ]{1,4}(?P<value>[^\s:、,;。()]{2,40})(?=[\s、,;。()]|$)")
_SPREAD = re.compile(r"(?<![\u4e00-\u9fff])(?P<word>(?:[\u4e00-\u9fff][ ]{1,2}){2,5}[\u4e00-\u9fff])[ ]{0,4}:")
_TWO_CHARACTERS = ("配合", "协办", "协助", "参与", "牵头", "主办", "主责", "措施", "举措")
LONGEST_VALUE = 600
LONGEST_GLUED = 120


@dataclass(frozen=True, slots=True)
class Label:
    """`start` and `end` hold the label with its colon or brackets; the value begins at `end`."""

    kind: LabelKind
    role: Role
    word: str
    start: int
    end: int


def read_labels(source: Folded) -> list[Label]:
    """All labels of a text in order: before a colon, in brackets of their own, or alone on a line."""
    flat = source.flat
    labels: list[Label] = []
    for match in _LABEL.finditer(flat):
        span = _label_span(flat, match)
        if span and (_may_begin(flat, match) or (labels and _ends_value(flat, labels[-1], match.start()))):
            labels.append(_label(match, span))
    return sorted([*labels, *_spread_labels(flat)], key=lambda label: label.start)


def _label(match: re.Match[str], span: Span) -> Label:
    group = match.lastgroup or "other"
    kind: LabelKind = "units" if group in _ROLES else group  # type: ignore[assignment]
    return Label(kind, _ROLES.get(group, "responsible"), match.group(), *span)


def _spread_labels(flat: str) -> Iterator[Label]:
    """责 任 单 位 ： as it stands where a line was justified."""
    for match in _SPREAD.finditer(flat):
        known = _LABEL.fullmatch(match["word"].replace(" ", ""))
        if known:
            yield _label(known, match.span())


def _label_span(flat: str, match: re.Match[str]) -> Span | None:
    start, end = match.span()
    if start and flat[start - 1] == "[" and flat[end : end + 1] == "]":
        mark = _MARK.match(flat, end + 1)
        return start - 1, mark.end() if mark else end + 1
    mark = _MARK.match(flat, end)
    if mark:
        return start, mark.end()
    if flat[end : end + 1] in ("为", "是") and _STATED.match(match.group()) and _opens_clause(flat, start):
        return start, end + 1
    if _opens_clause(flat, start) and end - start >= 3 and (apart := _APART.match(flat, end)):
        return (start, apart.start("value")) if _is_value(match.lastgroup or "", apart["value"]) else None
    alone = (start == 0 or flat[start - 1] == "\n") and flat[end : end + 1] == "\n"
    return (start, end) if alone and match.lastgroup in ("units", "deadline", *_ROLES) else None


def _is_value(kind: str, words: str) -> bool:
    """责任单位 人事股 完成时限 6月底前: without a colon, only what can be nothing else is a label's value."""
    if kind == "deadline":
        return is_deadline(words)
    if kind == "person":
        return is_person(words) or may_be_person(words)
    return kind in _ROLES and looks_like_unit(words) and not _LABEL.fullmatch(words)


# 牵头单位为A，配合单位为B: a sentence that says what a label would.
_STATED = re.compile(r"(?:牵头|责任|配合)" + _BODY + "$|完成时限$")


def _opens_clause(flat: str, start: int) -> bool:
    return start == 0 or flat[start - 1] in "。;,\n( "


def _may_begin(flat: str, match: re.Match[str]) -> bool:
    """Short words are labels only where a phrase may begin; long ones stand out anywhere (…强化引导责任股室：)."""
    if match.lastgroup not in ("measures", "other", "person") and match.group() not in _TWO_CHARACTERS:
        return True
    before = flat[match.start() - 1] if match.start() else "\n"
    return not ("\u4e00" <= before <= "\u9fff") or bool(_STANDS_OUT.fullmatch(match.group()))


# What no other word ends in, so that it is a label even where a line break was lost in front of it.
_STANDS_OUT = re.compile(r"(?:主要|具体)措施|(?:责任|分管|联系|牵头|主管|包联|包抓|挂钩)领导|责任人|联系人")


def _ends_value(flat: str, label: Label, at: int) -> bool:
    """Behind 责任单位：人事股 the next label may be glued on, as long as no sentence stands between them."""
    value = flat[label.end : at] if at - label.end <= LONGEST_GLUED else "。"
    return label.kind in ("units", "person", "deadline") and not any(sign in value for sign in "。!?")


def value_span(source: Folded, label: Label, limit: int) -> Span:
    """Where the value behind a label ends: with its bracket, its sentence or its line.

    A value that has not begun by the end of the line begins on the next; a list that ends in 、 goes on there.
    """
    flat = source.flat
    bracket = source.bracket_around(label.start)
    if bracket and label.start > bracket[0] and bracket[1] > label.end:
        return label.end, min(limit, bracket[1] - 1)
    limit = min(limit, label.end + LONGEST_VALUE)
    at = label.end
    while at < limit and flat[at] in " \n\t":
        at += 1
    stacked = label.kind == "units" and "\n" in flat[label.end : at]
    for stop in _ends(flat, at, limit):
        if flat[stop] == "\n":
            kept = flat[at:stop].rstrip()
            if kept[-1:] in ("、", ",", "") or (stacked and _names_unit(source, stop + 1, limit)):
                continue
        return label.end, stop
    return label.end, limit


def _names_unit(source: Folded, start: int, limit: int) -> bool:
    """Whether the next line is one more name of a list that has one name a line."""
    while start < limit and source.flat[start] == "\n":
        start += 1
    line = source.flat[start : min(source.line_end(start), limit, start + LONGEST_NAME)]
    return looks_like_unit(line.strip(" \t;、,"))


def _ends(flat: str, start: int, limit: int) -> Iterator[int]:
    for match in _VALUE_END.finditer(flat, start, limit):
        yield match.start()


_VALUE_END = re.compile(r"[。\n]")


def glue_zones(source: Folded, labels: list[Label]) -> list[Span]:
    """Values behind labels, as far as a marker may be glued to their end: …前2.签订 · 人事股(二)加强."""
    zones = []
    for at, label in enumerate(labels):
        following = labels[at + 1].start if at + 1 < len(labels) else len(source.flat)
        if label.kind in ("units", "deadline", "person"):
            zones.append((label.end, value_span(source, label, following)[1]))
    return zones
