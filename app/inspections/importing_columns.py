"""The columns of a table of findings, as the ledger has them (督查问题清单)."""

from typing import Any

from app.imports.columns import Column, Wrong, choice, day, labelled, narrow, plain, text, words_of
from app.inspections.models import CATEGORIES, SEVERITY_LABELS, Severity

YES, NO = ("是", "立行立改", "√", "y", "yes"), ("否", "—", "-", "×", "n", "no")


def _immediate(cell: str, _known: Any) -> bool:
    word = narrow(cell).casefold()
    if word not in (*YES, *NO):
        raise Wrong("请填写是或否")
    return word in YES


def _yes_no(value: Any, _known: Any = None) -> str:
    return "" if value is None else "是" if value else "否"


OTHER_SEVERITIES = {"轻微": Severity.MINOR, "较大": Severity.MAJOR, "较严重": Severity.MAJOR, "重大": Severity.SERIOUS}


def _unit(unit_id: int | None, known: Any) -> str:
    return str(known.units.title(unit_id))


COLUMNS = (
    Column(
        "inspection",
        "督查",
        ("督查名称", "督查项目", "检查名称", "督查检查", "督查活动", "检查活动", "督查事项"),
        text,
        plain,
        example="收费公示检查",
        hint="督查的名称；您只在一次检查中的督查里记录问题时不用填",
        width=24,
    ),
    Column("number", "编号", ("问题编号",), text, plain, hint="下达时给，新问题不填"),
    Column(
        "unit",
        "被查单位",
        (
            "单位",
            "责任单位",
            "学校",
            "单位名称",
            "责任股室",
            "责任部门",
            "被督查单位",
            "被检查单位",
            "受检单位",
            "受查单位",
            "学校（园）",
        ),
        text,
        _unit,
        required=True,
        example="实验小学",
        width=20,
    ),
    Column(
        "category",
        "问题类别",
        ("类别", "问题类型", "问题分类", "问题种类"),
        text,
        plain,
        required=True,
        example=CATEGORIES[3],
        hint="如" + "、".join(CATEGORIES),
    ),
    Column(
        "description",
        "问题描述",
        ("问题", "问题表现", "存在问题", "发现的问题", "主要问题", "问题内容", "问题情况", "具体问题", "发现问题"),
        text,
        plain,
        required=True,
        example="收费公示栏未按学期更新。",
        width=40,
    ),
    Column("basis", "依据", ("检查依据", "问题依据", "政策依据", "制度依据", "法规依据"), text, plain, width=28),
    Column(
        "severity",
        "严重程度",
        ("程度", "问题程度", "严重等级", "问题等级", "问题性质"),
        choice(SEVERITY_LABELS, OTHER_SEVERITIES),
        labelled(SEVERITY_LABELS),
        required=True,
        choices=words_of(SEVERITY_LABELS),
        example="较重",
    ),
    Column(
        "correction",
        "整改要求",
        ("整改意见", "要求", "整改建议", "整改内容", "处理意见"),
        text,
        plain,
        required=True,
        example="更新公示内容，明确专人负责。",
        width=40,
    ),
    Column(
        "deadline_on",
        "时限",
        ("整改时限", "整改期限", "完成时限", "整改时间", "整改完成时限", "完成时间", "办结时限", "要求完成时间"),
        day,
        plain,
        hint="留空时，下达那天按严重程度推算",
    ),
    Column(
        "immediate",
        "立行立改",
        (
            "是否立行立改",
            "即知即改",
        ),
        _immediate,
        _yes_no,
        choices=("是", "否"),
        hint="当场改正的填“是”",
    ),
)
