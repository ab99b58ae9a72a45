"""where an activity was held, and how many took part

Revision: 20261213_activity
Follows: 20261212_case
"""

import sqlalchemy as sa
from alembic import op

revision = "20261213_activity"
down_revision = "20261212_case"
branch_labels = None
depends_on = None

HELD = sa.text("place IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("progress_report") as table:
        table.add_column(sa.Column("place", sa.String(length=100), nullable=True))
        table.add_column(sa.Column("participants", sa.Integer(), nullable=True))
        table.create_index(
            "ix_progress_report_activity", ["district_id", "id"], sqlite_where=HELD, postgresql_where=HELD
        )


def downgrade() -> None:
    with op.batch_alter_table("progress_report") as table:
        table.drop_index("ix_progress_report_activity")
        table.drop_column("participants")
        table.drop_column("place")
