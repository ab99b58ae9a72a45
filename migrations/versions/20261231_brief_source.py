"""what a brief was made of

Revision: 20261231_brief_source
Follows: 20261231_past_complaint
"""

import sqlalchemy as sa
from alembic import op

revision = "20261231_brief_source"
down_revision = "20261231_past_complaint"
branch_labels = None
depends_on = None

KINDS = ("activities", "venue-activities", "assignments")
OF_KINDS, BOTH, INDEX = "ck_brief_promoted_from", "ck_brief_source", "ix_brief_promoted_from"


def upgrade() -> None:
    with op.batch_alter_table("brief") as table:
        table.add_column(sa.Column("promoted_from", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("promoted_from_id", sa.BigInteger(), nullable=True))
        table.create_check_constraint(op.f(OF_KINDS), sa.column("promoted_from").in_(KINDS))
        table.create_check_constraint(op.f(BOTH), "(promoted_from IS NULL) = (promoted_from_id IS NULL)")
        table.create_index(op.f(INDEX), ["promoted_from_id", "promoted_from"])


def downgrade() -> None:
    with op.batch_alter_table("brief") as table:
        table.drop_index(op.f(INDEX))
        table.drop_constraint(op.f(BOTH), type_="check")
        table.drop_constraint(op.f(OF_KINDS), type_="check")
        table.drop_column("promoted_from_id")
        table.drop_column("promoted_from")
