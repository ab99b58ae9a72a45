"""the liaison visit that led to an inspection

Revision: 20261223_liaison_inspection
Follows: 20261222_edition
"""

from alembic import op

revision = "20261223_liaison_inspection"
down_revision = "20261222_edition"
branch_labels = None
depends_on = None

KEY = "CONSTRAINT fk_inspection_liaison_visit_id REFERENCES liaison_visit (id)"


def upgrade() -> None:
    """Not in a batch: SQLite would copy the table, and tie what earlier migrations take back to it."""
    whole = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE inspection ADD COLUMN liaison_visit_id {whole} {KEY}")
    op.create_index(op.f("ix_inspection_liaison_visit_id"), "inspection", ["liaison_visit_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_inspection_liaison_visit_id"), table_name="inspection")
    op.execute("ALTER TABLE inspection DROP COLUMN liaison_visit_id")
