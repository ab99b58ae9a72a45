"""Headings: where a title ends, and what a section's title says about what stands beneath it."""

import re
from typing import Literal

from .folding import Folded
from .outline import AREA, SECTION

SectionKind = Literal["work", "general", "requirement", "logistics"]

_NOUN = (
    r"(?:要求|目标|思想|原则|思路|任务|内容|措施|举措|步骤|机构|领导|保障|安排|范围|对象|时间|重点|方法|方式|分工"
    r"|职责|意义|背景|依据|部署|纪律|事项|组织|实施|阶段|条件|程序|情况|主题"
    r"|地点|目的|分组)"
)
_HEAD = (
    r"(?:总体|月|学期|工作|基本|主要|指导|具体|重点|目标|组织|保障|有关|相关|实施|整治|治理|活动|方法|时间|任务|责任|进度"
    r"|专项|年度|整改|创建|督查|检查|推进|政策|制度|领导|行动|建设|发展|攻坚|提升|考核|宣传|培训|教育|排查|会议)"
)
# Without line breaks a standing heading runs straight into its text: 一、总体要求坚持以…
_STANDING = re.compile(rf"(?:{_HEAD}{{1,3}}{_NOUN}|{_HEAD}?{_NOUN})(?:[及和与、]{{1,2}}{_HEAD}{{0,3}}{_NOUN}){{0,3}}")
_BODY_OPENS = re.compile(
    r"\s*(?:坚持|以(?!及)|为|到|通过|按照|根据|深入|认真|全面|围绕|成立|紧紧|牢固|高举|贯彻|切实|在|从(?!严)|自|各|要(?!求|点|素)"
    r"|对|把|将|全区|全市|全县|全校|全体|全年|学校|我[区市校局县]|本|经|力争|进一步|加强|组长|20\d\d|\d)"
)
_TITLE_END = re.compile(r"[。!?;\n:]|\s{2,}| ")
LONGEST_TITLE = 400
LONGEST_SECTION_TITLE = 60


def title_end(source: Folded, start: int, limit: int, rank: float) -> int:
    """Where the title that begins at `start` ends: with its sentence, its colon, its line or a trailing remark."""
    flat = source.flat
    limit = min(limit, start + LONGEST_TITLE)
    while start < limit and flat[start] in " \t\n":
        start += 1
    stop = limit
    for match in _TITLE_END.finditer(flat, start, limit):
        if _ends_title(source, match.start(), start, rank):
            stop = match.start()
            break
    bracket = _remark_before(source, start, stop)
    if bracket is not None:
        stop = bracket
    if rank <= AREA:
        stop = _standing_heading(flat, start, stop, rank)
    stop = _runs_into_text(flat, start, stop)
    while stop > start and flat[stop - 1] in " \t。;:,、":
        stop -= 1
    return stop


def _ends_title(source: Folded, at: int, start: int, rank: float) -> bool:
    flat = source.flat
    sign = flat[at]
    if sign == ":":
        return not (flat[at - 1].isdigit() and flat[at + 1 : at + 2].isdigit()) and source.bracket_around(at) is None
    if sign == " ":
        # A space parts a heading from its text, unless it only stands between figures, letters or quotes.
        head = flat[start:at]
        heads = rank <= AREA and 2 <= len(head) <= 30 and "," not in head
        return heads and bool(_BODY_OPENS.match(flat, at) or (rank <= SECTION and _STANDING.fullmatch(head)))
    if sign in "\n\t":
        return True
    return source.bracket_around(at) is None and not _inside_quotes(flat, start, at)


def _inside_quotes(flat: str, start: int, at: int) -> bool:
    head = flat[start:at]
    return head.count("“") > head.count("”") or head.count("《") > head.count("》")


def _remark_before(source: Folded, start: int, stop: int) -> int | None:
    """The start of a bracket with units or a date in the middle of a title: 开展自查（教育股负责）."""
    for opening, closing in source.brackets_in(start, min(stop, source.line_end(start))):
        inner = source.flat[opening + 1 : closing - 1]
        if opening > start and _REMARK.search(inner) and closing >= stop - 1:
            return opening
    return None


_REMARK = re.compile(
    r"(?:牵头|责任|配合|负责|协办)(?:单位|部门|股室|处室|科室)?\s*:|(?:牵头|负责|配合|落实)(?:[,;、]|$)"
    r"|完成时[限间]\s*:"
)


