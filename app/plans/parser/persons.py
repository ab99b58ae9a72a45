"""Persons among units: 责任单位：计财股 张某、教育股（李某某） names two units and nobody else."""

import re

from .model import Span

_SURNAME = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤]"
)
_HIDDEN = r"[某×XxＸ*○]"
_POST = r"(?:同志|副?(?:局长|校长|主任|股长|科长|书记|园长|组长|院长))"
_PERSON = re.compile(
    rf"[\u4e00-\u9fff]{_HIDDEN}{{1,2}}{_POST}?|{_SURNAME}[\u4e00-\u9fff]{{0,2}}{_POST}|{_HIDDEN}{{2,3}}(?:同志)?"
)
_PLAIN = re.compile(rf"{_SURNAME}[\u4e00-\u9fff]{{1,2}}")
_BRACKETED = re.compile(r"(?P<outer>[^()]+)\([ ]?(?P<inner>[^()]{2,}?)[ ]?\)")
_GLUED = re.compile(rf"(?P<unit>.{{2,}}?(?:[股科处室办局委部组校园会]|中心|小学|中学))[\u4e00-\u9fff]{_HIDDEN}{{1,2}}")


def is_person(name: str) -> bool:
    """张某, 李××, 王主任: somebody whose name is left out or who is called by a post."""
    return bool(_PERSON.fullmatch(name))


def may_be_person(name: str) -> bool:
    """张三 and 李小明, where the place speaks for it; 龙泉 and 白云 are places too."""
    return bool(_PLAIN.fullmatch(name))


def unit_within(name: str) -> Span | None:
    """Where the unit stands in 计财股（张某）, 张某（计财股） or 计财股张某; None where only a person is named."""
    if is_person(name):
        return None
    pair = _BRACKETED.fullmatch(name)
    for person, unit in (("inner", "outer"), ("outer", "inner")):
        if pair and is_person(pair[person].strip()):
            return pair.span(unit)
    glued = _GLUED.fullmatch(name)
    return glued.span("unit") if glued else (0, len(name))
