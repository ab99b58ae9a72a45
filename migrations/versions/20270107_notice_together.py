"""notices of one morning that another one tells of too

Revision: 20270107_notice_together
Follows: 20270107_unit_duty
"""

import sqlalchemy as sa
from alembic import op

revision = "20270107_notice_together"
down_revision = "20270107_unit_duty"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOREIGN_KEY, INDEX = "fk_notification_told_with_id", "ix_notification_told_with_id"


def upgrade() -> None:
    with op.batch_alter_table("notification", schema=None) as table:
        table.add_column(sa.Column("told_with_id", ID, nullable=True))
        table.create_foreign_key(op.f(FOREIGN_KEY), "notification", ["told_with_id"], ["id"])
        table.create_index(op.f(INDEX), ["told_with_id"])


def downgrade() -> None:
    """What was told of along with another is told of by itself again."""
    with op.batch_alter_table("notification", schema=None) as table:
        table.drop_index(op.f(INDEX))
        table.drop_constraint(op.f(FOREIGN_KEY), type_="foreignkey")
        table.drop_column("told_with_id")
