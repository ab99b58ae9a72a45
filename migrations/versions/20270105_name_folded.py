"""names of persons complained of, folded as they are compared

Revision: 20270105_name_folded
Follows: 20270104_item_order
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "20270105_name_folded"
down_revision = "20270104_item_order"
branch_labels = None
depends_on = None

NAMES = {"complaint": "accused", "case_file": "person"}


def folded(text: str) -> str:
    flat = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in flat if not character.isspace() and character not in "·•‧・.")


def upgrade() -> None:
    for name, column in NAMES.items():
        with op.batch_alter_table(name) as batch:
            batch.add_column(sa.Column(f"{column}_folded", sa.Text(), server_default="", nullable=False))
        table = sa.table(name, sa.column("id"), sa.column(column), sa.column(f"{column}_folded"))
        named = sa.select(table.c.id, table.c[column]).where(table.c[column].is_not(None))
        for row_id, name in op.get_bind().execute(named).all():
            kept = {f"{column}_folded": folded(name)}
            op.get_bind().execute(sa.update(table).where(table.c.id == row_id).values(kept))


def downgrade() -> None:
    for name, column in NAMES.items():
        with op.batch_alter_table(name) as batch:
            batch.drop_column(f"{column}_folded")
