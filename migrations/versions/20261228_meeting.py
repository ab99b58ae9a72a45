"""the meetings that put a major decision off

Revision: 20261228_meeting
Follows: 20261227_past_action
"""

import sqlalchemy as sa
from alembic import op

revision = "20261228_meeting"
down_revision = "20261227_past_action"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("major_decision") as table:
        table.add_column(sa.Column("earlier_meetings", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("major_decision") as table:
        table.drop_column("earlier_meetings")
