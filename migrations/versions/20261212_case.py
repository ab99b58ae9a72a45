"""cases, who handles them, and what is circulated

Revision: 20261212_case
Follows: 20261211_venue_activity
"""

import sqlalchemy as sa
from alembic import op

revision = "20261212_case"
down_revision = "20261211_venue_activity"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CATEGORIES = (
    *("enrolment", "construction", "research_funds", "school_enterprise", "procurement"),
    *("ethics", "other"),
)
SOURCES = ("complaint", "finding", "transfer", "audit", "discovered", "other")
STATES = ("clue", "preliminary", "filed", "concluded", "circulated", "closed")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), **options)


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
        "case_file",
        *_row(),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("person", sa.String(length=100), nullable=True),
        sa.Column("category", _enum("category", *CATEGORIES), nullable=False),
        sa.Column("source", _enum("source", *SOURCES), nullable=False),
        sa.Column("finding_id", ID, nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", _enum("state", *STATES), nullable=False),
        sa.Column("of_discipline", sa.Boolean(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        _key("case_file", "district_id", "unit"),
        _key("case_file", "finding_id", "finding", ondelete="SET NULL"),
        _key("case_file", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index("ix_case_file_district", ["district_id", "created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_finding_id"), ["finding_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_unit_id"), ["unit_id"], unique=False)
    op.create_table(
        "case_handler",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("case_file_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        _key("case_handler", "case_file_id", "case_file"),
        _key("case_handler", "district_id", "unit"),
        _key("case_handler", "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_handler")),
        sa.UniqueConstraint("case_file_id", "user_id", name=op.f("uq_case_handler_case_file_id_user_id")),
    )
    with op.batch_alter_table("case_handler", schema=None) as batch_op:
        batch_op.create_index("ix_case_handler_user", ["user_id", "case_file_id"], unique=False)
    op.create_table(
        "case_note",
        *_row(),
        sa.Column("case_file_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        _key("case_note", "case_file_id", "case_file"),
        _key("case_note", "district_id", "unit"),
        _key("case_note", "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_note_case_file_id"), ["case_file_id"], unique=False)
    op.create_table(
        "case_circular",
        *_row(),
        sa.Column("case_file_id", ID, nullable=False),
        sa.Column("category", _enum("category", *CATEGORIES), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("circulated_on", sa.Date(), nullable=False),
        _key("case_circular", "case_file_id", "case_file"),
        _key("case_circular", "district_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_circular")),
        sa.UniqueConstraint("case_file_id", name=op.f("uq_case_circular_case_file_id")),
    )
    with op.batch_alter_table("case_circular", schema=None) as batch_op:
        batch_op.create_index("ix_case_circular_district", ["district_id", "id"], unique=False)
    op.create_table(
        "case_office",
        *_row(),
        sa.Column("category", _enum("category", *CATEGORIES), nullable=False),
        sa.Column("office_id", ID, nullable=True),
        _key("case_office", "district_id", "unit"),
        _key("case_office", "office_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_office")),
        sa.UniqueConstraint("district_id", "category", name=op.f("uq_case_office_district_id_category")),
    )
    with op.batch_alter_table("case_office", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_office_office_id"), ["office_id"], unique=False)


def downgrade() -> None:
    for table in ("case_office", "case_circular", "case_note", "case_handler", "case_file"):
        op.drop_table(table)
