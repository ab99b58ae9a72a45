"""when an assignment went out again

Revision: 20270107_sent_at
Follows: 20270107_notice_together
"""

import sqlalchemy as sa
from alembic import op

revision = "20270107_sent_at"
down_revision = "20270107_notice_together"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None: as it was made, which holds of what an instance of the release before writes too. (No batch: a copy of the
    table would take long, and a column that may be empty needs none.)"""
    op.add_column("assignment", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("assignment", "sent_at")
