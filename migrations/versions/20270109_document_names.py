"""how units were called when a document that names them was approved

Revision: 20270109_document_names
Follows: 20270108_quota_earlier
"""

import sqlalchemy as sa
from alembic import op

revision = "20270109_document_names"
down_revision = "20270108_quota_earlier"
branch_labels = None
depends_on = None

MOST_NAMED = 6
DOCUMENT = sa.table(
    "document",
    *(sa.column(name, sa.JSON) for name in ("unit_ids", "copy_unit_ids", "unit_names")),
    *(sa.column(name) for name in ("id", "approved_at")),
)
UNIT = sa.table("unit", sa.column("id"), sa.column("name"))


def upgrade() -> None:
    """Papers approved before name their units as these are called now: what they were called then was not kept."""
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("unit_names", sa.JSON(), nullable=True))
    connection = op.get_bind()
    called = {row.id: row.name for row in connection.execute(sa.select(UNIT))}
    approved = sa.select(DOCUMENT.c.id, DOCUMENT.c.unit_ids, DOCUMENT.c.copy_unit_ids)
    values = []
    for row in connection.execute(approved.where(DOCUMENT.c.approved_at.is_not(None))):
        named = [*row.unit_ids[:MOST_NAMED], *row.copy_unit_ids]
        values.append({"row": row.id, "names": {str(each): called[each] for each in named if each in called}})
    if values:
        change = sa.update(DOCUMENT).where(DOCUMENT.c.id == sa.bindparam("row"))
        connection.execute(change.values(unit_names=sa.bindparam("names", type_=sa.JSON)), values)


def downgrade() -> None:
    with op.batch_alter_table("document") as table:
        table.drop_column("unit_names")
