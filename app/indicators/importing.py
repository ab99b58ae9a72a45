"""Figures from a table: found by indicator, unit and period; what they say may change."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from app.assignments.periods import read as read_period
from app.assignments.periods import terms
from app.core.errors import Conflict
from app.core.models import Line
from app.core.operation import Reader, Tx
from app.imports.checking import by_rule, by_types
from app.imports.columns import Column, Wrong, alike, day, narrow, plain, text
from app.imports.options import like, offered
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import MOVED, refuse_touched, unmake
from app.indicators import periods
from app.indicators.amounts import amount_of
from app.indicators.models import INDICATOR, VALUE, IndicatorMeasure, IndicatorValue
from app.indicators.operations import NOT_YET, check_figures
from app.indicators.rules import POLICY, REPORTERS
from app.plans.models import Cadence
from app.units.groups import members_by_day
from app.units.importing.naming import Units, meant, title, unit

LABEL = "指标数据"
Key = tuple[int, int, str]


class Known(Units):
    """The district's indicators, what units reported for them, and whose figures the actor enters."""

    def __init__(self, see: Reader, _drafts: Iterable[Draft]) -> None:
        super().__init__(see)
        self.see, self.terms = see, terms(see)
        rows = see.connection.execute(sa.select(INDICATOR).where(POLICY.read(see.actor.roles)), see.actor.binds).all()
        self.indicators: dict[int, Any] = {row.id: row for row in rows}
        self.indicator_codes: dict[str, int] = {row.code: row.id for row in rows}
        self.times = Counter(alike(row.name) for row in rows)
        self.indicator_names: dict[str, int] = {alike(row.name): row.id for row in rows}
        mine = sa.select(VALUE).where(VALUE.c.district_id == self.district_id)
        self.values: dict[Key, Any] = {
            (row.indicator_id, row.unit_id, row.period): row for row in see.connection.execute(mine)
        }
        self.met: dict[Key, int] = {}
        self._members: dict[tuple[int, date], frozenset[int]] = {}

    def members(self, group_id: int, on: date) -> frozenset[int]:
        if (group_id, on) not in self._members:
            self._members[group_id, on] = members_by_day(self.see, group_id, [on])[on]
        return self._members[group_id, on]


def _indicator(cell: str, known: Known) -> int:
    """By its code or its name."""
    written = narrow(cell)
    if written in known.indicator_codes:
        return known.indicator_codes[written]
    flat = alike(cell)
    if known.times[flat] == 1:
        return known.indicator_names[flat]
    if known.times[flat]:
        near = [row.code for row in known.indicators.values() if alike(row.name) == flat]
        raise Wrong("有几项指标叫这个名称，请写编码", near)
    why = "没有这一指标，请写指标的编码或名称"
    if near := like(written, known.indicator_codes):
        raise Wrong(why, near)
    rows = known.indicators.values()
    raise Wrong(*offered(why, cell, (row.name if known.times[alike(row.name)] == 1 else row.code for row in rows)))


def _amount(cell: str, _known: Any = None) -> Decimal:
    """1,234 and 96.5; a workbook's 96.0 too."""
    try:
        return amount_of("".join(narrow(cell).replace(",", "").split()))
    except ValueError as error:
        raise Wrong(str(error)) from None


def _code(indicator_id: int, known: Any) -> str:
    """Its name; its code where several are called so, and nothing where an import took it back."""
    row = known.indicators.get(indicator_id)
    if row is None:
        return ""
    return str(row.name if known.times[alike(row.name)] == 1 else row.code)


def figure(value: Any, _known: Any = None) -> Any:
    """A number stays one, for a workbook to add up; two digits are exact either way."""
    if value is None:
        return ""
    amount = Decimal(value)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


