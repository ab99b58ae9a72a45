"""from a row to the accountability that cites it

Revision: 20270103_trigger_source
Follows: 20270102_box_paper
"""

from alembic import op

revision = "20270103_trigger_source"
down_revision = "20270102_box_paper"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accountability_trigger") as table:
        table.create_index("ix_accountability_trigger_source", ["source_id", "kind"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("accountability_trigger") as table:
        table.drop_index("ix_accountability_trigger_source")
