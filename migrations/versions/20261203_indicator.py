"""indicators and their figures

Revision: 20261203_indicator
Follows: 20261202_filing
"""

import sqlalchemy as sa
from alembic import op

revision = "20261203_indicator"
down_revision = "20261202_filing"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "indicator",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("measure", _enum("measure", "percent", "ratio", "count"), nullable=False),
        sa.Column("numerator_name", sa.String(length=100), nullable=True),
        sa.Column("denominator_name", sa.String(length=100), nullable=True),
        sa.Column("direction", _enum("direction", "at_least", "at_most"), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("cadence", _enum("cadence", "termly", "yearly", "quarterly", "monthly"), nullable=False),
        sa.Column("unit_group_id", ID, nullable=False),
        sa.Column("office_id", ID, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_indicator_district_id")),
        sa.ForeignKeyConstraint(["unit_group_id"], ["unit_group.id"], name=op.f("fk_indicator_unit_group_id")),
        sa.ForeignKeyConstraint(["office_id"], ["unit.id"], name=op.f("fk_indicator_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_indicator_district_id_code")),
    )
    with op.batch_alter_table("indicator", schema=None) as batch_op:
        batch_op.create_index("ix_indicator_office", ["office_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_indicator_unit_group_id"), ["unit_group_id"], unique=False)
    op.create_table(
        "indicator_value",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("indicator_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(numerator IS NULL) = (denominator IS NULL) AND (numerator IS NULL) <> (number IS NULL)",
            name=op.f("ck_indicator_value_figures"),
        ),
        sa.CheckConstraint("denominator > 0", name=op.f("ck_indicator_value_denominator")),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_indicator_value_district_id")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_value_indicator_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_indicator_value_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_value")),
        sa.UniqueConstraint(
            "indicator_id", "unit_id", "period", name=op.f("uq_indicator_value_indicator_id_unit_id_period")
        ),
    )
    with op.batch_alter_table("indicator_value", schema=None) as batch_op:
        batch_op.create_index("ix_indicator_value_unit", ["unit_id", "id"], unique=False)
        batch_op.create_index("ix_indicator_value_district", ["district_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("indicator_value")
    op.drop_table("indicator")
