"""A database from before the seals: the upgrade seals the events that are there, and the check passes."""

import sqlalchemy as sa
from alembic import command

from app.events.chain import check
from tests.migrations.test_migrations import alembic
from tests.migrations.test_migrations import engine as engine  # the fixture
from tests.world import World


def test_events_from_before_are_sealed(engine: sa.Engine, world: World) -> None:
    alembic(engine, command.downgrade, "20261123")
    alembic(engine, command.upgrade, "head")
    with engine.connect() as connection:
        found = check(connection, world.district)
        assert found.fault is None and found.events > 50 and found.seals == 1
        connection.execute(sa.text("UPDATE event SET reason = 'x' WHERE id = (SELECT max(id) FROM event)"))
        assert (fault := check(connection, world.district).fault) and fault.kind == "changed"
