"""Special campaigns from a table: drafts as the form makes them, and what there is put right as far as an edit may."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.campaigns import operations as ops
from app.campaigns.models import CAMPAIGN, CAMPAIGN_STATE_LABELS, OFFICE, PHASES, Campaign
from app.campaigns.queries import leading_groups
from app.campaigns.rules import CANCELLED, LEADERS, POLICY, WORKFLOW
from app.campaigns.schemas import CampaignCreate, CampaignPatch
from app.core.operation import Reader, Tx
from app.core.tables import joined
from app.core.within import many, within
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, day, labelled, narrow, plain, several
from app.imports.forms import Forms, filled
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import refuse_touched
from app.units.importing.places import Places, title, unit
from app.units.names import Target

LABEL = "专项行动"
WORDS = ("basis", "purpose", "fees", "unit_group_id", "leading_group_id")
_TO = " 至 "
_OFFICES = sa.select(OFFICE.c.campaign_id, OFFICE.c.unit_id).where(OFFICE.c.district_id == sa.bindparam("district"))


class Known(Places):
    """The campaigns that the actor may read, and the leading groups there are to choose from."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.rows: dict[tuple[int, str], list[Any]] = defaultdict(list)
        for row in forms.readable(see, POLICY):
            self.rows[row.unit_id, alike(row.title)].append(row)
        taking_part = see.connection.execute(
            _OFFICES.order_by(OFFICE.c.campaign_id), {"district": see.actor.district_id}
        )
        self.offices = {
            campaign_id: sorted(row.unit_id for row in rows)
            for campaign_id, rows in groupby(taking_part, lambda row: row.campaign_id)
        }
        self.leading = dict(leading_groups(see))
        """With its unit in brackets behind its name."""


# Cells


def _span(cell: str, _known: Any = None) -> str:
    """2026-03-01 至 2026-03-31; where the second day has no year it is the first one's."""
    parts = re.split(r"\s*(?:至|到|~|—+)\s*", narrow(cell))
    if len(parts) != 2:
        raise Wrong("请按“起 至 止”填写，如 2026-03-01 至 2026-03-31")
    first = day(parts[0])
    without_year = re.fullmatch(r"\d{1,2}\s*月\s*\d{1,2}\s*日?", parts[1])
    return _days(first, day(f"{first.year}年{parts[1]}" if without_year else parts[1]))


def _days(first: Any, last: Any) -> str:
    return f"{first}{_TO}{last}"


def _group(cell: str, known: Any) -> int:
    found = known.cells.names.match(cell, is_group=True)
    if found is None or found.unit_group_id is None:
        near = [each.name for each in known.cells.names.suggest(cell, is_group=True) if each.unit_group_id is not None]
        raise Wrong("没有这个单位组；逐个选定的单位请写在自查单位一列", near)
    return int(found.unit_group_id)


def _group_name(group_id: Any, known: Any) -> str:
    return "" if group_id is None else str(known.cells.names.titles.get(Target(None, group_id), ""))


def _leading(cell: str, known: Any) -> int:
    wanted = alike(cell)
    whole = [each for each, words in known.leading.items() if alike(words) == wanted]
    found = whole or [each for each, words in known.leading.items() if alike(words.rpartition("（")[0]) == wanted]
    if len(found) == 1:
        return int(found[0])
    if found:
        raise Wrong("有几个同名的领导小组，请连同单位写明", [known.leading[each] for each in found])
    raise Wrong("没有这个局级或股室的领导小组；请先登记，或者留空，启动前在页面上选定")


