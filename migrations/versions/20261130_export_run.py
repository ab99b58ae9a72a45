"""export run, and why a job failed

Revision: 20261130_export_run
Follows: 20261130_document_review
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_export_run"
down_revision = "20261130_document_review"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("waiting", "running", "done", "failed", "expired")


def upgrade() -> None:
    state = sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "export_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("view", sa.String(length=16), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("read_count", sa.Integer(), nullable=False),
        sa.Column("written_count", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=80), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_export_run_district_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_export_run_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_run")),
    )
    op.create_index("ix_export_run_user", "export_run", ["user_id", "id"])
    op.create_index("ix_export_run_district", "export_run", ["district_id", "state", "finished_at"])
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("error", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_column("error")
    op.drop_table("export_run")
