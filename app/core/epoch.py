"""A counter per district that moves whenever who-may-see-what, or what is kept with an actor, may have changed.

Actors are cached by session or token; a cached one is used only while the counter stands where it stood. It
is kept in the database and moves in the same transaction as the change, so every instance sees it at once.
"""

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field, SQLModel

from app.core.db import insert_or_update
from app.core.models import BIG_ID, table_of


class AccessEpoch(SQLModel, table=True):
    __tablename__ = "access_epoch"

    district_id: int = Field(primary_key=True, foreign_key="unit.id", sa_type=BIG_ID)
    value: int = 0


EPOCH = table_of(AccessEpoch)
_MOVE = sa.update(EPOCH).where(EPOCH.c.district_id == sa.bindparam("moved_district")).values(value=EPOCH.c.value + 1)


def move(connection: Connection, district_id: int) -> None:
    if connection.execute(_MOVE, {"moved_district": district_id}).rowcount == 0:
        # Of two first moves at once the later one must still be seen as a move.
        first = insert_or_update(connection, EPOCH).values(district_id=district_id, value=1)
        again = {"value": EPOCH.c.value + 1}
        connection.execute(first.on_conflict_do_update(index_elements=[EPOCH.c.district_id], set_=again))
