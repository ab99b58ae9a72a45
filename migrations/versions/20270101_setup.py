"""a bureau's first setup, until it is enabled

Revision: 20270101_setup
Follows: 20270101_import_notes
"""

import sqlalchemy as sa
from alembic import op

revision = "20270101_setup"
down_revision = "20270101_import_notes"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
NAME = "setup"
SETUP = sa.table(
    NAME, *(sa.column(name) for name in ("district_id", "version", "created_at", "updated_at", "enabled_at"))
)
UNIT = sa.table("unit", *(sa.column(name) for name in ("id", "kind", "created_at")))


def upgrade() -> None:
    """Bureaus that are there already are at work: each counts as enabled since it was founded."""
    keys = {"district_id": "unit", "enabled_by": "user"}
    op.create_table(
        NAME,
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("enabled_at", INSTANT, nullable=True),
        sa.Column("enabled_by", ID, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{NAME}_{column}"))
            for column, target in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("district_id", name=op.f(f"uq_{NAME}_district_id")),
    )
    with op.batch_alter_table(NAME) as table:
        table.create_index(op.f(f"ix_{NAME}_enabled_by"), ["enabled_by"], unique=False)
    founded = sa.select(UNIT.c.id, sa.literal_column("1"), *(UNIT.c.created_at,) * 3)
    founded = founded.where(UNIT.c.kind == "bureau").order_by(UNIT.c.id)
    op.execute(sa.insert(SETUP).from_select(SETUP.c.keys(), founded))


def downgrade() -> None:
    op.drop_table(NAME)
