"""leading groups

Revision: 20261201_leading_group
Follows: 20261201_appointment
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_leading_group"
down_revision = "20261201_appointment"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDING = sa.text("valid_to IS NULL")


def upgrade() -> None:
    op.create_table(
        "leading_group",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("leader", sa.String(length=100), nullable=False),
        sa.Column("deputies", sa.JSON(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("office_unit_id", ID, nullable=True),
        sa.Column("office_director", sa.String(length=100), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_leading_group_district_id")),
        sa.ForeignKeyConstraint(["office_unit_id"], ["unit.id"], name=op.f("fk_leading_group_office_unit_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_leading_group_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leading_group")),
    )
    with op.batch_alter_table("leading_group", schema=None) as batch_op:
        batch_op.create_index("ix_leading_group_district", ["district_id", "unit_id", "id"], unique=False)
        batch_op.create_index("ix_leading_group_unit", ["unit_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leading_group_office_unit_id"), ["office_unit_id"], unique=False)
        batch_op.create_index(
            "uq_leading_group_standing",
            ["unit_id", "name"],
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        )
    op.create_table(
        "leading_group_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("leading_group_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_leading_group_version_district_id")),
        sa.ForeignKeyConstraint(
            ["leading_group_id"], ["leading_group.id"], name=op.f("fk_leading_group_version_leading_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leading_group_version")),
        sa.UniqueConstraint(
            "leading_group_id", "number", name=op.f("uq_leading_group_version_leading_group_id_number")
        ),
    )


def downgrade() -> None:
    op.drop_table("leading_group_version")
    op.drop_table("leading_group")
