"""Integrity risks (廉政风险): the risk points that units find, how each was rated over time, and what controls it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Flag,
    Id,
    Input,
    Line,
    Name,
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


class RiskState(StrEnum):
    IDENTIFIED = "identified"
    ASSESSED = "assessed"
    CONTROLLED = "controlled"
    DUE_FOR_REVIEW = "due_for_review"
    CLOSING = "closing"
    CLOSED = "closed"
    CARRIED_OVER = "carried_over"


RISK_STATE_LABELS = {
    RiskState.IDENTIFIED: "已识别",
    RiskState.ASSESSED: "已评待审",
    RiskState.CONTROLLED: "防控中",
    RiskState.DUE_FOR_REVIEW: "待复评",
    RiskState.CLOSING: "待销号",
    RiskState.CLOSED: "已销号",
    RiskState.CARRIED_OVER: "已转下轮",
}
ENDED = (RiskState.CLOSED, RiskState.CARRIED_OVER)
"""It stays in the ledger, and nothing is owed of it any more."""


class SourceKind(StrEnum):
    IDEOLOGY = "ideology"
    DUTY = "duty"
    PROCESS = "process"
    INSTITUTION = "institution"
    ENVIRONMENT = "environment"


SOURCE_KIND_LABELS = {
    SourceKind.IDEOLOGY: "思想道德",
    SourceKind.DUTY: "岗位职责",
    SourceKind.PROCESS: "工作流程",
    SourceKind.INSTITUTION: "制度机制",
    SourceKind.ENVIRONMENT: "外部环境",
}


class RiskLevel(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


RISK_LEVEL_LABELS = {RiskLevel.HIGH: "一级（高）", RiskLevel.MEDIUM: "二级（中）", RiskLevel.LOW: "三级（低）"}
SCALE = range(1, 6)
"""Of likelihood and of impact."""
THRESHOLDS = {RiskLevel.HIGH: 15, RiskLevel.MEDIUM: 6, RiskLevel.LOW: 1}
"""From which product of likelihood and impact on a risk is of that level; docs/integrity-risks.md shows the table."""


def level_of(likelihood: int, impact: int, by_rule: bool = False) -> RiskLevel:
    """三重一大 is of the first level by rule, however it is rated."""
    if by_rule:
        return RiskLevel.HIGH
    return next(level for level, least in THRESHOLDS.items() if likelihood * impact >= least)


_FROM = " ".join(
    f"WHEN likelihood * impact >= {least} THEN '{level}'" for level, least in THRESHOLDS.items() if least > 1
)
LEVEL = f"CASE WHEN by_rule THEN '{RiskLevel.HIGH}' {_FROM} ELSE '{RiskLevel.LOW}' END"
"""``level_of`` as the database computes it, from the same thresholds."""


def _level_column() -> Any:
    return enum_column(
        RiskLevel, "level", default=None, nullable=False, sa_column_args=[sa.Computed(LEVEL, persisted=True)]
    )


_SCALED = "likelihood BETWEEN 1 AND 5 AND impact BETWEEN 1 AND 5"


class IntegrityRisk(Audited, table=True):
    """A risk point of a unit, rated as it stands; its earlier ratings are rows of their own."""

    __tablename__ = "integrity_risk"
    __table_args__ = (
        sa.CheckConstraint(_SCALED, name="scale"),
        sa.UniqueConstraint("continues_id"),
        sa.Index("ix_integrity_risk_district", "district_id", "id"),
        sa.Index("ix_integrity_risk_unit", "unit_id", "id"),
        sa.Index("ix_integrity_risk_round", "round_id", "unit_id", "id"),
        sa.Index("ix_integrity_risk_state", "district_id", "state", "review_on", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "integrity_risk"

    round_id: int = id_column("risk_round.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    department: str = Field(max_length=100)
    post: str = Field(max_length=100)
    duty_item: str = Field(max_length=500)
    risk_point: str = Field(max_length=500)
    manifestation: str = text_column()
    source: SourceKind = enum_column(SourceKind, "source")
    likelihood: int
    impact: int
    by_rule: bool = False
    level: RiskLevel = _level_column()
    review_on: date
    """When it is to be rated anew."""
    state: RiskState = enum_column(RiskState, "state", default=RiskState.IDENTIFIED)
    rating_count: int = 0
    """How often it was submitted for review."""
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    """Its rating, or that it is no more."""
    submitted_at: datetime | None = instant_column(default=None, nullable=True)
    sent_back_at: datetime | None = instant_column(default=None, nullable=True)
    """While what the review found is to be mended."""
    reviewed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    reviewed_at: datetime | None = instant_column(default=None, nullable=True)
    continues_id: int | None = id_column("integrity_risk.id", index=False, default=None, nullable=True)
    """The point of an earlier round that goes on in this one."""
    unrated: bool = False
    """Carried over from an earlier round, with that one's rating until it gets a new one."""


class Verdict(StrEnum):
    CONFIRMED = "confirmed"
    SENT_BACK = "sent_back"


VERDICT_LABELS = {Verdict.CONFIRMED: "审核通过", Verdict.SENT_BACK: "退回"}


class RiskRating(Owned, table=True):
    """One rating of a risk as its unit submitted it, and what the review said."""

    __tablename__ = "risk_rating"
    __table_args__ = (sa.UniqueConstraint("risk_id", "number"), sa.CheckConstraint(_SCALED, name="scale"))

    district_id: int = id_column("unit.id", index=False)
    risk_id: int = id_column("integrity_risk.id", index=False)
    number: int
    likelihood: int
    impact: int
    by_rule: bool
    level: RiskLevel = _level_column()
    review_on: date
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    submitted_at: datetime = instant_column(nullable=False)
    verdict: Verdict | None = enum_column(Verdict, "verdict", default=None, nullable=True)
    reviewed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    reviewed_at: datetime | None = instant_column(default=None, nullable=True)


