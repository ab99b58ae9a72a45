"""how an import's file was read, and what stands around its rows

Revision: 20270101_import_notes
Follows: 20261231_brief_source
"""

import sqlalchemy as sa
from alembic import op

revision = "20270101_import_notes"
down_revision = "20261231_brief_source"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of imports before nothing is told: they were read from their first sheet, every line of it."""
    with op.batch_alter_table("import_run") as batch:
        batch.add_column(sa.Column("notes", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("around", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_run") as batch:
        batch.drop_column("around")
        batch.drop_column("notes")
