"""Appointments from a table: found by unit, person and post; duty, charge and the end may change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from app.appointments.models import APPOINTMENT, APPOINTMENT_DUTY_LABELS, Appointment, AppointmentDuty
from app.appointments.operations import ONLY_LEADERS, ONLY_OFFICES, refuse_two_first, two_first
from app.appointments.rules import KEEPERS, POLICY
from app.core import epoch
from app.core.errors import Conflict
from app.core.models import Line, Name
from app.core.operation import Reader, Tx
from app.core.policy import Role, Roles
from app.imports import spans
from app.imports.checking import by_types
from app.imports.columns import Column, as_told, choice, day, labelled, plain, several, text, words_of
from app.imports.registry import Draft, Importable, Written
from app.imports.spans import Span
from app.imports.taking_back import MOVED, refuse_touched, unmake
from app.units.groups import absence, exists_on
from app.units.importing.naming import Units, meant, standing, title, unit
from app.units.models import OFFICES, UnitKind

LABEL = "任职"
ONLY_OWN = "只能登记本单位的人员"
Key = tuple[int, str, str]
FIRST = AppointmentDuty.PRIMARY_RESPONSIBLE_PERSON


@cache
def _all(roles: Roles) -> sa.Select[Any]:
    rows = sa.select(APPOINTMENT, POLICY.read(roles).label("may_read"))
    of_district = rows.where(APPOINTMENT.c.district_id == sa.bindparam("district"))
    return of_district.order_by(APPOINTMENT.c.valid_from, APPOINTMENT.c.id)


class Known(Units):
    """Whatever was ever held, with what the file brings, and whose people the actor keeps."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.keeps: frozenset[int] | None = None if see.actor.has(Role.SUPERVISOR) else see.actor.units
        self.written: set[int] = set()
        self.spans: dict[Key, list[Span]] = defaultdict(list)
        self.firsts: dict[int, list[tuple[str, Span]]] = defaultdict(list)
        for row in see.connection.execute(_all(see.actor.roles), {**see.actor.binds, "district": self.district_id}):
            span = Span(row.valid_from, row.valid_to, row)
            self.spans[row.unit_id, row.name, row.post].append(span)
            if row.duty == FIRST:
                self.firsts[row.unit_id].append((row.name, span))

    def keeps_at(self, place: int) -> bool:
        return self.keeps is None or place in self.keeps


def _offices(cell: str, known: Known) -> list[int]:
    return sorted(several(unit)(cell, known))


def _titles(unit_ids: Any, known: Any) -> str:
    """A unit that an import brought and took back again has no name any more."""
    return "、".join(known.titles[each] for each in unit_ids or () if each in known.titles)


_OTHER_DUTIES = {
    "主体责任第一责任人": AppointmentDuty.PRIMARY_RESPONSIBLE_PERSON,
    "主要责任人": AppointmentDuty.IMPORTANT_RESPONSIBLE_PERSON,
    "直接责任人": AppointmentDuty.DIRECT_RESPONSIBLE_PERSON,
    "责任人": AppointmentDuty.DIRECT_RESPONSIBLE_PERSON,
}
COLUMNS = (
    Column(
        "unit",
        "单位",
        (
            "所在单位",
            "任职单位",
            "单位名称",
            "部门",
            "学校",
            "学校（园）",
            "责任单位",
            "责任股室",
            "股室",
            "科室",
            "工作单位",
            "所属单位",
        ),
        unit,
        title,
        required=True,
        example="青山小学",
        hint="名称或编码",
        width=24,
    ),
    Column(
        "name", "姓名", ("人员", "人员姓名", "名字", "责任人", "负责人"), text, plain, required=True, example="林青"
    ),
    Column(
        "post",
        "职务",
        ("岗位", "现任职务", "党政职务", "行政职务", "党内职务", "担任职务"),
        text,
        plain,
        required=True,
        example="党支部书记",
        hint="同一人的两个职务分两行写",
        width=20,
    ),
    Column(
        "duty",
        "责任",
        ("责任类别", "责任层级", "责任类型", "职责", "责任分类"),
        choice(APPOINTMENT_DUTY_LABELS, _OTHER_DUTIES),
        labelled(APPOINTMENT_DUTY_LABELS),
        required=True,
        choices=words_of(APPOINTMENT_DUTY_LABELS),
        example="第一责任人",
    ),
    Column(
        "in_charge_of",
        "分管工作",
        ("分管", "分管领域", "分工", "分管内容", "分管范围", "工作分工", "分管事项"),
        text,
        plain,
        example="全面工作",
        width=30,
    ),
    Column(
        "in_charge_units",
        "分管股室",
        ("分管科室", "分管单位", "分管部门", "联系股室", "分管处室"),
        _offices,
        _titles,
        hint="教育局领导填写，几个股室之间用顿号隔开",
        width=24,
    ),
    Column(
        "valid_from",
        "起",
        ("起始日期", "任职日期", "任职时间", "开始日期", "起始时间", "开始时间", "任职起"),
        day,
        plain,
        example="2026-09-01",
        hint="新的任职留空为今天",
    ),
    Column(
        "valid_to",
        "止",
        ("截止日期", "结束日期", "离任日期", "免职日期", "截止时间", "结束时间", "离任时间", "免职时间", "任职止"),
        day,
        plain,
        hint="最后一天；留空为现任",
    ),
)
CHANGED = ("duty", "in_charge_of", "in_charge_units", "valid_to")
FIELD = {"in_charge_units": "in_charge_unit_ids"}
"""The table's column, where it is called otherwise."""


