"""the ladder's claims by deadline, its rung of complaints, and the last day of a filing

Revision: 20261226_mechanism
Follows: 20261225_complaint_check
"""

import sqlalchemy as sa
from alembic import op

revision = "20261226_mechanism"
down_revision = "20261225_complaint_check"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
UNIT = sa.table("unit", sa.column("id"), sa.column("kind"), sa.column("created_at", INSTANT))
RUNG = sa.table(
    "accountability_rung",
    *(sa.column(name) for name in ("id", "district_id", "version", "trigger", "threshold", "proposes", "enabled")),
    *(sa.column(name, INSTANT) for name in ("created_at", "updated_at")),
)
ACTION = sa.table("accountability_action", sa.column("rung_id"))
CLAIM = sa.table(
    "accountability_claim", *(sa.column(name) for name in ("id", "rung_id", "unit_id", "source_id", "period"))
)
LATE = {"overdue_assignment": "assignment", "overdue_rectification": "rectification"}
COMPLAINT = {"trigger": "complaint", "threshold": 1, "proposes": "reminder"}


def upgrade() -> None:
    for trigger, table in LATE.items():
        _claim_by_deadline(trigger, table)
    _lay_down()
    with op.batch_alter_table("filing_requirement") as table:
        table.add_column(sa.Column("deadline_on", sa.Date(), nullable=True))
    with op.batch_alter_table("risk_measure") as table:
        table.create_index("ix_risk_measure_deadline", ["district_id", "state", "deadline_on", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("risk_measure") as table:
        table.drop_index("ix_risk_measure_deadline")
    with op.batch_alter_table("filing_requirement") as table:
        table.drop_column("deadline_on")
    _take_away()
    for trigger in LATE:
        _claim_once(trigger)


# What is overdue is claimed with its deadline


def _of(trigger: str) -> sa.ColumnElement[bool]:
    return CLAIM.c.rung_id.in_(sa.select(RUNG.c.id).where(RUNG.c.trigger == trigger))


def _claim_by_deadline(trigger: str, name: str) -> None:
    """What has triggered a rung does not trigger it again for the deadline that it has now."""
    late = sa.table(name, sa.column("id"), sa.column("deadline_on"))
    deadline: sa.ColumnElement[str] = late.c.deadline_on
    if op.get_bind().dialect.name == "postgresql":
        deadline = sa.func.to_char(late.c.deadline_on, "YYYY-MM-DD")
    its = sa.and_(late.c.id == CLAIM.c.source_id, late.c.deadline_on.is_not(None))
    known = sa.select(sa.literal(1)).where(its).correlate(CLAIM).exists()
    period = sa.select(deadline).where(its).correlate(CLAIM).scalar_subquery()
    op.execute(sa.update(CLAIM).where(_of(trigger), CLAIM.c.period == "", known).values(period=period))


def _claim_once(trigger: str) -> None:
    earlier = CLAIM.alias("earlier")
    same = (earlier.c[name] == CLAIM.c[name] for name in ("rung_id", "unit_id", "source_id"))
    again = sa.select(sa.literal(1)).where(*same, earlier.c.id < CLAIM.c.id).correlate(CLAIM).exists()
    op.execute(sa.delete(CLAIM).where(_of(trigger), again))
    op.execute(sa.update(CLAIM).where(_of(trigger)).values(period=""))


# The rung of complaints


def _lay_down() -> None:
    """Where a bureau has a ladder, and no rung of its own for complaints; stamped as the bureau is, so that going up
    again gives the same."""
    connection = op.get_bind()
    of_bureau = RUNG.c.district_id == UNIT.c.id
    laddered = sa.select(sa.literal(1)).where(of_bureau).correlate(UNIT).exists()
    has = sa.select(sa.literal(1)).where(of_bureau, RUNG.c.trigger == "complaint").correlate(UNIT).exists()
    bureaus = sa.select(UNIT.c.id, UNIT.c.created_at).where(UNIT.c.kind == "bureau", laddered, sa.not_(has))
    values = [
        {"district_id": bureau.id, "version": 1, "created_at": bureau.created_at, "updated_at": bureau.created_at}
        | {**COMPLAINT, "enabled": True}
        for bureau in connection.execute(bureaus.order_by(UNIT.c.id))
    ]
    if values:
        connection.execute(sa.insert(RUNG), values)


def _take_away() -> None:
    """Only what nothing was proposed by, and nobody has changed."""
    bureau = sa.select(sa.literal(1)).where(UNIT.c.id == RUNG.c.district_id, UNIT.c.created_at == RUNG.c.created_at)
    used = [
        sa.select(sa.literal(1)).where(table.c.rung_id == RUNG.c.id).correlate(RUNG).exists()
        for table in (ACTION, CLAIM)
    ]
    plain = [RUNG.c[name] == value for name, value in {**COMPLAINT, "version": 1}.items()]
    untouched = (bureau.correlate(RUNG).exists(), *(sa.not_(each) for each in used))
    op.execute(sa.delete(RUNG).where(*plain, *untouched))
    if op.get_bind().dialect.name == "postgresql":
        # SQLite goes on behind the highest that there is by itself.
        highest = "(SELECT coalesce(max(id), 1) FROM accountability_rung)"
        op.execute(f"SELECT setval(pg_get_serial_sequence('accountability_rung', 'id'), {highest})")
