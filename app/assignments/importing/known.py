"""What a table of progress is compared with: looked up once, the reports themselves a stretch of the file at a time."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from app.assignments import periods
from app.assignments.models import ASSIGNMENT, REPORT, ActivityKind
from app.assignments.rules import POLICY, read
from app.core.operation import Reader
from app.core.policy import Roles
from app.core.within import many, within
from app.imports.columns import Wrong, narrow, once
from app.imports.registry import Draft
from app.plans.cells import ItemCells
from app.plans.models import Cadence, PlanState
from app.units.cells import UnitCells

T = TypeVar("T")
AHEAD = 1000
"""Rows of the file whose assignments are looked up together; no more reports are in memory than these have."""


def _period_of(asked: tuple[Cadence, str]) -> str:
    return periods.read(*asked)


class Wanted(NamedTuple):
    """An assignment by what a row says of it. Numbers and texts alone: one for each row of the file is in memory."""

    number: int
    item_id: int
    unit_id: int
    period: str
    """As written."""


class Held(NamedTuple):
    """An assignment as it stands, with the words of its latest report."""

    version: int
    state: str
    may_carry_out: bool
    percent: int
    text: str | None
    reported_on: date | None
    place: str | None
    activity: ActivityKind | None
    participants: int | None


class Known:
    """``assignments`` holds what the actor may read of the file's items and units, and no other."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.see = see
        self.today = see.today
        self.items = ItemCells(see, PlanState.ISSUED, PlanState.ARCHIVED, PlanState.WITHDRAWN)
        self.units = UnitCells(see)
        self.met: dict[int, int] = {}
        self.fractions, self.only_ones = False, True
        """Whether the file's percentages are fractions, and whether none of them is another than 0 or 1."""
        self._terms = periods.terms(see)
        self._cadences: dict[int, Cadence] = {}
        self._held: dict[int, Held] = {}
        self._period = once(_period_of)
        self._unit = once(self._unit_of)
        wanted = [found for draft in drafts if (found := self._note(draft)) is not None]
        self.assignments = self._assignments(wanted)
        self._ids = self._met(wanted)
        """The file's rows that mean an assignment, in its order: their numbers → that."""
        self._numbers = list(self._ids)

    def _note(self, draft: Draft) -> Wanted | None:
        cells = draft.cells
        if percent := cells.get("percent"):
            self._note_share(percent)
        try:
            return self._wanted(draft)
        except Wrong:
            return None

    def _note_share(self, cell: str) -> None:
        share = narrow(cell)
        self.fractions = self.fractions or (share.startswith("0.") and not share.endswith("%"))
        self.only_ones = self.only_ones and share in ("0", "1")

    def _wanted(self, draft: Draft) -> Wanted:
        cells = draft.cells
        item = self.items.item(cells)
        self._cadences[item.id] = item.cadence
        return Wanted(draft.number, item.id, self._unit(cells.get("unit", "")), cells.get("period", ""))

    def _unit_of(self, cell: str) -> int:
        homes = self.see.actor.home_units
        if not cell and len(homes) != 1:
            raise Wrong("请写明单位", [self.units.title(unit_id) for unit_id in homes], "unit")
        try:
            return self.units.unit(cell) if cell else homes[0]
        except Wrong as wrong:
            raise Wrong(wrong.why, wrong.suggestions, "unit") from None

    def _assignments(self, wanted: Iterable[Wanted]) -> dict[tuple[int, int], dict[str, int]]:
        """(item, unit) → its periods' ids, of those the actor may read."""
        asked = {(each.item_id, each.unit_id) for each in wanted}
        binds = {
            **self.see.actor.binds,
            "items": list({item_id for item_id, _ in asked}),
            "units": list({unit_id for _, unit_id in asked}),
        }
        found: dict[tuple[int, int], dict[str, int]] = {}
        for item_id, unit_id, period, row_id in self.see.connection.execute(_keys(self.see.actor.roles), binds):
            if (item_id, unit_id) in asked:
                found.setdefault((item_id, unit_id), {})[period] = row_id
        return found

    def _met(self, wanted: Iterable[Wanted]) -> dict[int, int]:
        found = {}
        for each in wanted:
            try:
                found[each.number] = self._assignment(each)
            except Wrong:
                continue
        return found

    def assignment(self, draft: Draft) -> int:
        """The row that is meant. Of one that is not there and of one out of sight the same is said."""
        found = self._ids.get(draft.number)
        return self._assignment(self._wanted(draft)) if found is None else found

    def _assignment(self, wanted: Wanted) -> int:
        there = self.assignments.get((wanted.item_id, wanted.unit_id))
        if there is None:
            raise Wrong(f"没有“{self.units.title(wanted.unit_id)}”的这项任务，请核对任务和单位")
        if not wanted.period and len(there) == 1:
            return next(iter(there.values()))
        now = periods.current(self._cadences[wanted.item_id], self.today, self._terms).name
        newest = sorted(there, key=lambda name: (name == now, name), reverse=True)
        if not wanted.period:
            raise Wrong(f"这项任务有 {len(there)} 期，请写明是哪一期", newest, "period")
        cadence, words = self._cadences[wanted.item_id], narrow(wanted.period)
        name = self._period((cadence, words))
        if name not in there:
            name = self._of_one_year(cadence, words, there)
        if name not in there:
            raise Wrong("这项任务没有这一期", newest, "period")
        return there[name]

    def _of_one_year(self, cadence: Cadence, words: str, there: Iterable[str]) -> str:
        """What is written without its year, such as 11月 or 第四季度, where one year alone has it."""
        mark = "学年" if cadence == Cadence.TERMLY else "年"
        found = {each for each in there if self._period((cadence, f"{each[:4]}{mark}{words}")) == each}
        return found.pop() if len(found) == 1 else ""

    def held(self, number: int, assignment_id: int) -> Held:
        if assignment_id not in self._held:
            self._look_ahead(number)
        return self._held[assignment_id]

    def _look_ahead(self, number: int) -> None:
        start = bisect_left(self._numbers, number)
        ids = {self._ids[each] for each in self._numbers[start : start + AHEAD]}
        binds = {**self.see.actor.binds, "ids": list(ids)}
        rows = self.see.connection.execute(_rows(self.see.actor.roles), binds).all()
        told = {"ids": [row.id for row in rows if row.report_count]}
        newest = {"ids": list(self.see.connection.execute(_NEWEST, told).scalars())} if told["ids"] else told
        reports = {row.assignment_id: row for row in self.see.connection.execute(_REPORTS, newest)}
        self._held = {row.id: _held(row, reports.get(row.id)) for row in rows}


