"""Risk points from a table (廉政风险点台账): new ones with their measures, and what a unit still works on put right."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from app.core.errors import Conflict, Problem
from app.core.models import Date, Line, Name, Text
from app.core.operation import Reader, Tx
from app.core.validation import field_errors
from app.core.within import many, within
from app.imports import options
from app.imports.checking import by_rule, by_types
from app.imports.columns import Wrong, alike, day, narrow, plain
from app.imports.registry import Draft, Importable, Written
from app.imports.taking_back import refuse_touched
from app.integrity_risks import measures
from app.integrity_risks import operations as ops
from app.integrity_risks.heads import head_of
from app.integrity_risks.importing_columns import COLUMNS, open_titles
from app.integrity_risks.models import ENDED, RISK, IntegrityRisk, MeasureCreate, RiskCreate, RiskPatch
from app.integrity_risks.queries import with_measures
from app.integrity_risks.round_queries import LIST as ROUNDS
from app.integrity_risks.rules import IDENTIFIED, OPEN, POLICY, WORKFLOW
from app.integrity_risks.tables import told
from app.units import groups
from app.units.cells import UnitCells
from app.units.importing.naming import meant
from app.units.reviewing import CARRIERS

KEY = ("department", "post", "risk_point")
CHANGED = ("duty_item", "manifestation", "source", "likelihood", "impact", "by_rule", "review_on")
MEASURED = {"measures": "measures_told", "person": "persons", "leader": "leaders", "deadline": "deadlines"}
"""Columns of measures, and what the ledger has there."""


class Known:
    """What the actor may read of their own units and of the numbers that the file names; the rounds that are open."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.see, self.today, self.units = see, see.today, UnitCells(see)
        numbers = {int(cell) for draft in drafts if (cell := _serial(draft.cells)).isdigit() and len(cell) < 16}
        asked = sa.or_(within(RISK.c.unit_id, many("units")), within(RISK.c.id, many("numbers")))
        mine = sa.select(RISK, *POLICY.columns(see.actor.roles)).where(asked, POLICY.read(see.actor.roles))
        binds = {**see.actor.binds, "units": sorted(see.actor.units), "numbers": sorted(numbers)}
        self.rows: dict[int, Any] = {row.id: row for row in see.connection.execute(mine, binds)}
        self.alike: dict[tuple[int, tuple[str, ...]], list[Any]] = defaultdict(list)
        for row in self.rows.values():
            if row.state in ENDED:
                continue  # What was struck off is found anew as another.
            self.alike[row.unit_id, _key(row._mapping)].append(row)
        shown: list[dict[str, Any]] = [{"id": row_id} for row_id in self.rows]
        with_measures(see, shown)
        self.told = {each["id"]: told(each["measures"]) for each in shown}
        rounds, _ = ROUNDS.page(see, ROUNDS.asked({"limit": "200"}))
        self.rounds: dict[int, Any] = {row.id: row for row in rounds}
        self.open = {row.id: row for row in rounds if row.state == OPEN}
        # Of several that are called alike it is the one that is open, else the newest.
        self.called = {alike(row.title): row for row in sorted(rounds, key=lambda row: (row.id in self.open, row.id))}
        self.members = groups.members(see, [row.unit_group_id for row in self.open.values()], see.today)
        self.met: dict[Any, int] = {}
        self._heads: dict[int, str | None] = {}

    def head(self, unit_id: int) -> str | None:
        if unit_id not in self._heads:
            self._heads[unit_id] = head_of(self.see, unit_id)
        return self._heads[unit_id]


def _serial(cells: Any) -> str:
    return narrow(cells.get("serial", "")).removesuffix(".0")


def _key(values: Any) -> tuple[str, ...]:
    return tuple(alike(str(values.get(name, ""))) for name in KEY)


class _Fields(TypedDict, total=False):
    department: Name
    post: Name
    duty_item: Line
    risk_point: Line
    manifestation: Text
    leader: Name


_FIELDS: TypeAdapter[_Fields] = TypeAdapter(_Fields)


