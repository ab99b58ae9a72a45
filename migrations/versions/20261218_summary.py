"""yearly summaries and what was kept of them

Revision: 20261218_summary
Follows: 20261217_unit_succession
"""

import sqlalchemy as sa
from alembic import op

revision = "20261218_summary"
down_revision = "20261217_unit_succession"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATE = sa.Enum("draft", "frozen", name="state", native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "summary",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_by", ID, nullable=True),
        _key("summary", "district_id", "unit"),
        _key("summary", "plan_id", "plan"),
        _key("summary", "frozen_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_summary_plan_id")),
    )
    with op.batch_alter_table("summary", schema=None) as batch_op:
        batch_op.create_index("ix_summary_district", ["district_id", "id"], unique=False)
    op.create_table(
        "summary_snapshot",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("summary_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("complaint_ids", sa.JSON(), nullable=False),
        _key("summary_snapshot", "district_id", "unit"),
        _key("summary_snapshot", "summary_id", "summary"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_snapshot")),
        sa.UniqueConstraint("summary_id", "number", name=op.f("uq_summary_snapshot_summary_id_number")),
    )


def downgrade() -> None:
    op.drop_table("summary_snapshot")
    op.drop_table("summary")
