"""accountability actions, what they cite, and the ladder

Revision: 20261206_accountability
Follows: 20261205_major_decision
"""

import sqlalchemy as sa
from alembic import op

revision = "20261206_accountability"
down_revision = "20261205_major_decision"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    *("reminder", "urging_order", "talk", "circular", "open_criticism", "supervision_talk", "supervision_circular"),
    *("resource_adjustment", "self_examination", "personal_talk", "circular_criticism", "organisational_handling"),
    "referral",
)
LADDER = (
    ("overdue_assignment", 1, "reminder"),
    ("overdue_assignment", 5, "urging_order"),
    ("overdue_assignment", 10, "talk"),
    ("overdue_assignment", 20, "circular"),
    ("overdue_rectification", 1, "reminder"),
    ("overdue_rectification", 5, "urging_order"),
    ("overdue_rectification", 10, "talk"),
    ("refused_recheck", 2, "talk"),
    ("refused_recheck", 3, "circular"),
    ("bottom_rank", 3, "reminder"),
    ("bottom_rank", 1, "talk"),
)
"""What bureaus that are there get, as new ones do (app/accountability/ladder.py)."""


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _audited() -> list[sa.Column]:
    return [
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    table = "accountability_rung"
    op.create_table(
        table,
        *_audited(),
        sa.Column("trigger", sa.String(length=40), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("proposes", _enum("proposes", *KINDS), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        _to(table, "district_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            *("district_id", "trigger", "threshold", "proposes"),
            name=op.f(f"uq_{table}_district_id_trigger_threshold_proposes"),
        ),
    )
    table = "accountability_action"
    of_persons = ("self_examination", "personal_talk", "circular_criticism", "organisational_handling", "referral")
    of_a_person = " OR ".join(f"kind = '{kind}'" for kind in of_persons)
    people = ("proposed_by", "approved_by", "served_by", "replied_by", "closed_by")
    op.create_table(
        table,
        *_audited(),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("kind", _enum("kind", *KINDS), nullable=False),
        sa.Column(
            "state",
            _enum("state", "proposed", "approved", "served", "performed", "replied", "closed", "withdrawn"),
            nullable=False,
        ),
        sa.Column("appointment_id", ID, nullable=True),
        sa.Column("person", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rung_id", ID, nullable=True),
        sa.Column("proposed_by", ID, nullable=True),
        sa.Column("approved_by", ID, nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", ID, nullable=True),
        sa.Column("served_by", ID, nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("performance", sa.Text(), nullable=True),
        sa.Column("performed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_by", ID, nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effect", sa.Text(), nullable=True),
        sa.Column("closed_by", ID, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"(person IS NOT NULL) = ({of_a_person})", name=op.f(f"ck_{table}_person")),
        _to(table, "district_id", "unit"),
        _to(table, "unit_id", "unit"),
        _to(table, "appointment_id", "appointment"),
        _to(table, "rung_id", "accountability_rung"),
        _to(table, "document_id", "document"),
        *(_to(table, name, "user") for name in people),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("document_id", name=op.f(f"uq_{table}_document_id")),
    )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index("ix_accountability_action_district", ["district_id", "id"], unique=False)
        batch_op.create_index("ix_accountability_action_state", ["district_id", "state", "id"], unique=False)
        batch_op.create_index("ix_accountability_action_unit", ["unit_id", "id"], unique=False)
        batch_op.create_index(batch_op.f(f"ix_{table}_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index(batch_op.f(f"ix_{table}_rung_id"), ["rung_id"], unique=False)
    table = "accountability_trigger"
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("action_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        _to(table, "district_id", "unit"),
        _to(table, "action_id", "accountability_action"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(*("action_id", "kind", "source_id"), name=op.f(f"uq_{table}_action_id_kind_source_id")),
    )
    table = "accountability_claim"
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("district_id", ID, nullable=False),
        sa.Column("rung_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        _to(table, "district_id", "unit"),
        _to(table, "rung_id", "accountability_rung"),
        _to(table, "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            *("rung_id", "unit_id", "source_id", "period"),
            name=op.f(f"uq_{table}_rung_id_unit_id_source_id_period"),
        ),
    )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(batch_op.f(f"ix_{table}_unit_id"), ["unit_id"], unique=False)
    _lay_down()


def _lay_down() -> None:
    """Stamped as their bureau is, so that going up again gives the same."""
    connection = op.get_bind()
    created_at, *instants = [
        sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "created_at", "updated_at")
    ]
    unit = sa.table("unit", sa.column("id"), sa.column("kind"), created_at)
    plain = ("district_id", "version", "trigger", "threshold", "proposes", "enabled")
    rung = sa.table("accountability_rung", *(sa.column(name) for name in plain), *instants)
    bureaus = sa.select(unit.c.id, unit.c.created_at).where(unit.c.kind == "bureau").order_by(unit.c.id)
    values = [
        {"district_id": bureau.id, "version": 1, "created_at": bureau.created_at, "updated_at": bureau.created_at}
        | {"trigger": trigger, "threshold": threshold, "proposes": proposes, "enabled": True}
        for bureau in connection.execute(bureaus)
        for trigger, threshold, proposes in LADDER
    ]
    if values:
        connection.execute(sa.insert(rung), values)


def downgrade() -> None:
    """Notices go along with what they are about: the release before could not even list them."""
    told = "SELECT id FROM notification WHERE resource = 'accountability_action'"
    op.execute(f"DELETE FROM notification_read WHERE notification_id IN ({told})")
    op.execute("DELETE FROM notification WHERE resource = 'accountability_action'")
    for table in ("claim", "trigger", "action", "rung"):
        op.drop_table(f"accountability_{table}")
