"""notices of what happened to a row, beside those of its deadlines, and what a person wants no notices of

Revision: 20261221_notice_kind
Follows: 20261220_complaint_channel
"""

import sqlalchemy as sa
from alembic import op

revision = "20261221_notice_kind"
down_revision = "20261220_complaint_channel"
branch_labels = None
depends_on = None

KINDS = ("soon", "due", "overdue", "webhook_disabled", "declined", "received", "assigned", "answered")
HAPPENED = (
    *("urged", "given", "sent_back", "reopened", "sent_again", "waived", "cancelled", "approved", "refused"),
    *("selected", "promoted", "final", "published"),
)
BEFORE = ("assignment", "rectification", "webhook", "accountability_action", "appraisal_result", "brief", "complaint")
"""Of what the release before has notices; whatever came since then is more than it can read."""

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _check(*values: str) -> None:
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_notification_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_notification_kind"), sa.column("kind").in_(values))


def upgrade() -> None:
    _check(*KINDS, *HAPPENED)
    op.create_table(
        "notice_left_out",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_left_out_user_id")),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notice_left_out")),
    )


def downgrade() -> None:
    """Notices of a kind, or of a resource, that is known no more go."""
    op.drop_table("notice_left_out")
    unknown = f"kind IN {HAPPENED} OR resource NOT IN {BEFORE}"
    told = f"SELECT id FROM notification WHERE {unknown}"
    op.execute(f"DELETE FROM notification_read WHERE notification_id IN ({told})")
    op.execute(f"DELETE FROM notification WHERE {unknown}")
    _check(*KINDS)
