"""What an office takes off, from a table: found by round, criterion, unit and reason; its points may be put right while
the office is entering."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.appraisals import deductions as ops
from app.appraisals.deduction_models import CITED_LABELS, DEDUCTION, AppraisalDeduction, DeductionCreate, DeductionPatch
from app.appraisals.models import CRITERION, ROUND
from app.appraisals.rules import CRITERIA, CRITERION_WORKFLOW, DEDUCTION_WORKFLOW, DEDUCTIONS, WAITING
from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.core.within import many, within
from app.evidence.queries import linked
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, labelled, narrow, plain, whole, words_of
from app.imports.forms import Forms, filled
from app.imports.options import offered, told
from app.imports.registry import Draft, Importable
from app.indicators.amounts import amount_of, written
from app.units import groups
from app.units.importing.naming import meant
from app.units.importing.places import Places, title, unit

LABEL = "考核扣分"
FIXED = ("cited", "cited_id")
"""Part of what was entered, and changed by entering it anew."""


class Known(Places):
    """The criteria that offices enter, and what the actor may read of what was taken off from the file's units."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        roles = see.actor.roles
        rows = sa.select(CRITERION, ROUND.c.title, ROUND.c.year, ROUND.c.unit_group_id, *CRITERIA.columns(roles))
        rows = rows.join(ROUND, ROUND.c.id == CRITERION.c.appraisal_id)
        rows = rows.where(CRITERION.c.office_id.is_not(None), CRITERIA.read(roles)).order_by(CRITERION.c.id)
        self.criteria: dict[int, Any] = {row.id: row for row in see.connection.execute(rows, see.actor.binds)}
        named = self.named(drafts, "unit")
        self.rows: dict[tuple[int, int, str], list[Any]] = {}
        for row in forms.readable(see, DEDUCTIONS, within(DEDUCTION.c.unit_id, many("named")), named=named):
            self.rows.setdefault((row.criterion_id, row.unit_id, alike(row.reason)), []).append(row)
        self._members: dict[int, frozenset[int]] = {}

    def members(self, group_id: int) -> frozenset[int]:
        if group_id not in self._members:
            self._members[group_id] = frozenset(groups.members(self.see, [group_id], self.today)[group_id])
        return self._members[group_id]

    def criterion(self, draft: Draft) -> Any:
        """As the row names it; of several rounds the one that is named too, else the one that is entered. None, and
        said so, where there is none."""
        name, of, year = (draft.values.get(each) for each in ("criterion", "appraisal", "year"))
        if name is None:
            return None
        found = [row for row in self.criteria.values() if alike(row.name) == alike(name)]
        if not found:
            mine = [row.name for row in self.criteria.values() if row.may_enter]
            draft.wrong("criterion", *offered("没有这项由股室录入的指标，请写指标的名称", name, mine))
        else:
            named = [row for row in found if of is None or alike(row.title) == alike(of)]
            found = [row for row in named if year in (None, row.year)]
            if not found:
                draft.wrong("appraisal", "这一轮考核没有这项指标，请核对考核的名称和年度")
        if len(found) > 1:
            found = [row for row in found if row.may_enter and row.state == WAITING] or found
        if len(found) > 1:
            draft.wrong("appraisal", told("几轮考核都有这项指标，请写明是哪一轮", [row.title for row in found]))
        return found[0] if len(found) == 1 and not draft.faults else None


def year_of(cell: str, _known: Any = None) -> int:
    figures = narrow(cell).removesuffix("年度").removesuffix("年").removesuffix(".0")
    if not figures.isascii() or not figures.isdigit() or len(figures) != 4:
        raise Wrong("请填写年度，如 2026")
    return int(figures)


def _points(cell: str, _known: Any = None) -> str | None:
    """As the ledger writes them: 2.5."""
    try:
        return written(amount_of("".join(narrow(cell).removesuffix("分").split())))
    except ValueError as error:
        raise Wrong(str(error)) from None


COLUMNS = (
    filled("appraisal", "考核", "考核名称", "作风考核", hint="只有一轮在录入的可以不填", width=30),
    Column("year", "年度", ("考核年度", "年份"), year_of, plain, hint="可以不填", width=8),
    filled(
        "criterion",
        "指标",
        "考核指标",
        "扣分指标",
        "扣分项目",
        "考核项目",
        "扣分项",
        required=True,
        example="会风会纪",
        width=20,
    ),
    Column(
        "unit",
        "单位",
        ("单位名称", "被考核单位", "学校", "学校（园）", "责任单位", "责任股室", "受考核单位", "部门"),
        unit,
        title,
        required=True,
        example="青山小学",
        hint="名称或编码",
        width=24,
    ),
    Column(
        "points", "扣分", ("分值", "扣分值", "扣分数", "扣分分值"), _points, plain, required=True, example="2", width=8
    ),
    filled(
        "reason",
        "原因",
        "扣分原因",
        "事由",
        "扣分事由",
        "扣分情况",
        "说明",
        required=True,
        example="9 月 3 日全区例会无故缺席。",
        width=50,
    ),
    Column(
        "cited",
        "依据",
        ("扣分依据", "依据类别", "依据类型"),
        choice(CITED_LABELS),
        labelled(CITED_LABELS),
        choices=words_of(CITED_LABELS),
        hint="任务、整改或督查问题；没有的留空",
    ),
    Column(
        "cited_id",
        "依据编号",
        ("编号",),
        whole("请填写依据的编号，即它网址末尾的数字", digits=15),
        plain,
        hint="和依据同时填写",
        width=10,
    ),
)


