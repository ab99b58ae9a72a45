"""venue activities and who approves them

Revision: 20261211_venue_activity
Follows: 20261210_liaison_visit
"""

import sqlalchemy as sa
from alembic import op

revision = "20261211_venue_activity"
down_revision = "20261210_liaison_visit"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("lecture", "forum", "society", "performance", "online_platform")


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
        "venue_activity",
        *_row(),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("kind", _enum("kind", *KINDS), nullable=False),
        sa.Column("topic", sa.String(length=500), nullable=False),
        sa.Column("host", sa.String(length=100), nullable=False),
        sa.Column("speaker", sa.String(length=100), nullable=True),
        sa.Column("speaker_unit", sa.String(length=100), nullable=True),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("begins", sa.String(length=5), nullable=True),
        sa.Column("audience", sa.String(length=500), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("checked_by", sa.String(length=100), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("check_result", _enum("check_result", "passed", "passed_with_changes", "failed"), nullable=True),
        sa.Column("state", _enum("state", "registered", "approved", "held", "refused", "cancelled"), nullable=False),
        sa.Column("registered_by", ID, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended", sa.Integer(), nullable=True),
        _key("venue_activity", "decided_by", "user"),
        _key("venue_activity", "district_id", "unit"),
        _key("venue_activity", "registered_by", "user"),
        _key("venue_activity", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_activity")),
    )
    with op.batch_alter_table("venue_activity", schema=None) as batch_op:
        batch_op.create_index("ix_venue_activity_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_venue_activity_state", ["district_id", "state", "held_on"], unique=False)
        batch_op.create_index("ix_venue_activity_unit", ["unit_id", "id"], unique=False)
    op.create_table(
        "venue_reviewer",
        *_row(),
        sa.Column("kind", _enum("kind", *KINDS), nullable=False),
        sa.Column("office_id", ID, nullable=True),
        _key("venue_reviewer", "district_id", "unit"),
        _key("venue_reviewer", "office_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_reviewer")),
        sa.UniqueConstraint("district_id", "kind", name=op.f("uq_venue_reviewer_district_id_kind")),
    )
    with op.batch_alter_table("venue_reviewer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_venue_reviewer_office_id"), ["office_id"], unique=False)


def downgrade() -> None:
    op.drop_table("venue_reviewer")
    op.drop_table("venue_activity")
