"""The columns of a table of progress. Its keys are texts: what they mean depends on one another."""

import re
from typing import Any

from app.assignments.importing.known import Known
from app.assignments.models import ACTIVITY_KIND_LABELS
from app.core.models import Name, Percent, Text, whole
from app.imports.columns import Column, Wrong, beside, choice, day, labelled, narrow, plain, typed, words_of
from app.plans.cells import BESIDE

percentage, _count = typed(Percent), typed(whole(1, 100_000))
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*(%?)")


def _key(cell: str, _known: Known) -> str:
    """Looked up as it is written, together with the others."""
    return cell


def _percent(cell: str, known: Known) -> Any:
    """60, 60%, or the 0.6 that a workbook keeps of 60%; a column with such fractions has 1 for 100%."""
    found = _SHARE.fullmatch(narrow(cell))
    if not found:
        raise Wrong("请填写 0 到 100 的整数，如 60 或 60%")
    share = float(found[1])
    if not found[2] and 0 < share <= 1 and known.fractions:
        share = round(share * 100, 4)
    if not share.is_integer():
        raise Wrong("请填写整数，如 60 或 60%")
    return percentage(int(share))


def _share(value: Any, _known: Any = None) -> str:
    return "" if value is None else f"{value}%"


_PEOPLE = re.compile(r"(\d{1,9})(?:\.0+)?\s*(?:人|人次)?")


def _people(cell: str, _known: Any = None) -> Any:
    found = _PEOPLE.fullmatch(narrow(cell).replace(",", ""))
    if not found:
        raise Wrong("请填写人数，如 320")
    return _count(int(found[1]))


OF_PLAN = "这是方案里的内容，由督查室在方案里改"
COLUMNS = (
    Column(
        "plan",
        "方案",
        ("工作方案", "方案名称", "所属方案"),
        _key,
        plain,
        example="",
        hint="方案名称或文号；印发的方案只有一份时不用填",
        width=24,
    ),
    Column(
        "number",
        "序号",
        ("任务序号", "任务编号", "项号", "编号", "条目"),
        _key,
        plain,
        example="1",
        hint="方案里的任务序号",
        width=8,
    ),
    Column(
        "title",
        "重点任务",
        ("任务", "任务名称", "工作任务", "任务内容", "主要任务", "任务事项", "工作事项", "工作内容"),
        _key,
        plain,
        required=True,
        example="健全学校议事决策制度",
        hint="照方案原文；填了序号或任务标识的可以不填",
        width=34,
    ),
    Column("key", "任务标识", ("标识",), _key, plain, hint="系统给每项任务的标识，一般不用填"),
    Column(
        "unit",
        "单位",
        (
            "责任单位",
            "责任股室",
            "承办单位",
            "填报单位",
            "单位名称",
            "学校",
            "责任科室",
            "责任部门",
            "责任主体",
            "落实单位",
            "实施单位",
            "承办股室",
            "承办部门",
            "责任处室",
            "责任办",
            "上报单位",
            "报送单位",
            "学校（园）",
            "部门",
            "股室",
        ),
        _key,
        plain,
        example="实验小学",
        hint="名称、别名或编码；只有一个单位的可以不填",
        width=20,
    ),
    Column(
        "period",
        "周期",
        ("期次", "期间", "所属周期", "所属期", "办理周期"),
        _key,
        plain,
        hint="按期办理的任务写哪一期，如 2023年10月、2023年第四季度、2023学年第一学期；只有一期的不用填",
    ),
    Column(
        "text",
        "进展",
        (
            "进展情况",
            "工作进展",
            "办理进展",
            "完成情况",
            "落实情况",
            "最新进展",
            "活动情况",
            "办理情况",
            "推进情况",
            "工作推进情况",
            "进展及成效",
            "落实进展",
            "工作情况",
            "贯彻落实情况",
        ),
        typed(Text),
        plain,
        example="已修订议事规则并印发。",
        width=40,
    ),
    Column(
        "percent",
        "完成程度",
        ("完成比例", "完成进度", "进度", "完成率", "百分比", "完成百分比", "完成度", "进展百分比", "进度百分比"),
        _percent,
        _share,
        example="60%",
        hint="0 到 100 的整数；留空为原来的程度",
    ),
    Column(
        "reported_on",
        "填报日期",
        (
            "进展日期",
            "报告日期",
            "日期",
            "更新日期",
            "活动日期",
            "填报时间",
            "报告时间",
            "报送日期",
            "报送时间",
            "上报日期",
            "上报时间",
            "更新时间",
            "办理日期",
        ),
        day,
        plain,
        example="2023-10-31",
        hint="留空为写入当天",
    ),
    Column(
        "place",
        "活动地点",
        ("地点", "活动场所", "举办地点", "场所", "场地"),
        typed(Name),
        plain,
        hint="开展活动的填写，列入活动台账",
        width=20,
    ),
    Column(
        "activity",
        "活动类别",
        ("活动类型", "类别", "活动形式"),
        choice(ACTIVITY_KIND_LABELS),
        labelled(ACTIVITY_KIND_LABELS),
        choices=words_of(ACTIVITY_KIND_LABELS),
    ),
    Column("participants", "参加人数", ("人数", "参与人数", "参加总人数"), _people, plain, hint="只写数字", width=10),
    beside(
        "measures",
        "具体措施",
        ("落实措施", "具体内容", "工作要求", "措施内容", "主要措施", "工作措施", "措施"),
        OF_PLAN,
    ),
    beside(
        "required_evidence",
        "成果形式",
        ("工作成果", "预期成果", "成果要求", "所需印证材料", "需要的印证资料", "成果"),
        OF_PLAN,
    ),
    beside(
        "lead",
        "牵头股室",
        (
            "牵头责任单位",
            "牵头责任股室",
            "主办单位",
            "主办股室",
            "主责单位",
            "牵头单位",
            "牵头部门",
            "牵头科室",
            "牵头",
        ),
        OF_PLAN,
    ),
    beside(
        "cooperate",
        "配合股室",
        (
            "协办单位",
            "协办股室",
            "协办部门",
            "配合责任单位",
            "参与单位",
            "参加单位",
            "配合单位",
            "配合部门",
            "配合科室",
            "协助单位",
            "配合",
        ),
        OF_PLAN,
    ),
    beside(
        "deadline",
        "完成时限",
        (
            "时间节点",
            "时限要求",
            "办结时限",
            "完成日期",
            "截止日期",
            "时间安排",
            "时限",
            "完成时间",
            "截止时间",
            "完成期限",
        ),
        "时限照方案，要延长请在任务页面申请延期",
    ),
    *BESIDE,
)
