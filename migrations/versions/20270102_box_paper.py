"""pieces in a box that are on paper alone

Revision: 20270102_box_paper
Follows: 20270101_box_lines
"""

import sqlalchemy as sa
from alembic import op

revision = "20270102_box_paper"
down_revision = "20270101_box_lines"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "archive_box_entry"
KINDS = ("policy", "scheme", "meeting", "activity", "inspection", "rectification", "summary")
DESCRIBED = (
    "evidence_id IS NOT NULL OR "
    "(title IS NOT NULL AND kind IS NOT NULL AND made_by IS NOT NULL AND evidence_on IS NOT NULL)"
)
PAPER = sa.table(TABLE, sa.column("evidence_id"))


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.add_column(sa.Column("title", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("kind", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("made_by", sa.String(length=100), nullable=True))
        table.alter_column("evidence_id", existing_type=ID, nullable=True)
        table.create_check_constraint(op.f("ck_archive_box_entry_kind"), sa.column("kind").in_(KINDS))
        table.create_check_constraint(op.f("ck_archive_box_entry_described"), DESCRIBED)


def downgrade() -> None:
    """The release before knows no piece without a file; the catalogues of seals keep theirs."""
    op.execute(sa.delete(PAPER).where(PAPER.c.evidence_id.is_(None)))
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f("ck_archive_box_entry_described"), type_="check")
        table.drop_constraint(op.f("ck_archive_box_entry_kind"), type_="check")
        table.alter_column("evidence_id", existing_type=ID, nullable=False)
        table.drop_column("made_by")
        table.drop_column("kind")
        table.drop_column("title")
