"""Rectifications: a found problem on its way to close-out, in rounds."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import (
    Audited,
    Date,
    Id,
    Input,
    Name,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    text_column,
)
from app.inspections.models import Severity


class RectificationState(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    CLOSED = "closed"


RECTIFICATION_STATE_LABELS = {
    RectificationState.PENDING: "待整改",
    RectificationState.IN_PROGRESS: "整改中",
    RectificationState.SUBMITTED: "待验收",
    RectificationState.CLOSED: "已销号",
}


class Source(StrEnum):
    FINDING = "finding"
    SELF_CHECK = "self_check"
    COMPLAINT = "complaint"
    AUDIT = "audit"
    ASSIGNED = "assigned"
    """From what its unit may not know of yet: a complaint that is still looked into."""


SOURCE_LABELS = {
    Source.FINDING: "督查发现",
    Source.SELF_CHECK: "自查发现",
    Source.COMPLAINT: "信访举报",
    Source.AUDIT: "审计反馈",
    Source.ASSIGNED: "交办核查",
}


class Rectification(Audited, table=True):
    __tablename__ = "rectification"
    __table_args__ = (
        sa.UniqueConstraint("finding_id"),
        sa.Index("ix_rectification_district", "district_id", "id"),
        sa.Index("ix_rectification_unit", "unit_id", "id"),
        sa.Index("ix_rectification_deadline", "district_id", "deadline_key", "id"),
        sa.Index("ix_rectification_state", "district_id", "state", "deadline_key", "id"),
    )
    audit_name: ClassVar[str] = "rectification"

    finding_id: int | None = id_column("finding.id", index=False, default=None, nullable=True)
    source: Source = enum_column(Source, "source", default=Source.FINDING)
    campaign_id: int | None = id_column("campaign.id", default=None, nullable=True)
    """The special campaign in whose self-check it was found."""
    problem: str = text_column()
    """What was found, as the ledger shows it."""
    unit_id: int = id_column("unit.id", index=False)
    state: RectificationState = enum_column(RectificationState, "state", default=RectificationState.PENDING)
    round: int = 1
    original_deadline_on: date | None = None
    deadline_on: date | None = None
    deadline_key: date = Field(
        default=None, sa_column_args=[sa.Computed("coalesce(deadline_on, '9999-12-31')", persisted=True)]
    )
    cause: str | None = text_column(default=None, nullable=True)
    goal: str | None = text_column(default=None, nullable=True)
    measures: str | None = text_column(default=None, nullable=True)
    responsible_leader: str | None = Field(default=None, max_length=100)
    responsible_person: str | None = Field(default=None, max_length=100)
    result: str | None = text_column(default=None, nullable=True)
    opinion: str | None = text_column(default=None, nullable=True)
    """The verifier's words."""
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    verified_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    submitted_at: datetime | None = instant_column(default=None, nullable=True)
    closed_at: datetime | None = instant_column(default=None, nullable=True)


class RectificationRound(Owned, table=True):
    """An earlier round as it stood when the matter was reopened."""

    __tablename__ = "rectification_round"
    __table_args__ = (sa.UniqueConstraint("rectification_id", "number"),)

    district_id: int = id_column("unit.id", index=False)
    rectification_id: int = id_column("rectification.id", index=False)
    number: int
    content: dict[str, Any] = json_column(nullable=False)
    reopened_reason: str = text_column()
    reopened_at: datetime = instant_column(nullable=False)


RECTIFICATION, ROUND = table_of(Rectification), table_of(RectificationRound)


class RectificationPatch(Input):
    """By its unit, while pending or in progress."""

    cause: Text | None = None
    goal: Text | None = None
    measures: Text | None = None
    responsible_leader: Name | None = None
    responsible_person: Name | None = None
    result: Text | None = None


class RectificationCreate(Input):
    """A problem that did not come from an inspection: a unit's own check, or registered by the supervisor."""

    problem: Text
    source: Source = Source.SELF_CHECK
    unit_id: Id | None = None
    """Needed where the user has several units; the supervisor names the unit."""
    deadline_on: Date | None = None


class RectificationRead(ReadBase):
    finding_id: int | None
    number: str | None
    """The finding's, such as 2023-督-017."""
    inspection_id: int | None
    inspection_title: str | None
    category: str | None
    severity: Severity | None
    source: Source
    problem: str
    unit_id: int
    unit_name: str
    state: RectificationState
    lamp: str
    """``red``, ``amber``, ``green``, ``none`` or ``done``."""
    lamp_words: str
    lamp_short: str
    round: int
    deadline_on: date | None
    original_deadline_on: date | None
    cause: str | None
    goal: str | None
    measures: str | None
    responsible_leader: str | None
    responsible_person: str | None
    result: str | None
    opinion: str | None
    verifier_name: str | None
    submitted_at: datetime | None
    closed_at: datetime | None
    evidence_count: int
    created_at: datetime
    updated_at: datetime


class RoundRead(BaseModel):
    number: int
    content: dict[str, Any]
    reopened_reason: str
    reopened_at: datetime


class RectificationDetail(RectificationRead):
    """With the finding and the earlier rounds."""

    finding: dict[str, Any] | None
    rounds: list[RoundRead]
