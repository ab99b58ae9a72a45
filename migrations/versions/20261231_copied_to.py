"""documents copied to units

Revision: 20261231_copied_to
Follows: 20261230_case_document
"""

import sqlalchemy as sa
from alembic import op

revision = "20261231_copied_to"
down_revision = "20261230_case_document"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "document_copy"


def upgrade() -> None:
    """Units that 抄送 named before only had their name printed: nobody decided that they read what was served then."""
    keys = {"district_id": "unit", "document_id": "document", "unit_id": "unit"}
    op.create_table(
        NAME,
        sa.Column("id", ID, nullable=False),
        *(sa.Column(column, ID, nullable=False) for column in keys),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{NAME}_{column}"))
            for column, target in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("document_id", "unit_id", name=op.f(f"uq_{NAME}_document_id_unit_id")),
    )
    with op.batch_alter_table(NAME, schema=None) as batch_op:
        batch_op.create_index("ix_document_copy_unit", ["unit_id", "document_id"], unique=False)
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("copy_others", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_column("copy_others")
    op.drop_table(NAME)
