"""the circular of a case as an official document

Revision: 20261230_case_document
Follows: 20261229_risk_ending
"""

import sqlalchemy as sa
from alembic import op

revision = "20261230_case_document"
down_revision = "20261229_risk_ending"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("rectification_notice", "urging_order", "talk_notice", "talk_record", "circular")
NEW = "case_circular"
OF_CASES = f"(SELECT id FROM document WHERE kind = '{NEW}')"


def _kinds(*values: str) -> None:
    for table in ("document", "document_series"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_kind"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_kind"), sa.column("kind").in_(values))


def upgrade() -> None:
    """Circulars that there are stay as they are, without a document: nobody approved one."""
    _kinds(*KINDS, NEW)
    for table, column, target in (
        ("document", "case_file_id", "case_file"),
        ("case_circular", "document_id", "document"),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, ID, nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_{table}_{column}"), target, [column], ["id"])
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


def downgrade() -> None:
    """What was circulated is kept as text; its documents, which only this release knows, go."""
    for table, column in (("case_circular", "document_id"), ("document", "case_file_id")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f"ix_{table}_{column}"))
            batch_op.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
            batch_op.drop_column(column)
    for part in ("document_recipient", "document_citation"):
        op.execute(f"DELETE FROM {part} WHERE document_id IN {OF_CASES}")
    for table in ("document", "document_series"):
        op.execute(f"DELETE FROM {table} WHERE kind = '{NEW}'")
    _kinds(*KINDS)
