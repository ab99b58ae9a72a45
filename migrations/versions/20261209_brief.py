"""briefs, and the notice of one that was declined

Revision: 20261209_brief
Follows: 20261208_breakdown
"""

import sqlalchemy as sa
from alembic import op

revision = "20261209_brief"
down_revision = "20261208_breakdown"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("highlight", "experience", "publicity", "situation_analysis")
STATES = ("draft", "submitted", "selected", "declined", "promoted")
NOTICES = ("soon", "due", "overdue", "webhook_disabled")
FOREIGN = {
    "adopted_plan_id": "plan",
    "decided_by": "user",
    "district_id": "unit",
    "plan_id": "plan",
    "plan_item_id": "plan_item",
    "submitted_by": "user",
    "unit_id": "unit",
}


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "brief",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("kind", _enum("kind", *KINDS), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("plan_id", ID, nullable=True),
        sa.Column("plan_item_id", ID, nullable=True),
        sa.Column("state", _enum("state", *STATES), nullable=False),
        sa.Column("submitted_by", ID, nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adopted_plan_id", ID, nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_brief_{column}"))
            for column, target in FOREIGN.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief")),
    )
    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.create_index("ix_brief_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_brief_state", ["district_id", "state", "id"], unique=False)
        batch_op.create_index("ix_brief_written", ["district_id", "written_on", "id"], unique=False)
        batch_op.create_index("ix_brief_unit", ["unit_id", "id"], unique=False)
        for name in ("adopted_plan_id", "plan_id", "plan_item_id"):
            batch_op.create_index(batch_op.f(f"ix_brief_{name}"), [name], unique=False)
    _notices(*NOTICES, "declined")


def _notices(*kinds: str) -> None:
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_notification_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_notification_kind"), sa.column("kind").in_(kinds))


def downgrade() -> None:
    told = "SELECT id FROM notification WHERE resource = 'brief'"
    op.execute(f"DELETE FROM notification_read WHERE notification_id IN ({told})")
    op.execute("DELETE FROM notification WHERE resource = 'brief'")
    _notices(*NOTICES)
    op.drop_table("brief")