def check(known: Known, draft: Draft) -> None:
    by_types(draft, _FIELDS)
    try:
        row, unit_id = _row(known, draft)
    except Wrong as wrong:
        draft.unmatched(wrong)
        return
    its = row.id if row is not None else (unit_id, _key(draft.values))
    if (first := known.met.setdefault(its, draft.number)) != draft.number:
        draft.wrong("", f"与第 {first} 行是同一个风险点，请只留一行")
    if row is None:
        _new(known, draft, unit_id)
    else:
        _held(known, draft, row)


def _row(known: Known, draft: Draft) -> tuple[Any | None, int]:
    """The risk point that a draft means, by its number or by what tells it in its unit; else the unit to get it."""
    serial, key = _serial(draft.cells), _key(draft.values)
    numbered = known.rows.get(int(serial)) if serial.isdigit() and len(serial) < 16 else None
    if numbered is not None and _key(numbered._mapping) == key and _of_unit(known, draft, numbered):
        return numbered, numbered.unit_id
    homes = known.see.actor.home_units
    unit_id = meant(known.units.names, draft, lambda each: (each, key) in known.alike)
    if unit_id is None:
        if len(homes) != 1:
            raise Wrong(options.told("请写明单位", [known.units.title(each) for each in homes]), column="unit")
        unit_id = homes[0]
    found = known.alike.get((unit_id, key), [])
    if len(found) > 1:
        raise Wrong(f"本单位有 {len(found)} 个风险点是这样写的，请填写台账上的序号", column="serial")
    return (found[0] if found else None), unit_id


def _of_unit(known: Known, draft: Draft, row: Any) -> bool:
    """By name: a unit that has ended may have left its name to its successor."""
    unit_id = meant(known.units.names, draft, lambda each: each == row.unit_id)
    return unit_id is None or known.units.title(unit_id) == known.units.title(row.unit_id)


def _new(known: Known, draft: Draft, unit_id: int) -> None:
    if unit_id not in known.see.actor.units:
        draft.wrong("unit", "只能登记本单位的风险点")
        return
    draft.values["unit"] = unit_id
    round_id = draft.values.get("round")
    if round_id is None and "round" not in draft.cells:
        if len(known.open) != 1:
            why = "请写明排查轮次" if known.open else "现在没有进行中的排查"
            draft.wrong("round", options.told(why, open_titles(known)))
            return
        round_id = draft.values["round"] = next(iter(known.open))
    asked = known.open.get(round_id)
    if round_id is not None and asked is None:
        draft.wrong("round", options.told("这一轮排查已结束，请写进行中的一轮", open_titles(known)))
    elif asked is not None and unit_id not in known.members[asked.unit_group_id]:
        draft.wrong("unit", "这个单位不在本轮排查范围内")
    review_on = draft.values.get("review_on")
    if review_on is not None:
        by_rule(draft, lambda: ops.check_review(review_on, known.see.today))
    _measures(known, draft, unit_id)


def _measures(known: Known, draft: Draft, unit_id: int) -> None:
    """One a line, all by the same person until the same day."""
    person = draft.values.get("person") or known.head(unit_id)
    if person is None:
        draft.wrong("person", "请填写责任人，本单位还没有登记第一责任人")
        return
    try:
        deadline = day(draft.values["deadline"], known) if "deadline" in draft.values else None
    except Wrong as wrong:
        draft.wrong("deadline", wrong.why, wrong.suggestions)
        return
    lines = [line.strip() for line in draft.values.get("measures", "").split("\n") if line.strip()]
    try:
        draft.values["made"] = [
            MeasureCreate(
                text=line,
                responsible_person=person,
                responsible_leader=draft.values.get("leader"),
                deadline_on=deadline,
            )
            for line in lines
        ]
    except ValidationError as error:
        fields = {"text": "measures", "responsible_person": "person", "responsible_leader": "leader"}
        for fault in field_errors(error.errors(include_url=False)):
            name = fault.pointer.strip("/")
            draft.wrong(fields.get(name, "deadline"), fault.detail)


