"""Whether a document is a plan at all: a report, a circular or a regulation sets no tasks, however it is numbered."""

import re
from dataclasses import dataclass

from .folding import Folded
from .outline import ARTICLE, Marker


def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# Longer names before the shorter ones they end in.
_TASKED = _words(
    "工作方案 实施方案 方案 计划 要点 实施意见 意见 通知 分解表 分工表 分工 清单 台账 安排 一览表 责任表 措施 举措"
    " 规划 纲要 部署 预案 打算 思路 要求"
)
REGULATIONS = _words("实施细则 细则 办法 规定 条例 制度 章程 守则 规则 准则 规程 标准 规范")
REPORTS = _words(
    "工作报告 调研报告 报告 总结 汇报 讲话 致辞 发言 述职 公告 公示 通告 通报 简报 倡议书 公开信 一封信 启事 名单"
    " 决议 批复 复函 函 解读 答复 简介 说明 记者问 问答 感谢信 贺信 议案 提案 情况 合同 协议书 协议 请示 申请书 申请"
    " 材料 体会 论文 教学设计 教案 试卷 试题 问卷 证明 承诺书 保证书 案例 综述"
)
MINUTES = _words("纪要 决定 指南 手册 须知 公约 议程 日程")
_KIND = re.compile("|".join((*_TASKED, *REGULATIONS, *REPORTS, *MINUTES)))
_PLANS = re.compile(r"方案|计划|要点|分工|分解|清单|台账|安排|规划|打算|思路|部署")
_CALL = re.compile(
    r"关于(?:召开|举[办行]|组织?参加|参加|公布|公示|表彰|命名|认定|成立|调整|组织?申报|申报|报送|上报|征集|推荐|评选"
    r"|招聘|选聘|招录|放假|印送|征求|领取|缴纳|任免|聘任|同意|授予|撤销|启用|更换|收取)"
)
_SPEECH = re.compile(
    r"(?:^|\n)[ ]{0,8}(?:同志们|各位[^\n:]{1,20}|尊敬的[^\n:]{1,30}|老师们|同学们|亲爱的[^\n:]{1,20})[,、:!]"
)
_PAST = re.compile(
    r"(?:取得|完成|开展|组织|建立|实现|获得|荣获|举办|召开|制定|印发|形成|推动|提升|达到|投入|新增|培训|发放|查处)了"
    r"|一年来|[今去]年以来|截至目前|截止目前|已[完建开制成经]|同比|累计|共[开举培组投查]|圆满完成|顺利完成|被评为"
    r"|荣获"
)
_INNER = re.compile(r"印发[^《]{0,30}《?([^《》]{4,80})》?的?通知")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is the word for what the document is; `reason` says in Chinese why it is no plan, None for a plan."""

    kind: str
    reason: str | None
    plan_half: bool = False
    """A report that ends in a plan (总结及工作计划): only its planning sections set tasks."""
    allows_ledgers: bool = True
    """A report may hold a ledger of problems to be mended; a regulation's tables set no tasks."""
    covers: bool = False
    """A notice that passes another paper on: its own numbered demands are not that paper's tasks."""


def judge(source: Folded, title: str, markers: list[Marker], units_named: int, start: int, end: int) -> Verdict:
    """Judge by the title's last word for its kind, then by what the text itself shows."""
    kind = document_kind(title)
    if kind in REGULATIONS:
        return Verdict(kind, f"这份文件是“{kind}”，不是工作方案，没有可分解的任务。", allows_ledgers=False)
    if kind in REPORTS:
        if _PLANS.search(re.sub(r"计划生育", "", title)) and kind in ("总结", "情况", "报告", "汇报"):
            return Verdict(kind, None, plan_half=True)
        return Verdict(kind, f"这份文件是“{kind}”，不是工作方案，没有可分解的任务。")
    if kind in MINUTES and not units_named:
        return Verdict(kind, f"这份“{kind}”没有写明责任单位，没有可分解的任务。")
    if kind == "" and (reason := _of_the_past(source, 5, 250, start, end)):
        return Verdict(kind, reason)
    if not units_named:
        reason = _by_content(source, title, kind, markers, start, end)
        if reason:
            return Verdict(kind, reason)
    if "总结" in title and _PLANS.search(title):
        return Verdict(kind, None, plan_half=True)
    return Verdict(kind, None, covers=bool(_INNER.search(title)))


def _by_content(source: Folded, title: str, kind: str, markers: list[Marker], start: int, end: int) -> str | None:
    if sum(marker.rank == ARTICLE for marker in markers) >= 3:
        return "这份文件按“第×条”逐条规定，没有写明责任单位，不是工作方案。"
    if kind in ("", "通知") and _CALL.search(title):
        return "这份通知是事务性的，没有可分解的任务。"
    if kind in ("", "通知", "要求") and _SPEECH.search(source.flat, start, min(end, start + 1500)):
        return "这份文件是讲话或公开信，不是工作方案。"
    return _of_the_past(source, 12, 120, start, end)


def _of_the_past(source: Folded, least: int, apart: int, start: int, end: int) -> str | None:
    """A reason where words for what was done stand at least so often, and so close together."""
    past = sum(1 for _ in _PAST.finditer(source.flat, start, end))
    if past < least or past * apart <= end - start:
        return None
    return "这份文件以总结过去的工作为主，不是工作方案。"


def document_kind(title: str) -> str:
    """The title's last word for a kind of document; of a paper issued with a notice, the paper's own."""
    bare = re.sub(r"\([^()]*\)", "", title.replace("\n", "")).strip()
    inner = _INNER.search(bare)
    if inner:
        bare = inner.group(1)
    found = _KIND.findall(bare)
    if not found:
        return ""
    tail = bare[bare.rfind(found[-1]) + len(found[-1]) :]
    return found[-1] if len(tail) <= 4 else ""


_PLANNING = re.compile(r"(?:工作)?(?:计划|打算|思路|安排|部署|谋划)|下[一步步]|明年|来年|下一?(?:年|阶段|学年|学期)")


def is_planning_section(title: str) -> bool:
    return bool(_PLANNING.search(title))