COLUMNS = (
    Column(
        "indicator",
        "指标",
        ("指标名称", "指标编码", "统计指标", "统计项目", "指标项"),
        _indicator,
        _code,
        required=True,
        example="课后服务覆盖率",
        hint="编码或名称",
        width=24,
    ),
    Column(
        "unit",
        "单位",
        ("填报单位", "单位名称", "学校", "学校（园）", "责任单位", "上报单位", "报送单位", "部门"),
        unit,
        title,
        required=True,
        example="青山小学",
        hint="名称或编码",
        width=24,
    ),
    Column(
        "period",
        "学期/周期",
        ("学期", "周期", "期次", "填报周期", "统计周期", "统计期", "所属期", "所属周期"),
        text,
        plain,
        required=True,
        example="2026学年第一学期",
        hint="如 2026学年第一学期、2026年、2026年第三季度、2026年9月",
    ),
    Column("numerator", "分子", ("分子数", "实际数", "覆盖人数"), _amount, figure, example="480", width=10),
    Column("denominator", "分母", ("分母数", "应有数", "总人数"), _amount, figure, example="500", width=10),
    Column("number", "数值", ("数量", "数据", "填报数"), _amount, figure, hint="数量类指标填写，其他留空", width=10),
    Column(
        "reported_on",
        "填报日期",
        ("日期", "填报时间", "上报日期", "时间", "报送日期", "上报时间", "统计日期"),
        day,
        plain,
        hint="新填报的留空为今天",
    ),
    Column("note", "说明", ("备注", "情况说明"), text, plain, hint="只写数量，不写学生姓名", width=30),
)
_AMOUNTS = ("numerator", "denominator", "number")
CHANGED = (*_AMOUNTS, "reported_on", "note")


class _Fields(TypedDict, total=False):
    note: Line


_FIELDS: TypeAdapter[_Fields] = TypeAdapter(_Fields)


def check(known: Known, draft: Draft) -> None:
    by_types(draft, _FIELDS)
    key = _find(known, draft)
    if key is None:
        _check_cells(known, draft)
        return
    if key in known.met:
        draft.wrong("", f"与第 {known.met[key]} 行是同一单位同一期的数据，请只留一行")
        return
    indicator, held = known.indicators[key[0]], known.values.get(key)
    if held is None:
        draft.values.setdefault("reported_on", known.today)
    else:
        draft.target_id, draft.target_version = held.id, held.version
        draft.held = {"indicator": key[0], "unit": key[1], "period": key[2]}
        draft.held |= {name: getattr(held, name) for name in CHANGED}
    whole = {**(draft.held or {}), **draft.values}
    by_rule(draft, lambda: check_figures(indicator, whole, whole["reported_on"], known.today))
    if not draft.faults:
        known.met[key] = draft.number


def _check_cells(known: Known, draft: Draft) -> None:
    """Of a row that fits nothing yet: its figures, where it has them all, as others may be on record; and its day."""
    indicator = known.indicators.get(draft.values.get("indicator", 0))
    reported_on = draft.values.get("reported_on", known.today)
    counts = indicator is not None and indicator.measure == IndicatorMeasure.COUNT
    if indicator is not None and all(name in draft.values for name in (_AMOUNTS[2:] if counts else _AMOUNTS[:2])):
        by_rule(draft, lambda: check_figures(indicator, draft.values, reported_on, known.today))
    elif reported_on > known.today:
        draft.wrong("reported_on", NOT_YET)


def _find(known: Known, draft: Draft) -> Key | None:
    """Which figures a draft means, where it may mean them."""
    indicator_id, unit_id, name = (draft.values.get(each) for each in ("indicator", "unit", "period"))
    if indicator_id is None or unit_id is None or name is None:
        return None
    indicator = known.indicators[indicator_id]
    name = draft.values["period"] = read_period(Cadence(indicator.cadence), name)
    unit_id = meant(known.directory, draft, lambda each: (indicator_id, each, name) in known.values)
    assert unit_id is not None
    actor = known.see.actor
    own = actor.units | actor.former if (indicator_id, unit_id, name) in known.values else actor.units
    if unit_id not in own and indicator.office_id not in actor.offices:
        draft.wrong("unit", "只能填报本单位的数据，或由主管股室填报")
    by_rule(draft, lambda: _period(known, draft, indicator, unit_id, name))
    return None if draft.faults else (indicator_id, unit_id, name)


