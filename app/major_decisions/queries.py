"""Reads of major decisions: the list, and one with its remarks, its files and its history."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_leader
from app.core.numbers import padded
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_choice, parse_flag, parse_number
from app.core.timeline import Entry, labels_of, timeline
from app.core.within import many, within
from app.evidence.models import EVIDENCE, LINK
from app.evidence.queries import linked
from app.identity.models import USER
from app.indicators.amounts import written
from app.major_decisions import flags
from app.major_decisions.models import (
    DECISION,
    REMARK,
    DecisionCategory,
    DecisionResult,
    DecisionState,
    Flag,
)
from app.major_decisions.rules import POLICY, WORKFLOW
from app.major_decisions.schemas import MajorDecisionRead
from app.notifications.queries import titled
from app.units.models import UNIT

# An alias: the conditions bring the plain table with them.
AT = UNIT.alias("at")
NUMBER = sa.cast(DECISION.c.year, sa.String) + "-" + padded(DECISION.c.number)
UNANSWERED = (
    sa.select(sa.literal(1))
    .select_from(REMARK)
    .where(REMARK.c.major_decision_id == DECISION.c.id, REMARK.c.answered_at.is_(None))
    .correlate(DECISION)
    .exists()
)
_OPEN_REMARKS = (
    sa.select(sa.func.count())
    .select_from(REMARK)
    .where(REMARK.c.major_decision_id == DECISION.c.id, REMARK.c.answered_at.is_(None))
    .correlate(DECISION)
    .scalar_subquery()
)
_NAMES = tuple(name for name in MajorDecisionRead.model_fields if name in DECISION.c)
_COLUMNS = [
    *(DECISION.c[name] for name in _NAMES),
    DECISION.c.flags_seen,
    AT.c.name.label("unit_name"),
    _OPEN_REMARKS.label("open_remarks"),
    *flags.COLUMNS,
]
_SOURCE = DECISION.join(AT, AT.c.id == DECISION.c.unit_id)
ANY = "any"
_SUSPICIOUS = flags.conditions(sa.bindparam("flags_today", type_=sa.Date))
FLAGGED = {flag.value: condition for flag, condition in _SUSPICIOUS.items()} | {ANY: sa.or_(*_SUSPICIOUS.values())}
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(DECISION)},
    filters={
        "unit_id": equals(DECISION.c.unit_id, "unit_id"),
        "category": one_of(DECISION.c.category, "category", DecisionCategory),
        "state": one_of(DECISION.c.state, "state", DecisionState),
        "result": one_of(DECISION.c.result, "result", DecisionResult),
        "year": equals(DECISION.c.year, "year", parse_number(1949, 2199)),
        "flag": Filter(FLAGGED, parse_choice([ANY, *Flag]), lambda see: {"flags_today": see.today}),
        "unanswered": Filter(sa.bindparam("f_unanswered", type_=sa.Boolean) == UNANSWERED, parse_flag),
    },
    search=[DECISION.c.subject, AT.c.name, NUMBER],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    found = flags.flags_of(row, see.today)
    actions = WORKFLOW.allowed_actions(row)
    passed = row.result == DecisionResult.PASSED
    decided = row.state == DecisionState.DECIDED
    idle = {
        "answer": not row.open_remarks,
        "check": len(found) <= row.flags_seen,
        "close": decided and passed,
        "disclose": not passed,
        "reconvene": row.result != DecisionResult.DEFERRED,
    }
    return {name: getattr(row, name) for name in _NAMES} | {
        "unit_name": row.unit_name,
        "open_remarks": row.open_remarks,
        "amount": written(row.amount),
        "opinions": _spoken(row.opinions, row.chair),
        "earlier_meetings": [_earlier(met) for met in row.earlier_meetings],
        "flags": found,
        "allowed_actions": [action for action in actions if not idle.get(action)],
    }


def _spoken(opinions: list[dict[str, Any]], chair: str | None) -> list[dict[str, Any]]:
    return [{**each, "is_chair": each["speaker"] == chair} for each in opinions]


def _earlier(met: dict[str, Any]) -> dict[str, Any]:
    return met | {
        "held_at": datetime.fromisoformat(met["held_at"]) if met["held_at"] else None,
        "decided_on": date.fromisoformat(met["decided_on"]),
        "opinions": _spoken(met["opinions"], met["chair"]),
    }


_REMARKER, _ANSWERER = USER.alias("remarker"), USER.alias("answerer")
_REMARKS = (
    sa.select(
        *(REMARK.c[name] for name in ("id", "text", "created_at", "answer", "answered_at")),
        _REMARKER.c.name.label("remarked_by_name"),
        _ANSWERER.c.name.label("answered_by_name"),
    )
    .select_from(
        REMARK.outerjoin(_REMARKER, _REMARKER.c.id == REMARK.c.remarked_by).outerjoin(
            _ANSWERER, _ANSWERER.c.id == REMARK.c.answered_by
        )
    )
    .where(REMARK.c.major_decision_id == sa.bindparam("row_id", type_=sa.BigInteger))
    .order_by(REMARK.c.id.desc())
    .limit(200)
)


def one(see: Reader, decision_id: int) -> dict[str, Any]:
    row = LIST.one(see, decision_id)
    shown = present(see, row)
    with_leader(see, [shown])
    remarks = see.connection.execute(_REMARKS, {"row_id": decision_id})
    shown["remarks"] = [dict(each._mapping) for each in remarks]
    shown["evidence"] = linked(see, "major-decisions", decision_id)
    return shown


_LABELS = labels_of(WORKFLOW, create=("登记", ""), bring_in=("补登", "")) | {
    "major_decision.remark": ("监督意见", "urge")
}
del _LABELS["major_decision.edit"]  # What is filled in as it goes on is no news.


def history(see: Reader, decision_id: int) -> list[Entry]:
    """What happened to a matter that the actor may read, newest first."""
    return timeline(see, "major_decision", decision_id, _LABELS)


_FILES = (
    sa.select(LINK.c.target_id, EVIDENCE.c.title)
    .join(EVIDENCE, EVIDENCE.c.id == LINK.c.evidence_id)
    .where(
        LINK.c.target == "major-decisions",
        within(LINK.c.target_id, many("decision_ids")),
        EVIDENCE.c.voided_at.is_(None),
    )
    .order_by(EVIDENCE.c.id)
)


def add_minutes(see: Reader, rows: list[dict[str, Any]]) -> None:
    """The titles of the files linked to each of these rows, which the actor may read."""
    titles: dict[int, list[str]] = {row["id"]: [] for row in rows}
    for each in see.connection.execute(_FILES, {"decision_ids": list(titles)}):
        titles[each.target_id].append(each.title)
    for row in rows:
        row["minutes"] = titles[row["id"]]


# What notices call one: 实验小学 2026-003, as the ledger does

titled(DECISION, AT.c.name + " " + NUMBER, DECISION.join(AT, AT.c.id == DECISION.c.unit_id))
