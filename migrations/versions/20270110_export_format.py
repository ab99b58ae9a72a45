"""in which format a list goes out that a job makes

Revision: 20270110_export_format
Follows: 20270110_import_upload
"""

import sqlalchemy as sa
from alembic import op

revision = "20270110_export_format"
down_revision = "20270110_import_upload"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until now a job made nothing but workbooks."""
    formats = sa.Enum("xlsx", "csv", name="format", native_enum=False, create_constraint=True, length=40)
    with op.batch_alter_table("export_run") as table:
        table.add_column(sa.Column("format", formats, server_default="xlsx", nullable=False))


def downgrade() -> None:
    """What was asked for as CSV is told of as a workbook; its file would be given out as one, so it goes first."""
    op.execute("UPDATE export_run SET state = 'expired', file = NULL WHERE format = 'csv' AND state = 'done'")
    with op.batch_alter_table("export_run") as table:
        table.drop_constraint(op.f("ck_export_run_format"), type_="check")
        table.drop_column("format")
