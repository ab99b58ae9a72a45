"""an item's rows in each order of the list

Revision: 20270104_item_order
Follows: 20270103_trigger_source
"""

from alembic import op

revision = "20270104_item_order"
down_revision = "20270103_trigger_source"
branch_labels = None
depends_on = None

ORDERS = {"item": (), "item_deadline": ("deadline_key",), "item_updated": ("updated_at",)}


def upgrade() -> None:
    for name, key in ORDERS.items():
        op.create_index(f"ix_assignment_{name}", "assignment", ["plan_item_id", *key, "id"], unique=False)


def downgrade() -> None:
    for name in ORDERS:
        op.drop_index(f"ix_assignment_{name}", table_name="assignment")
