"""Reads of what was taken off, and of what is held against it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.appraisals.citable import CITABLE
from app.appraisals.deduction_models import APPEAL, CITED_LABELS, DEDUCTION, AppealState, Cited, DeductionState
from app.appraisals.models import CRITERION, ROUND
from app.appraisals.queries import FILES, UNPROVEN, offered
from app.appraisals.rules import APPEAL_WORKFLOW, APPEALS, DEDUCTION_WORKFLOW, DEDUCTIONS
from app.assignments.models import ASSIGNMENT
from app.assignments.words import item
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_flag
from app.core.short import short
from app.core.timeline import Entry, labels_of, timeline
from app.evidence.queries import linked
from app.identity.models import USER
from app.indicators.amounts import written
from app.inspections.found import number_of
from app.inspections.models import FINDING
from app.inspections.rules import ISSUED
from app.plans.models import ITEM
from app.rectifications.models import RECTIFICATION
from app.units.models import UNIT

AT, ENTERING, JUDGE = UNIT.alias("at"), UNIT.alias("entering"), USER.alias("judge")
OF, BY, AGAINST = ROUND.alias("of_round"), CRITERION.alias("by_criterion"), APPEAL.alias("held_against")

_NAMES = (
    *("id", "version", "appraisal_id", "criterion_id", "unit_id", "reason", "cited", "cited_id", "state"),
    *("created_at", "updated_at"),
)
_JOINED = (
    "appraisal_title",
    "appraisal_year",
    "appraisal_state",
    "criterion_name",
    "criterion_state",
    "unit_name",
    "office_name",
    "evidence_count",
    "unproven",
    "appeal_id",
    "appeal_until",
)
_COLUMNS = [
    *(DEDUCTION.c[name] for name in _NAMES),
    DEDUCTION.c.points,
    OF.c.title.label("appraisal_title"),
    OF.c.year.label("appraisal_year"),
    OF.c.state.label("appraisal_state"),
    OF.c.appeal_until,
    BY.c.name.label("criterion_name"),
    BY.c.state.label("criterion_state"),
    FILES.label("evidence_count"),
    UNPROVEN.label("unproven"),
    AT.c.name.label("unit_name"),
    ENTERING.c.name.label("office_name"),
    AGAINST.c.id.label("appeal_id"),
]
_SOURCE = (
    DEDUCTION.join(OF, OF.c.id == DEDUCTION.c.appraisal_id)
    .join(BY, BY.c.id == DEDUCTION.c.criterion_id)
    .join(AT, AT.c.id == DEDUCTION.c.unit_id)
    .outerjoin(ENTERING, ENTERING.c.id == DEDUCTION.c.office_id)
    .outerjoin(AGAINST, AGAINST.c.deduction_id == DEDUCTION.c.id)
)
LIST = Listing(
    policy=DEDUCTIONS,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(DEDUCTION, descending=False)},
    filters={
        "appraisal_id": equals(DEDUCTION.c.appraisal_id, "appraisal_id"),
        "criterion_id": equals(DEDUCTION.c.criterion_id, "criterion_id"),
        "unit_id": equals(DEDUCTION.c.unit_id, "unit_id"),
        "cited": one_of(DEDUCTION.c.cited, "cited", Cited),
        "state": one_of(DEDUCTION.c.state, "state", DeductionState),
        "unproven": Filter(sa.bindparam("f_unproven", type_=sa.Boolean) == UNPROVEN, parse_flag),
    },
    search=[DEDUCTION.c.reason, AT.c.name],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    actions = offered(see, row.appeal_until, row.criterion_state, DEDUCTION_WORKFLOW.allowed_actions(row))
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    return shown | {"points": written(row.points), "allowed_actions": actions}


def one(see: Reader, deduction_id: int) -> dict[str, Any]:
    """With the files that prove it."""
    row = LIST.one(see, deduction_id)
    shown = present(see, row) | {"evidence": linked(see, "appraisal-deductions", deduction_id)}
    with_responsible(see, [shown])
    return shown


# What a unit's deduction may cite

OFFERED = 100
"""Rows of each kind, the newest."""
_TASKS = sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.period, ITEM.c.number, ITEM.c.title).join(
    ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id
)
_MATTERS = sa.select(RECTIFICATION.c.id, RECTIFICATION.c.problem)
_PROBLEMS = sa.select(*(FINDING.c[name] for name in ("id", "description", "year", "number"))).where(
    FINDING.c.state == ISSUED
)
_CITABLE: dict[Cited, tuple[Any, Callable[[Any], str]]] = {
    Cited.FINDINGS: (_PROBLEMS, lambda row: f"{number_of(row.year, row.number)} {short(row.description)}"),
    Cited.RECTIFICATIONS: (_MATTERS, lambda row: short(row.problem)),
    Cited.ASSIGNMENTS: (_TASKS, lambda row: short(item(row.number, row.title, row.period))),
}


def citable(see: Reader, unit_id: int) -> list[tuple[str, str]]:
    """``findings/17`` and what it is called: rows of the unit that the actor may read."""
    found = []
    for cited, (rows, called) in _CITABLE.items():
        policy = CITABLE[cited]
        of_unit = policy.table.c.unit_id == unit_id, policy.read(see.actor.roles)
        newest = rows.where(*of_unit).order_by(policy.table.c.id.desc()).limit(OFFERED)
        for row in see.connection.execute(newest, see.actor.binds):
            found.append((f"{cited.value}/{row.id}", f"{CITED_LABELS[cited]} · {called(row)}"))
    return found


# Appeals

_OF_APPEAL = (
    *("id", "version", "appraisal_id", "deduction_id", "unit_id", "reason", "state", "decision", "decided_at"),
    *("created_at", "updated_at"),
)
_BESIDE = ("appraisal_title", "criterion_name", "unit_name", "deduction", "decided_by_name")
_AMISS = DEDUCTION.alias("amiss")
_APPEAL_COLUMNS = [
    *(APPEAL.c[name] for name in _OF_APPEAL),
    OF.c.title.label("appraisal_title"),
    BY.c.name.label("criterion_name"),
    AT.c.name.label("unit_name"),
    _AMISS.c.reason.label("deduction"),
    _AMISS.c.points,
    JUDGE.c.name.label("decided_by_name"),
]
_APPEALS = (
    APPEAL.join(_AMISS, _AMISS.c.id == APPEAL.c.deduction_id)
    .join(OF, OF.c.id == APPEAL.c.appraisal_id)
    .join(BY, BY.c.id == _AMISS.c.criterion_id)
    .join(AT, AT.c.id == APPEAL.c.unit_id)
    .outerjoin(JUDGE, JUDGE.c.id == APPEAL.c.decided_by)
)
APPEAL_LIST = Listing(
    policy=APPEALS,
    source=_APPEALS,
    columns=_APPEAL_COLUMNS,
    sorts={"id": by_id(APPEAL)},
    filters={
        "appraisal_id": equals(APPEAL.c.appraisal_id, "appraisal_id"),
        "unit_id": equals(APPEAL.c.unit_id, "unit_id"),
        "state": one_of(APPEAL.c.state, "state", AppealState),
    },
    search=[APPEAL.c.reason, AT.c.name],
)


def present_appeal(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_OF_APPEAL, *_BESIDE)}
    return shown | {"points": written(row.points), "allowed_actions": APPEAL_WORKFLOW.allowed_actions(row)}


_LABELS = labels_of(APPEAL_WORKFLOW, create=("提出申诉", "submit")) | {
    "appraisal_appeal.uphold": ("申诉成立", "accept"),
    "appraisal_appeal.dismiss": ("申诉不成立", "back"),
    "appraisal_appeal.lapse": ("评分撤回，申诉终止", "back"),
}


def one_appeal(see: Reader, appeal_id: int) -> dict[str, Any]:
    """With the papers that prove it."""
    row = APPEAL_LIST.one(see, appeal_id)
    shown = present_appeal(see, row) | {"evidence": linked(see, "appraisal-appeals", appeal_id)}
    with_responsible(see, [shown])
    return shown


def appeal_history(see: Reader, appeal_id: int) -> list[Entry]:
    return timeline(see, "appraisal_appeal", appeal_id, _LABELS)