def _standing_heading(flat: str, start: int, stop: int, rank: float) -> int:
    """一、总体要求坚持以… A short line keeps its words: only where line breaks were lost is such a title cut."""
    lost = "\n" not in flat[max(0, start - 200) : stop + 100]
    if stop - start <= (4 if lost else 12):
        return stop
    match = _STANDING.match(flat, start, stop)
    if not match or match.end() == stop:
        return stop
    shortest = 8 if _NO_VERB.search(match.group()) else 12
    runs_on = lost and rank <= SECTION and stop - match.end() >= shortest and flat[match.end()] not in "的和及与、,"
    return match.end() if runs_on or _BODY_OPENS.match(flat, match.end()) else stop


def is_standing(title: str) -> bool:
    """工作措施, 主要任务: a heading that any plan may have, which says of no task what it is."""
    return bool(_STANDING.fullmatch(title.strip(" 。")))


_NO_VERB = re.compile(r".{2}(?:目标|主题|地点|时间|范围|对象|要求|分组|思想|原则)$")
"""Standing headings that cannot go on as a sentence, as 实施… and 组织… can."""
_ADDRESSED = re.compile(
    r"各(?:中小学|学校|校|单位|科室|股室|部门|地|县区?|区县?|镇|街道|乡镇|幼儿园)[^,。;:]{0,12}?(?:要|应|须|必须)"
)


def _runs_into_text(flat: str, start: int, stop: int) -> int:
    """加强统筹管理各学校要制定细则 Without line breaks a heading ends where the text turns to those who must act."""
    if "\n" in flat[max(0, start - 200) : stop + 100]:
        return stop
    match = _ADDRESSED.search(flat, start + 4, stop)
    return match.start() if match else stop


_GENERAL = re.compile(
    r"指导思想|基本原则|工作原则|总体思路|工作思路|总体要求|总体目标|工作目标|主要目标|发展目标|基本目标|行动目标"
    r"|预期目标|目标要求|目标定位|年度目标|整治目标|活动目标|创建目标"
    r"|(?:目标|原则|思想|方针|思路)$|总体安排|总体部署|基本情况|形势|背景|^(?:重要|重大)?意义|依据$|适用范围|总则"
    r"|^(?:发展|工作|现实)基础$|^(?:主要|发展|工作)?成[就效绩]$|^(?:办学|发展|工作|基本)?现状$|^(?:发展|面临).{0,6}(?:机遇|挑战)$"
    r"|^.{0,8}回顾$"
    r"|^(?:存在|反馈|发现)的?(?:主要|突出)?(?:问题|不足|困难)(?:[及和与](?:不足|困难|原因|差距))?$"
    r"|活动主题|^主题$|活动目的|目的(?:和|与|及)?(?:意义)?$|编制说明|基本思路|工作方针|战略定位"
)
_REQUIREMENT = re.compile(
    r"(?:工作|有关|相关|几点|活动|具体|整改|纪律|组织|实施|保障|落实|其他|其它|材料|督查|整治)要求$|^要求$"
    r"|组织(?:领导|机构|实施|保障|管理|架构)|领导(?:机构|小组)|机构设置|工作机构|组织与?实施"
    r"|(?:工作|组织|制度|机制|政策|条件|经费|实施|措施|服务)?保障(?:措施|机制|条件|工作)?$|保障措施|工作保障"
    r"|(?:时间|进度|工作|日程|阶段|步骤|方法|实施)(?:安排|进度|计划|步骤|阶段)$|(?:实施|工作|方法|活动|推进|整治|创建"
    r"|行动)(?:步骤|阶段)|方法步骤|步骤(?:和|与|及)?(?:方法|安排|时间)|时间(?:安排|步骤|进度|节点)"
    r"|^(?:强化|加强|健全|完善|做好|抓好|狠抓|落实)?(?:组织|工作)?(?:领导|保障|实施|落实)(?:[,，].*)?$|(?:强化"
    r"|加强)组织(?:领导|保障|实施)|督导考核|监督(?:检查|考核|管理)$|考核(?:评价|评分|办法|奖惩)?$|评分(?:标准|办法|细则)$|责任追究|纪律|附则|附件"
    r"|附录|^(?!落实|贯彻|执行|遵守|把握|明确|对照|坚持|按).{2,6}要求$"
    r"|^(?:工作|部门|单位|机构|岗位|主要|成员单位|领导小组)?职责(?:分工|划分)?$|^(?:部门|责任)分工$"
    r"|(?:强化|加强)(?:责任落实|督导检查|督查考核|督促检查|监督考核)$|^(?:提高|统一)(?:思想)?认识|高度重视"
)
_LOGISTICS = re.compile(
    r"(?:时间|地点|对象|范围|人员|名额|名单|条件|程序|费用|经费|流程|须知|报名|报到|联系|日程|议程|奖项|奖励|评选"
    r"|投稿|报送|材料|资料)(?:[及和与、](?:时间|地点|对象|范围|人员|方式|要求|办法))*(?:安排|方式|办法|设置)?$"
    r"|(?:评比|评审|评选|奖惩|计分|报送)办法$"
    r"|联系(?:方式|人|电话)|注意事项|其[他它]事项|有关事项|未尽事宜|报名|参[赛会训加评](?:对象|人员|单位|范围|要求"
    r"|条件)|评选|申报|活动(?:时间|地点|对象|形式|主题|组织)|会议"
)
_PLAIN_NOUNS = re.compile(
    r"(?:指导思想|基本原则|工作原则|总体思路|总体要求|(?:总体|工作|主要|发展|基本|年度)目标|组织(?:领导|机构|保障"
    r"|实施)|时间安排|工作要求|保障措施|实施步骤|领导小组|工作机构|工作步骤"
    r"|(?:工作)?职责(?:分工)?)(?:\(.*\))?"
)