class _Fields(TypedDict, total=False):
    name: Name
    post: Name
    in_charge_of: Line


_FIELDS: TypeAdapter[_Fields] = TypeAdapter(_Fields)


def check(known: Known, draft: Draft) -> None:
    by_types(draft, _FIELDS)
    name, post = (draft.values.get(each) for each in ("name", "post"))
    place = meant(
        known.directory, draft, lambda each: spans.held(draft, known.spans.get((each, str(name), str(post)), ()))
    )
    if place is not None:
        _check_offices(known, draft, place)
    if draft.faults or place is None or name is None or post is None:
        if place is not None and not known.keeps_at(place):
            draft.wrong("unit", ONLY_OWN)
        return
    if not known.keeps_at(place):
        _of_others(known, draft, known.spans[place, name, post])
        return
    alike = known.spans[place, name, post]
    span = spans.find(draft, alike, known.today, LABEL)
    if span is None:
        return
    if span.row is not None:
        _hold(known, draft, span.row)
        spans.change(draft, alike, span, known.today, LABEL)
    elif not exists_on(known.units[place], known.today):
        draft.wrong("unit", f"{known.titles[place]}{absence(known.units[place], known.today)}，请选择其他单位")
    _check_standing(known, draft)
    if span.row is None or draft.changes:
        _check_first(known, draft, name, span)
        if draft.faults:
            spans.withdraw(alike, span)


def _hold(known: Known, draft: Draft, row: Any) -> None:
    """An office in charge that has ended is told by its own name, which may stand for another by now."""
    if as_told(draft.cells.get("in_charge_units", ""), _titles(row.in_charge_unit_ids, known)):
        draft.values.pop("in_charge_units", None)
    draft.target_id, draft.target_version = row.id, row.version
    draft.held = {"unit": row.unit_id} | {each: getattr(row, each) for each in ("name", "post", "valid_from")}
    draft.held |= {each: getattr(row, FIELD.get(each, each)) for each in CHANGED}


def _of_others(known: Known, draft: Draft, alike: list[Span]) -> None:
    """Whose people the actor reads and another unit keeps: they come back as they went out, or not at all."""
    begins = draft.values.get("valid_from")
    told = (span for span in alike if span.row is not None and span.row.may_read and not span.number)
    meant = (span for span in told if (not span.over(known.today) if begins is None else span.begins == begins))
    span = next(meant, None)
    if span is None:
        draft.wrong("unit", ONLY_OWN)
        return
    span.number = draft.number
    _hold(known, draft, span.row)
    title = known.titles[span.row.unit_id]
    for name in draft.changes:
        draft.wrong(name, f"这是{title}登记的人员，只能由它改动，请照原样填写，或删去这一行")


def _check_first(known: Known, draft: Draft, name: str, span: Span) -> None:
    """As ``refuse_two_first`` does when all are written, with what stands above in the file."""
    place, duty = draft.values["unit"], draft.values.get("duty", span.row and span.row.duty)
    others = [(whose, each) for whose, each in known.firsts[place] if each is not span]
    if duty == FIRST and known.kinds[place] != UnitKind.BUREAU:
        for whose, other in others:
            if span.goes_beyond(other) and other.goes_beyond(span):
                draft.wrong("duty", two_first(known.titles[place], whose, other.begins, other.ends))
                return
    if not draft.faults:
        known.firsts[place] = [*others, (name, span)] if duty == FIRST else others


