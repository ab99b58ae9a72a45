"""complaints of a paper ledger, brought in from a table

Revision: 20261231_past_complaint
Follows: 20261231_requirement_group
"""

import sqlalchemy as sa
from alembic import op

revision = "20261231_past_complaint"
down_revision = "20261231_requirement_group"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("complaint") as table:
        table.add_column(sa.Column("is_past", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("complaint") as table:
        table.drop_column("is_past")
