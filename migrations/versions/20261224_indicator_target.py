"""targets over time, figures of 0 of 0, further kinds of activities, and which evidence came with which report

Revision: 20261224_indicator_target
Follows: 20261223_liaison_inspection
"""

import sqlalchemy as sa
from alembic import op

revision = "20261224_indicator_target"
down_revision = "20261223_liaison_inspection"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DENOMINATOR = "ck_indicator_value_denominator"
ACTIVITY = "ck_progress_report_activity"
KINDS = ("themed_study", "drill", "culture", "meeting", "other")
MORE = (*KINDS[:-1], "contest", "situation_analysis", "risk_check", "rule_of_law_report", "other")


def upgrade() -> None:
    op.create_table(
        "indicator_target",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("indicator_id", ID, nullable=False),
        sa.Column("before_period", sa.String(length=20), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_indicator_target_district_id")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_target_indicator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_target")),
        sa.UniqueConstraint(
            "indicator_id", "before_period", name=op.f("uq_indicator_target_indicator_id_before_period")
        ),
    )
    with op.batch_alter_table("indicator_value") as table:
        table.drop_constraint(op.f(DENOMINATOR), type_="check")
        table.create_check_constraint(op.f(DENOMINATOR), "denominator > 0 OR (denominator = 0 AND numerator = 0)")
    with op.batch_alter_table("progress_report") as table:
        table.drop_constraint(op.f(ACTIVITY), type_="check")
        table.create_check_constraint(op.f(ACTIVITY), sa.column("activity").in_(MORE))
    with op.batch_alter_table("evidence_link") as table:
        table.add_column(sa.Column("progress_report_id", ID, nullable=True))
        table.create_foreign_key(
            op.f("fk_evidence_link_progress_report_id"), "progress_report", ["progress_report_id"], ["id"]
        )
        table.create_index(
            "ix_evidence_link_progress_report",
            ["progress_report_id"],
            sqlite_where=sa.text("progress_report_id IS NOT NULL"),
            postgresql_where=sa.text("progress_report_id IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("evidence_link") as table:
        table.drop_index("ix_evidence_link_progress_report")
        table.drop_constraint(op.f("fk_evidence_link_progress_report_id"), type_="foreignkey")
        table.drop_column("progress_report_id")
    # What the former release has no word for is some other activity to it, and has no figures of 0 of 0.
    report = sa.table("progress_report", sa.column("activity"))
    op.execute(sa.update(report).where(report.c.activity.in_(sorted(set(MORE) - set(KINDS)))).values(activity="other"))
    with op.batch_alter_table("progress_report") as table:
        table.drop_constraint(op.f(ACTIVITY), type_="check")
        table.create_check_constraint(op.f(ACTIVITY), sa.column("activity").in_(KINDS))
    value = sa.table("indicator_value", sa.column("denominator"))
    op.execute(sa.delete(value).where(value.c.denominator == 0))
    with op.batch_alter_table("indicator_value") as table:
        table.drop_constraint(op.f(DENOMINATOR), type_="check")
        table.create_check_constraint(op.f(DENOMINATOR), "denominator > 0")
    op.drop_table("indicator_target")
