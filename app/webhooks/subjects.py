"""What a webhook may hear of: rows that the JSON API shows by themselves, each under its own rule of sight."""

import difflib
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT, REPORT
from app.assignments.rules import POLICY as ASSIGNMENTS
from app.boxes.rules import POLICY as BOXES
from app.core.errors import FieldError, Invalid
from app.core.policy import Policy
from app.evidence.rules import POLICY as EVIDENCE
from app.extensions.rules import POLICY as EXTENSIONS
from app.inspections.rules import FINDING_POLICY as FINDINGS
from app.inspections.rules import POLICY as INSPECTIONS
from app.plans.rules import ITEMS
from app.plans.rules import POLICY as PLANS
from app.rectifications.rules import POLICY as RECTIFICATIONS
from app.units.rules import UNITS


class Subject(NamedTuple):
    noun: str
    """In the API's paths."""
    label: str
    policy: Policy
    parts: tuple[tuple[sa.FromClause, sa.Column[Any]], ...] = ()
    """Where its rows say of which bulk write's event they were part: (from, the event's id)."""


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
    "unit": Subject("units", "单位", UNITS),
}
"""By the resource's name in events."""
LABELS = {each.noun: each.label for each in SUBJECTS.values()}


def check(nouns: Sequence[str]) -> None:
    """422 at each noun that no message is about, with what may have been meant."""
    errors = [FieldError(f"/resources/{n}", _mend(noun)) for n, noun in enumerate(nouns) if noun not in LABELS]
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _mend(noun: str) -> str:
    near = difflib.get_close_matches(noun.lower(), LABELS, n=3) or list(LABELS)
    return f"没有“{noun[:40]}”这一类，可选：{'、'.join(near)}"
