"""The columns of a table of past matters; a cell may say several things at once, as the ledger has them."""

import re
from datetime import date, datetime
from typing import Any

from app.imports.columns import Column, Wrong, choice, day, labelled, narrow, plain, text, words_of
from app.indicators.amounts import amount_of
from app.indicators.importing import figure
from app.major_decisions import checks
from app.major_decisions.models import CATEGORY_LABELS, MEETING_LABELS, RESULT_LABELS
from app.major_decisions.schemas import minute_of
from app.units.importing.naming import title, unit

NO_MEETING = "none"
_MEETINGS: dict[Any, str] = {**MEETING_LABELS, NO_MEETING: "未上会"}


def _when(cell: str, known: Any = None) -> datetime | date:
    """2026-03-05 14:30, or the day alone."""
    written = narrow(cell).replace("/", "-")
    if found := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2})?", written):
        try:
            return minute_of(f"{found[1]}T{found[2]}")
        except ValueError as error:
            raise Wrong(str(error)) from None
    return day(cell, known)


def _heads(cell: str, _known: Any = None) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6})\s*[/、]\s*(\d{1,6})", narrow(cell))
    if not found:
        raise Wrong("请按“应到/实到”填写，如 9/8")
    return int(found[1]), int(found[2])


def _votes(cell: str, _known: Any = None) -> tuple[int, int, int]:
    written = narrow(cell)
    found = [re.search(rf"{word}\D{{0,3}}(\d{{1,6}})", written) for word in checks.VOTES.values()]
    if found[0] is None:
        raise Wrong("请按“赞成 6，反对 1，弃权 0”填写")
    for_, against, abstain = (int(each[1]) if each else 0 for each in found)
    return for_, against, abstain


def _opinions(cell: str, _known: Any = None) -> list[dict[str, str]]:
    """``1.高岩：同意。``, one a line."""
    found = []
    for line in filter(str.strip, cell.splitlines()):
        said = re.fullmatch(r"(?:\d+[.、．])?\s*([^：:（(]+)(?:[（(]主持[）)])?\s*[：:]\s*(.+)", line.strip())
        if not said:
            raise Wrong("请按发言顺序填写，每人一行：姓名：意见")
        found.append({"speaker": said[1].strip(), "text": said[2].strip()})
    return found


def _recusals(cell: str, _known: Any = None) -> list[dict[str, str]]:
    """何芳（亲属投标）；郑宁（……）."""
    found = []
    for part in filter(str.strip, re.split(r"[；;\n]", cell)):
        said = re.fullmatch(r"([^（(：:]+)[（(：:](.+?)[）)]?", part.strip())
        if not said:
            raise Wrong("请写明谁因何回避，如 何芳（亲属投标）")
        found.append({"name": said[1].strip(), "reason": said[2].strip()})
    return found


def _review(cell: str, _known: Any = None) -> dict[str, Any]:
    if found := re.fullmatch(r"不需审查\s*[：:]\s*(.+)", cell.strip(), re.DOTALL):
        return {"legality_waived": found[1]}
    said = re.fullmatch(r"(\S+)\s+(\d{4}\S+?)(?:\s+(.+))?", cell.strip(), re.DOTALL)
    if not said:
        raise Wrong("请按“审查人 日期 意见”填写，如 区司法所 2026-03-01 同意；没有审查的写 不需审查：理由")
    return {"legality_by": said[1], "legality_on": day(said[2]), "legality_opinion": said[3]}


def _disclosure(cell: str, _known: Any = None) -> dict[str, Any]:
    if found := re.fullmatch(r"不公示\s*[：:]\s*(.+)", cell.strip(), re.DOTALL):
        return {"undisclosed_reason": found[1]}
    said = re.fullmatch(r"(\S+)\s*[至—~]\s*(\S+)(?:\s+(.+))?", cell.strip(), re.DOTALL)
    if not said:
        raise Wrong("请按“起 至 止 地点”填写，如 2026-03-06 至 2026-03-12 校务公开栏；不公示的写 不公示：理由")
    return {"disclosed_from": day(said[1]), "disclosed_to": day(said[2]), "disclosure_place": said[3]}


def _amount(cell: str, _known: Any = None) -> Any:
    try:
        return amount_of("".join(narrow(cell).replace(",", "").removesuffix("元").split()))
    except ValueError as error:
        raise Wrong(str(error)) from None


def _as_written(value: Any, _known: Any = None) -> str:
    """What was understood, for whoever looks through it."""
    parts = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
    said = ("：".join(map(plain, part.values())) if isinstance(part, dict) else plain(part) for part in parts)
    return "；".join(each for each in said if each)


