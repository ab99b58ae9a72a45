"""a plan's next edition

Revision: 20261203_plan_edition
Follows: 20261203_indicator
"""

import sqlalchemy as sa
from alembic import op

revision = "20261203_plan_edition"
down_revision = "20261203_indicator"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ISSUED = sa.text("state = 'issued'")


def upgrade() -> None:
    with op.batch_alter_table("plan") as table:
        table.add_column(sa.Column("previous_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_plan_previous_id_plan"), "plan", ["previous_id"], ["id"])
        table.create_index("ix_plan_previous_id", ["previous_id"])
        table.create_index("uq_plan_next", ["previous_id"], unique=True, sqlite_where=ISSUED, postgresql_where=ISSUED)


def downgrade() -> None:
    with op.batch_alter_table("plan") as table:
        table.drop_index("uq_plan_next")
        table.drop_index("ix_plan_previous_id")
        table.drop_constraint(op.f("fk_plan_previous_id_plan"), type_="foreignkey")
        table.drop_column("previous_id")
