"""webhook

Revision: 20261129_webhook
Follows: 20261128_job
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_webhook"
down_revision = "20261128_job"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FAULTS = ("url", "name", "address", "plain", "connection", "tls", "timeout", "answer", "redirect", "status", "secret")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _at(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _district(table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_district_id")
    return sa.Column("district_id", ID, nullable=False), sa.ForeignKeyConstraint(
        ["district_id"], ["unit.id"], name=name
    )


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", ID, nullable=False),
        *_district("webhook"),
        sa.Column("version", sa.Integer(), nullable=False),
        _at("created_at"),
        _at("updated_at"),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("recursive", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=True),
        sa.Column("state", _enum("state", "active", "disabled"), nullable=False),
        sa.Column("why", _enum("why", "by_hand", "gone", "failing"), nullable=True),
        _of("webhook", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index("ix_webhook_district_id", "webhook", ["district_id", "id"])
    op.create_index("ix_webhook_unit_id", "webhook", ["unit_id"])
    op.create_table(
        "webhook_secret",
        sa.Column("id", ID, nullable=False),
        *_district("webhook_secret"),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _at("made_at"),
        _at("ends_at", nullable=True),
        _of("webhook_secret", "webhook_id", "webhook"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_secret")),
    )
    op.create_index("ix_webhook_secret_webhook_id", "webhook_secret", ["webhook_id"])
    op.create_table(
        "webhook_standing",
        sa.Column("id", ID, nullable=False),
        *_district("webhook_standing"),
        sa.Column("webhook_id", ID, nullable=False),
        _at("lease_until", nullable=True),
        _at("rest_until", nullable=True),
        _at("failing_since", nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _of("webhook_standing", "webhook_id", "webhook"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_standing")),
        sa.UniqueConstraint("webhook_id", name=op.f("uq_webhook_standing_webhook_id")),
    )
    op.create_table(
        "webhook_cursor",
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("seq", ID, nullable=False),
        _of("webhook_cursor", "webhook_id", "webhook"),
        sa.PrimaryKeyConstraint("webhook_id", "lane", name=op.f("pk_webhook_cursor")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", ID, nullable=False),
        *_district("webhook_delivery"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("resource", sa.String(length=40), nullable=True),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("resource_version", sa.Integer(), nullable=True),
        _at("happened_at"),
        sa.Column("state", _enum("state", "waiting", "delivered", "failed"), nullable=False),
        _at("due_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", _enum("fault", *FAULTS), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        _at("created_at"),
        _at("updated_at"),
        _at("finished_at", nullable=True),
        _of("webhook_delivery", "webhook_id", "webhook"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("message_id", name=op.f("uq_webhook_delivery_message_id")),
        sa.UniqueConstraint("webhook_id", "event_id", name=op.f("uq_webhook_delivery_webhook_id_event_id")),
    )
    op.create_index("ix_webhook_delivery_webhook_id", "webhook_delivery", ["webhook_id", "id"])
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["webhook_id", "state", "due_at"])
    op.create_index("ix_webhook_delivery_district_id", "webhook_delivery", ["district_id", "id"])
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])
    op.create_table(
        "webhook_attempt",
        sa.Column("id", ID, nullable=False),
        *_district("webhook_attempt"),
        sa.Column("webhook_delivery_id", ID, nullable=False),
        _at("at"),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", _enum("fault", *FAULTS), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        _of("webhook_attempt", "webhook_delivery_id", "webhook_delivery"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
    )
    op.create_index("ix_webhook_attempt_webhook_delivery_id", "webhook_attempt", ["webhook_delivery_id"])


def downgrade() -> None:
    for name in ("attempt", "delivery", "cursor", "standing", "secret"):
        op.drop_table(f"webhook_{name}")
    op.drop_table("webhook")
