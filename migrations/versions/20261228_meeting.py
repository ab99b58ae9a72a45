"""the meetings that put a major decision off, and how many had to be present

Revision: 20261228_meeting
Follows: 20261227_past_action
"""

import sqlalchemy as sa
from alembic import op

revision = "20261228_meeting"
down_revision = "20261227_past_action"
branch_labels = None
depends_on = None


MATTER = sa.table(
    "major_decision", *(sa.column(name, sa.Integer) for name in ("expected", "quorum")), sa.column("decided_on")
)


def upgrade() -> None:
    with op.batch_alter_table("major_decision") as table:
        table.add_column(sa.Column("earlier_meetings", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("quorum", sa.Integer(), nullable=True))
    # Two thirds was the rule until now.
    known = MATTER.c.decided_on.is_not(None), MATTER.c.expected.is_not(None)
    op.execute(sa.update(MATTER).where(*known).values(quorum=(MATTER.c.expected * 2 + 2) // 3))


def downgrade() -> None:
    with op.batch_alter_table("major_decision") as table:
        table.drop_column("quorum")
        table.drop_column("earlier_meetings")
