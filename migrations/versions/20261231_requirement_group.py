"""a kind of filing asked of several groups, of each until a day of its own

Revision: 20261231_requirement_group
Follows: 20261231_copied_to
"""

import sqlalchemy as sa
from alembic import op

revision = "20261231_requirement_group"
down_revision = "20261231_copied_to"
branch_labels = None
depends_on = None

TABLE = "filing_requirement"
ONE_A_KIND = "uq_filing_requirement_district_id_kind"
ONE_A_GROUP = "uq_filing_requirement_district_id_kind_unit_group_id"
ASKED = sa.table(TABLE, *(sa.column(name) for name in ("id", "district_id", "kind")))


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f(ONE_A_KIND), type_="unique")
        table.create_unique_constraint(op.f(ONE_A_GROUP), ["district_id", "kind", "unit_group_id"])


def downgrade() -> None:
    earlier = ASKED.alias("earlier")
    same = (earlier.c[name] == ASKED.c[name] for name in ("district_id", "kind"))
    further = sa.select(sa.literal(1)).where(*same, earlier.c.id < ASKED.c.id).correlate(ASKED).exists()
    op.execute(sa.delete(ASKED).where(further))
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f(ONE_A_GROUP), type_="unique")
        table.create_unique_constraint(op.f(ONE_A_KIND), ["district_id", "kind"])
