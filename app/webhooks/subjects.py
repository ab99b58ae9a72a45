"""What a webhook may hear of: rows that the JSON API shows by themselves, each under its own rule of sight."""

import difflib
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.accountability.models import ACTION
from app.accountability.rules import POLICY as ACTIONS
from app.appointments.rules import POLICY as APPOINTMENTS
from app.appraisals.models import RESULT, ROUND
from app.appraisals.rules import POLICY as APPRAISALS
from app.appraisals.rules import RESULTS
from app.assignments.models import ASSIGNMENT, REPORT
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.boxes.rules import POLICY as BOXES
from app.breakdowns.rules import POLICY as BREAKDOWNS
from app.briefs.rules import POLICY as BRIEFS
from app.campaigns.models import CAMPAIGN
from app.campaigns.rules import POLICY as CAMPAIGNS
from app.campaigns.rules import SELF_CHECKS
from app.core.errors import FieldError, Invalid
from app.core.policy import OFFICES, OWN, Policy
from app.core.within import within
from app.documents.models import DOCUMENT
from app.documents.rules import POLICY as DOCUMENTS
from app.evidence.rules import POLICY as EVIDENCE
from app.extensions.rules import POLICY as EXTENSIONS
from app.filings.rules import POLICY as FILINGS
from app.indicators.rules import VALUES
from app.inspections.rules import FINDING_POLICY as FINDINGS
from app.inspections.rules import POLICY as INSPECTIONS
from app.integrity_risks.rules import POLICY as RISKS
from app.leading_groups.rules import POLICY as LEADING_GROUPS
from app.liaison_visits.rules import MATTERS as LIAISON_MATTERS
from app.liaison_visits.rules import POLICY as LIAISON_VISITS
from app.major_decisions.rules import POLICY as DECISIONS
from app.plans.rules import ITEMS
from app.plans.rules import POLICY as PLANS
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.rules import UNITS
from app.venue_activities.rules import POLICY as VENUE_ACTIVITIES


class Subject(NamedTuple):
    noun: str
    """In the API's paths."""
    label: str
    policy: Policy
    parts: tuple[tuple[sa.FromClause, sa.Column[Any]], ...] = ()
    """Where its rows say of which bulk write's event they were part: (from, the event's id). Of others their instant
    says it (``sight._swept``)."""
    known_since: sa.ColumnElement[Any] | None = None
    """From when on those who do not oversee the district know of a row, where that is later than its beginning: what
    was before is not told them either, however late it is heard."""
    part_of_one: frozenset[str] = frozenset()
    """Operations by which units each do their part of a row that others read too, and of which these are told nothing;
    the event names the ``unit_ids``."""


_OWN_ROUND = ROUND.alias("of_result")
_PUBLISHED = (
    sa.select(sa.case((within(RESULT.c.unit_id, OWN), _OWN_ROUND.c.published_at), else_=_OWN_ROUND.c.frozen_at))
    .where(_OWN_ROUND.c.id == RESULT.c.appraisal_id)
    .correlate(RESULT)
    .scalar_subquery()
)
"""The unit itself from the publication on; others, where they may read it at all, from the freezing on."""
_STARTED = sa.case((sa.not_(within(CAMPAIGN.c.unit_id, OFFICES)), CAMPAIGN.c.started_at))
"""The office that leads it from its draft on; whoever is asked, or takes part, from its start on."""
_SERVED = sa.case((within(ACTION.c.unit_id, OWN), ACTION.c.served_at), else_=ACTION.c.approved_at)
"""The unit itself from its service on; the office that is to serve it from its approval on."""
SUBJECTS = {
    "plan": Subject("plans", "工作方案", PLANS),
    "plan_item": Subject("plan-items", "方案任务项", ITEMS),
    "assignment": Subject(
        "assignments",
        "任务",
        ASSIGNMENTS,
        (
            (ASSIGNMENT, ASSIGNMENT.c.retire_event_id),
            (ASSIGNMENT.join(REPORT, REPORT.c.assignment_id == ASSIGNMENT.c.id), REPORT.c.import_event_id),
        ),
    ),
    "extension": Subject("extensions", "延期申请", EXTENSIONS),
    "evidence": Subject("evidence", "印证资料", EVIDENCE),
    "archive_box": Subject("archive-boxes", "档案盒", BOXES),
    "inspection": Subject("inspections", "督查检查", INSPECTIONS),
    "finding": Subject("findings", "问题", FINDINGS),
    "rectification": Subject("rectifications", "整改", RECTIFICATIONS),
    "document": Subject("documents", "公文", DOCUMENTS, (), DOCUMENT.c.served_at, frozenset({"document.receipt"})),
    "accountability_action": Subject("accountability-actions", "问责", ACTIONS, known_since=_SERVED),
    "filing": Subject("filings", "备案", FILINGS),
    "breakdown": Subject("breakdowns", "任务分解", BREAKDOWNS),
    "brief": Subject("briefs", "简报", BRIEFS),
    "integrity_risk": Subject("integrity-risks", "廉政风险点", RISKS),
    "major_decision": Subject("major-decisions", "三重一大事项", DECISIONS),
    "liaison_visit": Subject("liaison-visits", "包联走访", LIAISON_VISITS),
    "liaison_matter": Subject("liaison-matters", "督促事项", LIAISON_MATTERS),
    "venue_activity": Subject("venue-activities", "阵地活动", VENUE_ACTIVITIES),
    "campaign": Subject("campaigns", "专项行动", CAMPAIGNS, known_since=_STARTED),
    "self_check": Subject("self-checks", "专项自查", SELF_CHECKS),
    "appraisal": Subject("appraisals", "作风考核", APPRAISALS),
    "appraisal_result": Subject("appraisal-results", "考核得分", RESULTS, known_since=_PUBLISHED),
    "indicator_value": Subject("indicator-values", "指标填报", VALUES),
    "appointment": Subject("appointments", "任职", APPOINTMENTS),
    "leading_group": Subject("leading-groups", "领导小组", LEADING_GROUPS),
    "unit": Subject("units", "单位", UNITS),
}
"""By the resource's name in events. Complaints and cases are not among them: nothing of theirs ever goes out."""
LABELS = {each.noun: each.label for each in SUBJECTS.values()}


def check(nouns: Sequence[str]) -> None:
    """422 at each noun that no message is about, with what may have been meant."""
    errors = [FieldError(f"/resources/{n}", _mend(noun)) for n, noun in enumerate(nouns) if noun not in LABELS]
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _mend(noun: str) -> str:
    near = difflib.get_close_matches(noun.lower(), LABELS, n=3)
    words = f"可能是 {'、'.join(near)}" if near else f"可选：{'、'.join(LABELS)}"
    return f"没有“{noun[:40]}”这一类，{words}"
