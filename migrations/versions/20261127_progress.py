"""progress

Revision: 20261127_progress
Follows: 20261127_import

A progress report that came in a table refers to the table's one event."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_progress"
down_revision = "20261127_import"
branch_labels = None
depends_on = None

IMPORTED = sa.text("import_event_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("import_event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(op.f("fk_progress_report_import_event_id"), "event", ["import_event_id"], ["id"])
    op.create_index(
        "ix_progress_report_import_event",
        "progress_report",
        ["import_event_id", "assignment_id"],
        sqlite_where=IMPORTED,
        postgresql_where=IMPORTED,
    )


def downgrade() -> None:
    op.drop_index("ix_progress_report_import_event", table_name="progress_report")
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_progress_report_import_event_id"), type_="foreignkey")
        batch_op.drop_column("import_event_id")
