"""a long import that a job takes back

Revision: 20270112_import_undoing
Follows: 20270111_stale_links
"""

import sqlalchemy as sa
from alembic import op

revision = "20270112_import_undoing"
down_revision = "20270111_stale_links"
branch_labels = None
depends_on = None

BUSY = ("checking", "committing")
UNDOING = "undoing"


def _check(*values: str) -> None:
    with op.batch_alter_table("import_run") as table:
        table.drop_constraint(op.f("ck_import_run_busy"), type_="check")
        table.create_check_constraint(op.f("ck_import_run_busy"), sa.column("busy").in_(values))


def upgrade() -> None:
    _check(*BUSY, UNDOING)


def downgrade() -> None:
    """What nobody took back yet stays written: nobody there knows the job."""
    op.execute(f"UPDATE import_run SET busy = NULL WHERE busy = '{UNDOING}'")
    op.execute("DELETE FROM job WHERE kind = 'import.undo'")
    _check(*BUSY)