def _composite(name: str, heading: str, aliases: tuple[str, ...], read: Any, **more: Any) -> Column:
    return Column(name, heading, aliases, read, _as_written, **more)


def _text(name: str, heading: str, *aliases: str, **more: Any) -> Column:
    return Column(name, heading, aliases, text, plain, **more)


COLUMNS = (
    _text("number", "编号", "登记编号", "事项编号", hint="台账的编号，已有的不改动；没有的导入时另编"),
    Column(
        *("unit", "单位", ("学校", "单位名称", "登记单位", "责任单位", "上报单位", "报送单位"), unit, title),
        example="青山小学",
        hint="只有一个单位的可以不填",
        width=20,
    ),
    Column(
        *(
            "category",
            "类别",
            ("类型", "事项类别", "决策类别", "事项类型"),
            choice(CATEGORY_LABELS),
            labelled(CATEGORY_LABELS),
        ),
        required=True,
        choices=words_of(CATEGORY_LABELS),
        example="大额度资金",
    ),
    _text(
        "subject",
        "议题",
        "事项",
        "决策事项",
        "议题名称",
        "事项名称",
        "决策内容",
        "议题内容",
        required=True,
        example="购置录播设备",
        width=34,
    ),
    _text("proposer", "提出人", "提议人", "动议人", "提案人", "建议人", required=True, example="林青"),
    _text(
        "preparation",
        "酝酿论证",
        "酝酿",
        "论证情况",
        "酝酿情况",
        "前期论证",
        "调研论证",
        "酝酿与论证",
        example="已征求教职工意见。",
        width=28,
    ),
    _composite(
        "review",
        "合法性审查",
        ("法律审查", "合规审查", "合法性审查意见", "法制审查"),
        _review,
        example="区司法所 2026-03-01 同意",
        width=24,
    ),
    Column(
        *(
            "meeting",
            "会议",
            ("会议类型", "决策会议", "会议名称", "会议形式", "决策形式"),
            choice(_MEETINGS),
            labelled(_MEETINGS),
        ),
        choices=words_of(_MEETINGS),
        example="党组织会议",
        hint="没有上会的写未上会或留空",
    ),
    _composite(
        "when",
        "时间",
        ("会议时间", "决定日期", "决策时间", "日期", "会议日期", "决策日期", "召开时间"),
        _when,
        required=True,
        example="2026-03-05 14:30",
    ),
    _composite(
        "heads", "应到/实到", ("应到实到", "人数", "应到实到人数", "出席情况", "参会人数"), _heads, example="9/8"
    ),
    _text("chair", "主持", "主持人", "会议主持", "会议主持人", example="林青"),
    _text("observer", "列席监督", "列席", "监督人员", "列席人员", "监督"),
    _composite(
        "opinions",
        "意见",
        ("讨论意见", "发言", "发表意见", "发言情况", "讨论情况", "班子成员意见"),
        _opinions,
        example="1.高岩：同意。",
        width=34,
    ),
    _composite(
        "votes",
        "表决",
        ("表决情况", "票数", "票决情况", "表决票数"),
        _votes,
        example="赞成 8，反对 0，弃权 0",
        width=20,
    ),
    Column(
        *(
            "result",
            "结果",
            ("决策结果", "表决结果", "决议", "会议结果", "决定"),
            choice(RESULT_LABELS),
            labelled(RESULT_LABELS),
        ),
        choices=words_of(RESULT_LABELS),
        example="通过",
        hint="留空为通过",
    ),
    _composite("recusals", "回避", ("回避情况", "回避人员"), _recusals, width=20),
    _composite("disclosure", "公示", ("公示情况", "公开情况", "公开", "公示公开"), _disclosure, width=28),
    Column(
        "amount",
        "金额",
        ("资金", "涉及金额", "资金额度", "涉及资金", "经费"),
        _amount,
        figure,
        example="48000",
        hint="元；大额度资金必填",
    ),
    _text("responsible_person", "责任人", "负责人", "执行责任人", "承办人", "落实责任人", example="高岩"),
    Column("deadline_on", "时限", ("完成时限", "执行时限", "完成时间", "落实时限", "办结时限"), day, plain),
    _text(
        "execution",
        "执行情况",
        "落实情况",
        "执行结果",
        "办理情况",
        "执行",
        "实施情况",
        "落实结果",
        example="已验收。",
        width=28,
    ),
)
