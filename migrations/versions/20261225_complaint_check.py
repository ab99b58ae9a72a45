"""inspections that look into a complaint, the days of its stages, scores that are withdrawn, and who reviews briefs

Revision: 20261225_complaint_check
Follows: 20261224_indicator_target
"""

import sqlalchemy as sa
from alembic import op

revision = "20261225_complaint_check"
down_revision = "20261224_indicator_target"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEALS = ("pending", "upheld", "dismissed")
BRIEFS = ("highlight", "experience", "publicity", "situation_analysis")
CHECK = "ck_appraisal_appeal_state"
DAYS = ("accept_by", "conclude_by", "reply_by", "ended_on")


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _appeals(*states: str) -> None:
    with op.batch_alter_table("appraisal_appeal") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.column("state").in_(states))


def upgrade() -> None:
    """Of the stage in which a complaint stands its day is known; of those before it nothing is made up."""
    table = "complaint_inspection"
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("complaint_id", ID, nullable=False),
        sa.Column("inspection_id", ID, nullable=False),
        _key(table, "district_id", "unit"),
        _key(table, "complaint_id", "complaint"),
        _key(table, "inspection_id", "inspection"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("inspection_id", name=op.f(f"uq_{table}_inspection_id")),
    )
    op.create_index(op.f(f"ix_{table}_complaint_id"), table, ["complaint_id"])
    with op.batch_alter_table("complaint") as batch:
        for name in DAYS:
            batch.add_column(sa.Column(name, sa.Date(), nullable=True))
    op.execute("UPDATE complaint SET accept_by = due_on WHERE state = 'received'")
    op.execute("UPDATE complaint SET conclude_by = due_on WHERE state IN ('accepted', 'investigating')")
    op.execute("UPDATE complaint SET reply_by = due_on WHERE state = 'concluded'")
    with op.batch_alter_table("appraisal") as batch:
        batch.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    _appeals(*APPEALS, "lapsed")
    _brief_reviewers()


def _brief_reviewers() -> None:
    table = "brief_reviewer"
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind", sa.Enum(*BRIEFS, name="kind", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("office_id", ID, nullable=False),
        _key(table, "district_id", "unit"),
        _key(table, "office_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("district_id", "kind", "office_id", name=op.f(f"uq_{table}_district_id_kind_office_id")),
    )
    op.create_index(op.f(f"ix_{table}_office_id"), table, ["office_id"])


def downgrade() -> None:
    """Appeals that ended with withdrawn scores count as dismissed."""
    op.drop_table("brief_reviewer")
    op.execute("UPDATE appraisal_appeal SET state = 'dismissed' WHERE state = 'lapsed'")
    _appeals(*APPEALS)
    with op.batch_alter_table("appraisal") as batch:
        batch.drop_column("withdrawn_at")
    with op.batch_alter_table("complaint") as batch:
        for name in DAYS:
            batch.drop_column(name)
    op.drop_table("complaint_inspection")