_YES = {True: "是", False: "否"}
_units = several(unit)
_EXAMPLES = ("2026-03-01 至 2026-03-31", "2026-04-01 至 2026-04-30", "2026-05-01 至 2026-05-31")
COLUMNS = (
    Column(
        "unit",
        "牵头股室",
        ("牵头单位", "主办股室", "责任股室", "牵头部门", "牵头科室", "责任单位", "责任部门", "主办单位"),
        unit,
        title,
        example="计财股",
        hint="名称或编码；只有一个单位的可以不填",
        width=16,
    ),
    filled(
        "title",
        "名称",
        "专项行动",
        "专项名称",
        "行动名称",
        "整治项目",
        "项目名称",
        "专项治理",
        "专项整治",
        required=True,
        example="教育收费专项检查",
        width=36,
    ),
    filled(
        "basis", "依据", "文件依据", "依据文件", "政策依据", required=True, example="区教育局 2026 年工作要点", width=40
    ),
    filled(
        "purpose",
        "目的",
        "工作目标",
        "整治内容",
        "目标",
        "工作任务",
        "目标任务",
        "整治重点",
        "治理内容",
        required=True,
        example="纠正违规收费。",
        width=40,
    ),
    Column(
        "fees",
        "涉及收费",
        ("是否涉及收费", "填报金额"),
        choice(_YES, {"涉及": True, "不涉及": False}),
        labelled(_YES),
        choices=tuple(_YES.values()),
        example="是",
        hint="涉及的，自查填报金额；留空为否",
        width=10,
    ),
    Column(
        "office_ids",
        "参加股室",
        ("配合股室", "参加单位", "配合单位", "参与股室", "参与单位", "配合部门", "成员单位"),
        _units,
        joined(title),
        hint="牵头股室以外的，之间用顿号隔开",
        width=40,
    ),
    Column(
        "unit_group_id",
        "单位组",
        ("自查范围", "范围"),
        _group,
        _group_name,
        example="各学校（园）",
        hint="按组的规则确定自查单位",
        width=20,
    ),
    Column(
        "unit_ids",
        "自查单位",
        ("选定的单位", "单位名单"),
        _units,
        joined(title),
        hint="逐个选定的，之间用顿号隔开；可以和单位组一起用",
        width=40,
    ),
    Column(
        "leading_group_id",
        "领导小组",
        ("专项领导小组", "领导小组名称"),
        _leading,
        lambda group_id, known: known.leading.get(group_id, ""),
        hint="已登记的局级或股室领导小组；可以留空，启动前选定",
        width=30,
    ),
    *(
        Column(
            phase.value,
            f"{label}时间",
            (f"{label}阶段", f"{label}起止", f"{label}日期"),
            _span,
            plain,
            required=True,
            example=example,
            hint="起 至 止；前一阶段结束后，后一阶段再开始",
            width=24,
        )
        for phase, label, example in zip(
            PHASES,
            (CAMPAIGN_STATE_LABELS[phase] for phase in PHASES),
            (*_EXAMPLES, "2026-06-01 至 2026-06-15"),
            strict=True,
        )
    ),
)
_COLUMN_OF = {"unit_id": "unit"} | {f"{phase}_{end}": phase.value for phase in PHASES for end in ("from", "to")}
"""Field → the column that says it."""


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    given = {name: values[name] for name in ("title", *WORDS, "office_ids", "unit_ids") if name in values}
    for phase in PHASES:
        if phase.value in values:
            given[f"{phase}_from"], given[f"{phase}_to"] = values[phase.value].split(_TO)
    return given


# Rows