def _held(known: Known, draft: Draft, row: Any) -> None:
    """What its unit may still change; its measures are changed one by one, not by a table."""
    draft.target_id, draft.target_version = row.id, row.version
    draft.held = {name: getattr(row, name) for name in CHANGED}
    for column, name in MEASURED.items():
        if column in draft.values and draft.values[column] != known.told[row.id][name]:
            draft.wrong(column, "已登记的防控措施请在页面上逐条修改，这里请照台账填写")
    stated = known.rounds.get(row.round_id)
    if "round" in draft.values and stated is not None and alike(draft.cells["round"]) != alike(stated.title):
        draft.wrong("round", f"这个风险点登记在“{stated.title}”，不能改到另一轮，请照台账填写", [stated.title])
    if not draft.changes:
        return
    try:
        WORKFLOW.admit(row, "edit")
    except Problem as problem:
        draft.wrong("", problem.detail or problem.title)
        return
    if "review_on" in draft.changes:
        by_rule(draft, lambda: ops.check_review(draft.values["review_on"], known.see.today))


# Writing


def write(tx: Tx, known: Known, drafts: Sequence[Draft]) -> None:
    """Each by the operations that a form performs: a unit's own are few, and each leaves its event."""
    for draft in drafts:
        if draft.held is None:
            _make(tx, draft)
            continue
        assert draft.target_id is not None and draft.target_version is not None
        draft.undo = {name: plain(old) for name, (old, _) in draft.changes.items()}
        if known.rows[draft.target_id].unrated:
            draft.undo["unrated"] = plain(True)
        changes = {name: new for name, (_, new) in draft.changes.items()}
        if draft.values.keys() >= ops.FIGURES:
            # Both are stated: it is rated by them, also where they are those of the round before.
            changes |= {name: draft.values[name] for name in ops.FIGURES}
        ops.edit(tx, draft.target_id, RiskPatch(**changes), draft.target_version)
        draft.target_version += 1


def _make(tx: Tx, draft: Draft) -> None:
    given = {name: draft.values[name] for name in (*KEY, *CHANGED) if name in draft.values}
    placed = {"unit_id": draft.values["unit"], "round_id": draft.values["round"]}
    risk_id = ops.create(tx, RiskCreate(**given, **placed))
    for measure in draft.values["made"]:
        measures.add(tx, risk_id, measure)
    draft.target_id, draft.target_version, draft.undo = risk_id, 1, {}


_DAY: TypeAdapter[Any] = TypeAdapter(Date)


def _as_it_was(undo: dict[str, str]) -> RiskPatch:
    figures = {name: int(undo[name]) for name in ("likelihood", "impact") if name in undo}
    words = {name: undo[name] for name in ("duty_item", "manifestation", "source") if name in undo}
    ruled = {"by_rule": undo["by_rule"] == "True"} if "by_rule" in undo else {}
    days = {"review_on": _DAY.validate_python(undo["review_on"])} if "review_on" in undo else {}
    return RiskPatch(**figures, **words, **ruled, **days)


def undo(tx: Tx, rows: Sequence[Written]) -> None:
    refuse_touched(tx, RISK, rows, "风险点")
    moved = [str(row.number) for row in rows if not _is_open(tx, row.target_id)]
    if moved:
        raise Conflict(f"第 {'、'.join(moved[:10])} 行的风险点已提交审核，不能整批撤销", code="rows_in_use")
    for row in rows:
        if row.is_new:
            ops.delete(tx, row.target_id)
        else:
            unrated = "unrated" in row.undo
            ops.edit(tx, row.target_id, _as_it_was(row.undo), row.target_version, taken_back=True, unrated=unrated)


def _is_open(tx: Tx, risk_id: int) -> bool:
    state = sa.select(RISK.c.id).where(RISK.c.id == risk_id, RISK.c.state == IDENTIFIED)
    return tx.connection.execute(state).first() is not None


RISKS = Importable(
    name="integrity-risks",
    label="廉政风险点",
    model=IntegrityRisk,
    columns=COLUMNS,
    roles=frozenset(CARRIERS),
    known=Known,
    check=check,
    write=write,
    undo=undo,
    notes=(
        "按单位、部门、岗位和风险点比对；写法相同的几个，按台账上的序号。",
        "等级由可能性和危害程度算出，不用填写。导入后请在页面上提交审核。",
    ),
)
