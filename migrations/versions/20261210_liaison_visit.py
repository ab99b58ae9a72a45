"""liaison visits, what was urged on them, and how many are owed

Revision: 20261210_liaison_visit
Follows: 20261209_brief
"""

import sqlalchemy as sa
from alembic import op

revision = "20261210_liaison_visit"
down_revision = "20261209_brief"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ALL_PAIRS = sa.text("liaison_id IS NULL")


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
    op.create_table(
        "liaison_visit",
        *_row(),
        sa.Column("liaison_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("visitors", sa.String(length=500), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("state", _enum("state", "recorded", "commented", "confirmed", "voided"), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        _key("liaison_visit", "district_id", "unit"),
        _key("liaison_visit", "liaison_id", "liaison"),
        _key("liaison_visit", "recorded_by", "user"),
        _key("liaison_visit", "school_id", "unit"),
        _key("liaison_visit", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liaison_visit")),
    )
    with op.batch_alter_table("liaison_visit", schema=None) as batch_op:
        batch_op.create_index("ix_liaison_visit_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_liaison_visit_pair", ["liaison_id", "visited_on"], unique=False)
        batch_op.create_index("ix_liaison_visit_school", ["school_id", "id"], unique=False)
        batch_op.create_index("ix_liaison_visit_unit", ["unit_id", "id"], unique=False)
    op.create_table(
        "liaison_matter",
        *_row(),
        sa.Column("liaison_visit_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        sa.Column("state", _enum("state", "open", "answered", "closed", "cancelled"), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _key("liaison_matter", "district_id", "unit"),
        _key("liaison_matter", "liaison_visit_id", "liaison_visit"),
        _key("liaison_matter", "school_id", "unit"),
        _key("liaison_matter", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liaison_matter")),
    )
    with op.batch_alter_table("liaison_matter", schema=None) as batch_op:
        batch_op.create_index("ix_liaison_matter_district", ["district_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_liaison_matter_liaison_visit_id"), ["liaison_visit_id"], unique=False)
        batch_op.create_index("ix_liaison_matter_school", ["school_id", "state", "id"], unique=False)
        batch_op.create_index("ix_liaison_matter_unit", ["unit_id", "state", "id"], unique=False)
    op.create_table(
        "liaison_quota",
        *_row(),
        sa.Column("liaison_id", ID, nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        _key("liaison_quota", "district_id", "unit"),
        _key("liaison_quota", "liaison_id", "liaison"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liaison_quota")),
        sa.UniqueConstraint("liaison_id", name=op.f("uq_liaison_quota_liaison_id")),
    )
    with op.batch_alter_table("liaison_quota", schema=None) as batch_op:
        batch_op.create_index(
            "uq_liaison_quota_district",
            ["district_id"],
            unique=True,
            sqlite_where=ALL_PAIRS,
            postgresql_where=ALL_PAIRS,
        )


def downgrade() -> None:
    op.drop_table("liaison_quota")
    op.drop_table("liaison_matter")
    op.drop_table("liaison_visit")
