"""Gapless numbers per series and year, given inside the transaction that uses them."""

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import insert_or_ignore
from app.core.models import Owned, id_column, table_of
from app.core.operation import Tx


class NumberSeries(Owned, table=True):
    """The last number given; a rolled-back transaction gives its number back."""

    __tablename__ = "number_series"
    __table_args__ = (sa.UniqueConstraint("district_id", "series", "year"),)

    district_id: int = id_column("unit.id", index=False)
    series: str = Field(max_length=40)
    year: int
    last: int = 0


SERIES = table_of(NumberSeries)


def next_number(tx: Tx, series: str, year: int) -> int:
    mine = {"district_id": tx.actor.district_id, "series": series, "year": year}
    tx.connection.execute(insert_or_ignore(tx.connection, SERIES).values(**mine, last=0))
    bump = sa.update(SERIES).where(*(SERIES.c[name] == value for name, value in mine.items()))
    given: int = tx.connection.execute(bump.values(last=SERIES.c.last + 1).returning(SERIES.c.last)).scalar_one()
    return given


def padded(number: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """7 → 007, as a number stands on paper; on either database."""
    zeros = sa.case((number < 10, "00"), (number < 100, "0"), else_="")
    return zeros + sa.cast(number, sa.String)