def check(known: Known, draft: Draft) -> None:
    words = draft.values.get("title")
    lead = known.home(draft, holds=lambda each: bool(known.rows.get((each, alike(str(words))))))
    forms.fits(draft, lambda: CampaignPatch(**_fields(draft.values)), _COLUMN_OF)
    if draft.faults or lead is None or words is None:
        return
    if "office_ids" in draft.values:
        draft.values["office_ids"] = sorted(set(draft.values["office_ids"]) - {lead})
    if "unit_ids" in draft.values:
        draft.values["unit_ids"] = sorted(draft.values["unit_ids"])
    key, begins = (lead, alike(words)), draft.values.get(PHASES[0].value, "").partition(_TO)[0]
    if (row := _found(known, key, begins)) is not None and _means(known, draft, row):
        known.met[row.id] = draft.number
        known.met |= dict.fromkeys(((key, begins), (key, str(row.self_check_from))), draft.number)
        return
    draft.held = None
    forms.once(known.met, (key, begins), draft, LABEL)
    forms.fits(draft, lambda: _create(draft.values), _COLUMN_OF)
    if not draft.faults and all(column.name in draft.values for column in COLUMNS if column.required):
        forms.allowed(draft, lambda: by_rule(draft, lambda: _refuse_wrong(known, draft), _COLUMN_OF))
        if draft.values[PHASES[-1].value].split(_TO)[1] < str(known.today):
            draft.remark(PHASES[-1].value, "各阶段都已过去：导入后是未启动的，启动时仍会向各单位布置自查")


def _found(known: Known, key: tuple[int, str], begins: str) -> Any | None:
    """Of the same office, title and year; each line means the next of them, one of the same first day before others."""
    left = [
        row
        for row in known.rows[key]
        if row.id not in known.met and (not begins or str(row.self_check_from.year) == begins[:4])
    ]
    left.sort(key=lambda row: (str(row.self_check_from) != begins, row.state == CANCELLED, -row.id))
    return next(iter(left), None)


def _means(known: Known, draft: Draft, row: Any) -> bool:
    """Whether a line is about this row, and what it changes. What was called off and is drawn up anew is another."""
    draft.held = {name: getattr(row, name) for name in WORDS}
    draft.held |= {phase.value: _days(getattr(row, f"{phase}_from"), getattr(row, f"{phase}_to")) for phase in PHASES}
    draft.held["office_ids"] = known.offices.get(row.id, [])
    if row.may_see_inside:  # Whom else it asks, those who are asked are not told here either.
        draft.held["unit_ids"] = sorted(row.unit_ids)
    if not draft.changes:
        draft.target_id, draft.target_version = row.id, row.version
        return True
    if row.state == CANCELLED:
        return False
    draft.target_id, draft.target_version = row.id, row.version
    changes = _fields({name: new for name, (_, new) in draft.changes.items()})
    forms.allowed(draft, lambda: WORKFLOW.admit(row, "edit"))
    if not draft.faults:
        forms.allowed(
            draft, lambda: by_rule(draft, lambda: _refuse_change(known, row, CampaignPatch(**changes)), _COLUMN_OF)
        )
    return True


def _refuse_change(known: Known, row: Any, given: CampaignPatch) -> None:
    ops.checked_change(known.see, row, given.model_dump(exclude_unset=True))


def _refuse_wrong(known: Known, draft: Draft) -> None:
    ops.checked_new(known.see, _create(draft.values))


def _create(values: dict[str, Any]) -> CampaignCreate:
    return CampaignCreate(**_fields(values), unit_id=values["unit"])


# Writing


def _make(tx: Tx, values: dict[str, Any]) -> int:
    return ops.create(tx, _create(values))


def _edit(tx: Tx, campaign_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, campaign_id, CampaignPatch(**_fields(changes)), version)


_FORMS = Forms(CAMPAIGN, LABEL, _make, _edit, lambda tx, campaign_id: ())


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, CAMPAIGN, rows, LABEL)
    made = sorted(row.target_id for row in rows if row.is_new)
    tx.connection.execute(sa.delete(OFFICE).where(within(OFFICE.c.campaign_id, many("made"))), {"made": made})
    _FORMS.undo(tx, rows)


CAMPAIGN_TABLE = Importable(
    name="campaigns",
    label=LABEL,
    model=Campaign,
    columns=COLUMNS,
    roles=frozenset(LEADERS),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=undo,
    notes=(
        "按牵头股室、名称和自查开始的年份比对；空着的格子不改动已有的内容，名称和牵头股室不改。",
        "新增的是未启动的专项行动，由督查室启动后，各单位的待办里才出现自查；已结束、已撤销的不能改。",
    ),
)
