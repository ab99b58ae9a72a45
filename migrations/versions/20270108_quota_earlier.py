"""how many visits a pair owed in the terms that were over when the number was changed

Revision: 20270108_quota_earlier
Follows: 20270107_former_paper
"""

import sqlalchemy as sa
from alembic import op

revision = "20270108_quota_earlier"
down_revision = "20270107_former_paper"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "liaison_quota_earlier"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("quota_id", ID, nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f(f"fk_{NAME}_district_id")),
        sa.ForeignKeyConstraint(["quota_id"], ["liaison_quota.id"], name=op.f(f"fk_{NAME}_quota_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("quota_id", "changed_on", name=op.f(f"uq_{NAME}_quota_id_changed_on")),
    )


def downgrade() -> None:
    op.drop_table(NAME)
