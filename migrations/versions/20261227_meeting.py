"""the meetings that put a major decision off

Revision: 20261227_meeting
Follows: 20261226_mechanism
"""

import sqlalchemy as sa
from alembic import op

revision = "20261227_meeting"
down_revision = "20261226_mechanism"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("major_decision") as table:
        table.add_column(sa.Column("earlier_meetings", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("major_decision") as table:
        table.drop_column("earlier_meetings")
