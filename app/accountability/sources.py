"""The triggers that are there from the beginning: what is overdue, refused, found, or ranks last."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.accountability.triggers import Found, Source, Wanted, register
from app.assignments.models import ASSIGNMENT, AssignmentState
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.assignments.words import item
from app.core.audit import EVENT, Outcome
from app.core.calendar import long_day
from app.core.operation import Reader
from app.core.policy import DISTRICT_WIDE, Policy, Roles, always
from app.core.short import short
from app.core.within import many, within
from app.dashboard.queries import dashboard
from app.documents.drafting import NEVER_ADDRESSED
from app.inspections.found import number_of
from app.inspections.models import FINDING, FindingState
from app.inspections.rules import FINDING_POLICY as FINDINGS
from app.plans.models import ITEM
from app.plans.rules import POLICY as PLANS
from app.rectifications.models import RECTIFICATION, RectificationState
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.models import UNIT

ASSIGNMENT_LATE, RECTIFICATION_LATE, REFUSED = "overdue_assignment", "overdue_rectification", "refused_recheck"
LAST, FOUND, PAST = "bottom_rank", "finding", "past"
_UNIT = UNIT.alias("held_to_account")
_OPEN = (RectificationState.PENDING, RectificationState.IN_PROGRESS, RectificationState.SUBMITTED)
_LATE = _OPEN[:2]
"""What waits for its verification is not the unit's delay."""


def _late_before(see: Reader, workdays: int) -> date:
    """A deadline before this day is at least so many workdays past."""
    return see.workdays.add(see.today + timedelta(days=1), -workdays)


def _late_words(see: Reader, deadline_on: date) -> tuple[str, int]:
    late = see.workdays.between(deadline_on, see.today)
    return f"时限{long_day(deadline_on)}，已逾期{late}个工作日", late


def _until(row: Any) -> str:
    """A row with another deadline, extended or reopened, may be late once more."""
    until: date = row.deadline_on
    return until.isoformat()


def _rows(see: Reader, policy: Policy, wanted: Wanted, statement: sa.Select[Any]) -> Any:
    """The statement's rows of units that are held to account, as far as the actor may read them."""
    table = policy.table
    statement = statement.where(policy.read(see.actor.roles), _UNIT.c.kind.not_in(NEVER_ADDRESSED))
    if wanted.unit_ids is not None:
        statement = statement.where(table.c.unit_id.in_(sorted(wanted.unit_ids)))
    if wanted.source_id is not None:
        statement = statement.where(table.c.id == wanted.source_id)
    ordered = statement.order_by(table.c.unit_id, table.c.id)
    return see.connection.execute(ordered, see.actor.binds).all()


_OF_ASSIGNMENT = ASSIGNMENT.join(ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id).join(
    _UNIT, _UNIT.c.id == ASSIGNMENT.c.unit_id
)


def overdue_assignments(see: Reader, wanted: Wanted) -> Iterator[Found]:
    columns = [ASSIGNMENT.c[name] for name in ("id", "unit_id", "period", "deadline_on")]
    late = sa.select(*columns, ITEM.c.number, ITEM.c.title).select_from(_OF_ASSIGNMENT)
    late = late.where(
        ASSIGNMENT.c.state.in_((AssignmentState.PENDING, AssignmentState.IN_PROGRESS)),
        ASSIGNMENT.c.awaits_decision.is_(sa.false()),
        ASSIGNMENT.c.deadline_on < _late_before(see, wanted.figure),
    )
    for row in _rows(see, ASSIGNMENTS, wanted, late):
        words, days = _late_words(see, row.deadline_on)
        said = f"任务“{item(row.number, row.title, row.period)}”完成{words}"
        yield Found(row.id, row.unit_id, said, days, _until(row))


def _rectifications(*columns: Any) -> sa.Select[Any]:
    own = [RECTIFICATION.c[name] for name in ("id", "unit_id", "problem", "deadline_on")]
    rows = sa.select(*own, *columns).select_from(RECTIFICATION.join(_UNIT, _UNIT.c.id == RECTIFICATION.c.unit_id))
    return rows


def overdue_rectifications(see: Reader, wanted: Wanted) -> Iterator[Found]:
    late = _rectifications().where(
        RECTIFICATION.c.state.in_(_LATE), RECTIFICATION.c.deadline_on < _late_before(see, wanted.figure)
    )
    for row in _rows(see, RECTIFICATIONS, wanted, late):
        words, days = _late_words(see, row.deadline_on)
        said = f"问题“{short(row.problem)}”整改{words}"
        yield Found(row.id, row.unit_id, said, days, _until(row))