def _period(known: Known, draft: Draft, indicator: Any, unit_id: int, name: str) -> None:
    period = periods.of_name(indicator, name, known.today, known.terms)
    if (indicator.id, unit_id, name) in known.values:
        return
    if unit_id not in known.members(indicator.unit_group_id, periods.day_of(period, known.today)):
        draft.wrong("unit", f"{known.titles[unit_id]}不在这一指标的填报范围内")


# Writing


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    _make(tx, [draft for draft in drafts if draft.held is None])
    _change(tx, [draft for draft in drafts if draft.held is not None])


def _make(tx: Tx, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    stamped = {"district_id": tx.actor.district_id, "version": 1, "created_at": tx.now, "updated_at": tx.now}
    rows = [
        stamped
        | {"indicator_id": draft.values["indicator"], "unit_id": draft.values["unit"]}
        | {"period": draft.values["period"]}
        | {name: draft.values.get(name) for name in CHANGED}
        for draft in drafts
    ]
    key = (VALUE.c.indicator_id, VALUE.c.unit_id, VALUE.c.period)
    made = tx.connection.execute(sa.insert(VALUE).returning(VALUE.c.id, *key), rows)
    ids = {(row.indicator_id, row.unit_id, row.period): row.id for row in made}
    for draft in drafts:
        its = tuple(draft.values[name] for name in ("indicator", "unit", "period"))
        draft.target_id, draft.target_version, draft.undo = ids[its], 1, {}


_CHANGE = (
    sa.update(VALUE)
    .where(VALUE.c.id == sa.bindparam("row_id"), VALUE.c.version == sa.bindparam("held_version"))
    .values(
        {name: sa.bindparam(f"new_{name}", type_=VALUE.c[name].type) for name in CHANGED}
        | {"version": VALUE.c.version + 1, "updated_at": sa.bindparam("now", type_=VALUE.c.updated_at.type)}
    )
)


def _change(tx: Tx, drafts: Sequence[Draft]) -> None:
    rows = []
    for draft in drafts:
        assert draft.held is not None and draft.target_version is not None
        new = {f"new_{name}": draft.values.get(name, draft.held[name]) for name in CHANGED}
        rows.append({"row_id": draft.target_id, "held_version": draft.target_version, "now": tx.now} | new)
        draft.undo = {name: plain(draft.held[name]) for name in CHANGED}
        draft.target_version += 1
    if rows and tx.connection.execute(_CHANGE, rows).rowcount != len(rows):
        raise Conflict(f"有数据{MOVED}", code="rows_moved")


def _as_it_was(undo: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: Decimal(undo[name]) if undo[name] else None for name in _AMOUNTS}
    return {**amounts, "reported_on": date.fromisoformat(undo["reported_on"]), "note": undo["note"] or None}


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, VALUE, rows, LABEL)
    held = []
    for row in rows:
        if not row.is_new:
            old = {f"new_{name}": each for name, each in _as_it_was(row.undo).items()}
            held.append({"row_id": row.target_id, "held_version": row.target_version, "now": tx.now} | old)
    if held:
        tx.connection.execute(_CHANGE, held)
    unmake(tx, VALUE, [row.target_id for row in rows if row.is_new], "导入的数据已被引用，不能整批撤销")


VALUES = Importable(
    name="indicator-values",
    label=LABEL,
    model=IndicatorValue,
    columns=COLUMNS,
    roles=frozenset(REPORTERS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    sweeps=True,
    notes=(
        "按指标、单位和周期比对，不会重复；空着的格子不改动已有的内容。",
        "百分比和比值填分子、分母，数量填数值。表里没有的数据不受影响。",
    ),
)
