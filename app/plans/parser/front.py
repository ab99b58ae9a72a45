"""The front of a document: its parts, title, year, number and the papers it rests on."""

import re
from dataclasses import dataclass

from .folding import Folded
from .model import Basis, Span

KIND = (
    r"(?:工作方案|实施方案|行动方案|方案|行动计划|工作计划|计划|工作要点|要点|实施意见|指导意见|意见|通知书|通知"
    r"|任务分解表?|任务分工表?|分工方案|责任清单|任务清单|问题清单|清单|整改台账|台账|安排表?|一览表|分解表|分工表"
    r"|责任表"
    r"|措施|举措|规划|纲要|部署|预案|要求|细则|办法|规定|条例|制度|章程|守则|规则|准则|规程|标准|报告|总结|汇报|讲话"
    r"|致辞|发言稿?|公告|公示|通告|通报|简报|倡议书|公开信|一封信|启事|名单|决定|决议|批复|函|纪要|解读|答复|简介"
    r"|说明|问答|感谢信|贺信|议案|提案|述职|表|书|单|思路|打算|配档表|路线图|时间表|条|合同"
    r"|协议书?|请示|教学设计|教案)"
)
_ENDS_WITH_KIND = re.compile(KIND + r"(?:\([^()]{1,40}\)|》|\s){0,3}$")
_FLAT_TITLE = re.compile(
    KIND
    + r"(?:\([^()]{1,20}\))?(?=\s*(?:[\u4e00-\u9fff]{1,8}[\[(](?:19|20)\d\d[\])]|(?:(?!"
    + KIND
    + (
        r")[^。,:\n]){2,60}:|按照|为(?!期)|根据|依据|各[^\n]{0,40}?[:]|为了|为贯彻|为进一步|为深入|现将"
        r"|2\d{3}年(?!.{0,30}(?:方案|计划|要点|意见|通知)(?:$|\s))|[一1][、.]|\(一\)|全面|坚持|深入|今年|本[学年]|近年来|近日|一年来|随着))"
    )
)
_NUMBER = re.compile(r"[\u4e00-\u9fff()A-Za-z]{1,16}\s*[\[(]\s*(?:19|20)\d{2}\s*[\])]\s*(?:第)?\s*\d{1,4}\s*号")
_DATE_LINE = re.compile(r"\(?\s*(?P<year>(?:19|20)\d{2})\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?\s*\)?(?:印发)?")
_CHINESE_DATE_LINE = re.compile(
    r"二[〇○零Oo0][一二三四五六七八九〇○零]{2}年[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}日)?"
)
_METADATA = re.compile(
    r"(?:索引号|发布(?:日期|时间|机构)|来源|信息来源|字号|字体|分享|浏览|发文机关|发文单位|成文日期|主题(?:分类|词)"
    r"|发文字号|文号|公开|打印|责任编辑|编辑|作者|阅读|点击|填报|制表|单位|时间|签发人|密级|组配分类|有效性|体裁分类"
    r"|名称|审核|检查单位|抄送)[^\n]{0,10}:|^\s*(?:首页|当前位置)"
)
_APPENDIX_HEAD = re.compile(r"附件?\s*(?:[\d一二三四五六七八九十]{0,2})\s*[:.]?\s*$")
_APPENDIX_LINE = re.compile(r"附件?\s*(?:[\d一二三四五六七八九十]{0,2})\s*[:.、]\s*\S")
_APPENDIX_ENTRY = re.compile(r"\s*(?:\d{1,2}[.、]|\(?[一二三四五六七八九十]{1,2}[)、]|附件?\s*\d{1,2}\s*[:.])")


@dataclass(frozen=True, slots=True)
class Part:
    """A cover notice, the plan itself, or an appendix: [start, end) without its list of appendices and signature."""

    start: int
    end: int
    lead: str = ""
    """The heading an appendix gives itself on its own line (附件：2021年年度工作清单)."""


