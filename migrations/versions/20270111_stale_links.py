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


def upgrade() -> None:
    """A link is older than its target where SQLite gave the id of a deleted row again: it was another's picture."""
    for target, name in TARGETS.items():
        table = sa.table(name, sa.column("id"), sa.column("created_at"))
        its_own = sa.exists().where(table.c.id == LINK.c.target_id, table.c.created_at <= LINK.c.linked_at)
        op.execute(sa.delete(LINK).where(LINK.c.target == target, ~its_own.correlate(LINK)))


def downgrade() -> None:
    """They proved nothing."""
