"""document review

Revision: 20261130_document_review
Follows: 20261129_import_unit
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_document_review"
down_revision = "20261129_import_unit"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = ("draft", "approved", "served", "receipted", "voided")
AFTER = ("draft", "submitted", *BEFORE[1:])
NAME = "ck_document_state"


def upgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), sa.column("state").in_(AFTER))
        batch_op.add_column(sa.Column("copy_unit_ids", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("printed_by", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("drawn", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("submitted_by", ID, nullable=True))
        batch_op.add_column(sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sent_back_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_document_submitted_by"), "user", ["submitted_by"], ["id"])


def downgrade() -> None:
    op.execute("UPDATE document SET state = 'draft' WHERE state = 'submitted'")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_document_submitted_by"), type_="foreignkey")
        for name in (
            "sent_back_at",
            "submitted_at",
            "submitted_by",
            "drawn_at",
            "drawn",
            "printed_by",
            "copy_unit_ids",
        ):
            batch_op.drop_column(name)
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), sa.column("state").in_(BEFORE))
