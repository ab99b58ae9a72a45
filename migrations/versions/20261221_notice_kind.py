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
SUBJECTS = (
    *("extension", "filing", "breakdown", "self_check", "integrity_risk", "risk_measure", "risk_round"),
    *("liaison_matter", "appraisal_appeal", "major_decision", "case_file", "case_circular"),
)

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
    unknown = f"kind IN {HAPPENED} OR resource IN {SUBJECTS}"
    told = f"SELECT id FROM notification WHERE {unknown}"
    op.execute(f"DELETE FROM notification_read WHERE notification_id IN ({told})")
    op.execute(f"DELETE FROM notification WHERE {unknown}")
    _check(*KINDS)
