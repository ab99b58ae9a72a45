"""Evidence is no longer linked to what is not there, nor to what came after the link: it was another row's."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import command
from fastapi import FastAPI

from app.core.audit import audited_write
from app.core.operation import Tx
from app.evidence.models import LINK
from app.inspections.models import FINDING
from app.settings import Settings
from tests.generated.rows import MAKE, proof
from tests.migrations.test_migrations import alembic
from tests.stock import Stock
from tests.world import World

HERE, BEFORE = "20270111_stale_links", "20270111_ids_once"


def test_links_to_what_is_not_there_or_came_later_go(app: FastAPI, settings: Settings, world: World) -> None:
    """On PostgreSQL, where no id comes twice, what seems to have come later was made by an instance with another clock."""
    stock = Stock(app, world)
    kept = MAKE["finding"](stock, "draft")
    piece = proof(stock, "findings", kept)
    beside, later = MAKE["finding"](stock, "draft"), MAKE["finding"](stock, "draft")
    stale = {"district_id": world.district, "evidence_id": piece, "target": "findings", "revision": 1}

    def link(tx: Tx) -> None:
        ages = {beside: timedelta(seconds=2), later: timedelta(minutes=1), later + 1000: timedelta(0)}
        with audited_write(tx.connection):
            for target_id, age in ages.items():
                made = sa.select(FINDING.c.created_at).where(FINDING.c.id == target_id)
                before = (tx.connection.execute(made).scalar() or tx.now) - age
                tx.connection.execute(sa.insert(LINK).values(**stale, target_id=target_id, linked_at=before))

    stock.do(link)
    engine = sa.create_engine(settings.url)
    alembic(engine, command.downgrade, BEFORE)
    alembic(engine, command.upgrade, HERE)
    with engine.connect() as connection:
        found = sa.select(LINK.c.target_id).where(LINK.c.evidence_id == piece, LINK.c.target == "findings")
        left = set(connection.execute(found).scalars())
    assert left == {kept, beside} | ({later} if engine.dialect.name == "postgresql" else set())
    engine.dispose()
