"""complaints that do not come over the network, notices of complaints, and cases that a complaint led to

Revision: 20261220_complaint_channel
Follows: 20261219_activity_kind
"""

import sqlalchemy as sa
from alembic import op

revision = "20261220_complaint_channel"
down_revision = "20261219_activity_kind"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANNELS = ("web", "interface")
STAFF = ("letter", "visit", "phone", "transfer")
NOTICES = ("soon", "due", "overdue", "webhook_disabled", "declined")
OF_COMPLAINTS = ("received", "assigned", "answered")


def _check(table: str, column: str, *values: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch_op.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(values))


def upgrade() -> None:
    _check("complaint", "channel", *CHANNELS, *STAFF)
    _check("notification", "kind", *NOTICES, *OF_COMPLAINTS)
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("complaint_id", ID, nullable=True))
        batch_op.create_foreign_key(op.f("fk_case_file_complaint_id"), "complaint", ["complaint_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_case_file_complaint_id"), ["complaint_id"], unique=False)


def downgrade() -> None:
    """Channels that are known no more become the public's own; notices of complaints go."""
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_file_complaint_id"))
        batch_op.drop_constraint(op.f("fk_case_file_complaint_id"), type_="foreignkey")
        batch_op.drop_column("complaint_id")
    told = "SELECT id FROM notification WHERE resource = 'complaint'"
    op.execute(f"DELETE FROM notification_read WHERE notification_id IN ({told})")
    op.execute("DELETE FROM notification WHERE resource = 'complaint'")
    _check("notification", "kind", *NOTICES)
    op.execute(f"UPDATE complaint SET channel = 'web' WHERE channel IN {STAFF}")
    _check("complaint", "channel", *CHANNELS)
