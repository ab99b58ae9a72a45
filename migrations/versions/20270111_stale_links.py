"""links of evidence to what is not there any more

Revision: 20270111_stale_links
Follows: 20270111_ids_once
"""

import sqlalchemy as sa
from alembic import op

revision = "20270111_stale_links"
down_revision = "20270111_ids_once"
branch_labels = None
depends_on = None

TARGETS = {
    "accountability-actions": "accountability_action",
    "appraisal-appeals": "appraisal_appeal",
    "appraisal-deductions": "appraisal_deduction",
    "assignments": "assignment",
    "briefs": "brief",
    "cases": "case_file",
    "filings": "filing",
    "findings": "finding",
    "liaison-visits": "liaison_visit",
    "major-decisions": "major_decision",
    "rectifications": "rectification",
    "risk-measures": "risk_measure",
    "self-checks": "self_check",
    "venue-activities": "venue_activity",
    "visits": "visit",
}
LINK = sa.table("evidence_link", *map(sa.column, ("target", "target_id", "linked_at")))


SLACK = 5 / 86_400
"""Seconds, in days: a clock that was set back meanwhile is no reason to take away what proves something."""


def upgrade() -> None:
    """A link is older than its target where SQLite gave the id of a deleted row again: it was another's picture.

    PostgreSQL never gave an id twice. A link that seems older there was made by an instance whose clock is behind.
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    for target, name in TARGETS.items():
        table = sa.table(name, sa.column("id"), sa.column("created_at"))
        its_own = sa.exists().where(table.c.id == LINK.c.target_id)
        if sqlite:
            made, linked = sa.func.julianday(table.c.created_at), sa.func.julianday(LINK.c.linked_at)
            its_own = its_own.where(made <= linked + SLACK)
        op.execute(sa.delete(LINK).where(LINK.c.target == target, ~its_own.correlate(LINK)))


def downgrade() -> None:
    """They proved nothing."""
