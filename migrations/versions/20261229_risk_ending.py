"""risk points that are struck off, and those that go on in the next round

Revision: 20261229_risk_ending
Follows: 20261228_meeting
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "20261229_risk_ending"
down_revision = "20261228_meeting"
branch_labels = None
depends_on = None

BEFORE = ("identified", "assessed", "controlled", "due_for_review")
STATES = (*BEFORE, "closing", "closed", "carried_over")
CHECK = "ck_integrity_risk_state"
CONTINUES = "fk_integrity_risk_continues_id"
ONCE = "uq_integrity_risk_continues_id"
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LEVEL = (
    "CASE WHEN by_rule THEN 'high' WHEN likelihood * impact >= 15 THEN 'high'"
    " WHEN likelihood * impact >= 6 THEN 'medium' ELSE 'low' END"
)
RISK = sa.table("integrity_risk", sa.column("state"))


@contextmanager
def _altered() -> Iterator[BatchOperations]:
    """On SQLite the table is copied, which cannot fill its generated column: that one is made anew meanwhile."""
    with op.batch_alter_table("integrity_risk") as table:
        if op.get_bind().dialect.name == "sqlite":
            table.drop_column("level")
            computed = sa.Computed(LEVEL, persisted=True)
            table.add_column(sa.Column("level", sa.String(length=40), computed, nullable=False), insert_after="by_rule")
        yield table


def _admit(table: BatchOperations, *states: str) -> None:
    table.drop_constraint(op.f(CHECK), type_="check")
    table.create_check_constraint(op.f(CHECK), sa.column("state").in_(states))


def upgrade() -> None:
    with _altered() as table:
        _admit(table, *STATES)
        table.add_column(sa.Column("continues_id", ID, nullable=True))
        table.add_column(sa.Column("unrated", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.create_foreign_key(op.f(CONTINUES), "integrity_risk", ["continues_id"], ["id"])
        table.create_unique_constraint(op.f(ONCE), ["continues_id"])


def downgrade() -> None:
    """What is struck off, or is to be, stands again, and so does what goes on in a later round."""
    op.execute(sa.update(RISK).where(RISK.c.state.not_in(BEFORE)).values(state="controlled"))
    with _altered() as table:
        table.drop_constraint(op.f(ONCE), type_="unique")
        table.drop_constraint(op.f(CONTINUES), type_="foreignkey")
        table.drop_column("unrated")
        table.drop_column("continues_id")
        _admit(table, *BEFORE)
