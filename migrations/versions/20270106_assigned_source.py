"""rectifications whose unit does not know yet that somebody complained, and replies that wait for the talk

Revision: 20270106_assigned_source
Follows: 20270105_name_folded
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "20270106_assigned_source"
down_revision = "20270105_name_folded"
branch_labels = None
depends_on = None

BEFORE = ("finding", "self_check", "complaint", "audit")
CHECK = "ck_rectification_source"
TO_PERFORM = (
    *("talk", "supervision_talk", "resource_adjustment", "self_examination", "personal_talk"),
    *("organisational_handling", "referral"),
)
RECTIFICATION = sa.table("rectification", sa.column("id"), sa.column("source"))
COMPLAINT = sa.table("complaint", sa.column("rectification_id"), sa.column("state"))
ACTION = sa.table("accountability_action", *(sa.column(name) for name in ("kind", "state", "performed_at", "reply_by")))


def _admit(*sources: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _written_anew(", ".join(f"'{each}'" for each in sources))
        return
    op.drop_constraint(op.f(CHECK), "rectification", type_="check")
    op.create_check_constraint(op.f(CHECK), "rectification", sa.column("source").in_(sources))


def _written_anew(sources: str) -> None:
    """The words of the table's definition alone, as sqlite.org/lang_altertable.html has it for constraints: no row is
    touched. A copy of the table would take its foreign keys out of their columns, which then could not be dropped."""
    run = op.get_bind().exec_driver_sql
    (text,) = run("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'rectification'").one()
    changed, count = re.subn(rf"({CHECK} CHECK \(source IN \()[^)]*\)", rf"\g<1>{sources})", text)
    assert count == 1, text
    (number,) = run("PRAGMA schema_version").one()
    run("PRAGMA writable_schema = ON")
    run("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'rectification'", (changed,))
    run(f"PRAGMA schema_version = {number + 1}")
    run("PRAGMA writable_schema = OFF")


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
