"""the area that a box is for, and what the paper of a boxed piece says of itself

Revision: 20270101_box_lines
Follows: 20270101_setup
"""

import sqlalchemy as sa
from alembic import op

revision = "20270101_box_lines"
down_revision = "20270101_setup"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BOX = sa.table("archive_box", sa.column("id"), sa.column("item_ids", sa.JSON), sa.column("area_id"))
ITEM = sa.table("plan_item", sa.column("id"), sa.column("area_id"))


def upgrade() -> None:
    with op.batch_alter_table("archive_box") as table:
        table.add_column(sa.Column("area_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_archive_box_area_id"), "plan_area", ["area_id"], ["id"])
        table.create_index(op.f("ix_archive_box_area_id"), ["area_id"], unique=False)
    with op.batch_alter_table("archive_box_entry") as table:
        table.add_column(sa.Column("document_number", sa.String(length=100), nullable=True))
        table.add_column(sa.Column("evidence_on", sa.Date(), nullable=True))
    _find_areas()


def _find_areas() -> None:
    """Of the boxes that there are: that of their items, where all are of one."""
    connection = op.get_bind()
    for box in connection.execute(sa.select(BOX.c.id, BOX.c.item_ids)).all():
        if not box.item_ids:
            continue
        areas = connection.execute(sa.select(ITEM.c.area_id).where(ITEM.c.id.in_(box.item_ids)).distinct()).scalars()
        found = areas.all()
        if len(found) == 1 and found[0] is not None:
            connection.execute(sa.update(BOX).where(BOX.c.id == box.id).values(area_id=found[0]))


def downgrade() -> None:
    with op.batch_alter_table("archive_box_entry") as table:
        table.drop_column("evidence_on")
        table.drop_column("document_number")
    with op.batch_alter_table("archive_box") as table:
        table.drop_index(op.f("ix_archive_box_area_id"))
        table.drop_constraint(op.f("fk_archive_box_area_id"), type_="foreignkey")
        table.drop_column("area_id")
