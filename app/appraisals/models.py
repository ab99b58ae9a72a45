"""Appraisal (作风考核): a round in which the units of a group are scored by criteria, and what each of them got."""

from datetime import date, datetime
from decimal import Decimal
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
    ReadBase,
    Text,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    text_column,
    whole,
)
from app.indicators.amounts import Amount, Figure, Hundredths


class AppraisalState(StrEnum):
    OPEN = "open"
    SCORED = "scored"
    APPEAL = "appeal"
    FROZEN = "frozen"


APPRAISAL_STATE_LABELS = {
    AppraisalState.OPEN: "进行中",
    AppraisalState.SCORED: "已评分",
    AppraisalState.APPEAL: "申诉期",
    AppraisalState.FROZEN: "已冻结",
}


class Source(StrEnum):
    """Where a criterion's figures come from: the system's own rows, or an office that enters what it takes off."""

    ACKNOWLEDGED = "acknowledged"
    COMPLETED = "completed"
    SENT_BACK = "sent_back"
    OVERDUE = "overdue"
    RECTIFIED = "rectified"
    FILINGS = "filings"
    INSPECTIONS = "inspections"
    BRIEFS = "briefs"
    ENTERED = "entered"


SOURCE_LABELS = {
    Source.ACKNOWLEDGED: "按时签收率",
    Source.COMPLETED: "按期办结率",
    Source.SENT_BACK: "退回率",
    Source.OVERDUE: "逾期数",
    Source.RECTIFIED: "整改销号率",
    Source.FILINGS: "备案齐全率",
    Source.INSPECTIONS: "督查平均得分",
    Source.BRIEFS: "推广简报数",
    Source.ENTERED: "股室评分",
}


class CriterionState(StrEnum):
    COMPUTED = "computed"
    WAITING = "waiting"
    ENTERED = "entered"


CRITERION_STATE_LABELS = {
    CriterionState.COMPUTED: "系统计算",
    CriterionState.WAITING: "待录入",
    CriterionState.ENTERED: "已录入",
}


class ResultState(StrEnum):
    SHOWN = "shown"
    CONFIRMED = "confirmed"


RESULT_STATE_LABELS = {ResultState.SHOWN: "待确认", ResultState.CONFIRMED: "已确认"}


