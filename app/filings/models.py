"""Filings (备案): charters, rules, lists, plans and letters that a unit keeps on record at the bureau, version by
version, and which of them the bureau asks of whom."""

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
    Flag,
    Id,
    Input,
    Line,
    Name,
    ReadBase,
    enum_column,
    id_column,
    instant_column,
    table_of,
    whole,
)
from app.units.models import UnitKind


class FilingKind(StrEnum):
    CHARTER = "charter"
    RULES_OF_PROCEDURE = "rules_of_procedure"
    PARTY_RESPONSIBILITY_LIST = "party_responsibility_list"
    SCHOOL_SPECIFIC_PLAN = "school_specific_plan"
    ASSESSMENT_METHOD = "assessment_method"
    RESPONSIBILITY_LETTER = "responsibility_letter"


FILING_KIND_LABELS = {
    FilingKind.CHARTER: "章程",
    FilingKind.RULES_OF_PROCEDURE: "议事规则",
    FilingKind.PARTY_RESPONSIBILITY_LIST: "党建责任清单",
    FilingKind.SCHOOL_SPECIFIC_PLAN: "一校一案",
    FilingKind.ASSESSMENT_METHOD: "考核评价办法",
    FilingKind.RESPONSIBILITY_LETTER: "责任书",
}
YEARLY = (FilingKind.SCHOOL_SPECIFIC_PLAN, FilingKind.RESPONSIBILITY_LETTER)
"""Made for a year: that of one year does not replace that of another."""
NEVER_FILING = (UnitKind.BUREAU, UnitKind.DISCIPLINE_TEAM)


class FilingState(StrEnum):
    DRAFT = "draft"
    FILED = "filed"
    SENT_BACK = "sent_back"
    SUPERSEDED = "superseded"


FILING_STATE_LABELS = {
    FilingState.DRAFT: "草稿",
    FilingState.FILED: "已备案",
    FilingState.SENT_BACK: "已退回",
    FilingState.SUPERSEDED: "已被取代",
}
_STANDING = sa.text("state IN ('filed', 'sent_back')")
_DRAFT = sa.text("state = 'draft'")
_FOR_YEAR = "CASE WHEN kind IN ('school_specific_plan', 'responsibility_letter') THEN year ELSE 0 END"


