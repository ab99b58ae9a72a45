"""Every read of visits and findings."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.core.db import unbounded
from app.core.errors import NotFound
from app.core.numbers import padded
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, by_id, equals, one_of
from app.core.params import parse_date, parse_text
from app.core.timeline import Entry, labels_of, timeline
from app.core.workflow import find
from app.inspections import liaison, queries
from app.inspections.models import (
    FINDING,
    INSPECTION,
    SEVERITY_WORKDAYS,
    VISIT,
    FindingState,
    InspectionState,
    Mode,
    Severity,
)
from app.inspections.rules import (
    FINDING_POLICY,
    FINDING_WORKFLOW,
    POLICY,
    VISIT_POLICY,
    issuable,
)
from app.inspections.scoring import points_of
from app.units.models import UNIT

# Aliases: the conditions bring the plain tables with them.
OCCASION, INSPECTED, AT = INSPECTION.alias("occasion"), UNIT.alias("inspected"), VISIT.alias("at")
INSPECTOR = UNIT.alias("inspector")


# Visits

_VISIT_NAMES = (
    *("id", "version", "inspection_id", "unit_id", "visited_on", "note", "answers", "score", "max_score"),
    "updated_at",
)
VISITS = Listing(
    policy=VISIT_POLICY,
    source=VISIT.join(INSPECTED, INSPECTED.c.id == VISIT.c.unit_id),
    columns=[*(VISIT.c[name] for name in _VISIT_NAMES), INSPECTED.c.name.label("unit_name")],
    sorts={"id": by_id(VISIT)},
    filters={
        "inspection_id": equals(VISIT.c.inspection_id, "inspection_id"),
        "unit_id": equals(VISIT.c.unit_id, "unit_id"),
    },
)


def present_visit(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _VISIT_NAMES}
    names = {"unit_name": row.unit_name} if hasattr(row, "unit_name") else {}
    return shown | names | {"allowed_actions": []}


def one_visit(see: Reader, visit_id: int) -> dict[str, Any]:
    return present_visit(see, VISITS.one(see, visit_id))


# Findings


def number_of(year: int | None, number: int | None) -> str | None:
    """As it stands on paper: 2023-督-017."""
    return None if number is None else f"{year}-督-{number:03}"


def written(finding: sa.FromClause) -> sa.ColumnElement[str]:
    """The same in a statement; null where it has no number yet."""
    return sa.cast(finding.c.year, sa.String) + "-督-" + padded(finding.c.number)


_FINDING_NAMES = (
    *("id", "version", "inspection_id", "visit_id", "unit_id", "category", "severity", "description", "correction"),
    *("basis", "point_key", "immediate", "deadline_on", "state", "updated_at"),
)
FINDINGS = Listing(
    policy=FINDING_POLICY,
    source=FINDING.join(OCCASION, OCCASION.c.id == FINDING.c.inspection_id)
    .join(INSPECTED, INSPECTED.c.id == FINDING.c.unit_id)
    .join(INSPECTOR, INSPECTOR.c.id == OCCASION.c.unit_id)
    .join(AT, AT.c.id == FINDING.c.visit_id),
    columns=[
        *(FINDING.c[name] for name in (*_FINDING_NAMES, "year", "number", "created_at")),
        INSPECTED.c.name.label("unit_name"),
        OCCASION.c.title.label("inspection_title"),
        OCCASION.c.mode.label("inspection_mode"),
        OCCASION.c.state.label("inspection_state"),
        INSPECTOR.c.name.label("inspector_name"),
        AT.c.visited_on,
    ],
    sorts={"id": by_id(FINDING)},
    filters={
        "inspection_id": equals(FINDING.c.inspection_id, "inspection_id"),
        "visit_id": equals(FINDING.c.visit_id, "visit_id"),
        "unit_id": equals(FINDING.c.unit_id, "unit_id"),
        "state": one_of(FINDING.c.state, "state", FindingState),
        "severity": one_of(FINDING.c.severity, "severity", Severity),
        "campaign_id": Filter(OCCASION.c.campaign_id == sa.bindparam("f_campaign_id", type_=sa.BigInteger)),
        "liaison_visit_id": Filter(liaison.led_from(OCCASION.c.liaison_visit_id)),
        "inspecting_unit_id": Filter(OCCASION.c.unit_id == sa.bindparam("f_inspecting_unit_id", type_=sa.BigInteger)),
        "category": equals(FINDING.c.category, "category", parse_text),
        "since": Filter(AT.c.visited_on >= sa.bindparam("f_since", type_=sa.Date), parse_date),
        "until": Filter(AT.c.visited_on <= sa.bindparam("f_until", type_=sa.Date), parse_date),
    },
    search=[FINDING.c.description, FINDING.c.category, FINDING.c.correction, written(FINDING)],
)


def present_finding(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _FINDING_NAMES}
    actions = FINDING_WORKFLOW.allowed_actions(row)
    if "issue" in actions and not issuable(Mode(row.inspection_mode), InspectionState(row.inspection_state)):
        actions.remove("issue")
    return shown | {
        "number": number_of(row.year, row.number),
        "unit_name": row.unit_name,
        "inspection_title": row.inspection_title,
        "inspection_mode": row.inspection_mode,
        "inspector_name": row.inspector_name,
        "visited_on": row.visited_on,
        "created_at": row.created_at,
        "allowed_actions": actions,
    }


def one_finding(see: Reader, finding_id: int) -> dict[str, Any]:
    shown = present_finding(see, FINDINGS.one(see, finding_id))
    with_responsible(see, [shown])
    return shown


def readable_findings(see: Reader, finding_ids: list[int]) -> set[int]:
    """Those among them that exist for the actor."""
    statement = sa.select(FINDING.c.id).where(FINDING.c.id.in_(finding_ids), FINDING_POLICY.read(see.actor.roles))
    return set(see.connection.execute(statement, see.actor.binds).scalars())


_LABELS = labels_of(FINDING_WORKFLOW, create=("记录问题", "submit"))


def finding_history(see: Reader, finding_id: int) -> list[Entry]:
    return timeline(see, "finding", finding_id, _LABELS)


# Within one inspection


@unbounded
def within(see: Reader, listing: Listing, present: Any, inspection_id: int, asked: Asked) -> dict[str, Any]:
    """A page of an inspection's visits or findings; 404 where the inspection does not exist for the actor."""
    find(see, POLICY, inspection_id)
    asked = replace(asked, filters={**asked.filters, "inspection_id": inspection_id})
    return listing.body(see, asked, present)


