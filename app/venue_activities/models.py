"""Venue activities (意识形态阵地): lectures, forums, societies and the like, registered and approved before they are
held, and which office approves which kind."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from pydantic import BeforeValidator, StringConstraints
from sqlmodel import Field

from app.appointments.models import AnsweredFor
from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Line,
    Name,
    Note,
    ReadBase,
    clean,
    enum_column,
    id_column,
    instant_column,
    table_of,
    whole,
)


class VenueKind(StrEnum):
    LECTURE = "lecture"
    FORUM = "forum"
    SOCIETY = "society"
    PERFORMANCE = "performance"
    ONLINE_PLATFORM = "online_platform"


VENUE_KIND_LABELS = {
    VenueKind.LECTURE: "讲座报告",
    VenueKind.FORUM: "论坛研讨",
    VenueKind.SOCIETY: "社团活动",
    VenueKind.PERFORMANCE: "展演展览",
    VenueKind.ONLINE_PLATFORM: "网络平台",
}


class CheckResult(StrEnum):
    PASSED = "passed"
    PASSED_WITH_CHANGES = "passed_with_changes"
    FAILED = "failed"


CHECK_RESULT_LABELS = {
    CheckResult.PASSED: "通过",
    CheckResult.PASSED_WITH_CHANGES: "修改后通过",
    CheckResult.FAILED: "不通过",
}


class VenueState(StrEnum):
    REGISTERED = "registered"
    APPROVED = "approved"
    HELD = "held"
    REFUSED = "refused"
    CANCELLED = "cancelled"


VENUE_STATE_LABELS = {
    VenueState.REGISTERED: "待审批",
    VenueState.APPROVED: "已批准",
    VenueState.HELD: "已举办",
    VenueState.REFUSED: "未批准",
    VenueState.CANCELLED: "已取消",
}
MOST_PEOPLE = 100_000
Clock = Annotated[str, BeforeValidator(clean), StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""``14:30``."""
People = whole(0, MOST_PEOPLE)


class VenueActivity(Audited, table=True):
    """One occasion. That it is not reported after its day is reckoned, never stored."""

    __tablename__ = "venue_activity"
    __table_args__ = (
        sa.Index("ix_venue_activity_district", "district_id", "id"),
        sa.Index("ix_venue_activity_state", "district_id", "state", "held_on"),
        sa.Index("ix_venue_activity_unit", "unit_id", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "venue_activity"

    unit_id: int = id_column("unit.id", index=False)
    kind: VenueKind = enum_column(VenueKind, "kind")
    topic: str = Field(max_length=500)
    host: str = Field(max_length=100)
    speaker: str | None = Field(default=None, max_length=100)
    speaker_unit: str | None = Field(default=None, max_length=100)
    place: str = Field(max_length=500)
    held_on: date
    begins: str | None = Field(default=None, max_length=5)
    audience: str = Field(max_length=500)
    expected: int
    checked_by: str | None = Field(default=None, max_length=100)
    checked_on: date | None = None
    check_result: CheckResult | None = enum_column(CheckResult, "check_result", default=None, nullable=True)
    state: VenueState = enum_column(VenueState, "state", default=VenueState.REGISTERED)
    registered_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    decided_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    decided_at: datetime | None = instant_column(default=None, nullable=True)
    attended: int | None = None


class VenueReviewer(Audited, table=True):
    """The office that approves a kind; without one the supervision office does."""

    __tablename__ = "venue_reviewer"
    __table_args__ = (sa.UniqueConstraint("district_id", "kind"),)
    audit_name: ClassVar[str] = "venue_reviewer"

    kind: VenueKind = enum_column(VenueKind, "kind")
    office_id: int | None = id_column("unit.id", default=None, nullable=True)


ACTIVITY, REVIEWER = table_of(VenueActivity), table_of(VenueReviewer)


class ActivityCreate(Input):
    """``unit_id`` is needed where the user has several units. ``held_on`` lies ahead: approval comes before the day.
    The content check (who, when, result) may follow, but not after approval."""

    unit_id: Id | None = None
    kind: VenueKind
    topic: Line
    host: Name
    speaker: Name | None = None
    speaker_unit: Name | None = None
    place: Line
    held_on: Date
    begins: Clock | None = None
    audience: Line
    expected: People  # type: ignore[valid-type]
    checked_by: Name | None = None
    checked_on: Date | None = None
    check_result: CheckResult | None = None


class ActivityPatch(Input):
    """By its unit, until it is decided."""

    kind: VenueKind | None = None
    topic: Line | None = None
    host: Name | None = None
    speaker: Name | None = None
    speaker_unit: Name | None = None
    place: Line | None = None
    held_on: Date | None = None
    begins: Clock | None = None
    audience: Line | None = None
    expected: People | None = None  # type: ignore[valid-type]
    checked_by: Name | None = None
    checked_on: Date | None = None
    check_result: CheckResult | None = None


class Held(Input):
    """How many came; with what shows it linked before."""

    attended: People  # type: ignore[valid-type]
    note: Note | None = None


class ActivityRead(ReadBase):
    unit_id: int
    unit_name: str
    kind: VenueKind
    topic: str
    host: str
    speaker: str | None
    speaker_unit: str | None
    place: str
    held_on: date
    begins: str | None
    audience: str
    expected: int
    checked_by: str | None
    checked_on: date | None
    check_result: CheckResult | None
    state: VenueState
    unreported: bool
    """Approved, its day is over, and nobody has said that it was held."""
    attended: int | None
    registered_by_name: str | None
    decided_at: datetime | None
    decided_by_name: str | None
    created_at: datetime
    updated_at: datetime


class ActivityDetail(AnsweredFor, ActivityRead):
    """With why it was refused or cancelled, and its papers."""

    said: str | None
    evidence: list[dict[str, Any]]


class ReviewerPut(Input):
    """``office_id`` null: the supervision office again."""

    kind: VenueKind
    office_id: Id | None = None


class ReviewerRead(ReadBase):
    kind: VenueKind
    office_id: int | None
    office_name: str | None
    updated_at: datetime
