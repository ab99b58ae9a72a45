"""accountability actions of earlier years, brought in from a table

Revision: 20261227_past_action
Follows: 20261226_mechanism
"""

import sqlalchemy as sa
from alembic import op

revision = "20261227_past_action"
down_revision = "20261226_mechanism"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accountability_action") as table:
        table.add_column(sa.Column("is_past", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("past_number", sa.String(length=100), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("accountability_action") as table:
        table.drop_column("past_number")
        table.drop_column("is_past")
