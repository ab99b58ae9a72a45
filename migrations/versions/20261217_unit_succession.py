"""units merged, closed and renamed

Revision: 20261217_unit_succession
Follows: 20261216_notice_channel
"""

import sqlalchemy as sa
from alembic import op

revision = "20261217_unit_succession"
down_revision = "20261216_notice_channel"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ENDS = sa.text("kind IN ('merged', 'closed')")
MERGED = sa.text("merged_into_id IS NOT NULL")
FORMER = sa.text("former_unit_id IS NOT NULL")


def _key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_unit_succession_{column}"))


def _add_key(column: str, target: str) -> None:
    """Where it stands: a batch would copy the table, and cannot fill its generated column on SQLite."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    named = f"CONSTRAINT fk_assignment_{column} REFERENCES {target} (id)"
    op.execute(f"ALTER TABLE assignment ADD COLUMN {column} {kind} {named}")


def upgrade() -> None:
    op.create_table(
        "unit_succession",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("merged", "closed", "renamed", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("successor_id", ID, nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("old_name", sa.String(length=100), nullable=False),
        sa.Column("new_name", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("done_by", ID, nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'merged') = (successor_id IS NOT NULL)", name=op.f("ck_unit_succession_successor")),
        _key("district_id", "unit"),
        _key("done_by", "user"),
        _key("successor_id", "unit"),
        _key("unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_succession")),
    )
    with op.batch_alter_table("unit_succession") as table:
        table.create_index("ix_unit_succession_unit", ["unit_id", "id"])
        table.create_index(op.f("ix_unit_succession_successor_id"), ["successor_id"])
        table.create_index("uq_unit_succession_end", ["unit_id"], unique=True, sqlite_where=ENDS, postgresql_where=ENDS)
    _add_key("merged_into_id", "assignment")
    _add_key("former_unit_id", "unit")
    op.create_index(
        "ix_assignment_merged_into", "assignment", ["merged_into_id"], sqlite_where=MERGED, postgresql_where=MERGED
    )
    op.create_index(
        "ix_assignment_former_unit", "assignment", ["former_unit_id"], sqlite_where=FORMER, postgresql_where=FORMER
    )
    with op.batch_alter_table("unit_alias") as table:
        table.add_column(sa.Column("used_until", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("unit_alias") as table:
        table.drop_column("used_until")
    for column, index in (("former_unit_id", "former_unit"), ("merged_into_id", "merged_into")):
        op.drop_index(f"ix_assignment_{index}", "assignment")
        op.execute(f"ALTER TABLE assignment DROP COLUMN {column}")
    op.drop_table("unit_succession")
