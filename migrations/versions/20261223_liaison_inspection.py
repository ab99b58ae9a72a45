"""the liaison visit that led to an inspection

Revision: 20261223_liaison_inspection
Follows: 20261222_edition
"""

import sqlalchemy as sa
from alembic import op

revision = "20261223_liaison_inspection"
down_revision = "20261222_edition"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("liaison_visit_id", ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_inspection_liaison_visit_id"), "liaison_visit", ["liaison_visit_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_inspection_liaison_visit_id"), ["liaison_visit_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_liaison_visit_id"))
        batch_op.drop_constraint(op.f("fk_inspection_liaison_visit_id"), type_="foreignkey")
        batch_op.drop_column("liaison_visit_id")
