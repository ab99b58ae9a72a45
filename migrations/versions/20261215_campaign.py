"""special campaigns, the offices that take part, and self-checks; inspections and rectifications that belong to one

Revision: 20261215_campaign
Follows: 20261214_appraisal
"""

import sqlalchemy as sa
from alembic import op

revision = "20261215_campaign"
down_revision = "20261214_appraisal"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PHASES = ("self_check", "inspection", "rectification", "summary")
STATES = ("draft", *PHASES, "closed", "cancelled")
ORDERED = (
    "self_check_from <= self_check_to AND inspection_from <= inspection_to"
    " AND rectification_from <= rectification_to AND summary_from <= summary_to"
    " AND self_check_to < inspection_from AND inspection_to < rectification_from"
    " AND rectification_to < summary_from"
)
BELONGING = ("inspection", "rectification")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _row() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def upgrade() -> None:
    whole = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.create_table(
        "campaign",
        *_row(),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("fees", sa.Boolean(), nullable=False),
        sa.Column("unit_group_id", ID, nullable=True),
        sa.Column("unit_ids", sa.JSON(), nullable=False),
        sa.Column("leading_group_id", ID, nullable=True),
        *(sa.Column(f"{phase}_{end}", sa.Date(), nullable=False) for phase in PHASES for end in ("from", "to")),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.Column("state", _enum("state", *STATES), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ORDERED, name=op.f("ck_campaign_phases")),
        _key("campaign", "district_id", "unit"),
        _key("campaign", "leading_group_id", "leading_group"),
        _key("campaign", "unit_group_id", "unit_group"),
        _key("campaign", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index("ix_campaign_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_campaign_state", ["district_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_unit_group_id"), ["unit_group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_leading_group_id"), ["leading_group_id"], unique=False)
    op.create_table(
        "campaign_office",
        *_row(),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("summary_at", sa.DateTime(timezone=True), nullable=True),
        _key("campaign_office", "campaign_id", "campaign"),
        _key("campaign_office", "district_id", "unit"),
        _key("campaign_office", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_office")),
        sa.UniqueConstraint("campaign_id", "unit_id", name=op.f("uq_campaign_office_campaign_id_unit_id")),
    )
    with op.batch_alter_table("campaign_office", schema=None) as batch_op:
        batch_op.create_index("ix_campaign_office_unit", ["unit_id", "campaign_id"], unique=False)
    for table in BELONGING:
        # Not in a batch: SQLite would copy the table, and cannot copy what it computes (deadline_key).
        key = f"CONSTRAINT fk_{table}_campaign_id REFERENCES campaign (id)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN campaign_id {whole} {key}")
        op.create_index(op.f(f"ix_{table}_campaign_id"), table, ["campaign_id"], unique=False)
    op.create_table(
        "self_check",
        *_row(),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("state", _enum("state", "pending", "submitted", "sent_back", "confirmed"), nullable=False),
        sa.Column("situation", sa.Text(), nullable=True),
        sa.Column("has_problem", sa.Boolean(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("amount_involved", sa.BigInteger(), nullable=True),
        sa.Column("amount_returned", sa.BigInteger(), nullable=True),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", ID, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rectification_id", ID, nullable=True),
        _key("self_check", "campaign_id", "campaign"),
        _key("self_check", "district_id", "unit"),
        _key("self_check", "rectification_id", "rectification"),
        _key("self_check", "reviewed_by", "user"),
        _key("self_check", "submitted_by", "user"),
        _key("self_check", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_check")),
        sa.UniqueConstraint("campaign_id", "unit_id", name=op.f("uq_self_check_campaign_id_unit_id")),
    )
    with op.batch_alter_table("self_check", schema=None) as batch_op:
        batch_op.create_index("ix_self_check_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_self_check_unit", ["unit_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_self_check_rectification_id"), ["rectification_id"], unique=False)


def downgrade() -> None:
    op.drop_table("self_check")
    for table in reversed(BELONGING):
        op.drop_index(op.f(f"ix_{table}_campaign_id"), table_name=table)
        op.execute(f"ALTER TABLE {table} DROP COLUMN campaign_id")
    op.drop_table("campaign_office")
    op.drop_table("campaign")
