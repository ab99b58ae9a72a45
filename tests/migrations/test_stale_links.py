"""Evidence is no longer linked to what is not there, nor to what came after the link: it was another row's."""

import sqlalchemy as sa
from alembic import command
from fastapi import FastAPI

from app.core.audit import audited_write
from app.core.operation import Tx
from app.evidence.models import LINK
from app.settings import Settings
from tests.generated.rows import MAKE, proof
from tests.migrations.test_migrations import alembic
from tests.stock import Stock
from tests.world import World

HERE, BEFORE = "20270111_stale_links", "20270111_ids_once"


def test_links_to_what_is_not_there_or_came_later_go(app: FastAPI, settings: Settings, world: World) -> None:
    stock = Stock(app, world)
    kept = MAKE["finding"](stock, "draft")
    piece = proof(stock, "findings", kept)
    later = MAKE["finding"](stock, "draft")
    stale = {"district_id": world.district, "evidence_id": piece, "target": "findings", "revision": 1}

    def link(tx: Tx) -> None:
        before = tx.connection.execute(sa.select(LINK.c.linked_at).where(LINK.c.evidence_id == piece)).scalar_one()
        with audited_write(tx.connection):
            for target_id in (later, later + 1000):
                tx.connection.execute(sa.insert(LINK).values(**stale, target_id=target_id, linked_at=before))

    stock.do(link)
    engine = sa.create_engine(settings.url)
    alembic(engine, command.downgrade, BEFORE)
    alembic(engine, command.upgrade, HERE)
    with engine.connect() as connection:
        found = sa.select(LINK.c.target, LINK.c.target_id).where(LINK.c.evidence_id == piece)
        assert [tuple(row) for row in connection.execute(found)] == [("findings", kept)]
    engine.dispose()
