"""rectifications whose unit does not know yet that somebody complained, and replies that wait for the talk

Revision: 20270106_assigned_source
Follows: 20270105_name_folded
"""

import sqlalchemy as sa
from alembic import op

revision = "20270106_assigned_source"
down_revision = "20270105_name_folded"
branch_labels = None
depends_on = None

BEFORE = ("finding", "self_check", "complaint", "audit")
CHECK = "ck_rectification_source"
COMPUTED = sa.Computed("coalesce(deadline_on, '9999-12-31')", persisted=True)
INDEXES = {
    "ix_rectification_deadline": ["district_id", "deadline_key", "id"],
    "ix_rectification_state": ["district_id", "state", "deadline_key", "id"],
}
TO_PERFORM = (
    *("talk", "supervision_talk", "resource_adjustment", "self_examination", "personal_talk"),
    *("organisational_handling", "referral"),
)
RECTIFICATION = sa.table("rectification", sa.column("id"), sa.column("source"))
COMPLAINT = sa.table("complaint", sa.column("rectification_id"), sa.column("state"))
ACTION = sa.table("accountability_action", *(sa.column(name) for name in ("kind", "state", "performed_at", "reply_by")))


def _admit(*sources: str) -> None:
    """On SQLite the table is copied, which cannot fill its generated column: that one is made anew meanwhile."""
    copied = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("rectification") as table:
        if copied:
            for name in INDEXES:
                table.drop_index(name)
            table.drop_column("deadline_key")
            table.add_column(sa.Column("deadline_key", sa.Date(), COMPUTED, nullable=False), insert_after="deadline_on")
        table.drop_constraint(op.f(CHECK), type_="check")
        table.create_check_constraint(op.f(CHECK), sa.column("source").in_(sources))
    if copied:
        for name, columns in INDEXES.items():
            op.create_index(name, "rectification", columns)


def upgrade() -> None:
    _admit(*BEFORE, "assigned")
    looked_into = sa.select(COMPLAINT.c.rectification_id).where(
        COMPLAINT.c.state == "investigating", COMPLAINT.c.rectification_id.is_not(None)
    )
    op.execute(sa.update(RECTIFICATION).where(RECTIFICATION.c.id.in_(looked_into)).values(source="assigned"))
    not_done = (ACTION.c.state == "served", ACTION.c.kind.in_(TO_PERFORM), ACTION.c.performed_at.is_(None))
    op.execute(sa.update(ACTION).where(*not_done).values(reply_by=None))


def downgrade() -> None:
    op.execute(sa.update(RECTIFICATION).where(RECTIFICATION.c.source == "assigned").values(source="complaint"))
    _admit(*BEFORE)
