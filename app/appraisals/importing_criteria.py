"""The criteria of a round from a table: found by round and name, and written as the form writes them while the round is
open."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.appraisals import operations as ops
from app.appraisals.deduction_models import DEDUCTION
from app.appraisals.importing import year_of
from app.appraisals.models import CRITERION, SOURCE_LABELS, AppraisalCriterion, CriterionCreate, CriterionPatch, Source
from app.appraisals.rules import CRITERIA, CRITERION_WORKFLOW, OPEN, POLICY, WORKFLOW
from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, labelled, narrow, plain, whole, words_of
from app.imports.forms import Forms, filled
from app.imports.options import offered
from app.imports.registry import Draft, Importable
from app.indicators.amounts import amount_of, written
from app.units.importing.places import Places, title, unit

LABEL = "考核指标"
CHANGED = ("name", "weight", "each", "required", "office_id", "standard")
HELD = (*CHANGED, "source")


class Known(Places):
    """The district's rounds and their criteria, and under which of these something was taken off."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.rounds = list(forms.readable(see, POLICY))
        self.criteria: dict[tuple[int, str], list[Any]] = {}
        self.sizes: dict[int, int] = {}
        for row in forms.readable(see, CRITERIA):
            self.criteria.setdefault((row.appraisal_id, alike(row.name)), []).append(row)
            self.sizes[row.appraisal_id] = self.sizes.get(row.appraisal_id, 0) + 1
        used = sa.select(DEDUCTION.c.criterion_id).where(DEDUCTION.c.district_id == see.actor.district_id).distinct()
        self.used = set(see.connection.execute(used).scalars())

    def round(self, draft: Draft) -> Any | None:
        """The one that is named, else the only one that is open. None, and said so, where there is none."""
        of, year = draft.values.get("appraisal"), draft.values.get("year")
        named = [row for row in self.rounds if of is None or alike(row.title) == alike(of)]
        found = [row for row in named if year in (None, row.year)]
        if (of is None and year is None) or len(found) > 1:
            found = [row for row in found if row.state == OPEN]
        if len(found) == 1:
            return found[0]
        why = "有几轮考核，请写明考核的名称和年度" if found else "没有这一轮进行中的考核，请先发起，或核对名称和年度"
        rounds = [row.title for row in found or self.rounds if row.state == OPEN]
        draft.wrong("appraisal", *offered(why, of or "", rounds))
        return None


_points = whole("请填写整数，如 20", after="分")


def _briefs(cell: str, known: Any = None) -> Any:
    return _points(narrow(cell).removesuffix("篇"), known)


def _each(cell: str, _known: Any = None) -> str | None:
    """As the table that goes out writes it: 2.5."""
    try:
        return written(amount_of("".join(narrow(cell).removesuffix("分").split())))
    except ValueError as error:
        raise Wrong(str(error)) from None


_OTHER_SOURCES = {"股室录入": Source.ENTERED, "人工评分": Source.ENTERED}
COLUMNS = (
    filled("appraisal", "考核", "考核名称", "作风考核", hint="只有一轮进行中的可以不填", width=30),
    Column("year", "年度", ("考核年度", "年份"), year_of, plain, hint="可以不填", width=8),
    filled("name", "指标", "考核指标", "指标名称", "考核项目", "考核内容", required=True, example="会风会纪", width=24),
    Column(
        "weight",
        "满分",
        ("权重", "分值", "标准分", "满分值", "权重分"),
        _points,
        plain,
        required=True,
        example="20",
        width=8,
    ),
    Column(
        "source",
        "数据来源",
        ("来源", "评分方式", "计分来源"),
        choice(SOURCE_LABELS, _OTHER_SOURCES),
        labelled(SOURCE_LABELS),
        required=True,
        choices=words_of(SOURCE_LABELS),
        example="股室评分",
    ),
    Column("each", "每项扣分", ("每逾期一项扣", "每项扣"), _each, plain, hint="只有逾期数填写", width=10),
    Column("required", "应有篇数", ("篇数", "应有简报数"), _briefs, plain, hint="只有推广简报数填写", width=10),
    Column(
        "office_id",
        "录入股室",
        ("股室", "评分股室", "责任股室", "责任单位", "责任部门", "评分单位", "牵头股室"),
        unit,
        title,
        example="人事股",
        hint="只有股室评分填写",
        width=20,
    ),
    filled(
        "standard",
        "扣分标准",
        "评分标准",
        "评分细则",
        "扣分细则",
        "考核标准",
        "评分办法",
        example="无故缺席一次扣 2 分。",
        width=50,
    ),
)