@unbounded
def findings_within(see: Reader, inspection_id: int, asked: Asked) -> dict[str, Any]:
    """The same of its findings, each with who answers for its unit."""
    body = within(see, FINDINGS, present_finding, inspection_id, asked)
    with_responsible(see, body["data"])
    return body


def sheet(see: Reader, inspection_id: int, unit_id: int) -> dict[str, Any]:
    """What is written down at one target: the inspection, its checklist's points with answers, and the findings."""
    inspection = queries.one(see, inspection_id)
    target = next((t for t in queries.targets(see, inspection_id)["data"] if t["unit_id"] == unit_id), None)
    if target is None or not inspection["inside"]:
        raise NotFound()
    filters = {"inspection_id": inspection_id, "unit_id": unit_id}
    asked = Asked(filters, sort="id", limit=200)
    visits, _ = VISITS.page(see, asked)
    findings, _ = FINDINGS.page(see, asked)
    return {
        "inspection": inspection,
        "target": target,
        "visit": present_visit(see, visits[0]) if visits else None,
        "points": points_of(see, inspection["checklist_id"]),
        "findings": [present_finding(see, row) for row in findings],
        "deadlines": {
            severity.value: see.workdays.add(see.today, days) for severity, days in SEVERITY_WORKDAYS.items()
        },
    }
