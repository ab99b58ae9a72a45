"""papers of accountability that were voided and drawn up anew, which are hidden from whom the new ones are

Revision: 20270107_former_paper
Follows: 20270107_sent_at
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20270107_former_paper"
down_revision = "20270107_sent_at"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "accountability_former_paper"
DRAWN_UP = "accountability_action.draw_up"
EVENT = sa.table(
    "event",
    *(sa.column(name) for name in ("id", "operation", "outcome", "resource_id")),
    sa.column("before", sa.JSON()),
)
ACTION = sa.table("accountability_action", sa.column("id"), sa.column("district_id"), sa.column("document_id"))
DOCUMENT = sa.table("document", sa.column("id"))


def upgrade() -> None:
    keys = {"district_id": "unit", "action_id": "accountability_action", "document_id": "document"}
    op.create_table(
        NAME,
        sa.Column("id", ID, nullable=False),
        *(sa.Column(column, ID, nullable=False) for column in keys),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{NAME}_{column}"))
            for column, target in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("document_id", name=op.f(f"uq_{NAME}_document_id")),
    )
    with op.batch_alter_table(NAME) as table:
        table.create_index(op.f(f"ix_{NAME}_action_id"), ["action_id"], unique=False)
    if known := _known():
        op.bulk_insert(sa.table(NAME, *(sa.column(column) for column in keys)), known)


def _known() -> list[dict[str, Any]]:
    """Which paper another was drawn up instead of is told by the event of that alone."""
    run = op.get_bind().execute
    actions = {row.id: row for row in run(sa.select(ACTION).where(ACTION.c.document_id.is_not(None)))}
    drawn = sa.select(EVENT.c.resource_id, EVENT.c.before).where(
        EVENT.c.operation == DRAWN_UP, EVENT.c.outcome == "done", EVENT.c.before.is_not(None)
    )
    before = {(row.before or {}).get("document_id"): row.resource_id for row in run(drawn.order_by(EVENT.c.id))}
    there = set(run(sa.select(DOCUMENT.c.id)).scalars()) if before else set()
    return [
        {"district_id": actions[action].district_id, "action_id": action, "document_id": document}
        for document, action in before.items()
        if document in there and action in actions and actions[action].document_id != document
    ]


def downgrade() -> None:
    op.drop_table(NAME)
