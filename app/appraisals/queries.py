"""Reads of rounds, their criteria, and what units got."""

from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.appraisals.deduction_models import APPEAL, DEDUCTION
from app.appraisals.measures import formula
from app.appraisals.models import CRITERION, RESULT, ROUND, AppraisalState, CriterionState, ResultState, Source
from app.appraisals.rules import (
    APPEALS,
    CRITERIA,
    CRITERION_WORKFLOW,
    DEDUCTION_WORKFLOW,
    DEDUCTIONS,
    FROZEN,
    PENDING,
    POLICY,
    RESULT_WORKFLOW,
    RESULTS,
    STANDING,
    WAITING,
    WHILE_ENTERING,
    WORKFLOW,
)
from app.core.operation import Reader
from app.core.paging import Asked, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_number
from app.core.policy import DISTRICT_WIDE, Roles
from app.core.timeline import Entry, labels_of, timeline
from app.core.workflow import find
from app.evidence.models import EVIDENCE, LINK
from app.indicators.amounts import hundredths, written
from app.notifications.queries import titled
from app.plans.models import PLAN
from app.units.models import GROUP, UNIT

# Aliases: the conditions bring the plain tables with them.
OF, ENTERING = ROUND.alias("of_round"), UNIT.alias("entering")
_NAMES = (
    *("id", "version", "year", "title", "starts_on", "ends_on", "plan_id", "unit_group_id", "appeal_workdays"),
    *("shows_ranking", "state", "scored_at", "published_at", "appeal_until", "frozen_at", "withdrawn_at"),
    *("created_at", "updated_at"),
)
_OF_PLAN = PLAN.alias("of_plan")
_COLUMNS = [
    *(ROUND.c[name] for name in _NAMES),
    GROUP.c.name.label("unit_group_name"),
    _OF_PLAN.c.title.label("plan_title"),
]
_SOURCE = ROUND.join(GROUP, GROUP.c.id == ROUND.c.unit_group_id).outerjoin(_OF_PLAN, _OF_PLAN.c.id == ROUND.c.plan_id)
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    detail=[ROUND.c.snapshot],
    sorts={"id": by_id(ROUND)},
    filters={
        "year": equals(ROUND.c.year, "year", parse_number(1949, 2199)),
        "state": one_of(ROUND.c.state, "state", AppraisalState),
    },
    search=[ROUND.c.title],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    actions = WORKFLOW.allowed_actions(row)
    if row.appeal_until is not None and see.today <= row.appeal_until and "freeze" in actions:
        actions.remove("freeze")
    if row.withdrawn_at is not None and "delete" in actions:
        actions.remove("delete")
    names = (*_NAMES, "unit_group_name", "plan_title")
    return {name: getattr(row, name) for name in names} | {"allowed_actions": actions}


@cache
def _figures_statement(roles: Roles) -> sa.Select[Any]:
    appraisal = sa.bindparam("appraisal", type_=sa.BigInteger)
    waiting = [APPEAL.c.appraisal_id == appraisal, APPEAL.c.state == PENDING, APPEALS.read(roles)]
    seen = [RESULT.c.appraisal_id == appraisal, RESULTS.read(roles)]
    counts = {
        "units": sa.select(sa.func.count()).select_from(RESULT).where(*seen),
        "appeals": sa.select(sa.func.count()).select_from(APPEAL).where(*waiting),
    }
    return sa.select(*(count.scalar_subquery().label(name) for name, count in counts.items()))


def one(see: Reader, appraisal_id: int) -> dict[str, Any]:
    """A round with its criteria and figures."""
    row = LIST.one(see, appraisal_id)
    criteria = criteria_of(see, appraisal_id)
    figures = see.connection.execute(
        _figures_statement(see.actor.roles), {**see.actor.binds, "appraisal": appraisal_id}
    ).one()
    sums = {"full": sum(each["weight"] for each in criteria), "units": figures.units, "appeals": figures.appeals}
    return present(see, row) | sums | {"criteria": criteria, "snapshot": row.snapshot}


_LABELS = labels_of(WORKFLOW, create=("发起", ""))
del _LABELS["appraisal.edit"], _LABELS["appraisal.add_criterion"]


