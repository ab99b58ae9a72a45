"""archive boxes

Revision: 20261128_archive_box
Follows: 20261127_progress
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_archive_box"
down_revision = "20261127_progress"
branch_labels = None
depends_on = None

RETENTION = ("permanent", "thirty_years", "ten_years")
KIND = ("policy", "scheme", "meeting", "activity", "inspection", "rectification", "summary")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "archive_box",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", _id(), nullable=False),
        sa.Column("plan_id", _id(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=True),
        sa.Column("item_ids", sa.JSON(), nullable=False),
        sa.Column("retention", _enum("retention", *RETENTION), nullable=False),
        sa.Column("location", sa.String(length=100), nullable=True),
        sa.Column("state", _enum("state", "open", "sealed", "handed_over", "voided"), nullable=False),
        sa.Column("created_by", _id(), nullable=True),
        sa.Column("seal_count", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_by", _id(), nullable=True),
        sa.Column("catalogue_sha256", sa.String(length=64), nullable=True),
        sa.Column("handed_over_to", sa.String(length=100), nullable=True),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_archive_box_created_by")),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_archive_box_district_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_archive_box_plan_id")),
        sa.ForeignKeyConstraint(["sealed_by"], ["user.id"], name=op.f("fk_archive_box_sealed_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_archive_box_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_box")),
        sa.UniqueConstraint("unit_id", "year", "number", name=op.f("uq_archive_box_unit_id_year_number")),
    )
    with op.batch_alter_table("archive_box", schema=None) as batch_op:
        batch_op.create_index("ix_archive_box_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_archive_box_unit", ["unit_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_box_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "archive_box_entry",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("archive_box_id", _id(), nullable=False),
        sa.Column("evidence_id", _id(), nullable=False),
        sa.Column("plan_item_id", _id(), nullable=True),
        sa.Column("assignment_id", _id(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("retention", _enum("retention", *RETENTION), nullable=True),
        sa.ForeignKeyConstraint(
            ["archive_box_id"], ["archive_box.id"], name=op.f("fk_archive_box_entry_archive_box_id")
        ),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_archive_box_entry_assignment_id")),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_archive_box_entry_district_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_archive_box_entry_evidence_id")),
        sa.ForeignKeyConstraint(["plan_item_id"], ["plan_item.id"], name=op.f("fk_archive_box_entry_plan_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_box_entry")),
        sa.UniqueConstraint(
            "archive_box_id", "evidence_id", name=op.f("uq_archive_box_entry_archive_box_id_evidence_id")
        ),
    )
    with op.batch_alter_table("archive_box_entry", schema=None) as batch_op:
        batch_op.create_index("ix_archive_box_entry_evidence", ["evidence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_box_entry_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_box_entry_plan_item_id"), ["plan_item_id"], unique=False)

    op.create_table(
        "archive_box_gap",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("archive_box_id", _id(), nullable=False),
        sa.Column("assignment_id", _id(), nullable=False),
        sa.Column("kind", _enum("kind", *KIND), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["archive_box_id"], ["archive_box.id"], name=op.f("fk_archive_box_gap_archive_box_id")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_archive_box_gap_assignment_id")),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_archive_box_gap_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_box_gap")),
        sa.UniqueConstraint(
            "archive_box_id", "assignment_id", "kind", name=op.f("uq_archive_box_gap_archive_box_id_assignment_id_kind")
        ),
    )
    with op.batch_alter_table("archive_box_gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_box_gap_assignment_id"), ["assignment_id"], unique=False)

    op.create_table(
        "archive_box_seal",
        sa.Column("id", _id(), nullable=False),
        sa.Column("district_id", _id(), nullable=False),
        sa.Column("archive_box_id", _id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("catalogue", sa.JSON(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by", _id(), nullable=True),
        sa.Column("unsealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsealed_by", _id(), nullable=True),
        sa.Column("unsealed_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["archive_box_id"], ["archive_box.id"], name=op.f("fk_archive_box_seal_archive_box_id")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_archive_box_seal_district_id")),
        sa.ForeignKeyConstraint(["sealed_by"], ["user.id"], name=op.f("fk_archive_box_seal_sealed_by")),
        sa.ForeignKeyConstraint(["unsealed_by"], ["user.id"], name=op.f("fk_archive_box_seal_unsealed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_box_seal")),
        sa.UniqueConstraint("archive_box_id", "number", name=op.f("uq_archive_box_seal_archive_box_id_number")),
    )


def downgrade() -> None:
    op.drop_table("archive_box_seal")
    op.drop_table("archive_box_gap")
    op.drop_table("archive_box_entry")
    op.drop_table("archive_box")