def split_parts(source: Folded, tables: list[Span]) -> list[Part]:
    """Part a document where it is signed and dated and where an appendix begins."""
    flat = source.flat
    parts: list[Part] = []
    start, at, listing, lead = 0, 0, False, ""
    stop: int | None = None
    table_starts = dict(tables)

    def close(end: int) -> None:
        nonlocal stop, start
        bounded = end if stop is None else min(stop, end)
        if flat[start:bounded].strip():
            parts.append(Part(start, bounded, lead))
        stop = None

    while at < len(flat):
        if at in table_starts:
            at = max(table_starts[at], at + 1)
            listing = False
            continue
        end = source.line_end(at)
        line = flat[at : min(end, at + 200)].strip()
        if listing and (not line or (_APPENDIX_ENTRY.match(line) and end - at < 120)):
            pass
        elif (_APPENDIX_HEAD.match(line) and end - at < 20) or (_APPENDIX_LINE.match(line) and end - at < 120):
            listing = _lists_appendices(source, line, end)
            if stop is None:
                stop = at
            name = re.sub(r"^附件?\s*[\d一二三四五六七八九十]{0,2}\s*[:.、]\s*", "", line)
            if end + 1 in table_starts or (not listing and not _follows_signature(source, end, table_starts)):
                close(at)
                start, lead = at, name
                listing = False
        elif end - at < 40 and (_DATE_LINE.fullmatch(line) or _CHINESE_DATE_LINE.fullmatch(line)) and at > start:
            signature = _signature_start(source, at, start)
            if signature is not None:
                stop = signature if stop is None else min(stop, signature)
                close(end)
                start, lead, listing = end, "", False
        else:
            listing = False
        at = end + 1
    close(len(flat))
    return parts or [Part(0, len(flat))]


def _lists_appendices(source: Folded, line: str, end: int) -> bool:
    """附件：1.… opens a list of appendices; 附件 alone does so where the next line is an entry, else it opens one."""
    if any(sign.isdigit() for sign in line.split(":", 1)[0]):
        return False
    entry = line.split(":", 1)[-1].strip() if ":" in line else ""
    while not entry and end < len(source.flat):
        start, end = end + 1, source.line_end(end + 1)
        entry = source.flat[start : min(end, start + 60)].strip()
    return bool(_APPENDIX_ENTRY.match(entry))


def _follows_signature(source: Folded, end: int, tables: dict[int, int]) -> bool:
    """Whether a line of appendices is followed by the signature or the next one, so that it opens no part."""
    flat, at = source.flat, end + 1
    for _ in range(4):
        if at >= len(flat):
            return True
        if at in tables:
            return False
        stop = source.line_end(at)
        line = flat[at : min(stop, at + 60)].strip()
        if _DATE_LINE.fullmatch(line) or _CHINESE_DATE_LINE.fullmatch(line):
            return True
        at = stop + 1
    return False


def _signature_start(source: Folded, date_line: int, start: int) -> int | None:
    """The signature's first line: a short line above the date that ends no sentence; None under a title."""
    flat = source.flat
    end = date_line - 1
    begin = flat.rfind("\n", start, end) + 1
    if begin <= start and not flat[start:begin].strip():
        return None
    line = flat[max(begin, end - 60) : end].strip()
    if not line:
        return _signature_start(source, begin, start) if begin > start else None
    if len(line) > 40 or line[-1] in "。;:,)" or not flat[start:begin].strip():
        return date_line if line[-1:] in "。)" else None
    if _ENDS_WITH_KIND.search(line):
        return None
    return begin


def read_title(source: Folded, part: Part, head_end: int) -> Span | None:
    """The title in the head of a part: one to three short lines, after any addressee or number."""
    flat = source.flat
    lines = _head_lines(source, part.start, head_end)
    best: Span | None = None
    for at, (start, end) in enumerate(lines):
        line = flat[start:end]
        cut = _FLAT_TITLE.search(flat, start, min(end, start + 120))
        if cut and (end - start > 60 or head_end - start < 120):
            return start, cut.end()
        if not _may_be_title(line):
            continue
        for count in (1, 2, 3):
            group = lines[at : at + count]
            if len(group) < count or any(not _may_be_title(flat[slice(*g)]) for g in group):
                break
            if _ENDS_WITH_KIND.search(flat[group[0][0] : group[-1][1]]):
                return start, group[-1][1]
        best = best or (start, end)
    return best


def _head_lines(source: Folded, start: int, end: int) -> list[Span]:
    lines: list[Span] = []
    at, end = start, min(end, len(source.flat))
    while at < end and len(lines) < 40:
        stop = min(source.line_end(at), end)
        begin = at
        while begin < stop and source.flat[begin] in " \t":
            begin += 1
        close = stop
        while close > begin and source.flat[close - 1] in " \t":
            close -= 1
        if close > begin:
            lines.append((begin, close))
        at = stop + 1
    return lines