def history(see: Reader, appraisal_id: int) -> list[Entry]:
    return timeline(see, "appraisal", appraisal_id, _LABELS)


# Criteria

_OF_CRITERION = (
    *("id", "version", "appraisal_id", "name", "weight", "source", "required", "office_id", "standard", "state"),
    *("created_at", "updated_at"),
)
_CRITERION_COLUMNS = [
    *(CRITERION.c[name] for name in _OF_CRITERION),
    CRITERION.c.each,
    ENTERING.c.name.label("office_name"),
    OF.c.title.label("appraisal_title"),
    OF.c.year.label("appraisal_year"),
]
_CRITERIA = CRITERION.join(OF, OF.c.id == CRITERION.c.appraisal_id).outerjoin(
    ENTERING, ENTERING.c.id == CRITERION.c.office_id
)


def present_criterion(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_OF_CRITERION, "office_name", "appraisal_title", "appraisal_year")}
    told = {"each": written(row.each), "formula": formula(row)}
    return shown | told | {"allowed_actions": CRITERION_WORKFLOW.allowed_actions(row)}


CRITERION_LIST = Listing(
    policy=CRITERIA,
    source=_CRITERIA,
    columns=_CRITERION_COLUMNS,
    sorts={"id": by_id(CRITERION, descending=False)},
    filters={
        "appraisal_id": equals(CRITERION.c.appraisal_id, "appraisal_id"),
        "source": one_of(CRITERION.c.source, "source", Source),
        "state": one_of(CRITERION.c.state, "state", CriterionState),
    },
    search=[CRITERION.c.name],
)


def criteria_within(see: Reader, appraisal_id: int, asked: Asked) -> dict[str, Any]:
    """Of one round; 404 where the round is not there."""
    find(see, POLICY, appraisal_id)
    of_round = replace(asked, filters={**asked.filters, "appraisal_id": appraisal_id})
    return CRITERION_LIST.body(see, of_round, present_criterion)


@cache
def _criteria_statement(roles: Roles) -> sa.Select[Any]:
    of = CRITERION.c.appraisal_id == sa.bindparam("appraisal", type_=sa.BigInteger)
    columns = [*_CRITERION_COLUMNS, *CRITERIA.columns(roles)]
    return sa.select(*columns).select_from(_CRITERIA).where(of, CRITERIA.read(roles)).order_by(CRITERION.c.id)


def criteria_of(see: Reader, appraisal_id: int) -> list[dict[str, Any]]:
    rows = see.connection.execute(_criteria_statement(see.actor.roles), {**see.actor.binds, "appraisal": appraisal_id})
    return [present_criterion(see, row) for row in rows]


def one_criterion(see: Reader, criterion_id: int) -> dict[str, Any]:
    return present_criterion(see, CRITERION_LIST.one(see, criterion_id))


# What units got

_BETTER = RESULT.alias("better")
_PLACE = (
    sa.select(sa.func.count() + 1)
    .where(_BETTER.c.appraisal_id == RESULT.c.appraisal_id, _BETTER.c.score > RESULT.c.score)
    .correlate(RESULT)
    .scalar_subquery()
)
_OF_RESULT = (
    *("id", "version", "appraisal_id", "unit_id", "unit_name", "detail", "state", "appeal_until"),
    *("confirmed_at", "updated_at"),
)
_RESULT_COLUMNS = [
    *(RESULT.c[name] for name in _OF_RESULT),
    RESULT.c.score,
    sa.func.coalesce(RESULT.c.rank, _PLACE).label("rank"),
    OF.c.title.label("appraisal_title"),
    OF.c.state.label("appraisal_state"),
    OF.c.frozen_at,
]
_RESULTS = RESULT.join(OF, OF.c.id == RESULT.c.appraisal_id)
RESULT_LIST = Listing(
    policy=RESULTS,
    source=_RESULTS,
    columns=_RESULT_COLUMNS,
    sorts={"score": Sort(hundredths(RESULT.c.score), True), "id": by_id(RESULT)},
    filters={
        "appraisal_id": equals(RESULT.c.appraisal_id, "appraisal_id"),
        "unit_id": equals(RESULT.c.unit_id, "unit_id"),
        "state": one_of(RESULT.c.state, "state", ResultState),
    },
    search=[RESULT.c.unit_name],
)
"""The best first."""


