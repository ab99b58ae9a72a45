"""What the system itself knows of how a unit worked: for each source one statement over the rows of the period, and of
every row that is amiss what it costs. The same rows give the same points, in the order of their ids.

A rate's deduction is shared out among the rows that are amiss, so that together they cost what the rate lacks. A unit
of which nothing was due keeps its full points.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.appraisals.deduction_models import Cited
from app.appraisals.models import Source
from app.assignments.models import ASSIGNMENT, SENT_AT, AssignmentState
from app.assignments.words import item
from app.briefs.models import BRIEF, BriefState
from app.core.calendar import long_day
from app.core.operation import Reader
from app.core.short import short
from app.core.within import many, within
from app.dashboard.days import shanghai_day
from app.dashboard.queries import SIGN_WITHIN
from app.filings.matrix import Ask, places
from app.filings.models import FILING_KIND_LABELS, FilingState
from app.indicators.amounts import written
from app.inspections.models import INSPECTION, VISIT, InspectionState
from app.plans.models import ITEM
from app.rectifications.models import RECTIFICATION, RectificationState

FORMULAS = {
    Source.ACKNOWLEDGED: f"{{weight}} × 下发后 {SIGN_WITHIN} 个工作日内签收数 ÷ 应签收数",
    Source.COMPLETED: "{weight} × 时限内提交数 ÷ 已到期数（退回未再提交的不算提交，待审核的算）",
    Source.SENT_BACK: "{weight} ×（1 − 退回数 ÷ 提交数）",
    Source.OVERDUE: "{weight} − {each} × 逾期未办结数，扣完为止",
    Source.RECTIFIED: "{weight} × 已销号数 ÷ 已销号和已到期数（待验收的不计）",
    Source.FILINGS: "{weight} × 已备案类数 ÷（已备案类数＋已到期未备案类数）",
    Source.INSPECTIONS: "{weight} × 已发布督查得分率的平均数",
    Source.BRIEFS: "{weight} × 已推广简报数 ÷ {required}，不超过满分",
    Source.ENTERED: "{weight} − 录入的扣分，扣完为止",
}


def formula(criterion: Any) -> str:
    """How a criterion's points come about; where nothing was due they are full."""
    values = {"weight": criterion.weight, "each": written(criterion.each), "required": criterion.required}
    return FORMULAS[Source(criterion.source)].format(**values)


class Cut(NamedTuple):
    unit_id: int
    points: Decimal
    reason: str
    cited: Cited | None = None
    cited_id: int | None = None


@dataclass
class Measured:
    """Of one criterion: what is taken off, the figure of each unit in words (80%（4/5）), and where a figure that no
    single row stands for leads."""

    cuts: list[Cut] = field(default_factory=list)
    figures: dict[int, str] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)


class Amiss(NamedTuple):
    """A row that was due: how much of it is amiss, of how much."""

    unit_id: int
    amiss: int
    of: int
    row_id: int
    reason: str


Reckoning = Callable[[Any], Measured]
"""What a criterion comes to by the rows of its source, which were read before."""


def measure(see: Reader, appraisal: Any, criteria: Sequence[Any], units: list[int]) -> dict[int, Measured]:
    """By criterion. The rows of a source are read once, however many criteria ask of them."""
    sources = {Source(each.source) for each in criteria}
    by = {source: _MEASURES[source](see, appraisal, units) for source in sorted(sources)}
    return {each.id: by[Source(each.source)](each) for each in criteria}


