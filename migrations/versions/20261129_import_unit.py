"""import unit

Revision: 20261129_import_unit
Follows: 20261128_job
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_import_unit"
down_revision = "20261128_job"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_unit",
        sa.Column("import_run_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["import_run_id"], ["import_run.id"], name=op.f("fk_import_unit_import_run_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_import_unit_unit_id")),
        sa.PrimaryKeyConstraint("import_run_id", "unit_id", name=op.f("pk_import_unit")),
    )
    with op.batch_alter_table("import_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_unit_unit_id"), ["unit_id"], unique=False)
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_column("pruned_at")
    op.drop_table("import_unit")