class MeasureState(StrEnum):
    IN_PROGRESS = "in_progress"
    DONE = "done"


MEASURE_STATE_LABELS = {MeasureState.IN_PROGRESS: "落实中", MeasureState.DONE: "已落实"}


class RiskMeasure(Audited, table=True):
    """What is done against a risk (防控措施), by whom and until when; or the assignment by which it is done."""

    __tablename__ = "risk_measure"
    __table_args__ = (
        sa.Index("ix_risk_measure_risk", "risk_id", "id"),
        sa.Index("ix_risk_measure_deadline", "district_id", "state", "deadline_on", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "risk_measure"

    risk_id: int = id_column("integrity_risk.id", index=False)
    text: str = Field(max_length=500)
    responsible_person: str = Field(max_length=100)
    responsible_leader: str | None = Field(default=None, max_length=100)
    deadline_on: date | None = None
    assignment_id: int | None = id_column("assignment.id", default=None, nullable=True)
    state: MeasureState = enum_column(MeasureState, "state", default=MeasureState.IN_PROGRESS)


RISK, RATING, MEASURE = table_of(IntegrityRisk), table_of(RiskRating), table_of(RiskMeasure)


# Risks

Scale = whole(1, 5)


class RiskCreate(Input):
    """``unit_id`` where the user has several units, ``round_id`` where several rounds are open; it is to be rated
    anew in a year unless said."""

    round_id: Id | None = None
    unit_id: Id | None = None
    department: Name
    post: Name
    duty_item: Line
    risk_point: Line
    manifestation: Text
    source: SourceKind
    likelihood: Scale  # type: ignore[valid-type]
    impact: Scale  # type: ignore[valid-type]
    by_rule: Flag = False
    review_on: Date | None = None


class RiskPatch(Input):
    """By its unit, until it is submitted, and after it was sent back or is to be rated anew."""

    department: Name | None = None
    post: Name | None = None
    duty_item: Line | None = None
    risk_point: Line | None = None
    manifestation: Text | None = None
    source: SourceKind | None = None
    likelihood: Scale | None = None  # type: ignore[valid-type]
    impact: Scale | None = None  # type: ignore[valid-type]
    by_rule: Flag | None = None
    review_on: Date | None = None


class RiskRead(ReadBase):
    round_id: int
    round_title: str
    unit_id: int
    unit_name: str
    department: str
    post: str
    duty_item: str
    risk_point: str
    manifestation: str
    source: SourceKind
    likelihood: int
    impact: int
    by_rule: bool
    level: RiskLevel
    """By likelihood × impact and the table of docs/integrity-risks.md; high by rule."""
    review_on: date
    state: RiskState
    unrated: bool
    """Carried over with the rating of an earlier round; submitting needs a new one."""
    continues_id: int | None
    """The point of an earlier round that goes on in this one."""
    rating_count: int
    submitted_at: datetime | None
    submitted_by_name: str | None
    reviewed_at: datetime | None
    reviewed_by_name: str | None
    created_at: datetime
    updated_at: datetime


class RiskLine(BaseModel):
    """A line of 廉政风险点台账: exactly its columns, in their order. What is said of measures stands one a line."""

    id: int
    """序号."""
    department: str
    post: str
    duty_item: str
    risk_point: str
    manifestation: str
    likelihood: int
    impact: int
    level: RiskLevel
    measures_told: str
    persons: str
    leaders: str
    deadlines: str
    review_on: date


class RiskDetail(RiskRead):
    """With its measures, its ratings (the newest first), what it was last sent back for, and why it is to be, or was,
    struck off."""

    measures: list[dict[str, Any]]
    ratings: list[dict[str, Any]]
    sent_back_note: str | None
    closing_note: str | None
    first_responsible_person: str | None


# Measures


class MeasureCreate(Input):
    """The person is the unit's head (第一责任人) and the leader whoever answers for it, unless said."""

    text: Line
    responsible_person: Name | None = None
    responsible_leader: Name | None = None
    deadline_on: Date | None = None
    assignment_id: Id | None = None


class MeasurePatch(Input):
    text: Line | None = None
    responsible_person: Name | None = None
    responsible_leader: Name | None = None
    deadline_on: Date | None = None
    assignment_id: Id | None = None


class MeasureRead(ReadBase):
    risk_id: int
    text: str
    responsible_person: str
    responsible_leader: str | None
    deadline_on: date | None
    assignment_id: int | None
    assignment_title: str | None
    """Of the item it carries out, where the reader may see the assignment."""
    assignment_state: str | None
    state: MeasureState
    lamp: str
    """green, amber, red, done or none."""
    lamp_words: str
    lamp_short: str
    created_at: datetime
    updated_at: datetime
    evidence: list[dict[str, Any]]
    """What shows that it is carried out."""


# Heat map


class CellOfMap(BaseModel):
    likelihood: int
    impact: int
    level: RiskLevel
    count: int
    """As many as ``/integrity-risks?likelihood=&impact=&ended=false`` lists."""
    by_rule: int
    """Of those, as many as with ``by_rule=true``: 三重一大, of the first level by rule, whatever ``level`` says."""


class LineOfMap(BaseModel):
    unit_id: int | None
    name: str
    high: int
    medium: int
    low: int
    total: int


class HeatMap(BaseModel):
    """``lines``: by unit, or by department, those with the most of the first level first, at most 200."""

    total: int
    cells: list[CellOfMap]
    lines: list[LineOfMap]
