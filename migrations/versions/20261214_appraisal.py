"""appraisal: rounds, criteria, results, deductions, appeals

Revision: 20261214_appraisal
Follows: 20261213_activity
"""

import sqlalchemy as sa
from alembic import op

revision = "20261214_appraisal"
down_revision = "20261213_activity"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SOURCES = (
    *("acknowledged", "completed", "sent_back", "overdue", "rectified", "filings", "inspections", "briefs"),
    "entered",
)
CITED = ("assignments", "rectifications", "findings", "inspections", "filings", "filing-requirements")


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


def _keys(table: str, **targets: str) -> tuple[sa.Constraint, ...]:
    keys = {"district_id": "unit", **targets}
    return (
        *(_key(table, column, target) for column, target in keys.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _index(table: str, *columns: str, name: str | None = None) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        called = name or batch_op.f(f"ix_{table}_{columns[0]}")
        batch_op.create_index(called, list(columns), unique=False)


def upgrade() -> None:
    table = "appraisal"
    op.create_table(
        table,
        *_row(),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("plan_id", ID, nullable=True),
        sa.Column("unit_group_id", ID, nullable=False),
        sa.Column("appeal_workdays", sa.Integer(), nullable=False),
        sa.Column("shows_ranking", sa.Boolean(), nullable=False),
        sa.Column("state", _enum("state", "open", "scored", "appeal", "frozen"), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_until", sa.Date(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_appraisal_period")),
        sa.UniqueConstraint("district_id", "year", "title", name=op.f("uq_appraisal_district_id_year_title")),
        *_keys(table, plan_id="plan", unit_group_id="unit_group"),
    )
    _index(table, "plan_id")
    _index(table, "unit_group_id")
    table = "appraisal_criterion"
    op.create_table(
        table,
        *_row(),
        sa.Column("appraisal_id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("source", _enum("source", *SOURCES), nullable=False),
        sa.Column("each", sa.BigInteger(), nullable=True),
        sa.Column("required", sa.Integer(), nullable=True),
        sa.Column("office_id", ID, nullable=True),
        sa.Column("standard", sa.Text(), nullable=True),
        sa.Column("state", _enum("state", "computed", "waiting", "entered"), nullable=False),
        sa.CheckConstraint(
            "(source = 'entered') = (office_id IS NOT NULL)", name=op.f("ck_appraisal_criterion_office")
        ),
        sa.UniqueConstraint("appraisal_id", "name", name=op.f("uq_appraisal_criterion_appraisal_id_name")),
        *_keys(table, appraisal_id="appraisal", office_id="unit"),
    )
    _index(table, "office_id")
    table = "appraisal_result"
    op.create_table(
        table,
        *_row(),
        sa.Column("appraisal_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("unit_name", sa.String(length=100), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("state", _enum("state", "shown", "confirmed"), nullable=False),
        sa.Column("appeal_until", sa.Date(), nullable=True),
        sa.Column("confirmed_by", ID, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("appraisal_id", "unit_id", name=op.f("uq_appraisal_result_appraisal_id_unit_id")),
        *_keys(table, appraisal_id="appraisal", unit_id="unit", confirmed_by="user"),
    )
    _index(table, "appraisal_id", "score", "id", name="ix_appraisal_result_score")
    _index(table, "unit_id", "id", name="ix_appraisal_result_unit")
    table = "appraisal_deduction"
    op.create_table(
        table,
        *_row(),
        sa.Column("appraisal_id", ID, nullable=False),
        sa.Column("criterion_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cited", _enum("cited", *CITED), nullable=True),
        sa.Column("cited_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", ID, nullable=True),
        sa.Column("entered_by", ID, nullable=True),
        sa.Column("state", _enum("state", "standing", "voided"), nullable=False),
        sa.CheckConstraint("(cited IS NULL) = (cited_id IS NULL)", name=op.f("ck_appraisal_deduction_source")),
        *_keys(
            table,
            appraisal_id="appraisal",
            criterion_id="appraisal_criterion",
            unit_id="unit",
            office_id="unit",
            entered_by="user",
        ),
    )
    _index(table, "office_id")
    _index(table, "appraisal_id", "unit_id", "id", name="ix_appraisal_deduction_round")
    _index(table, "criterion_id", "id", name="ix_appraisal_deduction_criterion")
    _index(table, "unit_id", "id", name="ix_appraisal_deduction_unit")
    table = "appraisal_appeal"
    op.create_table(
        table,
        *_row(),
        sa.Column("appraisal_id", ID, nullable=False),
        sa.Column("deduction_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("office_id", ID, nullable=True),
        sa.Column("entered_by", ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", _enum("state", "pending", "upheld", "dismissed"), nullable=False),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.UniqueConstraint("deduction_id", name=op.f("uq_appraisal_appeal_deduction_id")),
        *_keys(
            table,
            appraisal_id="appraisal",
            deduction_id="appraisal_deduction",
            unit_id="unit",
            office_id="unit",
            entered_by="user",
            submitted_by="user",
            decided_by="user",
        ),
    )
    _index(table, "office_id")
    _index(table, "appraisal_id", "id", name="ix_appraisal_appeal_round")
    _index(table, "unit_id", "id", name="ix_appraisal_appeal_unit")
    _index(table, "district_id", "state", "id", name="ix_appraisal_appeal_state")


def downgrade() -> None:
    """Notices go along with what they are about: the release before could not even list them."""
    told = "SELECT id FROM notification WHERE resource = 'appraisal_result'"
    op.execute(f"DELETE FROM notification_read WHERE notification_id IN ({told})")
    op.execute("DELETE FROM notification WHERE resource = 'appraisal_result'")
    for table in ("appraisal_appeal", "appraisal_deduction", "appraisal_result", "appraisal_criterion", "appraisal"):
        op.drop_table(table)