def check(known: Known, draft: Draft) -> None:
    criterion = known.criterion(draft)
    unit_id, reason = draft.values.get("unit"), draft.values.get("reason")
    said = {name: draft.values[name] for name in ("points", "reason") if name in draft.values}
    forms.fits(draft, lambda: DeductionPatch(**said))
    if draft.faults or criterion is None or unit_id is None or reason is None:
        return
    draft.values |= {"appraisal": criterion.title, "year": criterion.year, "criterion": criterion.name}
    meant(known.cells.names, draft, lambda each: (criterion.id, each, alike(reason)) in known.rows)
    key = criterion.id, draft.values["unit"], alike(reason)
    rows = [row for row in known.rows.get(key, []) if row.id not in known.met]
    found = next((row for row in rows if written(row.points) == draft.values.get("points")), rows[0] if rows else None)
    if found is not None:
        known.met[found.id] = draft.number
        _compare(draft, found, criterion)
    elif known.rows.get(key):
        draft.wrong("", "这个单位的这条扣分在表里重复，请只留一行")
    else:
        forms.once(known.met, key, draft, "条扣分")
        _new(known, draft, criterion)
    if "points" in draft.values and not draft.faults:
        by_rule(draft, lambda: ops.check_points(Decimal(draft.values["points"]), criterion.weight))


def _compare(draft: Draft, row: Any, criterion: Any) -> None:
    forms.target(draft, row, FIXED)
    assert draft.held is not None
    draft.held["points"] = written(row.points)
    if changed := [name for name in FIXED if name in draft.changes]:
        draft.wrong(changed[0], "已录入的扣分不能改依据，请删除后重新录入")
    elif draft.changes:
        forms.allowed(draft, lambda: DEDUCTION_WORKFLOW.admit(row, "edit"))
        forms.allowed(draft, lambda: CRITERION_WORKFLOW.admit(criterion, "enter"))


def _new(known: Known, draft: Draft, criterion: Any) -> None:
    forms.allowed(draft, lambda: CRITERION_WORKFLOW.admit(criterion, "enter"))
    if draft.values["unit"] not in known.members(criterion.unit_group_id):
        draft.wrong("unit", "这个单位不参加这一轮考核")
    cited, number = draft.values.get("cited"), draft.values.get("cited_id")
    by_rule(draft, lambda: ops.check_cited(known.see, cited, number, draft.values["unit"]))


def _create(tx: Tx, values: dict[str, Any]) -> int:
    """In the round and under the criterion of these names; two rounds of a year are never called the same."""
    mine = sa.select(CRITERION.c.id).join(ROUND, ROUND.c.id == CRITERION.c.appraisal_id)
    mine = mine.where(
        ROUND.c.district_id == tx.actor.district_id,
        ROUND.c.title == values["appraisal"],
        ROUND.c.year == values["year"],
        CRITERION.c.name == values["criterion"],
    )
    criterion_id = tx.connection.execute(mine).scalar_one()
    given = {name: values.get(name) for name in ("points", "reason", *FIXED)}
    return ops.enter(tx, criterion_id, DeductionCreate(unit_id=values["unit"], **given))


def _edit(tx: Tx, deduction_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, deduction_id, DeductionPatch(**changes), version)


def _papers(tx: Tx, row_id: int) -> list[dict[str, Any]]:
    return linked(tx, "appraisal-deductions", row_id)


_FORMS = Forms(DEDUCTION, LABEL, _create, _edit, _papers, ops.delete)
TAKEN = Importable(
    name="appraisal-deductions",
    label=LABEL,
    model=AppraisalDeduction,
    columns=COLUMNS,
    roles=frozenset({Role.OFFICE}),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "按考核、指标、单位和原因比对，不会重复；扣分可以改，原因不同的是另一条。",
        "只能录入本股室负责的指标，录入完毕后不能再改。台账里已撤销的、系统计算的不受影响。",
        "没写依据的，导入后在指标页用一份材料（如签到表）一次补齐，或逐条上传，之后才能录入完毕。",
    ),
)