def _check_offices(known: Known, draft: Draft, place: int) -> None:
    offices = draft.values.get("in_charge_units")
    if offices and known.kinds[place] != UnitKind.BUREAU:
        draft.wrong("in_charge_units", ONLY_LEADERS)
    elif any(known.kinds[each] not in OFFICES for each in offices or ()):
        draft.wrong("in_charge_units", ONLY_OFFICES)


def _check_standing(known: Known, draft: Draft) -> None:
    """Nobody is put in charge of an office that has ended."""
    before = (draft.held or {}).get("in_charge_units") or ()
    for each in draft.values.get("in_charge_units") or ():
        if each not in before:
            standing(known, draft, "in_charge_units", each, known.today)


# Writing


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    _make(tx, [draft for draft in drafts if draft.held is None])
    _change(tx, [draft for draft in drafts if draft.held is not None])
    known.written |= {draft.target_id for draft in drafts if draft.target_id is not None}


def finish(tx: Tx, known: Known) -> None:
    refuse_two_first(tx, known.written)
    _move(tx)


def _move(tx: Tx) -> None:
    """The last of it: whoever changes a unit holds that first, and the epoch after it."""
    assert tx.actor.district_id is not None
    epoch.move(tx.connection, tx.actor.district_id)


def _make(tx: Tx, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    stamped = {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    rows = [
        stamped
        | {"unit_id": draft.values["unit"], "in_charge_unit_ids": draft.values.get("in_charge_units", [])}
        | {name: draft.values[name] for name in ("name", "post", "duty", "valid_from")}
        | {name: draft.values.get(name) for name in ("in_charge_of", "valid_to")}
        for draft in drafts
    ]
    key = (APPOINTMENT.c.unit_id, APPOINTMENT.c.name, APPOINTMENT.c.post, APPOINTMENT.c.valid_from)
    made = tx.connection.execute(sa.insert(APPOINTMENT).returning(APPOINTMENT.c.id, *key), rows)
    ids = {(row.unit_id, row.name, row.post, row.valid_from): row.id for row in made}
    for draft in drafts:
        its = tuple(draft.values[name] for name in ("unit", "name", "post", "valid_from"))
        draft.target_id, draft.target_version, draft.undo = ids[its], 1, {}


_NEW = {FIELD.get(name, name): name for name in CHANGED}
_CHANGE = (
    sa.update(APPOINTMENT)
    .where(APPOINTMENT.c.id == sa.bindparam("row_id"), APPOINTMENT.c.version == sa.bindparam("held_version"))
    .values(
        {field: sa.bindparam(f"new_{name}", type_=APPOINTMENT.c[field].type) for field, name in _NEW.items()}
        | {
            "version": APPOINTMENT.c.version + 1,
            "updated_at": sa.bindparam("now", type_=APPOINTMENT.c.updated_at.type),
        }
    )
)


def _change(tx: Tx, drafts: Sequence[Draft]) -> None:
    rows = []
    for draft in drafts:
        assert draft.held is not None and draft.target_version is not None
        new = {f"new_{name}": draft.values.get(name, draft.held[name]) for name in CHANGED}
        rows.append({"row_id": draft.target_id, "held_version": draft.target_version, "now": tx.now} | new)
        draft.undo = {name: draft.held[name] for name in CHANGED}
        draft.undo["valid_to"] = draft.undo["valid_to"] and draft.undo["valid_to"].isoformat()
        draft.target_version += 1
    if rows and tx.connection.execute(_CHANGE, rows).rowcount != len(rows):
        raise Conflict(f"有任职{MOVED}", code="rows_moved")


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, APPOINTMENT, rows, LABEL)
    held = []
    for row in rows:
        if not row.is_new:
            old = {f"new_{name}": row.undo[name] for name in CHANGED}
            ends = row.undo["valid_to"]
            old["new_valid_to"] = date.fromisoformat(ends) if ends else None
            held.append({"row_id": row.target_id, "held_version": row.target_version, "now": tx.now} | old)
    if held:
        tx.connection.execute(_CHANGE, held)
    made = [row.target_id for row in rows if row.is_new]
    unmake(tx, APPOINTMENT, made, "导入的任职已被引用，不能整批撤销，请逐项结束")
    refuse_two_first(tx, [row.target_id for row in rows if not row.is_new])
    _move(tx)


APPOINTMENTS = Importable(
    name="appointments",
    label=LABEL,
    model=Appointment,
    columns=COLUMNS,
    roles=frozenset(KEEPERS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    sweeps=True,
    finish=finish,
    notes=(
        "同一单位、同一人、同一职务的任职按起的日期比对，不会重复；空着的格子不改动已有的内容。",
        "表里没有的任职不受影响；离任请填写止的日期，接任的人另写一行，写在其后。",
    ),
)
