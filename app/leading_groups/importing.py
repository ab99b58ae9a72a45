"""Leading groups from a table: found by unit and name; who is in them from a day on, and their last day, may change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.appointments.rules import KEEPERS
from app.core.operation import Reader, Tx
from app.core.policy import Role
from app.core.tables import joined
from app.core.within import many, within
from app.imports.columns import Column, alike, day, plain, several, text
from app.imports.forms import filled, fits, once, readable, version_of
from app.imports.forms import target as means
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import refuse_touched, unmake
from app.leading_groups import operations as ops
from app.leading_groups.models import (
    CONTENT,
    LEADING_GROUP,
    VERSION,
    Dissolve,
    LeadingGroup,
    LeadingGroupCreate,
    LeadingGroupPatch,
)
from app.leading_groups.rules import POLICY
from app.units import groups
from app.units.importing.naming import meant
from app.units.importing.places import UNIT_COLUMN, Places, title, unit

LABEL = "领导小组"


class Known(Places):
    """The groups of the units that the file names, as they are now."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        named = self.named(drafts, "unit")
        self.rows: dict[tuple[int, str], list[Any]] = defaultdict(list)
        for row in readable(see, POLICY, within(LEADING_GROUP.c.unit_id, many("named")), named=named):
            self.rows[row.unit_id, alike(row.name)].append(row)
        self.standing: set[tuple[int, str]] = set()
        """Groups that the file brings and does not dissolve."""


_names = several(text)
COLUMNS = (
    UNIT_COLUMN,
    filled(
        "name",
        "名称",
        "小组名称",
        "领导小组名称",
        "领导小组",
        "机构名称",
        required=True,
        example="清廉学校建设领导小组",
        width=30,
    ),
    filled("leader", "组长", "小组组长", "组长姓名", required=True, example="林青"),
    Column("deputies", "副组长", ("副组长姓名",), _names, joined(plain), hint="几个人之间用顿号隔开", width=20),
    Column(
        "members",
        "成员",
        ("小组成员", "组员", "组成人员"),
        _names,
        joined(plain),
        hint="几个人之间用顿号隔开",
        width=40,
    ),
    Column(
        "office_unit_id",
        "办公室设在",
        ("办公室", "办公室所在单位", "办公室所在股室"),
        unit,
        title,
        hint="单位的名称或编码",
        width=20,
    ),
    filled("office_director", "办公室主任", "办公室负责人"),
    Column(
        "valid_from",
        "成立日期",
        ("成立时间", "起", "组建日期", "设立日期", "设立时间"),
        day,
        plain,
        hint="新成立的留空为今天",
    ),
    Column(
        "since",
        "现组成起",
        ("调整日期", "调整时间"),
        day,
        plain,
        hint="人员从哪天起是这样；与原来同日的算作更正，留空为今天",
    ),
    Column("valid_to", "撤销日期", ("撤销时间", "止"), day, plain, hint="最后一天；留空为在任"),
    filled("basis", "成立文件", "依据文件", "文件依据", "成立依据", "依据", "成立文号", "文号", width=40),
)
DAYS = ("valid_from", "since", "valid_to")


def check(known: Known, draft: Draft) -> None:
    name = draft.values.get("name")
    unit_id = known.home(draft, holds=lambda each: bool(_formed(draft, known.rows.get((each, alike(str(name))), ()))))
    fits(draft, lambda: LeadingGroupPatch(**{each: draft.values[each] for each in CONTENT if each in draft.values}))
    if draft.faults or unit_id is None or name is None:
        return
    key = unit_id, alike(name)
    if found := _formed(draft, known.rows[key]):
        once(known.met, found[-1].id, draft, "领导小组")
        _held(known, draft, found[-1])
    else:
        _new(known, draft, key)


def _formed(draft: Draft, rows: Iterable[Any]) -> list[Any]:
    """Of groups of one name those of that first day, else those that stand."""
    formed = draft.values.get("valid_from")
    return [row for row in rows if (row.valid_to is None if formed is None else row.valid_from == formed)]


def _held(known: Known, draft: Draft, row: Any) -> None:
    meant(known.cells.names, draft, lambda each: each == row.office_unit_id, "office_unit_id")
    means(draft, row, (*CONTENT, *DAYS))
    for name in ("deputies", "members"):
        # Words among them may hold a sign that parts names: 各股室办、二级单位负责人 is one entry.
        now = getattr(row, name)
        if name in draft.values and draft.values[name] == _names("、".join(now), known):
            draft.values[name] = now
    since = draft.values.pop("since", None)
    # When it became what it is says nothing by itself, and a last day that was said is not said anew.
    if not draft.changes:
        return
    if not row.may_change:
        draft.wrong("", ops.NOT_YOURS)
    elif row.valid_to is not None:
        draft.wrong("", f"这个领导小组已于 {row.valid_to} 撤销，不能再改；重新成立请另写成立日期")
    else:
        _check_days(known, draft, row, since)


