"""job

Revision: 20261128_job
Follows: 20261128_archive_box
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_job"
down_revision = "20261128_archive_box"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("token_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _enum("state", "waiting", "running", "done", "failed"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_job_district_id")),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_job_token_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_job_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_state", ["state", "due_at"], unique=False)
        for name in ("district_id", "token_id", "user_id"):
            batch_op.create_index(f"ix_job_{name}", [name], unique=False)
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        mode = _enum("mode", "preview", "commit", "commit-valid")
        batch_op.add_column(sa.Column("mode", mode, nullable=False, server_default="preview"))
        batch_op.add_column(sa.Column("busy", _enum("busy", "checking", "committing"), nullable=True))
        batch_op.add_column(sa.Column("lines", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("line_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("done_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("problem", sa.String(length=500), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        for name in ("busy", "mode"):
            batch_op.drop_constraint(op.f(f"ck_import_run_{name}"), type_="check")
        for name in ("problem", "done_count", "line_count", "lines", "busy", "mode"):
            batch_op.drop_column(name)
    op.drop_table("job")
