"""Reads of risk points: the ledger (廉政风险点台账), and one with its measures and ratings."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, ASSIGNMENT_STATE_LABELS
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.assignments.words import dated
from app.core.calendar import lamp
from app.core.errors import NotFound
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_flag, parse_number, parse_text
from app.core.policy import Roles, among
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import many, within
from app.evidence.queries import linked
from app.identity.models import USER
from app.integrity_risks.heads import readable_heads
from app.integrity_risks.models import ENDED, MEASURE, RATING, RISK, RiskLevel, RiskState, SourceKind
from app.integrity_risks.round_models import ROUND
from app.integrity_risks.rules import (
    CLOSING,
    DONE,
    IDENTIFIED,
    MEASURE_WORKFLOW,
    MEASURES,
    POLICY,
    STANDING,
    STRUCK_OFF,
    WORKFLOW,
)
from app.notifications.queries import titled
from app.plans.models import ITEM
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
AT, OCCASION = UNIT.alias("at"), ROUND.alias("occasion")
SUBMITTER, REVIEWER = USER.alias("submitter"), USER.alias("reviewer")
_NAMES = (
    *("id", "version", "round_id", "unit_id", "department", "post", "duty_item", "risk_point", "manifestation"),
    *(
        "source",
        "likelihood",
        "impact",
        "by_rule",
        "level",
        "review_on",
        "state",
        "rating_count",
        "unrated",
        "continues_id",
    ),
    *("submitted_at", "reviewed_at", "created_at", "updated_at"),
)
_JOINED = ("round_title", "unit_name", "submitted_by_name", "reviewed_by_name")
_COLUMNS = [
    *(RISK.c[name] for name in _NAMES),
    OCCASION.c.title.label("round_title"),
    AT.c.name.label("unit_name"),
    SUBMITTER.c.name.label("submitted_by_name"),
    REVIEWER.c.name.label("reviewed_by_name"),
]
SOURCE = (
    RISK.join(AT, AT.c.id == RISK.c.unit_id)
    .join(OCCASION, OCCASION.c.id == RISK.c.round_id)
    .outerjoin(SUBMITTER, SUBMITTER.c.id == RISK.c.submitted_by)
    .outerjoin(REVIEWER, REVIEWER.c.id == RISK.c.reviewed_by)
)
_SCALE = parse_number(1, 5)
STANDS = among(RISK.c.state, *(RiskState(state) for state in STANDING))
LIST = Listing(
    policy=POLICY,
    source=SOURCE,
    columns=_COLUMNS,
    detail=[RISK.c.sent_back_at],
    sorts={"id": by_id(RISK)},
    filters={
        "round_id": equals(RISK.c.round_id, "round_id"),
        "year": equals(OCCASION.c.year, "year", parse_number(1949, 2199)),
        "unit_id": equals(RISK.c.unit_id, "unit_id"),
        "department": equals(RISK.c.department, "department", parse_text),
        "source": one_of(RISK.c.source, "source", SourceKind),
        "likelihood": equals(RISK.c.likelihood, "likelihood", _SCALE),
        "impact": equals(RISK.c.impact, "impact", _SCALE),
        "by_rule": Filter(RISK.c.by_rule == sa.bindparam("f_by_rule", type_=sa.Boolean), parse_flag),
        "level": one_of(RISK.c.level, "level", RiskLevel),
        "state": one_of(RISK.c.state, "state", RiskState),
        "ended": Filter(among(RISK.c.state, *ENDED) == sa.bindparam("f_ended", type_=sa.Boolean), parse_flag),
        "carry_into": Filter(sa.and_(STANDS, RISK.c.round_id < sa.bindparam("f_carry_into", type_=sa.BigInteger))),
    },
    search=[RISK.c.risk_point, RISK.c.duty_item, RISK.c.department, RISK.c.post, AT.c.name],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    actions = WORKFLOW.allowed_actions(row)
    if row.state == IDENTIFIED:
        # What was submitted once keeps its history: it may be struck off, and before that be deleted.
        other = "delete" if row.rating_count else "request_close"
        actions = [action for action in actions if action != other]
    return {name: getattr(row, name) for name in (*_NAMES, *_JOINED)} | {"allowed_actions": actions}


# Measures

_TOLD = ("id", "version", "risk_id", "text", "responsible_person", "responsible_leader", "deadline_on", "state")
_MEASURES = (
    sa.select(*(MEASURE.c[name] for name in _TOLD))
    .where(within(MEASURE.c.risk_id, many("risks")))
    .order_by(MEASURE.c.risk_id, MEASURE.c.id)
)


def with_measures(see: Reader, rows: Sequence[dict[str, Any]]) -> None:
    """Give presented risks their measures: one statement for them all."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    if rows:
        for measure in see.connection.execute(_MEASURES, {"risks": [row["id"] for row in rows]}):
            found[measure.risk_id].append(dict(measure._mapping))
    for row in rows:
        row["measures"] = found[row["id"]]


_OF_MEASURE = (*_TOLD, "assignment_id", "created_at", "updated_at")


@cache
def _assigned(roles: Roles) -> sa.FromClause:
    """Assignments that the actor may read, called as their items are."""
    rows = sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.state, ITEM.c.title)
    rows = rows.join_from(ASSIGNMENT, ITEM, ITEM.c.id == ASSIGNMENT.c.plan_item_id)
    return rows.where(ASSIGNMENTS.read(roles)).subquery("assigned")