def present_result(see: Reader, row: Any) -> dict[str, Any]:
    """Before it is frozen a place tells of others' points, which are not published."""
    known = see.actor.has(*DISTRICT_WIDE) or row.appraisal_state == FROZEN
    shown = {name: getattr(row, name) for name in (*_OF_RESULT, "appraisal_title", "appraisal_state", "frozen_at")}
    told = {"score": written(row.score), "full": sum(each["weight"] for each in row.detail)}
    told["rank"] = row.rank if known else None
    # What was scored before figures had links keeps no word of them.
    told["detail"] = [{**each, "href": each.get("href")} for each in row.detail]
    return shown | told | {"allowed_actions": RESULT_WORKFLOW.allowed_actions(row)}


FILES = (
    sa.select(sa.func.count())
    .select_from(LINK.join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id))
    .where(LINK.c.target == "appraisal-deductions", LINK.c.target_id == DEDUCTION.c.id, EVIDENCE.c.voided_at.is_(None))
    .correlate(DEDUCTION)
    .scalar_subquery()
)
"""How many files prove a deduction."""
UNPROVEN = sa.and_(
    DEDUCTION.c.state == STANDING, DEDUCTION.c.office_id.is_not(None), DEDUCTION.c.cited.is_(None), FILES == 0
)
"""An office entered it, and neither a row nor a file proves it."""


@cache
def _taken_statement(roles: Roles) -> sa.Select[Any]:
    names = ("id", "criterion_id", "points", "reason", "cited", "cited_id", "state", "unit_id")
    appeal = sa.select(APPEAL.c.id).where(APPEAL.c.deduction_id == DEDUCTION.c.id).correlate(DEDUCTION)
    return (
        sa.select(
            *(DEDUCTION.c[name] for name in names),
            CRITERION.c.name.label("criterion_name"),
            CRITERION.c.state.label("criterion_state"),
            FILES.label("evidence_count"),
            appeal.scalar_subquery().label("appeal_id"),
            *DEDUCTIONS.columns(roles),
        )
        .join(CRITERION, CRITERION.c.id == DEDUCTION.c.criterion_id)
        .where(
            DEDUCTION.c.appraisal_id == sa.bindparam("appraisal", type_=sa.BigInteger),
            DEDUCTION.c.unit_id == sa.bindparam("unit", type_=sa.BigInteger),
            DEDUCTIONS.read(roles),
        )
        .order_by(DEDUCTION.c.criterion_id, DEDUCTION.c.id)
    )


def one_result(see: Reader, result_id: int) -> dict[str, Any]:
    """What a unit got, and every deduction that the reader may know of."""
    row = RESULT_LIST.one(see, result_id)
    about = {"appraisal": row.appraisal_id, "unit": row.unit_id}
    taken = see.connection.execute(_taken_statement(see.actor.roles), {**see.actor.binds, **about})
    deductions = [
        {
            **{name: getattr(each, name) for name in ("id", "criterion_id", "criterion_name", "reason", "cited")},
            **{name: getattr(each, name) for name in ("cited_id", "evidence_count", "state", "appeal_id")},
            "points": written(each.points),
            "allowed_actions": offered(
                see, row.appeal_until, each.criterion_state, DEDUCTION_WORKFLOW.allowed_actions(each)
            ),
        }
        for each in taken
    ]
    shown = present_result(see, row) | {"deductions": deductions}
    with_responsible(see, [shown])
    return shown


def offered(see: Reader, appeal_until: Any, criterion_state: str, actions: list[str]) -> list[str]:
    """An appeal no longer after its last day, and nothing of the office's once it has said that it is done."""
    gone = set() if criterion_state == WAITING else {*WHILE_ENTERING}
    if appeal_until is None or see.today > appeal_until:
        gone.add("appeal")
    return [action for action in actions if action not in gone]


_RESULT_AT = RESULT.join(ROUND, ROUND.c.id == RESULT.c.appraisal_id).join(UNIT, UNIT.c.id == RESULT.c.unit_id)
titled(RESULT, UNIT.c.name + sa.cast(ROUND.c.year, sa.String) + "年", _RESULT_AT)