class Appraisal(Audited, table=True):
    __tablename__ = "appraisal"
    __table_args__ = (
        sa.UniqueConstraint("district_id", "year", "title"),
        sa.CheckConstraint("starts_on <= ends_on", name="period"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "appraisal"

    year: int
    title: str = Field(max_length=500)
    starts_on: date
    ends_on: date
    plan_id: int | None = id_column("plan.id", default=None, nullable=True)
    """Of whose assignments alone the rates are taken; of all plans' where none is named."""
    unit_group_id: int = id_column("unit_group.id")
    appeal_workdays: int
    shows_ranking: bool = False
    """Whether every unit reads the ranking once it is frozen; else its own place alone."""
    state: AppraisalState = enum_column(AppraisalState, "state", default=AppraisalState.OPEN)
    scored_at: datetime | None = instant_column(default=None, nullable=True)
    published_at: datetime | None = instant_column(default=None, nullable=True)
    appeal_until: date | None = None
    frozen_at: datetime | None = instant_column(default=None, nullable=True)
    withdrawn_at: datetime | None = instant_column(default=None, nullable=True)
    """When scores that had been published were last taken back."""
    snapshot: dict[str, Any] | None = json_column(default=None, nullable=True)
    """``{"units", "criteria": [{"name", "weight", "source", "formula"}]}``, as it was when it was frozen."""


class AppraisalCriterion(Audited, table=True):
    __tablename__ = "appraisal_criterion"
    __table_args__ = (
        sa.UniqueConstraint("appraisal_id", "name"),
        sa.CheckConstraint("(source = 'entered') = (office_id IS NOT NULL)", name="office"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "appraisal_criterion"

    appraisal_id: int = id_column("appraisal.id", index=False)
    name: str = Field(max_length=100)
    weight: int
    """Full points."""
    source: Source = enum_column(Source, "source")
    each: Decimal | None = Field(default=None, sa_type=Hundredths, nullable=True)
    """Points taken off for each overdue task."""
    required: int | None = None
    """How many promoted briefs give full points."""
    office_id: int | None = id_column("unit.id", default=None, nullable=True)
    """That enters."""
    standard: str | None = text_column(default=None, nullable=True)
    """By what the office takes off."""
    state: CriterionState = enum_column(CriterionState, "state")


class AppraisalResult(Audited, table=True):
    """What a unit got; its name and figures as they were, its rank once the round is frozen."""

    __tablename__ = "appraisal_result"
    __table_args__ = (
        sa.UniqueConstraint("appraisal_id", "unit_id"),
        sa.Index("ix_appraisal_result_score", "appraisal_id", "score", "id"),
        sa.Index("ix_appraisal_result_unit", "unit_id", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "appraisal_result"

    appraisal_id: int = id_column("appraisal.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    unit_name: str = Field(max_length=100)
    score: Decimal = Field(sa_type=Hundredths)
    detail: list[dict[str, Any]] = json_column(default_factory=list)
    """``[{"criterion_id", "name", "weight", "score", "figure", "href"}]`` in the criteria's order."""
    rank: int | None = None
    state: ResultState = enum_column(ResultState, "state", default=ResultState.SHOWN)
    appeal_until: date | None = None
    confirmed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    confirmed_at: datetime | None = instant_column(default=None, nullable=True)


ROUND, CRITERION, RESULT = table_of(Appraisal), table_of(AppraisalCriterion), table_of(AppraisalResult)
Weight = whole(1, 1000)


class AppraisalCreate(Input):
    """Open from the moment it is made. The period is the year's unless said; ``appeal_workdays``: from the day on which
    the scores are published."""

    year: whole(1949, 2199)  # type: ignore[valid-type]
    title: Line
    starts_on: Date | None = None
    ends_on: Date | None = None
    plan_id: Id | None = None
    unit_group_id: Id
    appeal_workdays: whole(1, 60) = 5  # type: ignore[valid-type]
    shows_ranking: Flag = False


class AppraisalPatch(Input):
    """While it is open."""

    title: Line | None = None
    starts_on: Date | None = None
    ends_on: Date | None = None
    plan_id: Id | None = None
    unit_group_id: Id | None = None
    appeal_workdays: whole(1, 60) | None = None  # type: ignore[valid-type]
    shows_ranking: Flag | None = None


class AppraisalRead(ReadBase):
    year: int
    title: str
    starts_on: date
    ends_on: date
    plan_id: int | None
    plan_title: str | None
    unit_group_id: int
    unit_group_name: str
    appeal_workdays: int
    shows_ranking: bool
    state: AppraisalState
    scored_at: datetime | None
    published_at: datetime | None
    appeal_until: date | None
    """The last day for appeals; the round is frozen after it."""
    frozen_at: datetime | None
    withdrawn_at: datetime | None
    """When scores that had been published were last taken back."""
    created_at: datetime
    updated_at: datetime


class CriterionCreate(Input):
    """``each`` is needed for ``overdue`` alone, ``required`` for ``briefs``, ``office_id`` for ``entered``."""

    name: Line
    weight: Weight  # type: ignore[valid-type]
    source: Source
    each: Amount | None = None
    required: whole(1, 1000) | None = None  # type: ignore[valid-type]
    office_id: Id | None = None
    standard: Text | None = None


class CriterionPatch(Input):
    """While the round is open; for another source another criterion is made."""

    name: Line | None = None
    weight: Weight | None = None  # type: ignore[valid-type]
    each: Amount | None = None
    required: whole(1, 1000) | None = None  # type: ignore[valid-type]
    office_id: Id | None = None
    standard: Text | None = None


class CriterionRead(ReadBase):
    appraisal_id: int
    appraisal_title: str
    appraisal_year: int
    name: str
    weight: int
    source: Source
    each: Figure | None
    required: int | None
    office_id: int | None
    office_name: str | None
    standard: str | None
    formula: str
    """How the points come about, in Chinese."""
    state: CriterionState
    created_at: datetime
    updated_at: datetime


class AppraisalDetail(AppraisalRead):
    """With its criteria, their full points together, how many units were scored, and how many appeals wait."""

    criteria: list[CriterionRead]
    full: int
    units: int
    """As many as ``/appraisals/{id}/results`` lists for the reader."""
    appeals: int
    """As many as ``/appraisal-appeals?appraisal_id=&state=pending`` lists for the reader."""
    snapshot: dict[str, Any] | None


class ResultRead(ReadBase):
    appraisal_id: int
    appraisal_title: str
    appraisal_state: AppraisalState
    unit_id: int
    unit_name: str
    score: Figure
    full: int
    rank: int | None
    """Shared where scores are equal. For others than the bureau null until the round is frozen."""
    detail: list[dict[str, Any]]
    """``[{"criterion_id", "name", "weight", "score", "figure", "href"}]``; points as text, ``href`` the list that a
    figure counts, where no deduction cites its rows."""
    state: ResultState
    appeal_until: date | None
    frozen_at: datetime | None
    confirmed_at: datetime | None
    updated_at: datetime


class Taken(BaseModel):
    """A deduction of a unit's result."""

    id: int
    criterion_id: int
    criterion_name: str
    points: Figure
    reason: str
    cited: str | None
    cited_id: int | None
    evidence_count: int
    state: str
    appeal_id: int | None
    allowed_actions: list[str]


class ResultDetail(AnsweredFor, ResultRead):
    """With every deduction, as far as the reader may read them."""

    deductions: list[Taken]
