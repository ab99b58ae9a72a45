"""The bureau's calendar: days that differ from Monday to Friday (in ``core.calendar``), and its school terms."""

from datetime import date, datetime
from typing import Annotated, ClassVar

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints
from sqlmodel import Field

from app.core.calendar import CalendarDay
from app.core.models import IDS_ONCE, Audited, Date, Flag, Input, ReadBase, clean, id_column, table_of, whole

TermName = Annotated[str, BeforeValidator(clean), StringConstraints(pattern=r"^\d{4}-T[12]$")]
"""``2026-T1``: the first term of the school year that begins in 2026."""
DayName = Annotated[str, BeforeValidator(clean), StringConstraints(max_length=100)]


class SchoolTerm(Audited, table=True):
    """A school term of a district, such as ``2023-T1``; without rows, 1 September and 1 February divide the year."""

    __tablename__ = "school_term"
    __table_args__ = (sa.UniqueConstraint("district_id", "name"), IDS_ONCE)
    audit_name: ClassVar[str] = "school_term"

    district_id: int = id_column("unit.id", index=False, default=None)
    name: str = Field(max_length=20)
    starts_on: date
    ends_on: date


DAY, TERM = table_of(CalendarDay), table_of(SchoolTerm)


FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Of which there is a calendar."""


def _of_a_calendar(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"日期须在 {FIRST_YEAR}-01-01 与 {LAST_YEAR}-12-31 之间")
    return value


class DayCreate(Input):
    """A day off, or a weekend worked instead (调休)."""

    on: Annotated[Date, AfterValidator(_of_a_calendar)]
    is_workday: Flag
    name: DayName = ""


class TermCreate(Input):
    name: TermName
    starts_on: Date
    ends_on: Date


class DayRead(ReadBase):
    on: date
    is_workday: bool
    name: str
    updated_at: datetime


class TermRead(ReadBase):
    name: str
    starts_on: date
    ends_on: date
    updated_at: datetime


class YearLoad(Input):
    year: whole(FIRST_YEAR, LAST_YEAR)  # type: ignore[valid-type]


class YearLoaded(BaseModel):
    """``added``: how many days were not in the table yet."""

    year: int
    added: int
