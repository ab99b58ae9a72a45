"""taken_back

Revision: 20270110_taken_back
Follows: 20270109_document_names

A progress report whose table was taken back stays, and refers to the event by which it was."""

import sqlalchemy as sa
from alembic import op

revision = "20270110_taken_back"
down_revision = "20270109_document_names"
branch_labels = None
depends_on = None

TAKEN_BACK = sa.text("taken_back_event_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("taken_back_event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            op.f("fk_progress_report_taken_back_event_id"), "event", ["taken_back_event_id"], ["id"]
        )
    op.create_index(
        "ix_progress_report_taken_back",
        "progress_report",
        ["taken_back_event_id"],
        sqlite_where=TAKEN_BACK,
        postgresql_where=TAKEN_BACK,
    )


def downgrade() -> None:
    """To the release before every report counts: those that were taken back go, as they did there."""
    op.execute("DELETE FROM progress_report WHERE taken_back_event_id IS NOT NULL")
    op.drop_index("ix_progress_report_taken_back", table_name="progress_report")
    with op.batch_alter_table("progress_report", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_progress_report_taken_back_event_id"), type_="foreignkey")
        batch_op.drop_column("taken_back_event_id")
