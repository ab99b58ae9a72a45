"""indexes

Revision: 20261126_indexes
Follows: 20261126_accounts

They give a unit's assignments in each order offered, and a plan's figures without its rows."""

from alembic import op

revision = "20261126_indexes"
down_revision = "20261126_accounts"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_assignment_unit_state": ["unit_id", "state", "deadline_key", "id"],
    "ix_assignment_unit_deadline": ["unit_id", "deadline_key", "id"],
    "ix_assignment_unit_updated": ["unit_id", "updated_at", "id"],
    "ix_assignment_plan_state": ["plan_id", "state", "deadline_key", "awaits_decision", "unit_id", "district_id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "assignment", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="assignment")
