"""official documents

Revision: 20261129_document
Follows: 20261128_job
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_document"
down_revision = "20261129_notification"
branch_labels = None
depends_on = None

KIND = ("rectification_notice", "urging_order", "talk_notice", "talk_record", "circular")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", _enum("kind", *KIND), nullable=False),
        sa.Column("state", _enum("state", "draft", "approved", "served", "receipted", "voided"), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("issuer", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("addressee", sa.String(length=500), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("unit_ids", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("notice_id", _id(), nullable=True),
        sa.Column("talk_with", sa.String(length=500), nullable=True),
        sa.Column("talk_on", sa.Date(), nullable=True),
        sa.Column("talk_time", sa.String(length=5), nullable=True),
        sa.Column("talk_place", sa.String(length=100), nullable=True),
        sa.Column("talk_by", sa.String(length=500), nullable=True),
        sa.Column("talk_recorder", sa.String(length=100), nullable=True),
        sa.Column("drafted_by", _id(), nullable=True),
        sa.Column("approved_by", _id(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        _key("document", "approved_by", "user"),
        _key("document", "district_id", "unit"),
        _key("document", "drafted_by", "user"),
        _key("document", "notice_id", "document"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint(
            "district_id", "prefix", "year", "number", name=op.f("uq_document_district_id_prefix_year_number")
        ),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_district", ["district_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_notice_id"), ["notice_id"], unique=False)

    op.create_table(
        "document_recipient",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("document_id", _id(), nullable=False),
        sa.Column("unit_id", _id(), nullable=False),
        sa.Column("receiver", sa.String(length=100), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("receipted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipted_by", _id(), nullable=True),
        _key("document_recipient", "district_id", "unit"),
        _key("document_recipient", "document_id", "document"),
        _key("document_recipient", "receipted_by", "user"),
        _key("document_recipient", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_recipient")),
        sa.UniqueConstraint("document_id", "unit_id", name=op.f("uq_document_recipient_document_id_unit_id")),
    )
    with op.batch_alter_table("document_recipient", schema=None) as batch_op:
        batch_op.create_index("ix_document_recipient_unit", ["unit_id", "document_id"], unique=False)

    op.create_table(
        "document_citation",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("document_id", _id(), nullable=False),
        sa.Column("assignment_id", _id(), nullable=True),
        sa.Column("rectification_id", _id(), nullable=True),
        sa.Column("inspection_id", _id(), nullable=True),
        sa.Column("plan_id", _id(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN assignment_id IS NULL THEN 0 ELSE 1 END + CASE WHEN rectification_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN inspection_id IS NULL THEN 0 ELSE 1 END + CASE WHEN plan_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_document_citation_one_target"),
        ),
        _key("document_citation", "assignment_id", "assignment"),
        _key("document_citation", "district_id", "unit"),
        _key("document_citation", "document_id", "document"),
        _key("document_citation", "inspection_id", "inspection"),
        _key("document_citation", "plan_id", "plan"),
        _key("document_citation", "rectification_id", "rectification"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_citation")),
    )
    with op.batch_alter_table("document_citation", schema=None) as batch_op:
        batch_op.create_index("ix_document_citation_document", ["document_id"], unique=False)
        for name in ("assignment_id", "inspection_id", "plan_id", "rectification_id"):
            batch_op.create_index(batch_op.f(f"ix_document_citation_{name}"), [name], unique=False)

    op.create_table(
        "document_series",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", _enum("kind", *KIND), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        _key("document_series", "district_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_series")),
        sa.UniqueConstraint("district_id", "kind", name=op.f("uq_document_series_district_id_kind")),
    )


def downgrade() -> None:
    op.drop_table("document_series")
    op.drop_table("document_citation")
    op.drop_table("document_recipient")
    op.drop_table("document")