_TIMES_REFUSED = (
    sa.select(sa.func.count())
    .where(
        EVENT.c.resource == "rectification",
        EVENT.c.resource_id == RECTIFICATION.c.id,
        EVENT.c.operation == "rectification.send_back",
        EVENT.c.outcome == Outcome.DONE,
    )
    .correlate(RECTIFICATION)
    .scalar_subquery()
)


def refused_rechecks(see: Reader, wanted: Wanted) -> Iterator[Found]:
    """Of what is not closed yet, as the audit log counts it."""
    refused = _rectifications(_TIMES_REFUSED.label("times")).where(
        RECTIFICATION.c.state.in_(_OPEN), wanted.figure <= _TIMES_REFUSED
    )
    for row in _rows(see, RECTIFICATIONS, wanted, refused):
        yield Found(row.id, row.unit_id, f"问题“{short(row.problem)}”的整改验收退回{row.times}次", row.times)


def issued_findings(see: Reader, wanted: Wanted) -> Iterator[Found]:
    columns = [FINDING.c[name] for name in ("id", "unit_id", "year", "number", "description")]
    issued = sa.select(*columns).select_from(FINDING.join(_UNIT, _UNIT.c.id == FINDING.c.unit_id))
    for row in _rows(see, FINDINGS, wanted, issued.where(FINDING.c.state == FindingState.ISSUED)):
        number = number_of(row.year, row.number)
        yield Found(row.id, row.unit_id, f"督查发现问题（{number}）：{short(row.description)}")


def lowest_ranks(see: Reader, wanted: Wanted) -> Iterator[Found]:
    """Of the newest issued plan's 通报排名 as it stands now, once a quarter. Whoever shares a rank shares the better
    place; whoever is first is not last, though all be equal.
    """
    if not see.actor.has(*DISTRICT_WIDE):
        return
    shown = dashboard(see)
    ranking = shown["ranking"]
    quarter = f"{see.today.year}-Q{(see.today.month + 2) // 3}"
    for entry in sorted(ranking, key=lambda each: int(each["unit_id"])):
        place = len(ranking) - entry["rank"] + 1
        if entry["rank"] == 1 or place > wanted.figure or wanted.leaves_out(entry["unit_id"], shown["plan_id"]):
            continue
        said = (
            f"《{shown['plan_title'].strip('《》')}》通报排名第{entry['rank']}（共{len(ranking)}个单位，倒数第{place}）"
        )
        yield Found(shown["plan_id"], entry["unit_id"], f"{said}，综合{entry['score']:.1f}分", place, quarter)


def readable_by(policy: Policy) -> Callable[[Reader, list[int]], set[int]]:
    @cache
    def statement(roles: Roles) -> sa.Select[Any]:
        return sa.select(policy.table.c.id).where(within(policy.table.c.id, many("cited")), policy.read(roles))

    def may_read(see: Reader, ids: list[int]) -> set[int]:
        rows = see.connection.execute(statement(see.actor.roles), {**see.actor.binds, "cited": ids})
        return set(rows.scalars())

    return may_read


register(
    Source(
        ASSIGNMENT_LATE,
        "任务逾期",
        "任务逾期满 {n} 个工作日",
        overdue_assignments,
        readable_by(ASSIGNMENTS),
        "assignments",
        cites="assignment_id",
    )
)
register(
    Source(
        RECTIFICATION_LATE,
        "整改逾期",
        "整改逾期满 {n} 个工作日",
        overdue_rectifications,
        readable_by(RECTIFICATIONS),
        "rectifications",
        cites="rectification_id",
    )
)
register(
    Source(
        REFUSED,
        "整改验收退回",
        "整改验收退回满 {n} 次",
        refused_rechecks,
        readable_by(RECTIFICATIONS),
        "rectifications",
        cites="rectification_id",
    )
)
register(
    Source(
        LAST,
        "通报排名靠后",
        "通报排名倒数 {n} 名以内",
        lowest_ranks,
        readable_by(PLANS),
        "plans",
        by_hand=10_000,
        fewer_is_worse=True,
        inherited=False,
        cites="plan_id",
    )
)
register(Source(FOUND, "督查问题", None, issued_findings, readable_by(FINDINGS), "findings"))
# What an earlier year's action was for is told in words alone, and they may name a complaint.
register(Source(PAST, "以前年度", None, lambda see, wanted: (), lambda see, ids: set(), confidential=always))