def section_kind(title: str) -> SectionKind:
    """What a section holds by its folded title; without a telling word it is work."""
    bare = re.sub(r"\([^()]*\)$", "", title).strip(" 。")
    if _GENERAL.search(bare) and not re.search(r"任务|措施|举措", bare):
        return "general"
    if _REQUIREMENT.search(bare) and not re.search(r"任务|工作措施|主要措施|具体措施|内容", bare):
        return "requirement"
    if len(bare) <= 16 and _LOGISTICS.search(bare):
        return "logistics"
    return "work"


def plain_kind(title: str) -> SectionKind:
    """The same for a heading below the sections, where only a standing noun tells: （一）指导思想."""
    return section_kind(title) if _PLAIN_NOUNS.fullmatch(title.strip(" 。")) else "work"


_TASK_VERB = re.compile(
    r"[“《]?(?:加强|推进|落实|开展|完善|健全|强化|深化|做[好优强实大精细]|建[立好强设]|规范|严[格禁肃守]|提[升高]"
    r"|优化|实施|加[快大]|扩大|促进|推[动行广]|组织|制[定订]|抓[好实牢紧]|着力|聚焦"
    r"|坚[持决]|持续|全[面力]|深入|扎实|切实|进一步|积极|大力|统筹|构建|打造|培[育养]|夯实|巩固|发[挥展]|创[新建]"
    r"|探索|改[进善革]|保障|确保|启动|完成|举办|支持|鼓励|引导|拓[展宽]|压实|筑牢|守[牢好住]"
    r"|防[范控止]|化解|整[治改合]|治理|查[处找]|督[促导]|畅通|简化|试行|释放|丰富|充实|修订|科学|精准|有[序效力]"
    r"|稳[步妥]|合理|广泛|认真|继续|牢[固记]|紧[扣抓盯]|突出|注重|用[好足活]|办[好优]|管[好住]|选[好树]|配[齐强]|营造"
    r"|弘扬|树立|增强|净化|均衡|关[爱心注]|调整|盘活|搭建|引[进入]|激发|以.{2,20}为)"
)


_DEMAND = re.compile(
    r"[^,。;]{2,20}?(?:(?<![主重需必只首摘纲概])要(?!求|点|素|闻|害)|应当?(?!急|用|对)|必须|不得|严禁|禁止|务必)"
)


def is_task_title(title: str) -> bool:
    """Whether a title begins as a task does, with what is to be done, or says who has to do it (各学校要…)."""
    return bool(_TASK_VERB.match(title) or _DEMAND.match(title))


_OVERSIGHT = re.compile(
    r"(?:强化|加强|严格|严肃|从严|狠抓|加大|开展)(?:督[查导办促]|检查|考核|监督|执纪|问责|追责|纪律|责任|跟踪|调度|宣传)"
    r"(?:检查|考核|问责|追责|追究|问效|评估|指导|督促|管理|机制|力度|引导|落实)?(?:,.*)?"
)


def is_oversight(title: str) -> bool:
    """A last section on how the tasks above are watched over (强化督查，严肃追责), itself no task."""
    return bool(_OVERSIGHT.fullmatch(title))


_CLOSING = re.compile(
    r"本?[^,。]{0,8}自[^,。]{1,20}起?(?:施行|实施|执行|生效)|[^,。]{0,10}由[^,。]{2,20}(?:负责)?解释|未尽事宜"
)


def is_closing(title: str) -> bool:
    """A closing provision (本措施自发布之日起施行), which sets no task."""
    return bool(_CLOSING.match(title))
