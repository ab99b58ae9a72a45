"""Reads of visits, of what was urged on them, and of how many are owed."""

from datetime import date
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date, parse_flag
from app.core.policy import Roles
from app.core.timeline import Entry, labels_of, timeline
from app.evidence.queries import linked
from app.identity.models import USER
from app.liaison_visits.models import MATTER, QUOTA, VISIT, MatterState, VisitState
from app.liaison_visits.pairs import of_pair
from app.liaison_visits.rules import (
    ANSWERED,
    CANCELLED,
    COMMENTED,
    MATTER_WORKFLOW,
    MATTERS,
    OPEN,
    POLICY,
    QUOTAS,
    WORKFLOW,
)
from app.units.models import LIAISON, UNIT

# Aliases: the conditions bring the plain tables with them.
OFFICE, SCHOOL, RECORDER, OF = (
    UNIT.alias("of_office"),
    UNIT.alias("of_school"),
    USER.alias("recorder"),
    MATTER.alias("of"),
)


def _how_many(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    rows = sa.select(sa.func.count()).select_from(OF).where(OF.c.liaison_visit_id == VISIT.c.id, *conditions)
    return rows.correlate(VISIT).scalar_subquery()


_NAMES = (
    *("id", "version", "liaison_id", "unit_id", "school_id", "visited_on", "visitors", "content", "problems", "state"),
    *("confirmed_at", "created_at", "updated_at"),
)
_JOINED = ("unit_name", "school_name", "recorded_by_name", "matters", "open_matters")
_COLUMNS = [
    *(VISIT.c[name] for name in _NAMES),
    OFFICE.c.name.label("unit_name"),
    SCHOOL.c.name.label("school_name"),
    RECORDER.c.name.label("recorded_by_name"),
    _how_many(OF.c.state != CANCELLED).label("matters"),
    _how_many(OF.c.state.in_((OPEN, ANSWERED))).label("open_matters"),
]
_SOURCE = (
    VISIT.join(OFFICE, OFFICE.c.id == VISIT.c.unit_id)
    .join(SCHOOL, SCHOOL.c.id == VISIT.c.school_id)
    .outerjoin(RECORDER, RECORDER.c.id == VISIT.c.recorded_by)
)
_PAIR, _UNTIL = LIAISON.alias("asked_pair"), sa.bindparam("f_until", type_=sa.Date)
_OF_THE_PAIR = (
    sa.select(sa.literal(1))
    .select_from(_PAIR)
    .where(_PAIR.c.id == sa.bindparam("f_liaison_id", type_=sa.BigInteger), of_pair(_PAIR, _UNTIL))
    .correlate(VISIT)
    .exists()
)
"""Those that count for the pair: made by its units, or by units that had gone into these by the last day asked for."""


class _Visits(Listing):
    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        return {_UNTIL.key: date.max} | super().binds(see, asked)


LIST = _Visits(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(VISIT)},
    filters={
        "unit_id": equals(VISIT.c.unit_id, "unit_id"),
        "school_id": equals(VISIT.c.school_id, "school_id"),
        "liaison_id": Filter(_OF_THE_PAIR),
        "state": one_of(VISIT.c.state, "state", VisitState),
        "since": Filter(VISIT.c.visited_on >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(VISIT.c.visited_on <= _UNTIL, parse_date),
    },
    search=[VISIT.c.visitors, VISIT.c.content, OFFICE.c.name, SCHOOL.c.name],
)


def present(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


_LABELS = labels_of(WORKFLOW, create=("记录走访", "")) | {
    "liaison_visit.confirm": ("确认", "accept"),
    "liaison_visit.comment": ("提出意见", "back"),
    "liaison_visit.resubmit": ("再送确认", "submit"),
}
del _LABELS["liaison_visit.edit"]


def one(see: Reader, visit_id: int) -> dict[str, Any]:
    """A visit with its papers and what was urged."""
    return with_history(see, visit_id)[0]


def with_history(see: Reader, visit_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """The same, and what happened to it, newest first."""
    row = LIST.one(see, visit_id)
    told = timeline(see, "liaison_visit", visit_id, _LABELS)
    said = (entry.note for entry in told if entry.label == _LABELS["liaison_visit.comment"][0])
    shown = present(see, row) | {"comment": next(said, None) if row.state == COMMENTED else None}
    with_responsible(see, [shown])
    shown["evidence"] = linked(see, "liaison-visits", visit_id)
    urged = see.connection.execute(_urged_statement(see.actor.roles), {**see.actor.binds, "visit": visit_id})
    shown["urged"] = [present_matter(see, each) for each in urged]
    with_answering(see, shown["urged"])
    return shown, told


# What was urged

_OF_MATTER = (
    *("id", "version", "liaison_visit_id", "unit_id", "school_id", "text", "deadline_on", "state", "answer"),
    *("answered_at", "closed_at", "created_at", "updated_at"),
)
_ON_MATTER = ("visited_on", "unit_name", "school_name")
_MATTER_COLUMNS = [
    *(MATTER.c[name] for name in _OF_MATTER),
    VISIT.c.visited_on,
    OFFICE.c.name.label("unit_name"),
    SCHOOL.c.name.label("school_name"),
]
_MATTER_SOURCE = (
    MATTER.join(VISIT, VISIT.c.id == MATTER.c.liaison_visit_id)
    .join(OFFICE, OFFICE.c.id == MATTER.c.unit_id)
    .join(SCHOOL, SCHOOL.c.id == MATTER.c.school_id)
)
_LATE = sa.and_(MATTER.c.state == OPEN, MATTER.c.deadline_on < sa.bindparam("f_today", type_=sa.Date))
MATTER_LIST = Listing(
    policy=MATTERS,
    source=_MATTER_SOURCE,
    columns=_MATTER_COLUMNS,
    sorts={"id": by_id(MATTER)},
    filters={
        "unit_id": equals(MATTER.c.unit_id, "unit_id"),
        "school_id": equals(MATTER.c.school_id, "school_id"),
        "state": one_of(MATTER.c.state, "state", MatterState),
        "late": Filter(
            sa.bindparam("f_late", type_=sa.Boolean) == _LATE, parse_flag, lambda see: {"f_today": see.today}
        ),
    },
    search=[MATTER.c.text, OFFICE.c.name, SCHOOL.c.name],
)


def present_matter(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_OF_MATTER, *_ON_MATTER)}
    shown["late"] = row.state == OPEN and row.deadline_on < see.today
    return shown | {"allowed_actions": MATTER_WORKFLOW.allowed_actions(row)}


with_answering = partial(with_responsible, unit="school_id")
"""A matter waits for the school's answer, a visit for the office's."""


@cache
def _matter_statement(roles: Roles) -> sa.Select[Any]:
    columns = [*_MATTER_COLUMNS, *MATTERS.columns(roles)]
    return sa.select(*columns).select_from(_MATTER_SOURCE).where(MATTERS.read(roles))


@cache
def _urged_statement(roles: Roles) -> sa.Select[Any]:
    mine = MATTER.c.liaison_visit_id == sa.bindparam("visit", type_=sa.BigInteger)
    return _matter_statement(roles).where(mine).order_by(MATTER.c.id)


def one_matter(see: Reader, matter_id: int) -> dict[str, Any]:
    shown = present_matter(see, MATTER_LIST.one(see, matter_id))
    with_answering(see, [shown])
    return shown


# How many are owed

_QUOTAS = (
    QUOTA.outerjoin(LIAISON, LIAISON.c.id == QUOTA.c.liaison_id)
    .outerjoin(OFFICE, OFFICE.c.id == LIAISON.c.office_id)
    .outerjoin(SCHOOL, SCHOOL.c.id == LIAISON.c.school_id)
)
_OF_QUOTA = ("id", "version", "liaison_id", "visits", "updated_at")
_QUOTA_COLUMNS = [
    *(QUOTA.c[name] for name in _OF_QUOTA),
    OFFICE.c.name.label("office_name"),
    SCHOOL.c.name.label("school_name"),
]
QUOTA_LIST = Listing(
    policy=QUOTAS, source=_QUOTAS, columns=_QUOTA_COLUMNS, sorts={"id": by_id(QUOTA, descending=False)}
)


def present_quota(_see: Reader, row: Any) -> dict[str, Any]:
    names = (*_OF_QUOTA, "office_name", "school_name")
    return {name: getattr(row, name) for name in names} | {"allowed_actions": ["edit"] if row.may_edit else []}


def one_quota(see: Reader, quota_id: int) -> dict[str, Any]:
    return present_quota(see, QUOTA_LIST.one(see, quota_id))
