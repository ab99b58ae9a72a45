"""Definitions of indicators from a table: found by their code, and written as the form writes them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.imports import forms
from app.imports.checking import ask_share, by_rule
from app.imports.columns import Column, Wrong, alike, choice, code, day, labelled, narrow, plain, words_of
from app.imports.forms import Forms, filled
from app.imports.options import offered
from app.imports.registry import Draft, Importable
from app.indicators import operations as ops
from app.indicators.amounts import amount_of, written
from app.indicators.importing import figure
from app.indicators.models import (
    DIRECTION_LABELS,
    INDICATOR,
    INDICATOR_CADENCE_LABELS,
    MEASURE_LABELS,
    VALUE,
    Indicator,
    IndicatorCreate,
    IndicatorMeasure,
    IndicatorPatch,
)
from app.indicators.rules import KEEPERS, POLICY
from app.units.importing.naming import Units, standing, title, unit
from app.units.models import GROUP, OFFICES

LABEL = "指标"
OPTIONAL = ("numerator_name", "denominator_name", "valid_to")
CHANGED = (
    *("name", "definition", "measure", "numerator_name", "denominator_name", "direction", "target", "cadence"),
    *("unit_group_id", "office_id", "valid_from", "valid_to"),
)


class Known(Units):
    """The district's indicators, which of them figures were reported for, and the groups that may report."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.actor = see.actor
        self.indicators: dict[str, Any] = {row.code: row for row in forms.readable(see, POLICY)}
        reported = sa.select(VALUE.c.indicator_id).where(VALUE.c.district_id == self.district_id).distinct()
        self.reported = set(see.connection.execute(reported).scalars())
        groups = sa.select(GROUP.c.id, GROUP.c.name).where(GROUP.c.district_id == self.district_id)
        self.groups: dict[int, str] = {row.id: row.name for row in see.connection.execute(groups)}
        self.group_ids = {alike(name): group_id for group_id, name in self.groups.items()}
        self.met: dict[str, int] = {}


def _target(cell: str, _known: Any = None) -> str:
    """98, 98%, and the 1.0 of a workbook, as it is kept: taken back from JSON it must be the same."""
    try:
        amount = amount_of("".join(narrow(cell).removesuffix("%").replace(",", "").split()))
    except ValueError as error:
        raise Wrong(str(error)) from None
    return str(written(amount))


def _group(cell: str, known: Known) -> int:
    found = known.group_ids.get(alike(cell))
    if found is None:
        raise Wrong(*offered("没有这个单位组", cell, known.groups.values()))
    return found


def _group_name(group_id: int | None, known: Any) -> str:
    return "" if group_id is None else str(known.groups[group_id])


COLUMNS = (
    Column("code", "编码", ("指标编码", "代码", "指标代码"), code, plain, required=True, example="KHFW", width=12),
    filled("name", "指标", "指标名称", "名称", "统计指标", "指标项", required=True, example="课后服务覆盖率", width=24),
    filled(
        "definition",
        "口径",
        "指标口径",
        "统计口径",
        "说明",
        "指标说明",
        "计算口径",
        "指标定义",
        "定义",
        required=True,
        example="有需要的学生都参加。",
        width=60,
    ),
    Column(
        "measure",
        "计量方式",
        ("计量", "类型", "计量类型", "指标类型"),
        choice(MEASURE_LABELS),
        labelled(MEASURE_LABELS),
        required=True,
        choices=words_of(MEASURE_LABELS),
        example="百分比",
        width=10,
    ),
    filled("numerator_name", "分子", "分子名称", example="参加课后服务的学生数", hint="数量不填", width=20),
    filled("denominator_name", "分母", "分母名称", example="有需要的学生数", hint="数量不填", width=20),
    Column(
        "direction",
        "要求",
        ("方向", "达标要求"),
        choice(DIRECTION_LABELS, {"≥": "at_least", "≤": "at_most"}),
        labelled(DIRECTION_LABELS),
        required=True,
        choices=words_of(DIRECTION_LABELS),
        example="不低于",
        width=10,
    ),
    Column(
        "target",
        "目标值",
        ("目标", "指标值", "达标值"),
        _target,
        figure,
        required=True,
        example="98",
        hint="百分比只填数；改了的从本期起按新的目标计算",
        width=10,
    ),
    Column(
        "cadence",
        "周期",
        ("填报周期", "频次", "统计周期", "上报周期"),
        choice(INDICATOR_CADENCE_LABELS),
        labelled(INDICATOR_CADENCE_LABELS),
        required=True,
        choices=words_of(INDICATOR_CADENCE_LABELS),
        example=INDICATOR_CADENCE_LABELS[next(iter(INDICATOR_CADENCE_LABELS))],
        width=10,
    ),
    Column(
        "unit_group_id",
        "填报单位",
        ("单位组", "填报范围", "填报对象"),
        _group,
        _group_name,
        required=True,
        example="各学校（园）",
        hint="单位组的名称",
        width=20,
    ),
    Column(
        "office_id",
        "主管股室",
        ("主管单位", "责任股室", "牵头股室", "责任单位", "责任部门", "责任科室", "主管部门", "牵头单位", "牵头部门"),
        unit,
        title,
        example="督导室",
        hint="只有一个股室的可以不填",
        width=20,
    ),
    Column("valid_from", "起", ("起始日期", "开始日期", "生效日期"), day, plain, hint="新指标留空为今天"),
    Column("valid_to", "止", ("结束日期", "终止日期", "失效日期"), day, plain, hint="长期有效不填"),
)


