"""breakdowns of assignments, with their steps

Revision: 20261208_breakdown
Follows: 20261207_complaint
"""

import sqlalchemy as sa
from alembic import op

revision = "20261208_breakdown"
down_revision = "20261207_complaint"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("draft", "submitted", "sent_back", "confirmed", "superseded")
SERVING, WORKING = sa.text("state = 'confirmed'"), sa.text("state IN ('draft', 'submitted', 'sent_back')")


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    state = sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "breakdown",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignment_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", ID, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        _key("breakdown", "assignment_id", "assignment"),
        _key("breakdown", "district_id", "unit"),
        _key("breakdown", "reviewed_by", "user"),
        _key("breakdown", "submitted_by", "user"),
        _key("breakdown", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakdown")),
        sa.UniqueConstraint("assignment_id", "number", name=op.f("uq_breakdown_assignment_id_number")),
    )
    with op.batch_alter_table("breakdown", schema=None) as batch_op:
        batch_op.create_index("ix_breakdown_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_breakdown_state", ["district_id", "state", "id"], unique=False)
        batch_op.create_index("ix_breakdown_unit", ["unit_id", "id"], unique=False)
        for name, where in {"uq_breakdown_serving": SERVING, "uq_breakdown_working": WORKING}.items():
            batch_op.create_index(name, ["assignment_id"], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "breakdown_step",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("breakdown_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key("breakdown_step", "breakdown_id", "breakdown"),
        _key("breakdown_step", "district_id", "unit"),
        _key("breakdown_step", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakdown_step")),
        sa.UniqueConstraint("breakdown_id", "line", name=op.f("uq_breakdown_step_breakdown_id_line")),
    )
    with op.batch_alter_table("breakdown_step", schema=None) as batch_op:
        batch_op.create_index("ix_breakdown_step_unit", ["unit_id", "deadline_on"], unique=False)


def downgrade() -> None:
    op.drop_table("breakdown_step")
    op.drop_table("breakdown")
