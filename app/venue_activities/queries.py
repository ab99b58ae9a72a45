"""Reads of venue activities and of who approves them."""

from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.core.operation import Reader
from app.core.paging import Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date, parse_flag
from app.core.timeline import Entry, labels_of, timeline
from app.evidence.queries import linked
from app.identity.models import USER
from app.notifications.queries import titled
from app.units.models import UNIT
from app.venue_activities.models import ACTIVITY, REVIEWER, VENUE_KIND_LABELS, VenueKind, VenueState
from app.venue_activities.rules import APPROVED, CANCELLED, POLICY, REFUSED, REVIEWERS, WORKFLOW

# Aliases: the conditions bring the plain tables with them.
AT, REGISTRAR, DECIDER = UNIT.alias("at"), USER.alias("registrar"), USER.alias("decider")
_NAMES = (
    *("id", "version", "unit_id", "kind", "topic", "host", "speaker", "speaker_unit", "place", "held_on", "begins"),
    *("audience", "expected", "checked_by", "checked_on", "check_result", "state", "attended", "decided_at"),
    *("created_at", "updated_at"),
)
_JOINED = ("unit_name", "registered_by_name", "decided_by_name")
_COLUMNS = [
    *(ACTIVITY.c[name] for name in _NAMES),
    AT.c.name.label("unit_name"),
    REGISTRAR.c.name.label("registered_by_name"),
    DECIDER.c.name.label("decided_by_name"),
]
_SOURCE = (
    ACTIVITY.join(AT, AT.c.id == ACTIVITY.c.unit_id)
    .outerjoin(REGISTRAR, REGISTRAR.c.id == ACTIVITY.c.registered_by)
    .outerjoin(DECIDER, DECIDER.c.id == ACTIVITY.c.decided_by)
)
_UNREPORTED = sa.and_(ACTIVITY.c.state == APPROVED, ACTIVITY.c.held_on < sa.bindparam("f_today", type_=sa.Date))
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"id": by_id(ACTIVITY)},
    filters={
        "unit_id": equals(ACTIVITY.c.unit_id, "unit_id"),
        "kind": one_of(ACTIVITY.c.kind, "kind", VenueKind),
        "state": one_of(ACTIVITY.c.state, "state", VenueState),
        "since": Filter(ACTIVITY.c.held_on >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(ACTIVITY.c.held_on <= sa.bindparam("f_until", type_=sa.Date), parse_date),
        "unreported": Filter(
            sa.bindparam("f_unreported", type_=sa.Boolean) == _UNREPORTED,
            parse_flag,
            lambda see: {"f_today": see.today},
        ),
    },
    search=[ACTIVITY.c.topic, ACTIVITY.c.speaker, ACTIVITY.c.host, AT.c.name],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    shown["unreported"] = row.state == APPROVED and row.held_on < see.today
    return shown | {"allowed_actions": WORKFLOW.allowed_actions(row)}


_LABELS = labels_of(WORKFLOW, create=("登记活动", "submit")) | {
    "venue_activity.approve": ("批准", "accept"),
    "venue_activity.refuse": ("不批准", "back"),
}
ENDED = {REFUSED: _LABELS["venue_activity.refuse"][0], CANCELLED: _LABELS["venue_activity.cancel"][0]}


def one(see: Reader, activity_id: int) -> dict[str, Any]:
    """An activity with its papers."""
    return with_history(see, activity_id)[0]


def with_history(see: Reader, activity_id: int) -> tuple[dict[str, Any], list[Entry]]:
    """The same, and what happened to it, newest first."""
    row = LIST.one(see, activity_id)
    told = timeline(see, "venue_activity", activity_id, _LABELS)
    said = (entry.note for entry in told if entry.label == ENDED.get(row.state))
    shown = present(see, row) | {"said": next(said, None)}
    with_responsible(see, [shown])
    return shown | {"evidence": linked(see, "venue-activities", activity_id)}, told


# Who approves

OFFICE = UNIT.alias("reviewing")
_REVIEWED = REVIEWER.outerjoin(OFFICE, OFFICE.c.id == REVIEWER.c.office_id)
_OF_REVIEWER = ("id", "version", "kind", "office_id", "updated_at")
_REVIEWER_COLUMNS = [*(REVIEWER.c[name] for name in _OF_REVIEWER), OFFICE.c.name.label("office_name")]
REVIEWER_LIST = Listing(
    policy=REVIEWERS, source=_REVIEWED, columns=_REVIEWER_COLUMNS, sorts={"id": by_id(REVIEWER, descending=False)}
)


def present_reviewer(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_OF_REVIEWER, "office_name")}
    return shown | {"allowed_actions": ["edit"] if row.may_edit else []}


def one_reviewer(see: Reader, reviewer_id: int) -> dict[str, Any]:
    return present_reviewer(see, REVIEWER_LIST.one(see, reviewer_id))


# What notices call one: 2026-12-03 讲座报告

_KIND = sa.case(*((ACTIVITY.c.kind == kind, label) for kind, label in VENUE_KIND_LABELS.items()))
titled(ACTIVITY, sa.cast(ACTIVITY.c.held_on, sa.String) + " " + _KIND)