def _may_be_title(line: str) -> bool:
    return (
        2 <= len(line) <= 60
        and line[-1] not in "。;:,、"
        and not _NUMBER.fullmatch(line)
        and not _DATE_LINE.fullmatch(line)
        and not _METADATA.search(line)
        and not re.fullmatch(r"附件?\s*\d{0,2}:?|[-\d\s.]+|.{2,20}文件|\(.*\)|序号", line)
        and "。" not in line
    )


def read_document_number(source: Folded, end: int) -> str | None:
    """国发〔2019〕3号 on a line of its own in the head, or glued there; never one that is cited."""
    for start, stop in _head_lines(source, 0, min(end, 3000)):
        match = _NUMBER.search(source.flat, start, min(stop, start + 200))
        if match and (match.end() - match.start() >= (stop - start) * 0.6 or match.start() == start):
            return source.words(*match.span()).replace(" ", "")
    return None


def read_year(source: Folded, title: str, number: str | None) -> int | None:
    """The year the plan is for: from its title, else the year it was numbered or dated in."""
    for text in (title, number or ""):
        found = re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", text.translate(_DIGITS))
        if found:
            # A summary of one year that goes on to plan the next plans for the later one.
            return int(found[-1] if "总结" in title else found[0])
    tail = source.flat[-60:].rstrip()
    dated = [match for match in _DATE_LINE.finditer(tail) if match.end() == len(tail)] or [
        match
        for match in re.finditer(
            r"\n[ \t]*(?P<year>(?:19|20)\d{2})[ ]?年[ ]?\d{1,2}[ ]?月(?:[ ]?\d{1,2}[ ]?日)?[ ]{0,4}(?=\n)", source.flat
        )
    ]
    return int(dated[-1]["year"]) if dated else None


_DIGITS = str.maketrans({chr(0xFF10 + i): str(i) for i in range(10)})
_RESTS_ON = re.compile(r"按照|根据|依据|遵照|贯彻|落实|精神|要求|印发的|为[^。]{0,40}实施")
_PASSED_ON = re.compile(r"现将|印发给|转发给|以下简称|简称")
_QUOTED = re.compile(r"《([^《》\n]{2,120})(?:》|(?=\n))")
_ISSUER = re.compile(
    r"(?:^|[,。;、:和及与\s(]|按照|根据|依据|落实|贯彻|执行|遵照|以及|近日|近期|认真|全面"
    r"|精神)(?P<name>[\u4e00-\u9fffA-Za-z、 ]{2,40}?(?:[部局委办厅院室组会府校]|党组|总局|中心"
    r"|政府)(?:[、 ][\u4e00-\u9fff]{2,20}[部局委办厅院室会])*)"
    r"(?:近日|最近|联合|共同)?(?:印发|下发|出台|制定|发布|颁布|转发|关于)?的?$"
)


def read_basis(source: Folded, start: int, end: int) -> tuple[Basis, ...]:
    """The papers named in the opening as what the plan rests on, each with the body that issued it, if named."""
    flat = source.flat
    found: list[Basis] = []
    issuer: str | None = None
    previous = start
    for match in _QUOTED.finditer(flat, start, min(end, start + 6000)):
        sentence = max(flat.rfind("。", start, match.start()), flat.rfind("\n", start, match.start())) + 1
        lead = flat[max(sentence, start, match.start() - 200) : match.start()]
        between = flat[previous : match.start()].strip()
        if not found or re.sub(r"[、,和及与]|以及", "", between):
            named = (
                _ISSUER.search(lead[-60:])
                if previous == start or sentence > previous
                else _ISSUER.search(between[-60:])
            )
            issuer = _issuer(named) if named else None
        previous = match.end()
        around = lead + flat[match.end() : match.end() + 60].split("。")[0]
        if _RESTS_ON.search(around) and not _PASSED_ON.search(lead[-12:]):
            title = source.words(match.start(1), match.end(1))
            if all(title != basis.title for basis in found):
                found.append(Basis(issuer, title))
    return tuple(found)


def _issuer(match: re.Match[str]) -> str:
    name = re.sub(r"^(?:按照|根据|依据|落实|贯彻|执行|和|及|与|以及|近日|了)+", "", match["name"])
    return name.strip("、 ")