_TOLD = ("text", "reported_on", "place", "activity", "participants")


def _held(row: Any, report: Any) -> Held:
    told = (None if report is None else getattr(report, name) for name in _TOLD)
    return Held(row.version, row.state, row.may_carry_out, row.percent, *told)


_ROW = ASSIGNMENT.c


@cache
def _keys(roles: Roles) -> sa.Select[Any]:
    return sa.select(_ROW.plan_item_id, _ROW.unit_id, _ROW.period, _ROW.id).where(
        within(_ROW.plan_item_id, many("items")), within(_ROW.unit_id, many("units")), read(roles)
    )


@cache
def _rows(roles: Roles) -> sa.Select[Any]:
    columns = [_ROW[name] for name in ("id", "version", "state", "percent", "report_count")]
    mine = POLICY.may(roles, "carry_out").label("may_carry_out")
    return sa.select(*columns, mine).where(within(_ROW.id, many("ids")))


# Each by a list of ids, and nothing joined: PostgreSQL, which plans these while the reports are few, would otherwise go
# through all of them once for each assignment.
_NEWEST = (
    sa.select(sa.func.max(REPORT.c.id))
    .where(within(REPORT.c.assignment_id, many("ids")))
    .group_by(REPORT.c.assignment_id)
)
_REPORTS = sa.select(REPORT.c.assignment_id, *(REPORT.c[name] for name in _TOLD)).where(
    within(REPORT.c.id, many("ids"))
)