@cache
def _measure_statement(roles: Roles, by: str) -> sa.Select[Any]:
    assigned = _assigned(roles)
    columns = [*(MEASURE.c[name] for name in _OF_MEASURE), *MEASURES.columns(roles)]
    columns += [assigned.c.title.label("assignment_title"), assigned.c.state.label("assignment_state")]
    source = MEASURE.outerjoin(assigned, assigned.c.id == MEASURE.c.assignment_id)
    mine = MEASURE.c[by] == sa.bindparam("row_id", type_=sa.BigInteger)
    return sa.select(*columns).select_from(source).where(mine, MEASURES.read(roles)).order_by(MEASURE.c.id)


def present_measure(see: Reader, row: Any) -> dict[str, Any]:
    names = (*_OF_MEASURE, "assignment_title", "assignment_state")
    shown = lamp(row.deadline_on, see.today, see.workdays, see.settings.lamp_days, finished=row.state == DONE)
    lamps = dict(zip(("lamp", "lamp_words", "lamp_short"), shown, strict=True))
    actions = MEASURE_WORKFLOW.allowed_actions(row)
    return {name: getattr(row, name) for name in names} | lamps | {"allowed_actions": actions}


def measures_of(see: Reader, risk_id: int) -> list[dict[str, Any]]:
    statement, binds = _measure_statement(see.actor.roles, "risk_id"), {**see.actor.binds, "row_id": risk_id}
    return [present_measure(see, row) for row in see.connection.execute(statement, binds)]


def one_measure(see: Reader, measure_id: int) -> dict[str, Any]:
    rows = see.connection.execute(
        _measure_statement(see.actor.roles, "id"), {**see.actor.binds, "row_id": measure_id}
    ).all()
    if not rows:
        raise NotFound()
    return present_measure(see, rows[0]) | {"evidence": linked(see, "risk-measures", measure_id)}


# One

_RATED = ("number", "likelihood", "impact", "by_rule", "level", "review_on", "submitted_at", "verdict", "reviewed_at")
_RATINGS = (
    sa.select(
        *(RATING.c[name] for name in _RATED),
        SUBMITTER.c.name.label("submitted_by_name"),
        REVIEWER.c.name.label("reviewed_by_name"),
    )
    .select_from(
        RATING.outerjoin(SUBMITTER, SUBMITTER.c.id == RATING.c.submitted_by).outerjoin(
            REVIEWER, REVIEWER.c.id == RATING.c.reviewed_by
        )
    )
    .where(RATING.c.risk_id == sa.bindparam("row_id", type_=sa.BigInteger))
    .order_by(RATING.c.number.desc())
    .limit(100)
)


_LABELS = labels_of(WORKFLOW, create=("登记", "")) | {"integrity_risk.confirm": ("审核通过", "accept")}
_LABELS["risk_round.carry_over"] = ("从以前的轮次转入", "")
del _LABELS["integrity_risk.edit"]  # What is written before it is submitted is no news.


def one(see: Reader, risk_id: int) -> dict[str, Any]:
    return with_history(see, risk_id)[0]


def with_history(see: Reader, risk_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """A risk with its measures and ratings, and what happened to it, newest first."""
    row = LIST.one(see, risk_id)
    shown = present(see, row)
    shown["measures"] = measures_of(see, risk_id)
    shown["ratings"] = [dict(each._mapping) for each in see.connection.execute(_RATINGS, {"row_id": risk_id})]
    shown["first_responsible_person"] = readable_heads(see, [row.unit_id]).get(row.unit_id)
    told = timeline(see, "integrity_risk", risk_id, _LABELS)
    back = row.state == IDENTIFIED and row.sent_back_at is not None
    shown["sent_back_note"] = _said(told, "send_back") if back else None
    shown["closing_note"] = _said(told, "request_close") if row.state in (CLOSING, STRUCK_OFF) else None
    return shown, told


def _said(told: list[Entry], action: str) -> str | None:
    """When the action was taken last."""
    label = _LABELS[f"integrity_risk.{action}"][0]
    return next((entry.note for entry in told if entry.label == label), None)


# What a measure may be done by

_MOST = 100


@cache
def _assignments_statement(roles: Roles) -> sa.Select[Any]:
    assigned = _assigned(roles)
    mine = ASSIGNMENT.c.unit_id == sa.bindparam("unit", type_=sa.BigInteger)
    rows = sa.select(assigned.c.id, assigned.c.title, ASSIGNMENT.c.period)
    rows = rows.join_from(assigned, ASSIGNMENT, ASSIGNMENT.c.id == assigned.c.id).where(mine)
    return rows.order_by(assigned.c.id.desc()).limit(_MOST)


def assignment_choices(see: Reader, unit_id: int) -> list[tuple[int, str]]:
    """The unit's newest assignments, for a form's list."""
    rows = see.connection.execute(_assignments_statement(see.actor.roles), {**see.actor.binds, "unit": unit_id})
    return [(row.id, row.title if row.period == "once" else f"{row.title}（{dated(row.period)}）") for row in rows]


ASSIGNMENT_STATES = {state.value: label for state, label in ASSIGNMENT_STATE_LABELS.items()}


titled(RISK, UNIT.c.name, RISK.join(UNIT, UNIT.c.id == RISK.c.unit_id))
