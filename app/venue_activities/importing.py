"""Venue activities from a table, such as a term's list: each registered and so asked for; found by unit, day and topic,
and put right until it is decided."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from app.core.operation import Reader, Tx
from app.core.within import many, within
from app.evidence.operations import drop_links
from app.evidence.queries import linked
from app.imports import forms
from app.imports.checking import by_rule
from app.imports.columns import Column, Wrong, alike, choice, day, labelled, narrow, plain, words_of
from app.imports.forms import Forms, filled
from app.imports.registry import Draft, Importable
from app.units.importing.places import UNIT_COLUMN, Places
from app.units.reviewing import CARRIERS
from app.venue_activities import operations as ops
from app.venue_activities.models import (
    ACTIVITY,
    CHECK_RESULT_LABELS,
    VENUE_KIND_LABELS,
    ActivityCreate,
    ActivityPatch,
    VenueActivity,
    VenueKind,
)
from app.venue_activities.rules import POLICY, WORKFLOW

LABEL = "阵地活动"
FIELDS = tuple(ActivityPatch.model_fields)


class Known(Places):
    """The activities of the units that the file names."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        named = self.named(drafts, "unit")
        rows = forms.readable(see, POLICY, within(ACTIVITY.c.unit_id, many("named")), named=named)
        self.rows: dict[tuple[int, date, str], list[Any]] = {}
        for row in rows:
            self.rows.setdefault((row.unit_id, row.held_on, alike(row.topic)), []).append(row)


def _clock(cell: str, _known: Any = None) -> str:
    """14:30, 9:00:00, 14时30分."""
    found = re.fullmatch(r"(\d{1,2})\s*[:时点]\s*(\d{2})?\s*分?(?::00)?", narrow(cell))
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise Wrong("请按 14:30 的格式填写")
    return f"{int(found[1]):02}:{int(found[2] or 0):02}"


def _people(cell: str, _known: Any = None) -> int:
    written = narrow(cell).removesuffix("人").removesuffix(".0").replace(",", "").strip()
    if not written.isascii() or not written.isdigit() or len(written) > 6:
        raise Wrong("请填写人数，如 120")
    return int(written)


_OTHER_KINDS = {"讲座": VenueKind.LECTURE, "报告会": VenueKind.LECTURE, "论坛": VenueKind.FORUM}
_OTHER_KINDS |= {"社团": VenueKind.SOCIETY, "展演": VenueKind.PERFORMANCE, "公众号": VenueKind.ONLINE_PLATFORM}
COLUMNS = (
    UNIT_COLUMN,
    Column(
        "kind",
        "类别",
        ("活动类别", "阵地类别", "类型"),
        choice(VENUE_KIND_LABELS, _OTHER_KINDS),
        labelled(VENUE_KIND_LABELS),
        required=True,
        choices=words_of(VENUE_KIND_LABELS),
        example="讲座报告",
    ),
    filled(
        "topic", "主题", "活动主题", "名称", "活动名称", "题目", required=True, example="廉洁从教专题讲座", width=40
    ),
    filled(
        "host",
        "主办",
        "主办部门",
        "主办单位",
        "主办股室",
        "承办单位",
        "责任单位",
        "责任部门",
        "责任股室",
        required=True,
        example="德育处",
        width=20,
    ),
    filled("speaker", "主讲人", "主讲", "报告人", "授课人", "主讲者", "讲师"),
    filled("speaker_unit", "主讲人单位", "主讲人所在单位", width=24),
    filled(
        "place",
        "地点",
        "活动地点",
        "举办地点",
        "场所",
        "场地",
        "活动场所",
        "阵地名称",
        required=True,
        example="报告厅",
        width=24,
    ),
    Column(
        "held_on",
        "举办日期",
        ("活动日期", "日期", "举办时间", "活动时间", "举行日期"),
        day,
        plain,
        required=True,
        example="2026-10-09",
        hint="须在今天以后",
    ),
    Column("begins", "开始时间", ("时间", "开始"), _clock, plain, example="14:30", width=10),
    filled(
        "audience",
        "参加对象",
        "参加人员",
        "对象",
        "参与人员",
        "参加者",
        "受众",
        required=True,
        example="全体教师",
        width=20,
    ),
    Column(
        "expected",
        "预计人数",
        ("人数", "预计参加人数", "参加人数", "参与人数"),
        _people,
        plain,
        required=True,
        example="60",
        width=10,
    ),
    filled("checked_by", "内容审核人", "审核人", "内容把关人", hint="批准前须填齐审核人、日期和结果"),
    Column("checked_on", "审核日期", ("内容审核日期", "审核时间", "把关日期"), day, plain),
    Column(
        "check_result",
        "审核结果",
        ("内容审核结果", "审核意见", "审核情况", "审核结论", "把关意见"),
        choice(CHECK_RESULT_LABELS),
        labelled(CHECK_RESULT_LABELS),
        choices=words_of(CHECK_RESULT_LABELS),
    ),
)


def check(known: Known, draft: Draft) -> None:
    on, words = draft.values.get("held_on"), alike(draft.values.get("topic", ""))
    unit_id = known.home(draft, holds=lambda each: (each, on, words) in known.rows)
    forms.fits(draft, lambda: ActivityPatch(**_given(draft.values)))
    if draft.faults or unit_id is None or on is None or "topic" not in draft.values:
        return
    key = unit_id, on, words
    # What was refused or cancelled may stand beside what was registered anew: each line means the next of them.
    left = [row for row in known.rows.get(key, ()) if row.id not in known.met]
    if not left:
        forms.once(known.met, known.rows[key][-1].id if key in known.rows else key, draft, "场活动")
        _new(known, draft, on)
        return
    found = left[0]
    known.met[found.id] = draft.number
    forms.target(draft, found, FIELDS)
    if draft.changes:
        forms.allowed(draft, lambda: WORKFLOW.admit(found, "edit"))
        by_rule(draft, lambda: ops.check_checked(draft.values.get("checked_on"), known.today))


def _new(known: Known, draft: Draft, on: date) -> None:
    known.own(draft, "活动", ops.NEVER_HOLDING)
    by_rule(draft, lambda: ops.check_ahead(on, known.today))
    by_rule(draft, lambda: ops.check_checked(draft.values.get("checked_on"), known.today))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in FIELDS if name in values}


def _create(tx: Tx, values: dict[str, Any]) -> int:
    return ops.create(tx, ActivityCreate(**_given(values), unit_id=values["unit"]))


def _edit(tx: Tx, activity_id: int, changes: dict[str, Any], version: int) -> int:
    return ops.edit(tx, activity_id, ActivityPatch(**changes), version)


def _papers(tx: Tx, row_id: int) -> list[dict[str, Any]]:
    return linked(tx, "venue-activities", row_id)


def _leave(tx: Tx, ids: list[int]) -> None:
    drop_links(tx, "venue-activities", ids)


_FORMS = Forms(ACTIVITY, LABEL, _create, _edit, _papers, leave=_leave)
VENUE_ACTIVITIES = Importable(
    name="venue-activities",
    label=LABEL,
    model=VenueActivity,
    columns=COLUMNS,
    roles=frozenset(CARRIERS),
    known=Known,
    check=check,
    write=_FORMS.write,
    undo=_FORMS.undo,
    notes=(
        "按单位、举办日期和主题比对，不会重复；已批准、已举办的不能改。",
        "新的活动须在举办之前导入，导入即登记、等待审批。",
    ),
)
