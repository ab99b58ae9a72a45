"""what people choose to be told by, their digests and calendar feeds, and robots of chat groups

Revision: 20261216_notice_channel
Follows: 20261215_campaign
"""

import sqlalchemy as sa
from alembic import op

revision = "20261216_notice_channel"
down_revision = "20261215_campaign"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FAULTS = ("connection", "tls", "timeout", "login", "sender", "refused", "later", "unsure", "secret")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


ROBOT_FAULTS = (
    "url",
    "name",
    "address",
    "plain",
    "connection",
    "tls",
    "timeout",
    "answer",
    "redirect",
    "status",
    "secret",
)


def _mine(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Of one person."""
    return (
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        _key(table, "district_id", "unit"),
        _key(table, "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    op.create_table(
        "notice_choice",
        *_mine("notice_choice"),
        sa.Column("digest", _enum("digest", "none", "daily", "weekly"), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("asked_address", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", _enum("fault", *FAULTS), nullable=True),
        sa.Column("fault_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("user_id", name=op.f("uq_notice_choice_user_id")),
    )
    op.create_index("ix_notice_choice_district_id", "notice_choice", ["district_id", "id"])
    op.create_table(
        "digest",
        *_mine("digest"),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("state", _enum("state", "waiting", "sending", "sent", "empty", "failed"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("user_id", "period", name=op.f("uq_digest_user_id_period")),
    )
    op.create_index("ix_digest_district_id", "digest", ["district_id", "id"])
    op.create_table(
        "calendar_feed",
        *_mine("calendar_feed"),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_calendar_feed_token_sha256")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_feed_user_id")),
    )
    _robots()


def _robots() -> None:
    op.create_table(
        "robot",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("kind", _enum("kind", "wecom", "dingtalk"), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("sealed_url", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("state", _enum("state", "active", "disabled"), nullable=False),
        sa.Column("why", _enum("why", "by_hand", "failing"), nullable=True),
        _key("robot", "district_id", "unit"),
        _key("robot", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot")),
    )
    op.create_index("ix_robot_district_id", "robot", ["district_id", "id"])
    op.create_index(op.f("ix_robot_unit_id"), "robot", ["unit_id"])
    op.create_table(
        "robot_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("robot_id", ID, nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("state", _enum("state", "waiting", "sending", "sent", "empty", "failed"), nullable=False),
        sa.Column("fault", _enum("fault", *ROBOT_FAULTS), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("errcode", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _key("robot_message", "district_id", "unit"),
        _key("robot_message", "robot_id", "robot"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_message")),
        sa.UniqueConstraint("robot_id", "period", name=op.f("uq_robot_message_robot_id_period")),
    )
    op.create_index("ix_robot_message_district_id", "robot_message", ["district_id", "id"])


def downgrade() -> None:
    op.drop_table("robot_message")
    op.drop_table("robot")
    op.drop_table("calendar_feed")
    op.drop_table("digest")
    op.drop_table("notice_choice")
