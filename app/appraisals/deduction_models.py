"""What is taken off and where it comes from; and what a unit holds against it."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import Field as Constraint
from sqlmodel import Field

from app.appointments.models import AnsweredFor
from app.appraisals.models import AppraisalState, CriterionState
from app.core.models import (
    IDS_ONCE,
    Audited,
    Id,
    Input,
    ReadBase,
    Text,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
)
from app.indicators.amounts import Amount, Figure, Hundredths


class DeductionState(StrEnum):
    STANDING = "standing"
    VOIDED = "voided"


DEDUCTION_STATE_LABELS = {DeductionState.STANDING: "有效", DeductionState.VOIDED: "已撤销"}


class Cited(StrEnum):
    """The resource of a row that a deduction comes from, as the API calls it."""

    ASSIGNMENTS = "assignments"
    RECTIFICATIONS = "rectifications"
    FINDINGS = "findings"
    INSPECTIONS = "inspections"
    FILINGS = "filings"
    REQUIREMENTS = "filing-requirements"


CITED_LABELS = {
    Cited.ASSIGNMENTS: "任务",
    Cited.RECTIFICATIONS: "整改",
    Cited.FINDINGS: "督查问题",
    Cited.INSPECTIONS: "督查",
    Cited.FILINGS: "备案",
    Cited.REQUIREMENTS: "备案要求",
}


class AppealState(StrEnum):
    PENDING = "pending"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    LAPSED = "lapsed"


APPEAL_STATE_LABELS = {
    AppealState.PENDING: "待处理",
    AppealState.UPHELD: "成立",
    AppealState.DISMISSED: "不成立",
    AppealState.LAPSED: "已终止",
}


class AppraisalDeduction(Audited, table=True):
    """Computed with the scores, or entered by an office; taken back by an appeal that is upheld."""

    __tablename__ = "appraisal_deduction"
    __table_args__ = (
        sa.Index("ix_appraisal_deduction_round", "appraisal_id", "unit_id", "id"),
        sa.Index("ix_appraisal_deduction_criterion", "criterion_id", "id"),
        sa.Index("ix_appraisal_deduction_unit", "unit_id", "id"),
        sa.CheckConstraint("(cited IS NULL) = (cited_id IS NULL)", name="source"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "appraisal_deduction"

    appraisal_id: int = id_column("appraisal.id", index=False)
    criterion_id: int = id_column("appraisal_criterion.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    points: Decimal = Field(sa_type=Hundredths)
    reason: str = text_column()
    cited: Cited | None = enum_column(Cited, "cited", default=None, nullable=True)
    cited_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    office_id: int | None = id_column("unit.id", default=None, nullable=True)
    """That entered it; none where it was computed."""
    entered_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    state: DeductionState = enum_column(DeductionState, "state", default=DeductionState.STANDING)


class AppraisalAppeal(Audited, table=True):
    """One of each deduction. Who entered that stands here too: they do not decide."""

    __tablename__ = "appraisal_appeal"
    __table_args__ = (
        sa.UniqueConstraint("deduction_id"),
        sa.Index("ix_appraisal_appeal_round", "appraisal_id", "id"),
        sa.Index("ix_appraisal_appeal_unit", "unit_id", "id"),
        sa.Index("ix_appraisal_appeal_state", "district_id", "state", "id"),
    )
    audit_name: ClassVar[str] = "appraisal_appeal"

    appraisal_id: int = id_column("appraisal.id", index=False)
    deduction_id: int = id_column("appraisal_deduction.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    office_id: int | None = id_column("unit.id", default=None, nullable=True)
    entered_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    reason: str = text_column()
    state: AppealState = enum_column(AppealState, "state", default=AppealState.PENDING)
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    decided_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    decided_at: datetime | None = instant_column(default=None, nullable=True)
    decision: str | None = text_column(default=None, nullable=True)
    """Why it was upheld or not, or why the scores were withdrawn before anybody decided."""


DEDUCTION, APPEAL = table_of(AppraisalDeduction), table_of(AppraisalAppeal)


class DeductionCreate(Input):
    """By the criterion's office; ``cited`` with ``cited_id``: a task, a rectification or a finding of that unit."""

    unit_id: Id
    points: Amount
    reason: Text
    cited: Cited | None = None
    cited_id: Id | None = None


class DeductionsCreate(Input):
    """The same of several units, such as all that were absent from a meeting; ``evidence_id``: what proves it of each
    of them, such as the list of who came."""

    unit_ids: list[Id] = Constraint(min_length=1, max_length=500)
    points: Amount
    reason: Text
    evidence_id: Id | None = None


class Proof(Input):
    """``evidence_id``: a piece of the office's own, such as the list of who came."""

    evidence_id: Id


class DeductionPatch(Input):
    """By the office, while it is entering."""

    points: Amount | None = None
    reason: Text | None = None


class DeductionRead(ReadBase):
    appraisal_id: int
    appraisal_title: str
    appraisal_year: int
    appraisal_state: AppraisalState
    criterion_id: int
    criterion_name: str
    criterion_state: CriterionState
    unit_id: int
    unit_name: str
    points: Figure
    reason: str
    cited: Cited | None
    cited_id: int | None
    """The row that it comes from: ``/{cited}/{cited_id}``."""
    evidence_count: int
    """Files that prove it."""
    unproven: bool
    """It stands, an office entered it, and neither a row nor a file proves it: that office cannot finish yet."""
    office_name: str | None
    """That entered it; null where it was computed."""
    state: DeductionState
    appeal_id: int | None
    appeal_until: date | None
    """The last day for an appeal; null before the scores are published."""
    created_at: datetime
    updated_at: datetime


class DeductionDetail(AnsweredFor, DeductionRead):
    """With the files that prove it: evidence with the target ``appraisal-deductions``, uploaded by the office while it
    enters, readable by the unit once the scores are published."""

    evidence: list[dict[str, Any]]


class AppealCreate(Input):
    reason: Text


class AppealPatch(Input):
    """By its unit, until it is decided."""

    reason: Text | None = None


class AppealRead(ReadBase):
    appraisal_id: int
    appraisal_title: str
    deduction_id: int
    criterion_name: str
    unit_id: int
    unit_name: str
    points: Figure
    deduction: str
    """The deduction's reason."""
    reason: str
    state: AppealState
    decision: str | None
    decided_at: datetime | None
    decided_by_name: str | None
    created_at: datetime
    updated_at: datetime


class AppealDetail(AnsweredFor, AppealRead):
    evidence: list[dict[str, Any]]
