"""notification

Revision: 20261129_notification
Follows: 20261129_webhook
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_notification"
down_revision = "20261129_webhook"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("soon", "due", "overdue", "webhook_disabled")


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "notification",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("kind", kind, nullable=False),
        sa.Column("resource", sa.String(length=40), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(unit_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_notification_one_recipient")),
        _of("notification", "district_id", "unit"),
        _of("notification", "unit_id", "unit"),
        _of("notification", "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            *("unit_id", "kind", "resource", "resource_id", "deadline_on"),
            name=op.f("uq_notification_unit_id_kind_resource_resource_id_deadline_on"),
        ),
    )
    for name in ("user_id", "unit_id", "district_id"):
        op.create_index(f"ix_notification_{name}", "notification", [name, "id"])
    op.create_table(
        "notification_read",
        sa.Column("notification_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _of("notification_read", "notification_id", "notification"),
        _of("notification_read", "user_id", "user"),
        sa.PrimaryKeyConstraint("notification_id", "user_id", name=op.f("pk_notification_read")),
    )
    op.create_index("ix_notification_read_user_id", "notification_read", ["user_id"])
    op.create_table(
        "schedule_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_run")),
        sa.UniqueConstraint("kind", "period", name=op.f("uq_schedule_run_kind_period")),
    )


def downgrade() -> None:
    for name in ("schedule_run", "notification_read", "notification"):
        op.drop_table(name)
