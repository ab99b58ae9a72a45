"""the workbook that an import came from, where its table stands in it, and what cells were before they were put right

Revision: 20270110_import_upload
Follows: 20270110_taken_back
"""

import sqlalchemy as sa
from alembic import op

revision = "20270110_import_upload"
down_revision = "20270110_taken_back"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("import_run") as table:
        table.add_column(sa.Column("upload", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("part", sa.String(length=255), nullable=True))
        table.add_column(sa.Column("head_number", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_import_run_upload"), "stored_file", ["upload"], ["sha256"])
        table.create_index(op.f("ix_import_run_upload"), ["upload"])
    with op.batch_alter_table("import_row") as table:
        table.add_column(sa.Column("as_read", sa.JSON(), nullable=True))


def downgrade() -> None:
    """The workbooks' records stay, and so do their files: nobody names them, nobody is shown them."""
    with op.batch_alter_table("import_row") as table:
        table.drop_column("as_read")
    with op.batch_alter_table("import_run") as table:
        table.drop_constraint(op.f("fk_import_run_upload"), type_="foreignkey")
        table.drop_index(op.f("ix_import_run_upload"))
        table.drop_column("head_number")
        table.drop_column("part")
        table.drop_column("upload")
