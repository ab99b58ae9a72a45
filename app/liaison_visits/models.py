"""Liaison visits (包联走访): what an office records of a visit to its paired school, what it urges there, and how many
visits a pair owes in a term."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.appointments.models import AnsweredFor
from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Line,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
    whole,
)


class VisitState(StrEnum):
    RECORDED = "recorded"
    COMMENTED = "commented"
    CONFIRMED = "confirmed"
    VOIDED = "voided"


VISIT_STATE_LABELS = {
    VisitState.RECORDED: "待确认",
    VisitState.COMMENTED: "有意见",
    VisitState.CONFIRMED: "已确认",
    VisitState.VOIDED: "已作废",
}


class MatterState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


MATTER_STATE_LABELS = {
    MatterState.OPEN: "待答复",
    MatterState.ANSWERED: "已答复",
    MatterState.CLOSED: "已办结",
    MatterState.CANCELLED: "已撤回",
}


class LiaisonVisit(Audited, table=True):
    """One visit of a pair. A voided one does not count."""

    __tablename__ = "liaison_visit"
    __table_args__ = (
        sa.Index("ix_liaison_visit_district", "district_id", "id"),
        sa.Index("ix_liaison_visit_pair", "liaison_id", "visited_on"),
        sa.Index("ix_liaison_visit_unit", "unit_id", "id"),
        sa.Index("ix_liaison_visit_school", "school_id", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "liaison_visit"

    liaison_id: int = id_column("liaison.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    """The office's, as the pair names it."""
    school_id: int = id_column("unit.id", index=False)
    visited_on: date
    visitors: str = Field(max_length=500)
    content: str = text_column()
    problems: str | None = text_column(default=None, nullable=True)
    state: VisitState = enum_column(VisitState, "state", default=VisitState.RECORDED)
    recorded_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    confirmed_at: datetime | None = instant_column(default=None, nullable=True)


class LiaisonMatter(Audited, table=True):
    """What the office urged on a visit (督促事项): the school answers until a day, the office closes it."""

    __tablename__ = "liaison_matter"
    __table_args__ = (
        sa.Index("ix_liaison_matter_district", "district_id", "id"),
        sa.Index("ix_liaison_matter_unit", "unit_id", "state", "id"),
        sa.Index("ix_liaison_matter_school", "school_id", "state", "id"),
    )
    audit_name: ClassVar[str] = "liaison_matter"

    liaison_visit_id: int = id_column("liaison_visit.id")
    unit_id: int = id_column("unit.id", index=False)
    """The office's."""
    school_id: int = id_column("unit.id", index=False)
    text: str = text_column()
    deadline_on: date
    state: MatterState = enum_column(MatterState, "state", default=MatterState.OPEN)
    answer: str | None = text_column(default=None, nullable=True)
    answered_at: datetime | None = instant_column(default=None, nullable=True)
    closed_at: datetime | None = instant_column(default=None, nullable=True)


_ALL_PAIRS = sa.text("liaison_id IS NULL")


class LiaisonQuota(Audited, table=True):
    """How many visits a term are owed: by one pair, or by every pair of the district that has none of its own."""

    __tablename__ = "liaison_quota"
    __table_args__ = (
        sa.UniqueConstraint("liaison_id"),
        sa.Index(
            "uq_liaison_quota_district",
            "district_id",
            unique=True,
            sqlite_where=_ALL_PAIRS,
            postgresql_where=_ALL_PAIRS,
        ),
    )
    audit_name: ClassVar[str] = "liaison_quota"

    liaison_id: int | None = id_column("liaison.id", index=False, default=None, nullable=True)
    visits: int


class EarlierQuota(Owned, table=True):
    """How many were owed until a day: of several the first after a term's end holds of that term; where none comes
    after it, the quota's own number does."""

    __tablename__ = "liaison_quota_earlier"
    __table_args__ = (sa.UniqueConstraint("quota_id", "changed_on"),)

    quota_id: int = id_column("liaison_quota.id", index=False)
    changed_on: date
    visits: int | None = None
    """None where nothing had been set."""


VISIT, MATTER, QUOTA = table_of(LiaisonVisit), table_of(LiaisonMatter), table_of(LiaisonQuota)
EARLIER_QUOTA = table_of(EarlierQuota)
USUAL = 1
"""Visits a term that a pair owes where the bureau has not said otherwise."""


class VisitCreate(Input):
    """``visited_on`` lies within the pair's dates and not ahead."""

    liaison_id: Id
    visited_on: Date
    visitors: Line
    content: Text
    problems: Text | None = None


class VisitPatch(Input):
    """By the office, until the school has confirmed it."""

    visited_on: Date | None = None
    visitors: Line | None = None
    content: Text | None = None
    problems: Text | None = None


class VisitRead(ReadBase):
    liaison_id: int
    unit_id: int
    """The office."""
    unit_name: str
    school_id: int
    school_name: str
    visited_on: date
    visitors: str
    content: str
    problems: str | None
    state: VisitState
    recorded_by_name: str | None
    confirmed_at: datetime | None
    matters: int
    """How many were urged; those taken back are not among them."""
    open_matters: int
    created_at: datetime
    updated_at: datetime


class VisitDetail(AnsweredFor, VisitRead):
    """With what the school last said of it, its papers and what was urged."""

    comment: str | None
    evidence: list[dict[str, Any]]
    urged: list[dict[str, Any]]


class MatterCreate(Input):
    text: Text
    deadline_on: Date


class MatterRead(ReadBase):
    liaison_visit_id: int
    visited_on: date
    unit_id: int
    unit_name: str
    school_id: int
    school_name: str
    text: str
    deadline_on: date
    late: bool
    """Not answered in time, as of today."""
    state: MatterState
    answer: str | None
    answered_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class QuotaPut(Input):
    """``liaison_id``: of one pair; without it of all pairs of the district. It holds from the present term on: terms
    that are over owe what they owed."""

    visits: whole(0, 50)  # type: ignore[valid-type]
    liaison_id: Id | None = None


class QuotaRead(ReadBase):
    liaison_id: int | None
    office_name: str | None
    school_name: str | None
    visits: int
    updated_at: datetime


class CoveredPair(BaseModel):
    """A pair in a term: what it owes and what was done."""

    id: int
    """The pair's."""
    office_id: int
    office_name: str
    school_id: int
    school_name: str
    valid_from: date
    valid_to: date | None
    required: int
    made: int
    unconfirmed: int
    """Of those made, how many the school has not confirmed yet: ``/liaison-visits?liaison_id=&state=recorded``."""
    disputed: int
    """And how many it objects to: ``state=commented``."""
    missing: int


class UnpairedSchool(BaseModel):
    id: int
    code: str
    name: str
    parent_name: str | None


class OfficeCoverage(BaseModel):
    """The pairs of an office, those behind and those without any visit: ``/coverage?office_id=``."""

    office_id: int
    office_name: str
    pairs: int
    missing: int
    none: int


class CoverageSummary(BaseModel):
    """Each number is that of the rows behind it."""

    term: str
    starts_on: date
    ends_on: date
    pairs: int
    """``/liaison-visits/coverage?term=``."""
    missing: int
    """Pairs that have made fewer than they owe: ``&standing=missing``."""
    none: int
    """Pairs without any visit: ``&standing=none``."""
    visits: int
    """``/liaison-visits?since=&until=&state=recorded,commented,confirmed``."""
    unpaired: int
    """``/liaison-visits/unpaired``."""
    offices: list[OfficeCoverage]
