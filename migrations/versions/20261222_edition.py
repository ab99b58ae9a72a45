"""which item of the edition before an item goes on from, where a person said so, and which item takes up an analysis

Revision: 20261222_edition
Follows: 20261221_notice_kind
"""

import sqlalchemy as sa
from alembic import op

revision = "20261222_edition"
down_revision = "20261221_notice_kind"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("plan_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("continues_id", ID, nullable=True))
        batch_op.add_column(sa.Column("paired", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key(op.f("fk_plan_item_continues_id"), "plan_item", ["continues_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_plan_item_continues_id"), ["continues_id"], unique=False)
        batch_op.create_unique_constraint(op.f("uq_plan_item_plan_id_continues_id"), ["plan_id", "continues_id"])
    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.add_column(sa.Column("adopted_plan_item_id", ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_brief_adopted_plan_item_id"), "plan_item", ["adopted_plan_item_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_brief_adopted_plan_item_id"), ["adopted_plan_item_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brief_adopted_plan_item_id"))
        batch_op.drop_constraint(op.f("fk_brief_adopted_plan_item_id"), type_="foreignkey")
        batch_op.drop_column("adopted_plan_item_id")
    with op.batch_alter_table("plan_item", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_plan_item_plan_id_continues_id"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_plan_item_continues_id"))
        batch_op.drop_constraint(op.f("fk_plan_item_continues_id"), type_="foreignkey")
        batch_op.drop_column("paired")
        batch_op.drop_column("continues_id")