def _part(weight: int, amiss: int, of: int) -> Decimal:
    """In hundredths, halves up."""
    return Decimal((2 * 100 * weight * amiss + of) // (2 * of)) / 100


def _rate(criterion: Any, rows: Iterable[Amiss], cited: Cited) -> Measured:
    """Each row's cut is what the sum of the unit's grows by, so that no rounding is lost or added up."""
    of_unit: dict[int, list[Amiss]] = {}
    for row in rows:
        of_unit.setdefault(row.unit_id, []).append(row)
    found = Measured()
    for unit_id, due in sorted(of_unit.items()):
        whole, so_far, taken = sum(row.of for row in due), 0, Decimal(0)
        for row in sorted(due, key=lambda each: each.row_id):
            so_far += row.amiss
            upto = _part(criterion.weight, so_far, whole)
            if upto > taken:
                found.cuts.append(Cut(unit_id, upto - taken, row.reason, cited, row.row_id))
            taken = upto
        found.figures[unit_id] = _percent(whole - so_far, whole)
    return found


def _percent(part: int, whole: int) -> str:
    return f"{(2000 * part + whole) // (2 * whole) / 10:g}%（{part}/{whole}）"


# Assignments

_DUE = (
    ASSIGNMENT.c.counted.is_(sa.true()),
    ASSIGNMENT.c.awaits_decision.is_(sa.false()),
    ASSIGNMENT.c.state.not_in((AssignmentState.WAIVED, AssignmentState.CANCELLED, AssignmentState.DECLINED)),
)
"""What counts of a unit's tasks, whatever is measured."""
_FIRST, _LAST = (sa.bindparam(name, type_=sa.Date) for name in ("first_day", "last_day"))
_DONE_ON, _SIGNED_ON, _SUBMITTED_ON = (
    shanghai_day(ASSIGNMENT.c[name]) for name in ("completed_at", "acknowledged_at", "submitted_at")
)
_SENT_ON = shanghai_day(SENT_AT)


def _assignments(see: Reader, appraisal: Any, units: list[int], *conditions: Any) -> Any:
    columns = [ASSIGNMENT.c[name] for name in ("id", "unit_id", "period", "state", "deadline_on", "submit_count")]
    days = {"done_on": _DONE_ON, "handed_in_on": _SUBMITTED_ON, "sent_on": _SENT_ON, "signed_on": _SIGNED_ON}
    statement = (
        sa.select(
            *columns,
            ASSIGNMENT.c.send_back_count,
            *(day.label(name) for name, day in days.items()),
            *(ITEM.c[name] for name in ("number", "title")),
        )
        .join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
        .where(within(ASSIGNMENT.c.unit_id, many("scored_units")), *_DUE, *conditions)
    )
    if appraisal.plan_id is not None:
        statement = statement.where(ASSIGNMENT.c.plan_id == appraisal.plan_id)
    return see.connection.execute(statement.order_by(ASSIGNMENT.c.id), _binds(appraisal, units)).all()


def _binds(appraisal: Any, units: list[int]) -> dict[str, Any]:
    return {"scored_units": units, "first_day": appraisal.starts_on, "last_day": appraisal.ends_on}


def _named(row: Any) -> str:
    return f"任务“{item(row.number, row.title, row.period)}”"


def _acknowledged(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    found = _assignments(see, appraisal, units, _SENT_ON.between(_FIRST, _LAST))
    until = {day: see.workdays.add(day, SIGN_WITHIN) for day in {row.sent_on for row in found}}

    def due() -> Iterator[Amiss]:
        for row in found:
            last = until[row.sent_on]
            if row.signed_on is None and last >= see.today:
                continue
            late = row.signed_on is None or row.signed_on > last
            signed = f"{long_day(row.signed_on)}才签收" if row.signed_on else "尚未签收"
            why = f"{_named(row)}{long_day(row.sent_on)}下发，{signed}"
            yield Amiss(row.unit_id, int(late), 1, row.id, why)

    return lambda criterion: _rate(criterion, due(), Cited.ASSIGNMENTS)


def _completed(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    """By the day on which the unit last handed it in: how long its reviewer takes is not the unit's delay."""
    past = [ASSIGNMENT.c.deadline_on.between(_FIRST, _LAST), ASSIGNMENT.c.deadline_on < see.today]
    found = _assignments(see, appraisal, units, *past)

    def due() -> Iterator[Amiss]:
        for row in found:
            handed_in = row.state in (AssignmentState.SUBMITTED, AssignmentState.COMPLETED)
            done = (row.handed_in_on or row.done_on) if handed_in else None
            late = done is None or done > row.deadline_on
            so = f"{long_day(done)}提交" if done else "尚未办结"
            why = f"{_named(row)}时限{long_day(row.deadline_on)}，{so}"
            yield Amiss(row.unit_id, int(late), 1, row.id, why)

    return lambda criterion: _rate(criterion, due(), Cited.ASSIGNMENTS)


def _sent_back(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    found = _assignments(see, appraisal, units, _SUBMITTED_ON.between(_FIRST, _LAST), ASSIGNMENT.c.submit_count > 0)

    def due() -> Iterator[Amiss]:
        for row in found:
            why = f"{_named(row)}提交{row.submit_count}次，被退回{row.send_back_count}次"
            back = min(row.send_back_count, row.submit_count)
            yield Amiss(row.unit_id, back, row.submit_count, row.id, why)

    def reckoned(criterion: Any) -> Measured:
        measured = _rate(criterion, due(), Cited.ASSIGNMENTS)
        measured.figures = {unit: f"一次通过 {figure}" for unit, figure in measured.figures.items()}
        return measured

    return reckoned


def _overdue(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    """What was handed in waits for its reviewer: not the unit's delay."""
    past = [ASSIGNMENT.c.deadline_on.between(_FIRST, _LAST), ASSIGNMENT.c.deadline_on < see.today]
    waiting = ASSIGNMENT.c.state.in_((AssignmentState.PENDING, AssignmentState.IN_PROGRESS))
    found = _assignments(see, appraisal, units, *past, waiting)

    def reckoned(criterion: Any) -> Measured:
        measured = Measured(figures=dict.fromkeys(units, "0 项"))
        late: dict[int, int] = {}
        for row in found:
            why = f"{_named(row)}时限{long_day(row.deadline_on)}，逾期未办结"
            measured.cuts.append(Cut(row.unit_id, criterion.each, why, Cited.ASSIGNMENTS, row.id))
            late[row.unit_id] = late.get(row.unit_id, 0) + 1
            measured.figures[row.unit_id] = f"{late[row.unit_id]} 项"
        return measured

    return reckoned


# Rectifications, filings, inspections, briefs

_RECTIFICATIONS = (
    sa.select(*(RECTIFICATION.c[name] for name in ("id", "unit_id", "problem", "state", "deadline_on")))
    .where(
        within(RECTIFICATION.c.unit_id, many("scored_units")),
        RECTIFICATION.c.deadline_on.between(_FIRST, _LAST),
        sa.or_(
            RECTIFICATION.c.state == RectificationState.CLOSED,
            sa.and_(
                RECTIFICATION.c.state != RectificationState.SUBMITTED,
                RECTIFICATION.c.deadline_on < sa.bindparam("today", type_=sa.Date),
            ),
        ),
    )
    .order_by(RECTIFICATION.c.id)
)


def _rectified(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    found = see.connection.execute(_RECTIFICATIONS, _binds(appraisal, units) | {"today": see.today}).all()

    def due() -> Iterator[Amiss]:
        for row in found:
            why = f"问题“{short(row.problem)}”整改时限{long_day(row.deadline_on)}，尚未销号"
            unmended = int(row.state != RectificationState.CLOSED)
            yield Amiss(row.unit_id, unmended, 1, row.id, why)

    return lambda criterion: _rate(criterion, due(), Cited.RECTIFICATIONS)


def _filings(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    """What is missing cites what was asked; what lies there unfinished, itself. What is not on record yet and still has
    time counts for nothing; what is asked without a day is due at once."""
    found = places(see, appraisal.year)

    def reckoned(criterion: Any) -> Measured:
        measured = Measured()
        for unit_id in units:
            asked = {
                kind: ask for kind, ask in found.of_unit(unit_id).items() if _is_filed(ask) or ask.is_due(see.today)
            }
            taken, amiss = Decimal(0), 0
            for kind, ask in asked.items():
                held = ask.held
                if _is_filed(ask):
                    continue
                amiss += 1
                upto = _part(criterion.weight, amiss, len(asked))
                name = FILING_KIND_LABELS[kind]
                so = {None: "没有备案", FilingState.DRAFT: "只有草稿"}.get(held and held.state, "被退回后没有再报")
                cited = (Cited.REQUIREMENTS, ask.requirement.id) if held is None else (Cited.FILINGS, held.id)
                measured.cuts.append(Cut(unit_id, upto - taken, f"{appraisal.year}年{name}{so}", *cited))
                taken = upto
            if asked:
                measured.figures[unit_id] = _percent(len(asked) - amiss, len(asked))
        return measured

    return reckoned


def _is_filed(ask: Ask) -> bool:
    return ask.held is not None and ask.held.state == FilingState.FILED


_VISITS = (
    sa.select(
        *(VISIT.c[name] for name in ("unit_id", "visited_on", "score", "max_score")),
        INSPECTION.c.id.label("inspection_id"),
        INSPECTION.c.title,
    )
    .join(INSPECTION, INSPECTION.c.id == VISIT.c.inspection_id)
    .where(
        within(VISIT.c.unit_id, many("scored_units")),
        VISIT.c.visited_on.between(_FIRST, _LAST),
        VISIT.c.score.is_not(None),
        VISIT.c.max_score > 0,
        INSPECTION.c.state == InspectionState.RELEASED,
    )
    .order_by(VISIT.c.unit_id, VISIT.c.id)
)
"""Of released inspections alone: of an unannounced one nobody learns before."""


def _inspections(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    of_unit: dict[int, list[Any]] = {}
    for row in see.connection.execute(_VISITS, _binds(appraisal, units)):
        of_unit.setdefault(row.unit_id, []).append(row)

    def reckoned(criterion: Any) -> Measured:
        measured = Measured()
        for unit_id, visits in of_unit.items():
            for row in visits:
                lost = max(row.max_score - row.score, 0)
                if points := _part(criterion.weight, lost, row.max_score * len(visits)):
                    why = f"督查“{short(row.title)}”得分 {row.score}/{row.max_score}"
                    measured.cuts.append(Cut(unit_id, points, why, Cited.INSPECTIONS, row.inspection_id))
            shares = [1000 * min(row.score, row.max_score) // row.max_score for row in visits]
            measured.figures[unit_id] = f"{sum(shares) // len(shares) / 10:g}%（{len(visits)} 次）"
        return measured

    return reckoned


_BRIEFS = (
    sa.select(BRIEF.c.unit_id, sa.func.count().label("promoted"))
    .where(
        within(BRIEF.c.unit_id, many("scored_units")),
        BRIEF.c.state == BriefState.PROMOTED,
        shanghai_day(BRIEF.c.promoted_at).between(_FIRST, _LAST),
    )
    .group_by(BRIEF.c.unit_id)
)


def _briefs(see: Reader, appraisal: Any, units: list[int]) -> Reckoning:
    rows = see.connection.execute(_BRIEFS, _binds(appraisal, units))
    promoted = {row.unit_id: row.promoted for row in rows}
    # What is promoted later is no part of the figure, so the link does not count it either.
    between = f"promoted_since={appraisal.starts_on}&promoted_until={min(appraisal.ends_on, see.today)}"

    def reckoned(criterion: Any) -> Measured:
        measured = Measured()
        for unit_id in units:
            count = promoted.get(unit_id, 0)
            measured.figures[unit_id] = f"{count} 篇"
            measured.links[unit_id] = f"/api/v1/briefs?unit_id={unit_id}&state={BriefState.PROMOTED.value}&{between}"
            if lacking := max(criterion.required - count, 0):
                why = f"推广简报 {count} 篇，应有 {criterion.required} 篇"
                measured.cuts.append(Cut(unit_id, _part(criterion.weight, lacking, criterion.required), why))
        return measured

    return reckoned


def _entered(_see: Reader, _appraisal: Any, _units: list[int]) -> Reckoning:
    return lambda criterion: Measured()


_MEASURES: dict[Source, Callable[[Reader, Any, list[int]], Reckoning]] = {
    Source.ACKNOWLEDGED: _acknowledged,
    Source.COMPLETED: _completed,
    Source.SENT_BACK: _sent_back,
    Source.OVERDUE: _overdue,
    Source.RECTIFIED: _rectified,
    Source.FILINGS: _filings,
    Source.INSPECTIONS: _inspections,
    Source.BRIEFS: _briefs,
    Source.ENTERED: _entered,
}
