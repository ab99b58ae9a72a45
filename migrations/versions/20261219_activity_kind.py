"""what kind of activity was held

Revision: 20261219_activity_kind
Follows: 20261218_summary
"""

import sqlalchemy as sa
from alembic import op

revision = "20261219_activity_kind"
down_revision = "20261218_summary"
branch_labels = None
depends_on = None

KINDS = ("themed_study", "drill", "culture", "meeting", "other")
CHECK = "ck_progress_report_activity"


def upgrade() -> None:
    with op.batch_alter_table("progress_report") as table:
        table.add_column(sa.Column("activity", sa.String(length=40), nullable=True))
        table.create_check_constraint(op.f(CHECK), sa.column("activity").in_(KINDS))


def downgrade() -> None:
    with op.batch_alter_table("progress_report") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.drop_column("activity")