def check(known: Known, draft: Draft) -> None:
    given = {name: draft.values[name] for name in CHANGED if name in draft.values}
    forms.fits(draft, lambda: IndicatorPatch(**given))
    named = draft.values.get("code")
    held = known.indicators.get(named) if named else None
    _ask_target(draft, held)
    if draft.faults or named is None:
        return
    forms.once(known.met, named, draft, "项指标")
    if held is None:
        _check_office(known, draft)
        before = dict.fromkeys(OPTIONAL) | {"valid_from": known.today}
    else:
        forms.target(draft, held, CHANGED)
        assert draft.held is not None
        draft.held["target"] = written(held.target)
        before = draft.held
        _check_changes(known, draft, held)
    whole = {**before, **draft.values}
    if all(name in whole for name in CHANGED if name != "office_id"):
        by_rule(draft, lambda: ops.check_definition({**whole, "target": Decimal(whole["target"])}))


def _ask_target(draft: Draft, held: Any | None) -> None:
    """98% in a workbook's percent cell arrives as 0.98; what an export says of the target there is stands."""
    if held is not None and draft.values.get("target") == written(held.target):
        return
    if draft.values.get("measure", held.measure if held else None) == IndicatorMeasure.PERCENT:
        ask_share(draft, "target")


def _check_changes(known: Known, draft: Draft, held: Any) -> None:
    changes = draft.changes
    if changes and not held.may_edit:
        draft.wrong("", "指标由主管股室和督查室维护")
    if held.id in known.reported:
        for name in ops.TOLD_BY:
            if name in changes:
                draft.wrong(name, "已有填报，不能再改；请结束这一指标，另设一项")
    if "office_id" in changes:
        _check_office(known, draft)


def _check_office(known: Known, draft: Draft) -> None:
    homes = [unit_id for unit_id in known.actor.home_units if unit_id in known.actor.offices]
    office_id = draft.values.get("office_id")
    if office_id is None and len(homes) == 1:
        office_id = draft.values["office_id"] = homes[0]
    if office_id is None:
        draft.wrong("office_id", "请写明主管股室")
    elif known.kinds[office_id] not in OFFICES:
        draft.wrong("office_id", "主管股室须为股室或二级单位")
    elif office_id not in known.actor.offices and not known.actor.has(Role.SUPERVISOR):
        draft.wrong("office_id", "只能设置本股室的指标")
    else:
        standing(known, draft, "office_id", office_id, known.today)


def _create(tx: Tx, values: dict[str, Any]) -> int:
    return ops.create(tx, IndicatorCreate(**values))


def _edit(tx: Tx, indicator_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, indicator_id, IndicatorPatch(**changes), version)


def _figures(tx: Tx, indicator_id: int) -> bool:
    """What an indicator is that cannot go any more."""
    reported = sa.select(VALUE.c.id).where(VALUE.c.indicator_id == indicator_id).limit(1)
    return tx.connection.execute(reported).first() is not None


_FORMS = Forms(INDICATOR, LABEL, _create, _edit, _figures, ops.delete)
DEFINITIONS = Importable(
    name="indicators",
    label=LABEL,
    model=Indicator,
    columns=COLUMNS,
    roles=frozenset(KEEPERS),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "按编码比对；空着的格子不改动已有的内容。",
        "已有填报的指标，计量方式、要求和周期不能再改；改了目标值的，以前各期仍按原来的目标计算。",
    ),
)
