"""complaints, who reported them, what was said and sent

Revision: 20261207_complaint
Follows: 20261206_accountability
"""

import sqlalchemy as sa
from alembic import op

revision = "20261207_complaint"
down_revision = "20261206_accountability"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CATEGORIES = (
    *("paid_tutoring", "fees", "hidden_training", "ethics"),
    *("admissions", "procurement", "harm", "other"),
)
STATES = ("received", "accepted", "not_accepted", "transferred", "investigating", "concluded", "replied")
RESULTS = ("substantiated", "partly", "unsubstantiated", "unverifiable")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str, to: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{to}"], name=op.f(f"fk_{table}_{column}"))


def _part(table: str, *columns: sa.Column[object]) -> tuple[sa.schema.SchemaItem, ...]:
    """A table of what belongs to a complaint."""
    return (
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("complaint_id", ID, nullable=False),
        *columns,
        _key(table, "district_id", "unit"),
        _key(table, "complaint_id", "complaint"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("channel", _enum("channel", "web", "interface"), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("category", _enum("category", *CATEGORIES), nullable=False),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("unit_named", sa.String(length=100), nullable=True),
        sa.Column("accused", sa.String(length=100), nullable=True),
        sa.Column("accused_user_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("state", _enum("state", *STATES), nullable=False),
        sa.Column("handling_unit_id", ID, nullable=True),
        sa.Column("handler_id", ID, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("extended_days", sa.Integer(), nullable=False),
        sa.Column("result", _enum("result", *RESULTS), nullable=True),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("replied_on", sa.Date(), nullable=True),
        sa.Column("archived_on", sa.Date(), nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("satisfaction", _enum("satisfaction", "satisfied", "fair", "dissatisfied"), nullable=True),
        sa.Column("feedback", sa.Text(), nullable=True),
        sa.Column("rectification_id", ID, nullable=True),
        _key("complaint", "district_id", "unit"),
        _key("complaint", "unit_id", "unit"),
        _key("complaint", "accused_user_id", "user"),
        _key("complaint", "handling_unit_id", "unit"),
        _key("complaint", "handler_id", "user"),
        _key("complaint", "rectification_id", "rectification"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_complaint_district_id_code")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_complaint_receipt_hash")),
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index("ix_complaint_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_complaint_due", ["district_id", "due_on", "id"], unique=False)
        for column in ("unit_id", "accused_user_id", "handling_unit_id", "handler_id", "rectification_id"):
            batch_op.create_index(batch_op.f(f"ix_complaint_{column}"), [column], unique=False)
    op.create_table(
        "complaint_identity",
        *_part("complaint_identity", sa.Column("sealed", sa.LargeBinary(), nullable=False)),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_complaint_identity_complaint_id")),
    )
    op.create_table(
        "complaint_message",
        *_part(
            "complaint_message",
            sa.Column("kind", _enum("kind", "question", "answer", "note"), nullable=False),
            sa.Column("text", sa.Text(), nullable=False),
            sa.Column("said_on", sa.Date(), nullable=False),
            sa.Column("user_id", ID, nullable=True),
        ),
        _key("complaint_message", "user_id", "user"),
    )
    op.create_index(op.f("ix_complaint_message_complaint_id"), "complaint_message", ["complaint_id"], unique=False)
    op.create_table(
        "complaint_file",
        *_part(
            "complaint_file",
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("sha256", sa.String(length=64), nullable=False),
            sa.Column("size", sa.BigInteger(), nullable=False),
            sa.Column("media_type", sa.String(length=120), nullable=False),
            sa.Column("cleaned", sa.Boolean(), nullable=False),
            sa.Column("added_on", sa.Date(), nullable=False),
        ),
        _key("complaint_file", "sha256", "stored_file", "sha256"),
        sa.UniqueConstraint("complaint_id", "number", name=op.f("uq_complaint_file_complaint_id_number")),
    )
    op.create_index(op.f("ix_complaint_file_sha256"), "complaint_file", ["sha256"], unique=False)


def downgrade() -> None:
    for table in ("complaint_file", "complaint_message", "complaint_identity", "complaint"):
        op.drop_table(table)
