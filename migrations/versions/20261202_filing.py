"""filings and what is asked of whom

Revision: 20261202_filing
Follows: 20261201_leading_group
"""

import sqlalchemy as sa
from alembic import op

revision = "20261202_filing"
down_revision = "20261201_leading_group"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    *("charter", "rules_of_procedure", "party_responsibility_list"),
    *("school_specific_plan", "assessment_method", "responsibility_letter"),
)
FOR_YEAR = "CASE WHEN kind IN ('school_specific_plan', 'responsibility_letter') THEN year ELSE 0 END"
STANDING, DRAFT = sa.text("state IN ('filed', 'sent_back')"), sa.text("state = 'draft'")


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
        "filing",
        *_row(),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("kind", _enum("kind", *KINDS), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("document_number", sa.String(length=100), nullable=True),
        sa.Column("adopted_on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("for_year", sa.Integer(), sa.Computed(FOR_YEAR, persisted=True), nullable=False),
        sa.Column("state", _enum("state", "draft", "filed", "sent_back", "superseded"), nullable=False),
        sa.Column("filed_by", ID, nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", ID, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        _key("filing", "district_id", "unit"),
        _key("filing", "filed_by", "user"),
        _key("filing", "reviewed_by", "user"),
        _key("filing", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("unit_id", "kind", "number", name=op.f("uq_filing_unit_id_kind_number")),
    )
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.create_index("ix_filing_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_filing_state", ["district_id", "state", "kind", "id"], unique=False)
        batch_op.create_index("ix_filing_unit", ["unit_id", "id"], unique=False)
        for name, where in {"uq_filing_standing": STANDING, "uq_filing_draft": DRAFT}.items():
            batch_op.create_index(
                name, ["unit_id", "kind", "for_year"], unique=True, sqlite_where=where, postgresql_where=where
            )
    op.create_table(
        "filing_requirement",
        *_row(),
        sa.Column("kind", _enum("kind", *KINDS), nullable=False),
        sa.Column("unit_group_id", ID, nullable=False),
        sa.Column("yearly", sa.Boolean(), nullable=False),
        sa.Column("deadline", sa.String(length=500), nullable=True),
        sa.Column("office_id", ID, nullable=True),
        _key("filing_requirement", "district_id", "unit"),
        _key("filing_requirement", "office_id", "unit"),
        _key("filing_requirement", "unit_group_id", "unit_group"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_requirement")),
        sa.UniqueConstraint("district_id", "kind", name=op.f("uq_filing_requirement_district_id_kind")),
    )
    with op.batch_alter_table("filing_requirement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filing_requirement_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_filing_requirement_unit_group_id"), ["unit_group_id"], unique=False)


def downgrade() -> None:
    op.drop_table("filing_requirement")
    op.drop_table("filing")