def _check_days(known: Known, draft: Draft, row: Any, since: date | None) -> None:
    begins = row.since
    if draft.changes.keys() & set(CONTENT):
        begins = draft.values["since"] = since or known.today
        if not row.since <= begins <= known.today:
            draft.wrong("since", f"调整日期须在 {row.since} 与今天之间；与 {row.since} 同日的算作更正")
    ends = draft.values.get("valid_to")
    if ends is not None and not begins <= ends <= known.today:
        draft.wrong("valid_to", f"撤销日期须在 {begins} 与今天之间")


def _new(known: Known, draft: Draft, key: tuple[int, str]) -> None:
    draft.values.pop("since", None)
    formed = draft.values.setdefault("valid_from", known.today)
    place = known.units[key[0]]
    if key[0] not in known.actor.units and not known.actor.has(Role.SUPERVISOR):
        draft.wrong("unit", ops.NOT_YOURS)
    elif not groups.exists_on(place, known.today):
        draft.wrong("unit", f"{place.name}{groups.absence(place, known.today)}，请选择其他单位")
    ends = draft.values.get("valid_to")
    if formed > known.today:
        draft.wrong("valid_from", f"成立日期 {formed} 还没有到，请在成立后登记")
    elif ends is not None and not formed <= ends <= known.today:
        draft.wrong("valid_to", f"撤销日期须在 {formed} 与今天之间")
    standing = next((row for row in known.rows[key] if row.valid_to is None), None)
    if standing is not None:
        near = [str(standing.valid_from)]
        draft.wrong("valid_from", f"已有 {standing.valid_from} 成立的同名领导小组，没有撤销；请先写它的撤销日期", near)
    elif key in known.standing:
        draft.wrong("", "前面已有同一单位的同名领导小组，没有撤销；请只留一行")
    once(known.met, (key, formed), draft, "领导小组")
    if ends is None and not draft.faults:
        known.standing.add(key)


# Writing


def write(tx: Tx, _known: Known, drafts: Sequence[Draft]) -> None:
    """Each by the operations that a form performs: they keep how a group was before as a version."""
    for draft in drafts:
        content = {name: draft.values[name] for name in CONTENT if name in draft.values}
        ends = draft.values.get("valid_to")
        if draft.held is None:
            placed = {"unit_id": draft.values["unit"], "valid_from": draft.values["valid_from"]}
            given = LeadingGroupCreate(**content, **placed)
            draft.target_id, draft.undo = ops.create(tx, given), {}
        else:
            assert draft.target_id is not None
            draft.undo = _as_it_is(tx, draft.target_id)
            if changed := draft.changes.keys() & set(CONTENT):
                new = {name: content[name] for name in changed} | {"since": draft.values["since"]}
                ops.change(tx, draft.target_id, LeadingGroupPatch(**new), draft.target_version)
            ends = ends if "valid_to" in draft.changes else None
        if ends is not None:
            ops.dissolve(tx, draft.target_id, Dissolve(on=ends))
        draft.target_version = version_of(tx, LEADING_GROUP, draft.target_id)


_KEPT = (*CONTENT, "since", "valid_to", "number")


def _as_it_is(tx: Tx, group_id: int) -> dict[str, Any]:
    row = tx.connection.execute(sa.select(LEADING_GROUP).where(LEADING_GROUP.c.id == group_id)).one()
    held = {name: getattr(row, name) for name in _KEPT}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in held.items()}


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    """As each was, and the version gone that was kept of it."""
    refuse_touched(tx, LEADING_GROUP, rows, LABEL)
    for row in rows:
        if row.is_new:
            continue
        was = dict(row.undo) | {
            name: date.fromisoformat(row.undo[name]) if row.undo[name] else None for name in ("since", "valid_to")
        }
        later = sa.delete(VERSION).where(VERSION.c.leading_group_id == row.target_id, VERSION.c.number >= was["number"])
        tx.connection.execute(later)
        again = sa.update(LEADING_GROUP).where(LEADING_GROUP.c.id == row.target_id)
        tx.connection.execute(again.values(**was, version=LEADING_GROUP.c.version + 1, updated_at=tx.now))
    made = [row.target_id for row in rows if row.is_new]
    unmake(tx, LEADING_GROUP, made, "导入的领导小组后来调整过，不能整批撤销")


GROUPS = Importable(
    name="leading-groups",
    label=LABEL,
    model=LeadingGroup,
    columns=COLUMNS,
    roles=frozenset(KEEPERS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "同一单位的同名小组按成立日期比对，没有写的按在任的那个；空着的格子不改动已有的内容。",
        "人员调整了请改现组成起的日期，原来的组成留作历史；日期不改的算作更正。表里没有的小组不受影响。",
    ),
)
