"""names of persons complained of, folded as they are compared; complaints about an office's party branch, which are the
discipline team's alone by now, taken off the offices that had them

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
OPEN = ("received", "accepted", "investigating", "concluded")
OF_BUREAU = ("bureau", "office", "subordinate_unit", "discipline_team")
COMPLAINT = sa.table("complaint", *(sa.column(name) for name in ("unit_id", "state", "handling_unit_id", "handler_id")))
UNIT = sa.table("unit", sa.column("id"), sa.column("kind"))
HOST = sa.table("unit_host", sa.column("unit_id"), sa.column("host_id"))


def folded(text: str) -> str:
    flat = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in flat if not character.isspace() and character not in "·•‧・.∙⋅")


def upgrade() -> None:
    for name, column in NAMES.items():
        with op.batch_alter_table(name) as batch:
            batch.add_column(sa.Column(f"{column}_folded", sa.Text(), server_default="", nullable=False))
        table = sa.table(name, sa.column("id"), sa.column(column), sa.column(f"{column}_folded"))
        named = sa.select(table.c.id, table.c[column]).where(table.c[column].is_not(None))
        for row_id, name in op.get_bind().execute(named).all():
            kept = {f"{column}_folded": folded(name)}
            op.get_bind().execute(sa.update(table).where(table.c.id == row_id).values(kept))
    own = sa.select(UNIT.c.id).where(UNIT.c.kind.in_(OF_BUREAU))
    branches = sa.select(HOST.c.unit_id).where(HOST.c.host_id.in_(own))
    teams = sa.select(UNIT.c.id).where(UNIT.c.kind == "discipline_team")
    taken_off = sa.update(COMPLAINT).where(
        COMPLAINT.c.state.in_(OPEN), COMPLAINT.c.unit_id.in_(branches), COMPLAINT.c.handling_unit_id.not_in(teams)
    )
    op.execute(taken_off.values(handling_unit_id=None, handler_id=None))


def downgrade() -> None:
    for name, column in NAMES.items():
        with op.batch_alter_table(name) as batch:
            batch.drop_column(f"{column}_folded")
