"""Bureaus that were at work before there was a first setup are set up; one whose setup went on is so on the way back."""

import sqlalchemy as sa
from alembic import command

from app.core.calendar import now
from app.setup.models import SETUP
from app.units.models import UNIT, UnitKind
from tests.migrations.test_migrations import alembic
from tests.migrations.test_migrations import engine as engine  # the fixture

HERE, BEFORE = "20270101_setup", "20261231_past_complaint"


def test_bureaus_that_are_there_count_as_enabled_since_they_were_founded(engine: sa.Engine) -> None:
    bureaus = sa.select(UNIT.c.id, UNIT.c.created_at).where(UNIT.c.kind == UnitKind.BUREAU).order_by(UNIT.c.id)
    with engine.begin() as connection:
        founded = connection.execute(bureaus).all()
        at = {"created_at": now(), "updated_at": now(), "version": 1}
        connection.execute(sa.insert(SETUP).values(district_id=founded[0].id, **at))
    alembic(engine, command.downgrade, BEFORE)
    assert "setup" not in sa.inspect(engine).get_table_names()
    alembic(engine, command.upgrade, HERE)
    with engine.begin() as connection:
        rows = connection.execute(sa.select(SETUP).order_by(SETUP.c.district_id)).all()
    assert len(founded) == 2 and [(row.district_id, row.enabled_at) for row in rows] == [
        tuple(each) for each in founded
    ]
    assert {(row.enabled_by, row.version) for row in rows} == {(None, 1)}
