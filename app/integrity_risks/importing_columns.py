"""The columns of a table of risk points, as the ledger has them (廉政风险点台账)."""

from typing import Any

from app.core.tables import yes_no
from app.imports.columns import Column, Wrong, alike, choice, day, labelled, narrow, plain, text, words_of
from app.imports.options import offered
from app.integrity_risks.models import SOURCE_KIND_LABELS


def _unit(cell: str, known: Any) -> int:
    return int(known.units.unit(cell))


def open_titles(known: Any) -> list[str]:
    return [row.title for row in known.open.values()]


def _round(cell: str, known: Any) -> int:
    found = known.called.get(alike(cell))
    if found is None:
        raise Wrong(*offered("没有这一轮排查", cell, open_titles(known)))
    return int(found.id)


def _scale(cell: str, _known: Any = None) -> int:
    written = narrow(cell).removesuffix(".0")
    if written not in ("1", "2", "3", "4", "5"):
        raise Wrong("请填写 1 到 5 的整数")
    return int(written)


def _filled(name: str, heading: str, *aliases: str, **more: Any) -> Column:
    return Column(name, heading, aliases, text, plain, **more)


def _unit_name(unit_id: Any, known: Any) -> str:
    return str(known.units.title(unit_id)) if unit_id else ""


def _round_title(round_id: Any, known: Any) -> str:
    return str(known.rounds[round_id].title) if round_id in known.rounds else ""


_YES = {True: "是", False: "否"}
COLUMNS = (
    _filled("serial", "序号", "编号", hint="新登记的留空或按顺序编号", width=8),
    Column(
        "unit",
        "单位",
        ("填报单位", "单位名称", "学校", "学校（园）"),
        _unit,
        _unit_name,
        hint="只有一个单位的可以不填",
        width=20,
    ),
    Column("round", "排查轮次", ("轮次", "排查批次"), _round, _round_title, hint="只有一轮进行中的可以不填", width=20),
    _filled(
        "department",
        "部门",
        "科室",
        "内设机构",
        "处室",
        "股室",
        "责任部门",
        "责任股室",
        "所在部门",
        required=True,
        example="总务处",
    ),
    _filled("post", "岗位", "岗位名称", "职务", required=True, example="采购员"),
    _filled(
        "duty_item",
        "职权事项",
        "职权名称",
        "权力事项",
        "职责事项",
        "职权",
        "权力名称",
        "工作事项",
        "工作职责",
        required=True,
        example="食材采购与验收",
        width=24,
    ),
    _filled(
        "risk_point",
        "风险点",
        "廉政风险点",
        "风险点描述",
        "风险内容",
        "风险描述",
        "廉政风险",
        "风险点名称",
        required=True,
        example="采购价格虚高",
        width=30,
    ),
    _filled(
        "manifestation",
        "表现形式",
        "风险表现",
        "具体表现",
        "表现",
        "风险表现形式",
        required=True,
        example="与供货商私下商定价格。",
        width=36,
    ),
    Column(
        "source",
        "风险来源",
        ("风险类别", "来源", "风险类型"),
        choice(SOURCE_KIND_LABELS),
        labelled(SOURCE_KIND_LABELS),
        required=True,
        choices=words_of(SOURCE_KIND_LABELS),
        example="工作流程",
    ),
    Column(
        "likelihood",
        "可能性",
        ("发生概率", "发生可能性", "概率", "可能程度"),
        _scale,
        plain,
        required=True,
        example="3",
        hint="1 到 5",
        width=8,
    ),
    Column(
        "impact",
        "危害程度",
        ("危害", "危害性", "影响程度", "危害后果", "影响"),
        _scale,
        plain,
        required=True,
        example="4",
        hint="1 到 5",
        width=10,
    ),
    Column(
        "by_rule",
        "三重一大",
        ("是否三重一大", "按规则定级"),
        choice(_YES),
        yes_no,
        choices=("是", "否"),
        hint="是的定为一级",
        width=10,
    ),
    _filled(
        "measures",
        "防控措施",
        "措施",
        "防范措施",
        "风险防控措施",
        "具体措施",
        "防控举措",
        "防范举措",
        required=True,
        example="三家比价，两人验收。",
        hint="一行一条",
        width=40,
    ),
    _filled("person", "责任人", "具体责任人", "防控责任人", "负责人", "岗位责任人", hint="留空为第一责任人", width=12),
    _filled("leader", "责任领导", "分管领导", "主管领导", width=12),
    _filled("deadline", "时限", "完成时限", "防控时限", "落实时限", "时间", "完成时间", "防控期限", "完成期限"),
    Column(
        "review_on",
        "复评日期",
        ("复评时间", "下次评估日期", "复评", "复查日期", "下次复评日期"),
        day,
        plain,
        hint="留空为一年后",
    ),
)