def check(known: Known, draft: Draft) -> None:
    values = draft.values
    forms.fits(draft, lambda: CriterionPatch(**{name: values[name] for name in CHANGED if name in values}))
    if draft.faults or "name" not in values or (of := known.round(draft)) is None:
        return
    values["round"] = of.id
    named = known.criteria.get((of.id, alike(values["name"])), [])
    found = next((row for row in named if row.name == values["name"]), named[0] if named else None)
    forms.once(known.met, ("there", found.id) if found else (of.id, alike(values["name"])), draft, "项指标")
    if found is None:
        _new(known, draft, of)
    else:
        forms.target(draft, found, HELD)
        assert draft.held is not None
        draft.held["each"] = written(found.each)
        if not draft.changes:
            return
        _changed(known, draft, found)
    _fitting(known, draft)


def _new(known: Known, draft: Draft, of: Any) -> None:
    forms.allowed(draft, lambda: WORKFLOW.admit(of, "add_criterion"))
    known.sizes[of.id] = known.sizes.get(of.id, 0) + 1
    if known.sizes[of.id] > ops.MOST_CRITERIA:
        draft.wrong("", f"一轮考核最多 {ops.MOST_CRITERIA} 项指标，请合并后再增加")


def _changed(known: Known, draft: Draft, found: Any) -> None:
    if "source" in draft.changes:
        draft.wrong("source", "已有的指标不能改数据来源，请另起名称增加一项")
    forms.allowed(draft, lambda: CRITERION_WORKFLOW.admit(found, "edit"))
    if "office_id" in draft.changes and found.id in known.used:
        draft.wrong("office_id", "已有录入的扣分，不能改由其他股室录入；请先由原股室删除")


def _fitting(known: Known, draft: Draft) -> None:
    """What the source asks for, of the row as it will be."""
    fields = {**dict.fromkeys(HELD), **(draft.held or {}), **draft.values}
    if draft.faults or fields["source"] is None or fields["weight"] is None:
        return
    if fields["each"] is not None:
        fields["each"] = Decimal(fields["each"])
    by_rule(draft, lambda: ops.check_fields(Source(fields["source"]), fields))
    if fields["office_id"] is not None and known.units[fields["office_id"]].kind not in ops.ENTERING:
        draft.wrong("office_id", ops.NEVER_ENTERING)


def _create(tx: Tx, values: dict[str, Any]) -> int:
    return ops.add_criterion(tx, values["round"], CriterionCreate(**{n: values[n] for n in HELD if n in values}))


def _edit(tx: Tx, criterion_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit_criterion(tx, criterion_id, CriterionPatch(**changes), version)


_FORMS = Forms(CRITERION, LABEL, _create, _edit, lambda tx, row_id: [], ops.delete_criterion)
CRITERION_TABLE = Importable(
    name="appraisal-criteria",
    label=LABEL,
    model=AppraisalCriterion,
    columns=COLUMNS,
    roles=frozenset({Role.SUPERVISOR}),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "按考核和指标的名称比对；空着的格子不改动已有的内容，数据来源不能改。",
        "只能导入进行中的考核。计分办法由数据来源和满分得出，不用填写；逾期数要填每项扣分，推广简报数要填应有篇数。",
    ),
)
