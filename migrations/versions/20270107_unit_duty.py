"""the few units that have a duty, found without going through all of them

Revision: 20270107_unit_duty
Follows: 20270106_assigned_source
"""

import sqlalchemy as sa
from alembic import op

revision = "20270107_unit_duty"
down_revision = "20270106_assigned_source"
branch_labels = None
depends_on = None

NAME = "ix_unit_duty"
THERE = sa.text("duty IS NOT NULL")


def upgrade() -> None:
    op.create_index(NAME, "unit", ["district_id", "duty"], unique=False, sqlite_where=THERE, postgresql_where=THERE)


def downgrade() -> None:
    op.drop_index(NAME, table_name="unit")
