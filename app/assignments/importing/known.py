"""What a table of progress is compared with: names looked up once, the assignments themselves some rows at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.appointments.holders import Holders, readable
from app.assignments import periods
from app.assignments.models import ASSIGNMENT, ASSIGNMENT_STATE_LABELS, REPORT, STANDS, ActivityKind, AssignmentState
from app.assignments.rules import POLICY, read
from app.assignments.tables import told
from app.core.operation import Reader
from app.core.policy import Roles
from app.core.within import Pairs, many, paired, within
from app.imports import options
from app.imports.columns import Wrong, narrow, once, plain
from app.imports.registry import Draft, Query, Settled
from app.plans.cells import ItemCells
from app.plans.models import Cadence, PlanState
from app.units.cells import UnitCells


def _period_of(asked: tuple[Cadence, str]) -> str:
    return periods.read(*asked)


class Held(NamedTuple):
    """An assignment as it stands, with the words of its latest report."""

    id: int
    version: int
    state: str
    may_carry_out: bool
    percent: int
    deadline_on: date | None
    original_deadline_on: date | None
    text: str | None
    reported_on: date | None
    place: str | None
    activity: ActivityKind | None
    participants: int | None


class Known:
    """``ahead`` looks up what the next rows mean; ``assignment`` is asked of those alone."""

    def __init__(self, see: Reader, drafts: Iterable[Draft]) -> None:
        self.see = see
        self.today = see.today
        self.items = ItemCells(see, PlanState.ISSUED, PlanState.ARCHIVED, PlanState.WITHDRAWN, drafts=drafts)
        self.units = UnitCells(see)
        self.met: dict[int, int] = {}
        self._drafts = drafts
        self._terms = periods.terms(see)
        self._period = once(_period_of)
        self._unit = once(self._unit_of)
        self.told = cache(lambda plan_id: told(see, plan_id))
        self._holders: dict[int, Holders] = {}
        self._pairs: dict[int, tuple[Any, int]] = {}
        self._doubtful: dict[int, Wrong] = {}
        self._there: dict[tuple[int, int], dict[str, Held]] = {}

    @cached_property
    def _shares(self) -> set[str]:
        """Every percentage of the file; asked where one cell alone does not say what it means."""
        return {narrow(cell) for cell in {draft.cells.get("percent", "") for draft in self._drafts} if cell}

    @cached_property
    def fractions(self) -> bool:
        return any(share.startswith("0.") and not share.endswith("%") for share in self._shares)

    @cached_property
    def only_ones(self) -> bool:
        """None of them is another than 0 or 1."""
        return self._shares <= {"0", "1"}

    def ahead(self, drafts: Sequence[Draft]) -> Query:
        """The assignments of these rows by (item, unit) and period: what the actor may read of them, and no other. No
        more of them, and of their reports, is in memory than of these and of those that are checked meanwhile."""
        meant: dict[int, tuple[Any, int]] = {}
        for draft in drafts:
            try:
                meant[draft.number] = self._meant(draft)
            except Wrong:
                continue
        pairs = {(item.id, unit_id) for item, unit_id in meant.values()}
        # What goes by the name of a unit that has ended may be that one's.
        named = [draft for draft in drafts if draft.number in meant and self.units.ended(draft.cells.get("unit", ""))]
        pairs |= {
            (meant[draft.number][0].id, each) for draft in named for each in self.units.ended(draft.cells["unit"])
        }
        by_person = any(not draft.cells.keys().isdisjoint(("leader", "person")) for draft in drafts)

        def ask(see: Reader) -> Settled:
            there = _there(see, pairs)
            holders = readable(see, {unit_id for _, unit_id in pairs}) if by_person else {}

            def settled() -> None:
                self._there, self._holders = there, holders
                self._pairs, self._doubtful = dict(meant), {}
                for draft in named:
                    try:
                        self._pairs[draft.number] = self._of_ended(draft, *meant[draft.number])
                    except Wrong as wrong:
                        self._doubtful[draft.number] = wrong

            return settled

        return ask

    def _of_ended(self, draft: Draft, item: Any, unit_id: int) -> tuple[Any, int]:
        """What a unit that has ended kept is its own; the rest is meant for the one that goes by its name."""
        period = draft.cells.get("period")
        name = self._period((item.cadence, narrow(period))) if period else None

        def kept(ended: int) -> bool:
            there = self._there.get((item.id, ended), {})
            return name in there if name else bool(there)

        return item, self.units.names.meant(draft.cells["unit"], unit_id, kept)

    def _meant(self, draft: Draft) -> tuple[Any, int]:
        """The item and the unit."""
        return self.items.item(draft.cells), self._unit(draft.cells.get("unit", ""))

    def _unit_of(self, cell: str) -> int:
        homes = self.see.actor.home_units
        if not cell and len(homes) != 1:
            raise Wrong(options.told("请写明单位", [self.units.title(unit_id) for unit_id in homes]), column="unit")
        try:
            return self.units.unit(cell) if cell else homes[0]
        except Wrong as wrong:
            raise Wrong(wrong.why, wrong.suggestions, "unit") from None

    def item(self, draft: Draft) -> Any | None:
        """The item that is meant, though it may not be known whose."""
        try:
            return self.items.item(draft.cells)
        except Wrong:
            return None

    def words(self, draft: Draft, held: Held | None) -> dict[str, list[str]]:
        """What the ledger says of an item, and the list of its rows of this one; what it says now first."""
        item = self.items.item(draft.cells)
        said = {name: [words] for name, words in self.told(item.plan_id).get(item.id, {}).items()}
        if said:
            said["deadline"].append(plain(item.deadline_text))
        if held is not None:
            leader, person, _ = self._holders.get(self._pairs[draft.number][1], (None, None, None))
            for name, words in (
                ("leader", leader and leader.name),
                ("person", person and person.name),
                ("state", ASSIGNMENT_STATE_LABELS[AssignmentState(held.state)]),
                ("deadline", held.original_deadline_on),
                ("deadline", held.deadline_on),
            ):
                said.setdefault(name, []).insert(0, plain(words))
        return said

    def assignment(self, draft: Draft) -> Held:
        """The row that is meant. Of one that is not there and of one out of sight the same is said."""
        if draft.number in self._doubtful:
            raise self._doubtful[draft.number]
        item, unit_id = self._pairs.get(draft.number) or self._meant(draft)
        there = self._there.get((item.id, unit_id))
        if there is None:
            raise Wrong(f"没有“{self.units.title(unit_id)}”的这项任务，请核对任务和单位")
        period = draft.cells.get("period")
        if not period and len(there) == 1:
            return next(iter(there.values()))
        now = periods.current(item.cadence, self.today, self._terms).name
        newest = sorted(there, key=lambda name: (name == now, name), reverse=True)
        if not period:
            raise Wrong(f"这项任务有 {len(there)} 期，请写明是哪一期", newest, "period")
        words = narrow(period)
        name = self._period((item.cadence, words))
        if name not in there:
            name = self._of_one_year(item.cadence, words, there)
        if name not in there:
            raise Wrong("这项任务没有这一期", newest, "period")
        return there[name]

    def _of_one_year(self, cadence: Cadence, words: str, there: Iterable[str]) -> str:
        """What is written without its year, such as 11月 or 第四季度, where one year alone has it."""
        mark = "学年" if cadence == Cadence.TERMLY else "年"
        found = {each for each in there if self._period((cadence, f"{each[:4]}{mark}{words}")) == each}
        return found.pop() if len(found) == 1 else ""


def _there(see: Reader, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], dict[str, Held]]:
    ask = see.connection.execute
    rows = ask(_rows(see.actor.roles), {**see.actor.binds, "pairs": list(pairs)}).all()
    told = {"ids": [row.id for row in rows if row.report_count]}
    reports = {row_id: report for row_id, stands, *report in _newest(see, _NEWEST, told["ids"]) if stands}
    if doubtful := [row_id for row_id in told["ids"] if row_id not in reports]:
        # Their newest was taken back: few are, and for these alone it is looked at each.
        reports |= {row_id: report for row_id, _, *report in _newest(see, _NEWEST_STANDING, doubtful)}
    there: dict[tuple[int, int], dict[str, Held]] = {}
    for item_id, unit_id, period, _, *row in rows:
        there.setdefault((item_id, unit_id), {})[period] = Held(*row, *reports.get(row[0], _UNTOLD))
    return there


def _newest(see: Reader, which: sa.Select[Any], ids: list[int]) -> Iterable[Any]:
    ask = see.connection.execute
    newest = list(ask(which, {"ids": ids}).scalars()) if ids else []
    return ask(_REPORTS, {"ids": newest}) if newest else ()


_ROW = ASSIGNMENT.c
_HELD = (_ROW.id, _ROW.version, _ROW.state, _ROW.percent, _ROW.deadline_on, _ROW.original_deadline_on)
_TOLD = ("text", "reported_on", "place", "activity", "participants")
_UNTOLD = (None,) * len(_TOLD)


@cache
def _rows(roles: Roles) -> sa.Select[Any]:
    mine = POLICY.may(roles, "carry_out")
    keys = (_ROW.plan_item_id, _ROW.unit_id, _ROW.period, _ROW.report_count)
    meant = paired(_ROW.plan_item_id, _ROW.unit_id, sa.bindparam("pairs", type_=Pairs()))
    return sa.select(*keys, *_HELD[:3], mine, *_HELD[3:]).where(meant, read(roles))


# Each by a list of ids, and nothing joined: PostgreSQL, which plans these while the reports are few, would otherwise go
# through all of them once for each assignment.
_NEWEST = (
    sa.select(sa.func.max(REPORT.c.id))
    .where(within(REPORT.c.assignment_id, many("ids")))
    .group_by(REPORT.c.assignment_id)
)
_NEWEST_STANDING = _NEWEST.where(STANDS)
_REPORTS = sa.select(REPORT.c.assignment_id, STANDS, *(REPORT.c[name] for name in _TOLD)).where(
    within(REPORT.c.id, many("ids"))
)