class Filing(Audited, table=True):
    """One version. Of a unit's versions of a kind (and year, where it is made for one) at most one stands with the
    bureau and at most one is a draft."""

    __tablename__ = "filing"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "kind", "number"),
        sa.Index("ix_filing_district", "district_id", "id"),
        sa.Index("ix_filing_state", "district_id", "state", "kind", "id"),
        sa.Index("ix_filing_unit", "unit_id", "id"),
        sa.Index(
            "uq_filing_standing",
            *("unit_id", "kind", "for_year"),
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        sa.Index(
            "uq_filing_draft",
            *("unit_id", "kind", "for_year"),
            unique=True,
            sqlite_where=_DRAFT,
            postgresql_where=_DRAFT,
        ),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "filing"

    unit_id: int = id_column("unit.id", index=False)
    kind: FilingKind = enum_column(FilingKind, "kind")
    number: int | None = None
    """Of the version, among the unit's of this kind: given when it is filed first."""
    title: str = Field(max_length=500)
    document_number: str | None = Field(default=None, max_length=100)
    adopted_on: date
    year: int
    """That it is made for; of other kinds that of adoption."""
    for_year: int = Field(default=None, sa_column_args=[sa.Computed(_FOR_YEAR, persisted=True)])
    state: FilingState = enum_column(FilingState, "state", default=FilingState.DRAFT)
    filed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    filed_at: datetime | None = instant_column(default=None, nullable=True)
    reviewed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    reviewed_at: datetime | None = instant_column(default=None, nullable=True)
    """When it was found in order as filed; it is on record before that."""


class FilingRequirement(Audited, table=True):
    """A kind that the bureau asks of a group's units, until when, and which office looks through it. A unit that is in
    several groups owes the kind once (``owing.urgency``)."""

    __tablename__ = "filing_requirement"
    __table_args__ = (sa.UniqueConstraint("district_id", "kind", "unit_group_id"), IDS_ONCE)
    audit_name: ClassVar[str] = "filing_requirement"

    kind: FilingKind = enum_column(FilingKind, "kind")
    unit_group_id: int = id_column("unit_group.id")
    yearly: bool
    """Asked for anew each year; else one that was ever filed serves."""
    deadline: str | None = Field(default=None, max_length=500)
    """In words, as the bureau writes it."""
    deadline_on: date | None = None
    """The last day; of what is asked yearly that day of each year from then on."""
    office_id: int | None = id_column("unit.id", default=None, nullable=True)
    """That reviews them; the supervisor may always."""


FILING, REQUIREMENT = table_of(Filing), table_of(FilingRequirement)


class FilingCreate(Input):
    """``unit_id`` is needed where the user has several units; ``year`` only where the kind is made for one."""

    unit_id: Id | None = None
    kind: FilingKind
    title: Line
    document_number: Name | None = None
    adopted_on: Date
    year: whole(1949, 2199) | None = None  # type: ignore[valid-type]


class FilingPatch(Input):
    """By its unit, while a draft or sent back."""

    title: Line | None = None
    document_number: Name | None = None
    adopted_on: Date | None = None
    year: whole(1949, 2199) | None = None  # type: ignore[valid-type]


class FilingRead(ReadBase):
    unit_id: int
    unit_name: str
    kind: FilingKind
    number: int | None
    """Of the version; null until it is filed first."""
    title: str
    document_number: str | None
    adopted_on: date
    year: int
    state: FilingState
    filed_at: datetime | None
    filed_by_name: str | None
    reviewed_at: datetime | None
    """When it was found in order; null while it waits for that."""
    reviewed_by_name: str | None
    created_at: datetime
    updated_at: datetime


class FilingDetail(AnsweredFor, FilingRead):
    """With what it was last sent back for, its files and the other versions of the unit's kind, newest first."""

    sent_back_note: str | None
    evidence: list[dict[str, Any]]
    versions: list[dict[str, Any]]


class Standing(StrEnum):
    """How a unit stands with a kind that is asked of it."""

    FILED = "filed"
    SENT_BACK = "sent_back"
    DRAFT = "draft"
    MISSING = "missing"


STANDING_LABELS = {
    Standing.FILED: "已备案",
    Standing.SENT_BACK: "已退回",
    Standing.DRAFT: "草稿",
    Standing.MISSING: "缺",
}


class AskedOfGroup(BaseModel):
    requirement_id: int
    unit_group_name: str
    yearly: bool
    deadline: str | None
    deadline_on: date | None
    """The last day in the year."""


class KindOfMatrix(BaseModel):
    kind: FilingKind
    asked: list[AskedOfGroup]
    """Of which groups; a unit that is in several owes the kind once."""
    required: int
    """Of how many units it is asked."""
    missing: int
    """As many as ``/filings/missing?kind=`` lists."""


class CellOfMatrix(BaseModel):
    kind: FilingKind
    standing: Standing
    filing_id: int | None
    number: int | None
    reviewed: bool
    requirement_id: int
    """By which it is asked; of several that which it does not meet, the one that ends first."""
    deadline_on: date | None
    """The last day in the year."""
    overdue: bool
    """It is not on record and the last day is past."""


class UnitOfMatrix(BaseModel):
    unit_id: int
    unit_name: str
    cells: list[CellOfMatrix]


class MatrixRead(BaseModel):
    """``next`` is the unit after which the following ones are asked for by ``after``."""

    year: int
    kinds: list[KindOfMatrix]
    data: list[UnitOfMatrix]
    next: int | None


class MissingFiling(BaseModel):
    """A unit that has nothing of a kind that is asked of it: not filed, not sent back, no draft."""

    id: int
    """The unit's."""
    code: str
    name: str
    unit_kind: UnitKind
    parent_name: str | None
    kind: FilingKind
    deadline_on: date | None
    overdue: bool


class RequirementCreate(Input):
    """``yearly`` unless said otherwise where the kind is made for a year."""

    kind: FilingKind
    unit_group_id: Id
    yearly: Flag | None = None
    deadline: Line | None = None
    deadline_on: Date | None = None
    office_id: Id | None = None


class RequirementPatch(Input):
    unit_group_id: Id | None = None
    yearly: Flag | None = None
    deadline: Line | None = None
    deadline_on: Date | None = None
    office_id: Id | None = None


class RequirementRead(ReadBase):
    kind: FilingKind
    unit_group_id: int
    unit_group_name: str
    yearly: bool
    deadline: str | None
    deadline_on: date | None
    office_id: int | None
    office_name: str | None
    created_at: datetime
    updated_at: datetime
