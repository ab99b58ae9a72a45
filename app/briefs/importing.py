"""Briefs from a table: drafts of what a unit has not written yet, found by unit, title and day, and put right until
they are submitted."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from app.briefs import operations as ops
from app.briefs.models import BRIEF, BRIEF_KIND_LABELS, Brief, BriefCreate, BriefKind, BriefPatch
from app.briefs.rules import POLICY, WORKFLOW, WRITERS
from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.evidence.queries import linked
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, alike, choice, day, labelled, plain, words_of
from app.imports.forms import Forms, filled
from app.imports.registry import Draft, Importable
from app.units.importing.places import UNIT_COLUMN, Places

LABEL = "简报"
CHANGED = ("kind", "title", "text", "written_on", "link")


class Known(Places):
    """The briefs of the units that the file names."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        named = self.named(drafts, "unit")
        self.rows: dict[tuple[int, date, str], list[Any]] = {}
        for row in forms.readable(see, POLICY, within(BRIEF.c.unit_id, many("named")), named=named):
            self.rows.setdefault((row.unit_id, row.written_on, alike(row.title)), []).append(row)


_OTHER_KINDS = {
    "工作亮点": BriefKind.HIGHLIGHT,
    "经验做法": BriefKind.EXPERIENCE,
    "宣传报道": BriefKind.PUBLICITY,
    "形势研判": BriefKind.SITUATION_ANALYSIS,
}
COLUMNS = (
    UNIT_COLUMN,
    Column(
        "kind",
        "类别",
        ("简报类别", "信息类别", "类型", "简报类型", "信息类型"),
        choice(BRIEF_KIND_LABELS, _OTHER_KINDS),
        labelled(BRIEF_KIND_LABELS),
        required=True,
        choices=words_of(BRIEF_KIND_LABELS),
        example="亮点",
    ),
    filled(
        "title",
        "标题",
        "题目",
        "简报标题",
        "名称",
        "信息标题",
        "文章标题",
        "主题",
        required=True,
        example="家风微课进课堂",
        width=40,
    ),
    Column(
        "written_on",
        "日期",
        ("撰写日期", "成文日期", "时间", "报送日期", "上报日期", "撰写时间"),
        day,
        plain,
        required=True,
        example="2026-09-10",
    ),
    filled(
        "text",
        "正文",
        "内容",
        "简报内容",
        "信息内容",
        "正文内容",
        "主要内容",
        "具体内容",
        required=True,
        example="本学期开设家风微课十二节。",
        width=60,
    ),
    filled("link", "链接", "网址", "发布网址", "链接地址", "发布链接", hint="宣传必填，以 https:// 开头", width=40),
)


def check(known: Known, draft: Draft) -> None:
    on, words = draft.values.get("written_on"), alike(draft.values.get("title", ""))
    unit_id = known.home(draft, holds=lambda each: (each, on, words) in known.rows)
    forms.fits(draft, lambda: BriefPatch(**_given(draft.values)))
    if draft.faults or unit_id is None or on is None or "title" not in draft.values:
        return
    key = unit_id, on, words
    rows = known.rows.get(key, [])
    found = next((row for row in rows if row.id not in known.met), None)
    if found is None:
        forms.once(known.met, rows[-1].id if rows else key, draft, "篇简报")
        known.own(draft, "简报")
    else:
        known.met[found.id] = draft.number
        forms.target(draft, found, CHANGED)
        if not draft.changes:
            return
        forms.allowed(draft, lambda: WORKFLOW.admit(found, "edit"))
    whole = {"link": None, **(draft.held or {}), **draft.values}
    if "kind" in whole:
        by_rule(draft, lambda: ops.check_words(whole, known.today))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in CHANGED if name in values}


def _create(tx: Tx, values: dict[str, Any]) -> int:
    return ops.create(tx, BriefCreate(**_given(values), unit_id=values["unit"]))


def _edit(tx: Tx, brief_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, brief_id, BriefPatch(**changes), version)


def _papers(tx: Tx, row_id: int) -> list[dict[str, Any]]:
    return linked(tx, "briefs", row_id)


_FORMS = Forms(BRIEF, LABEL, _create, _edit, _papers, ops.delete)
BRIEFS = Importable(
    name="briefs",
    label=LABEL,
    model=Brief,
    columns=COLUMNS,
    roles=frozenset(WRITERS),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "按单位、标题和日期比对，不会重复；已提交的不能改，请先撤回。",
        "导入的是草稿，请在页面上补充资料、选定方案后提交。台账里没有正文，已有的简报可以不填。",
    ),
)
