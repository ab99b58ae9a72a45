"""Filings from a table: drafts of what a unit has not filed yet, and what it still works on put right. Their files are
added on their pages, which then file them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.evidence.queries import linked
from app.filings import operations as ops
from app.filings.models import (
    FILING,
    FILING_KIND_LABELS,
    NEVER_FILING,
    YEARLY,
    Filing,
    FilingCreate,
    FilingKind,
    FilingPatch,
)
from app.filings.rules import DRAFT, POLICY, WORKFLOW, WORKING
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, day, edition, labelled, narrow, plain, words_of
from app.imports.forms import Forms, filled
from app.imports.registry import Draft, Importable
from app.units.importing.places import UNIT_COLUMN, Places
from app.units.reviewing import CARRIERS

LABEL = "备案"
CHANGED = tuple(FilingPatch.model_fields)


class Known(Places):
    """What the units of the file have of each kind, as far as the actor may read it."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        named = self.named(drafts, "unit")
        self.rows: dict[tuple[int, FilingKind], list[Any]] = defaultdict(list)
        for row in forms.readable(see, POLICY, within(FILING.c.unit_id, many("named")), named=named):
            self.rows[row.unit_id, FilingKind(row.kind)].append(row)


def _year(cell: str, _known: Any = None) -> int:
    written = narrow(cell).removesuffix("年度").removesuffix("年").removesuffix(".0").strip()
    if not written.isascii() or not written.isdigit() or not 1949 <= int(written[:5]) <= 2199:
        raise Wrong("请填写年度，如 2026")
    return int(written)


_OTHER_KINDS = {"学校章程": FilingKind.CHARTER, "党建工作责任清单": FilingKind.PARTY_RESPONSIBILITY_LIST}
COLUMNS = (
    UNIT_COLUMN,
    Column(
        "kind",
        "类别",
        ("备案类别", "材料类别", "类型", "备案类型", "文件类别"),
        choice(FILING_KIND_LABELS, _OTHER_KINDS),
        labelled(FILING_KIND_LABELS),
        required=True,
        choices=words_of(FILING_KIND_LABELS),
        example="章程",
    ),
    Column("number", "版次", ("版本", "版号"), edition, plain, hint="报送时给，新的留空", width=8),
    filled(
        "title",
        "名称",
        "材料名称",
        "文件名称",
        "标题",
        "备案名称",
        "制度名称",
        "文件",
        required=True,
        example="青山小学章程（修订）",
        width=40,
    ),
    filled("document_number", "文号", "发文字号", "文件号", "文件编号", "印发文号", width=20),
    Column(
        "adopted_on",
        "通过日期",
        ("通过时间", "审议通过日期", "制定日期", "日期", "审议日期", "审定日期", "制定时间"),
        day,
        plain,
        required=True,
        example="2026-09-01",
    ),
    Column(
        "year",
        "年度",
        ("所属年度", "适用年度", "学年", "年份"),
        _year,
        plain,
        hint="一校一案、责任书填写，其他留空",
        width=8,
    ),
)


def check(known: Known, draft: Draft) -> None:
    kind: Any = draft.values.get("kind")
    unit_id = known.home(draft, holds=lambda each: _says(known.rows.get((each, kind), []), draft))
    forms.fits(draft, lambda: FilingPatch(**_given(draft.values)))
    if kind is not None and kind not in YEARLY:
        draft.values.pop("year", None)
    if draft.faults or unit_id is None or kind is None:
        return
    found = _found(known.rows[unit_id, kind], kind, draft)
    if found is None:
        _new(known, draft, unit_id, kind)
        return
    forms.once(known.met, found.id, draft, "备案")
    forms.target(draft, found, ("kind", "number", *CHANGED))
    draft.values.pop("number", None)
    if found.state not in WORKING and alike(draft.values.get("title", "")) == alike(found.title):
        draft.values["title"] = found.title
    if draft.changes:
        forms.allowed(draft, lambda: WORKFLOW.admit(found, "edit"))
        _rules(known, draft, kind, draft.values.get("adopted_on", found.adopted_on))
        if "year" in draft.changes:
            draft.wrong("year", f"这一份是 {found.year} 年度的，年度不能再改；其他年度请另写一行，版次留空")


def _says(rows: list[Any], draft: Draft) -> bool:
    """Whether one of them is called so, and of that day."""
    words, adopted_on = alike(draft.values.get("title", "")), draft.values.get("adopted_on")
    return any(alike(row.title) == words and row.adopted_on == adopted_on for row in rows)


def _found(rows: list[Any], kind: FilingKind, draft: Draft) -> Any | None:
    """By its version; else by what it says; else the draft there is of the kind, and year."""
    values = draft.values
    number = values.get("number")
    if number is not None and (numbered := [row for row in rows if row.number == number]):
        return numbered[0]
    adopted_on, words = values.get("adopted_on"), alike(values.get("title", ""))
    year = values.get("year") or (adopted_on and adopted_on.year)
    if kind in YEARLY:
        rows = [row for row in rows if row.year == year]
    same = [row for row in rows if alike(row.title) == words and row.adopted_on == adopted_on]
    drafts = [row for row in rows if row.state == DRAFT]
    # What has no number in a ledger is a draft.
    return next((row for row in [*drafts, *same] if row in same), None) or next(iter(drafts), None)


def _new(known: Known, draft: Draft, unit_id: int, kind: FilingKind) -> None:
    draft.values.pop("number", None)
    known.own(draft, "备案", NEVER_FILING)
    if (adopted_on := draft.values.get("adopted_on")) is None:
        return
    _rules(known, draft, kind, adopted_on)
    if draft.faults:
        return
    year = (draft.values.get("year") or adopted_on.year) if kind in YEARLY else 0
    key = unit_id, kind, year
    if (first := known.met.setdefault(key, draft.number)) != draft.number:
        what = FILING_KIND_LABELS[kind]
        draft.wrong("", f"与第 {first} 行都是这个单位的{what}草稿，一次只能有一份，请报送一份后再导入另一份")


def _rules(known: Known, draft: Draft, kind: FilingKind, adopted_on: Any) -> None:
    by_rule(draft, lambda: ops.check_adopted(adopted_on, known.today))
    by_rule(draft, lambda: _same_year(kind, draft.values.get("year"), adopted_on))


def _same_year(kind: FilingKind, year: int | None, adopted_on: Any) -> None:
    ops.year_of(kind, year, adopted_on)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in CHANGED if name in values}


def _create(tx: Tx, values: dict[str, Any]) -> int:
    return ops.create(tx, FilingCreate(**_given(values), unit_id=values["unit"], kind=values["kind"]))


def _edit(tx: Tx, filing_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, filing_id, FilingPatch(**changes), version)


def _papers(tx: Tx, row_id: int) -> list[dict[str, Any]]:
    return linked(tx, "filings", row_id)


_FORMS = Forms(FILING, LABEL, _create, _edit, _papers, ops.delete)
FILINGS = Importable(
    name="filings",
    label=LABEL,
    model=Filing,
    columns=COLUMNS,
    roles=frozenset(CARRIERS),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "已有的按版次比对，没有版次的按名称和通过日期；都没有的是新草稿，同一类别（年度）一次一份。",
        "已备案的不能改。导入的是草稿，请在页面上传文件后报送备案。",
    ),
)
