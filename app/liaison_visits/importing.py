"""Liaison visits from a table: found by office, school and day; who went and what was seen may change until the school
has confirmed it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.core.within import many, within
from app.evidence.operations import drop_links
from app.evidence.queries import linked
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, alike, day, plain
from app.imports.forms import Forms, filled
from app.imports.options import told
from app.imports.registry import Draft, Importable
from app.liaison_visits import operations as ops
from app.liaison_visits.models import VISIT, LiaisonVisit, VisitCreate, VisitPatch
from app.liaison_visits.rules import POLICY, VOIDED, WORKFLOW
from app.units.importing.naming import meant
from app.units.importing.places import Places, title, unit
from app.units.models import LIAISON

LABEL = "走访记录"
CHANGED = ("visitors", "content", "problems")
Pair = tuple[int, int]


class Known(Places):
    """The pairs of the district, and the visits of the offices that the file names."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        named = self.named(drafts, "office")
        pairs = sa.select(LIAISON).where(LIAISON.c.district_id == see.actor.district_id).order_by(LIAISON.c.id)
        self.pairs: dict[Pair, list[Any]] = defaultdict(list)
        for row in see.connection.execute(pairs):
            self.pairs[row.office_id, row.school_id].append(row)
        self.visits: dict[tuple[int, int, date], list[Any]] = defaultdict(list)
        for row in forms.readable(see, POLICY, within(VISIT.c.unit_id, many("named")), named=named):
            self.visits[row.unit_id, row.school_id, row.visited_on].append(row)


COLUMNS = (
    Column(
        "visited_on",
        "走访日期",
        ("走访时间", "日期", "到校日期", "时间", "到校时间", "检查日期"),
        day,
        plain,
        required=True,
        example="2026-10-09",
    ),
    Column(
        "office",
        "包联股室",
        ("包联单位", "包联部门", "股室", "走访股室", "责任股室", "牵头股室", "包联科室", "责任单位"),
        unit,
        title,
        example="教育股",
        hint="只有一个股室的可以不填",
        width=20,
    ),
    Column(
        "school",
        "学校（园）",
        ("学校", "走访学校", "被走访学校", "包联学校", "被包联学校", "受访学校", "学校名称", "单位名称"),
        unit,
        title,
        required=True,
        example="青山小学",
        width=24,
    ),
    filled(
        "visitors",
        "走访人",
        "走访人员",
        "参加人员",
        "包联人员",
        "走访人姓名",
        required=True,
        example="张晓梅、周敏",
        width=24,
    ),
    filled(
        "content",
        "走访内容",
        "走访情况",
        "工作内容",
        "工作情况",
        "督查内容",
        "走访工作内容",
        required=True,
        example="查看收费公示栏和台账。",
        width=40,
    ),
    filled("problems", "发现的问题", "存在问题", "问题", "发现问题", "主要问题", width=40),
)


def check(known: Known, draft: Draft) -> None:
    on, there = draft.values.get("visited_on"), cast(dict[Any, list[Any]], known.visits)
    schools = {*known.cells.names.ended(draft.cells.get("school", "")), draft.values.get("school")}
    office = known.home(draft, "office", lambda each: any(there.get((each, to, on)) for to in schools))
    school = meant(known.cells.names, draft, lambda each: bool(there.get((office, each, on))), "school")
    forms.fits(draft, lambda: VisitPatch(**{name: draft.values[name] for name in CHANGED if name in draft.values}))
    if draft.faults or office is None or school is None or on is None:
        return
    alike_ones = known.visits[office, school, on]
    found = _found(known, draft, alike_ones)
    if found is not None:
        known.met[found.id] = draft.number
        forms.target(draft, found, CHANGED)
        if draft.changes:
            forms.allowed(draft, lambda: WORKFLOW.admit(found, "edit"))
        return
    words = alike(draft.values.get("content", ""))
    forms.once(known.met, (office, school, on, words), draft, "次走访")
    _new(known, draft, (office, school), on)


def _found(known: Known, draft: Draft, visits: list[Any]) -> Any | None:
    """Of the visits of that day the one that says so; else the only one, which is to be put right."""
    left = [row for row in visits if row.id not in known.met]
    words = alike(draft.values.get("content", ""))
    same = next((row for row in left if alike(row.content) == words), None)
    standing = [row for row in visits if row.state != VOIDED]
    return same or (standing[0] if len(standing) == 1 and standing[0] in left else None)


def _new(known: Known, draft: Draft, units: Pair, on: date) -> None:
    office, school = units
    if office not in known.actor.offices:
        draft.wrong("office", "只能导入本股室对包联学校的走访")
        return
    pairs = known.pairs[units]
    if not pairs:
        schools = [known.cells.titles[each] for at, each in known.pairs if at == office and known.pairs[at, each]]
        why = f"{known.cells.titles[office]}没有包联{known.cells.titles[school]}，请核对"
        draft.wrong("school", told(why, schools))
        return
    within_days = [row for row in pairs if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)]
    pair = (within_days or pairs)[-1]
    by_rule(draft, lambda: ops.check_day(pair, on, known.today))
    draft.values["pair"] = pair.id


def _create(tx: Tx, values: dict[str, Any]) -> int:
    given = {name: values[name] for name in ("visited_on", *CHANGED) if name in values}
    return ops.create(tx, VisitCreate(**given, liaison_id=values["pair"]))


def _edit(tx: Tx, visit_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, visit_id, VisitPatch(**changes), version)


def _papers(tx: Tx, row_id: int) -> list[dict[str, Any]]:
    return linked(tx, "liaison-visits", row_id)


def _leave(tx: Tx, ids: list[int]) -> None:
    drop_links(tx, "liaison-visits", ids)


_FORMS = Forms(VISIT, LABEL, _create, _edit, _papers, leave=_leave)
VISITS = Importable(
    name="liaison-visits",
    label=LABEL,
    model=LiaisonVisit,
    columns=COLUMNS,
    roles=frozenset({Role.OFFICE}),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "按股室、学校和走访日期比对；同一天走访几次的，按走访内容。学校已确认的不能改。",
        "导入后由学校确认；督促事项请在走访记录的页面上提出。",
    ),
)
