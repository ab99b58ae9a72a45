"""major decisions, the remarks on them, and who supervises what

Revision: 20261205_major_decision
Follows: 20261204_integrity_risk
"""

import sqlalchemy as sa
from alembic import op

revision = "20261205_major_decision"
down_revision = "20261204_integrity_risk"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CATEGORIES = ("decision", "personnel", "project", "fund")
STATES = ("registered", "deliberated", "decided", "disclosed", "executed", "completed")
MEETINGS = ("party_meeting", "principal_meeting", "joint_meeting", "staff_congress", "other")


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


def _matter() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category", _enum("category", *CATEGORIES), nullable=False),
        sa.Column("state", _enum("state", *STATES), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("proposer", sa.String(length=100), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("preparation", sa.Text(), nullable=True),
        sa.Column("legality_by", sa.String(length=100), nullable=True),
        sa.Column("legality_on", sa.Date(), nullable=True),
        sa.Column("legality_opinion", sa.Text(), nullable=True),
        sa.Column("legality_waived", sa.String(length=500), nullable=True),
        sa.Column("meeting_kind", _enum("meeting_kind", *MEETINGS), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chair", sa.String(length=100), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("present", sa.Integer(), nullable=True),
        sa.Column("observer", sa.String(length=200), nullable=True),
        sa.Column("opinions", sa.JSON(), nullable=False),
        sa.Column("recusals", sa.JSON(), nullable=False),
        sa.Column("votes_for", sa.Integer(), nullable=True),
        sa.Column("votes_against", sa.Integer(), nullable=True),
        sa.Column("votes_abstain", sa.Integer(), nullable=True),
        sa.Column("result", _enum("result", "passed", "deferred", "rejected"), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("disclose_by", sa.Date(), nullable=True),
        sa.Column("disclosed_from", sa.Date(), nullable=True),
        sa.Column("disclosed_to", sa.Date(), nullable=True),
        sa.Column("disclosure_place", sa.String(length=500), nullable=True),
        sa.Column("undisclosed_reason", sa.String(length=500), nullable=True),
        sa.Column("responsible_person", sa.String(length=100), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("execution", sa.Text(), nullable=True),
        sa.Column("flags_seen", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    op.create_table(
        "major_decision",
        *_row(),
        *_matter(),
        _key("major_decision", "district_id", "unit"),
        _key("major_decision", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_major_decision")),
        sa.UniqueConstraint("unit_id", "year", "number", name=op.f("uq_major_decision_unit_id_year_number")),
    )
    with op.batch_alter_table("major_decision", schema=None) as batch_op:
        batch_op.create_index("ix_major_decision_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_major_decision_category", ["district_id", "category", "id"], unique=False)
        batch_op.create_index("ix_major_decision_unit", ["unit_id", "id"], unique=False)
        batch_op.create_index("ix_major_decision_disclosure", ["state", "disclose_by", "id"], unique=False)
    op.create_table(
        "decision_remark",
        *_row(),
        sa.Column("major_decision_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("remarked_by", ID, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        _key("decision_remark", "answered_by", "user"),
        _key("decision_remark", "district_id", "unit"),
        _key("decision_remark", "major_decision_id", "major_decision"),
        _key("decision_remark", "remarked_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_remark")),
    )
    with op.batch_alter_table("decision_remark", schema=None) as batch_op:
        batch_op.create_index("ix_decision_remark_decision", ["major_decision_id", "id"], unique=False)
    op.create_table(
        "decision_supervision",
        *_row(),
        sa.Column("category", _enum("category", *CATEGORIES), nullable=False),
        sa.Column("office_id", ID, nullable=False),
        sa.Column("basis", sa.String(length=500), nullable=True),
        _key("decision_supervision", "district_id", "unit"),
        _key("decision_supervision", "office_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_supervision")),
        sa.UniqueConstraint("district_id", "category", name=op.f("uq_decision_supervision_district_id_category")),
    )
    with op.batch_alter_table("decision_supervision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_supervision_office_id"), ["office_id"], unique=False)


def downgrade() -> None:
    op.drop_table("decision_supervision")
    op.drop_table("decision_remark")
    op.drop_table("major_decision")
