"""integrity risks: rounds, risk points, ratings, measures

Revision: 20261204_integrity_risk
Follows: 20261203_plan_edition
"""

import sqlalchemy as sa
from alembic import op

revision = "20261204_integrity_risk"
down_revision = "20261203_plan_edition"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SOURCES = ("ideology", "duty", "process", "institution", "environment")
STATES = ("identified", "assessed", "controlled", "due_for_review")
LEVEL = (
    "CASE WHEN by_rule THEN 'high' WHEN likelihood * impact >= 15 THEN 'high'"
    " WHEN likelihood * impact >= 6 THEN 'medium' ELSE 'low' END"
)
SCALE = "likelihood BETWEEN 1 AND 5 AND impact BETWEEN 1 AND 5"


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


def _rating() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("likelihood", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("by_rule", sa.Boolean(), nullable=False),
        sa.Column("level", _enum("level", "high", "medium", "low"), sa.Computed(LEVEL, persisted=True), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "risk_round",
        *_row(),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        sa.Column("unit_group_id", ID, nullable=False),
        sa.Column("office_id", ID, nullable=True),
        sa.Column("state", _enum("state", "open", "closed"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _key("risk_round", "district_id", "unit"),
        _key("risk_round", "office_id", "unit"),
        _key("risk_round", "unit_group_id", "unit_group"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_round")),
        sa.UniqueConstraint("district_id", "year", "title", name=op.f("uq_risk_round_district_id_year_title")),
    )
    with op.batch_alter_table("risk_round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_round_office_id"), ["office_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_round_unit_group_id"), ["unit_group_id"], unique=False)
    op.create_table(
        "risk_nil_report",
        *_row(),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        _key("risk_nil_report", "district_id", "unit"),
        _key("risk_nil_report", "round_id", "risk_round"),
        _key("risk_nil_report", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_nil_report")),
        sa.UniqueConstraint("round_id", "unit_id", name=op.f("uq_risk_nil_report_round_id_unit_id")),
    )
    with op.batch_alter_table("risk_nil_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_nil_report_unit_id"), ["unit_id"], unique=False)
    op.create_table(
        "integrity_risk",
        *_row(),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("department", sa.String(length=100), nullable=False),
        sa.Column("post", sa.String(length=100), nullable=False),
        sa.Column("duty_item", sa.String(length=500), nullable=False),
        sa.Column("risk_point", sa.String(length=500), nullable=False),
        sa.Column("manifestation", sa.Text(), nullable=False),
        sa.Column("source", _enum("source", *SOURCES), nullable=False),
        *_rating(),
        sa.Column("state", _enum("state", *STATES), nullable=False),
        sa.Column("rating_count", sa.Integer(), nullable=False),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", ID, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(SCALE, name=op.f("ck_integrity_risk_scale")),
        _key("integrity_risk", "district_id", "unit"),
        _key("integrity_risk", "reviewed_by", "user"),
        _key("integrity_risk", "round_id", "risk_round"),
        _key("integrity_risk", "submitted_by", "user"),
        _key("integrity_risk", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_risk")),
    )
    with op.batch_alter_table("integrity_risk", schema=None) as batch_op:
        batch_op.create_index("ix_integrity_risk_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_integrity_risk_unit", ["unit_id", "id"], unique=False)
        batch_op.create_index("ix_integrity_risk_round", ["round_id", "unit_id", "id"], unique=False)
        batch_op.create_index("ix_integrity_risk_state", ["district_id", "state", "review_on", "id"], unique=False)
    op.create_table(
        "risk_rating",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("risk_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_rating(),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", _enum("verdict", "confirmed", "sent_back"), nullable=True),
        sa.Column("reviewed_by", ID, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(SCALE, name=op.f("ck_risk_rating_scale")),
        _key("risk_rating", "district_id", "unit"),
        _key("risk_rating", "reviewed_by", "user"),
        _key("risk_rating", "risk_id", "integrity_risk"),
        _key("risk_rating", "submitted_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_rating")),
        sa.UniqueConstraint("risk_id", "number", name=op.f("uq_risk_rating_risk_id_number")),
    )
    op.create_table(
        "risk_measure",
        *_row(),
        sa.Column("risk_id", ID, nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("responsible_person", sa.String(length=100), nullable=False),
        sa.Column("responsible_leader", sa.String(length=100), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("assignment_id", ID, nullable=True),
        sa.Column("state", _enum("state", "in_progress", "done"), nullable=False),
        _key("risk_measure", "assignment_id", "assignment"),
        _key("risk_measure", "district_id", "unit"),
        _key("risk_measure", "risk_id", "integrity_risk"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_measure")),
    )
    with op.batch_alter_table("risk_measure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_measure_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index("ix_risk_measure_risk", ["risk_id", "id"], unique=False)


def downgrade() -> None:
    for table in ("risk_measure", "risk_rating", "integrity_risk", "risk_nil_report", "risk_round"):
        op.drop_table(table)
