"""The parameters of rules: an actor without units is in none, and outside all."""

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.policy import OWN, Actor, bound
from app.core.within import within
from app.units.models import UNIT


@pytest.mark.parametrize("turned", [False, True])
def test_nobody_is_in_no_unit_and_outside_every_one(app: FastAPI, turned: bool) -> None:
    """Both in one statement, by the same parameter."""
    columns: list[Any] = [within(UNIT.c.id, OWN).label("inside"), sa.not_(within(UNIT.c.id, OWN)).label("outside")]
    statement = sa.select(*(reversed(columns) if turned else columns)).limit(1)
    binds = bound(Actor(user_id=1, district_id=1))
    found = app.state.database.read_now(lambda connection: connection.execute(statement, binds).one())
    assert (found.inside, found.outside) == (False, True)
