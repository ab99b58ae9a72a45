"""An item's work at one unit for one period, and what happens to it."""

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
    Note,
    Percent,
    ReadBase,
    Step,
    Text,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
    whole,
)
from app.plans.models import Cadence, EvidenceKind, PlanState, ResponsibilityRole
from app.units.models import UnitKind


class AssignmentState(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    COMPLETED = "completed"
    DECLINED = "declined"
    WAIVED = "waived"
    CANCELLED = "cancelled"


ASSIGNMENT_STATE_LABELS = {
    AssignmentState.PENDING: "待签收",
    AssignmentState.IN_PROGRESS: "办理中",
    AssignmentState.SUBMITTED: "待审核",
    AssignmentState.COMPLETED: "办结",
    AssignmentState.DECLINED: "退签",
    AssignmentState.WAIVED: "免办",
    AssignmentState.CANCELLED: "撤销",
}
OPEN_STATES = (AssignmentState.PENDING, AssignmentState.IN_PROGRESS, AssignmentState.SUBMITTED)


class ActivityKind(StrEnum):
    """What was held, where a report tells of an activity."""

    THEMED_STUDY = "themed_study"
    DRILL = "drill"
    CULTURE = "culture"
    MEETING = "meeting"
    CONTEST = "contest"
    SITUATION_ANALYSIS = "situation_analysis"
    RISK_CHECK = "risk_check"
    RULE_OF_LAW_REPORT = "rule_of_law_report"
    OTHER = "other"


ACTIVITY_KIND_LABELS = {
    ActivityKind.THEMED_STUDY: "主题学习",
    ActivityKind.DRILL: "岗位练兵",
    ActivityKind.CULTURE: "文化活动",
    ActivityKind.MEETING: "会议汇报",
    ActivityKind.CONTEST: "比赛",
    ActivityKind.SITUATION_ANALYSIS: "思想动态研判",
    ActivityKind.RISK_CHECK: "风险排查",
    ActivityKind.RULE_OF_LAW_REPORT: "法治工作汇报",
    ActivityKind.OTHER: "其他活动",
}
_EVENTS = [(act, sa.text(f"{act}_event_id IS NOT NULL")) for act in ("dispatch", "retire")]


class Assignment(Audited, table=True):
    __tablename__ = "assignment"
    __table_args__ = (
        sa.UniqueConstraint("plan_item_id", "unit_id", "period"),
        sa.Index("ix_assignment_district", "district_id", "id"),
        sa.Index("ix_assignment_unit", "unit_id", "id"),
        sa.Index("ix_assignment_unit_state", "unit_id", "state", "deadline_key", "id"),
        sa.Index("ix_assignment_unit_deadline", "unit_id", "deadline_key", "id"),
        sa.Index("ix_assignment_unit_updated", "unit_id", "updated_at", "id"),
        sa.Index("ix_assignment_plan_unit", "plan_id", "unit_id", "state", "deadline_on"),
        # Holds all that the ledger's chips count.
        sa.Index(
            "ix_assignment_plan_state", "plan_id", "state", "deadline_key", "awaits_decision", "unit_id", "district_id"
        ),
        sa.Index(
            "ix_assignment_plan_item", "plan_id", "plan_item_id", "state", "deadline_on", "counted", "district_id"
        ),
        # An office reads the schools' rows of its items, each item's in the list's order.
        sa.Index("ix_assignment_item", "plan_item_id", "id"),
        sa.Index("ix_assignment_item_deadline", "plan_item_id", "deadline_key", "id"),
        sa.Index("ix_assignment_item_updated", "plan_item_id", "updated_at", "id"),
        sa.Index("ix_assignment_item_role", "plan_item_id", "role", "unit_id"),
        sa.Index("ix_assignment_state", "district_id", "state", "deadline_key", "id"),
        sa.Index("ix_assignment_deadline", "district_id", "deadline_key", "id"),
        sa.Index("ix_assignment_updated", "district_id", "updated_at", "id"),
        sa.Index(
            "ix_assignment_merged_into",
            "merged_into_id",
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_assignment_former_unit",
            "former_unit_id",
            sqlite_where=sa.text("former_unit_id IS NOT NULL"),
            postgresql_where=sa.text("former_unit_id IS NOT NULL"),
        ),
        # For the removal of archived events, which asks of each whether a row refers to it.
        *(
            sa.Index(f"ix_assignment_{act}_event", f"{act}_event_id", sqlite_where=there, postgresql_where=there)
            for act, there in _EVENTS
        ),
    )
    audit_name: ClassVar[str] = "assignment"

    plan_id: int = id_column("plan.id", index=False)
    plan_item_id: int = id_column("plan_item.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    period: str = Field(max_length=20)
    """``once``, ``2023``, ``2023-H1``, ``2023-Q1``, ``2023-10`` or ``2023-T1``."""
    role: ResponsibilityRole = enum_column(ResponsibilityRole, "role")
    state: AssignmentState = enum_column(AssignmentState, "state", default=AssignmentState.PENDING)
    percent: int = Field(default=0)
    original_deadline_on: date | None = None
    deadline_on: date | None = None
    """The original one or the last approved extension's."""
    deadline_key: date = Field(
        default=None, sa_column_args=[sa.Computed("coalesce(deadline_on, '9999-12-31')", persisted=True)]
    )
    """``deadline_on`` for sorting: rows without one come last."""
    counted: bool = True
    """Whether completion rates count it: lead rows, or all responsible ones where none leads."""
    sent_at: datetime | None = instant_column(default=None, nullable=True)
    """When it went out again (redispatched, or back after it was retired); None: as it was made. See ``SENT_AT``."""
    awaits_decision: bool = False
    """待处置: its unit is no longer responsible, but work was done; someone must decide."""
    acknowledged_at: datetime | None = instant_column(default=None, nullable=True)
    submitted_at: datetime | None = instant_column(default=None, nullable=True)
    completed_at: datetime | None = instant_column(default=None, nullable=True)
    report_count: int = 0
    submit_count: int = 0
    send_back_count: int = 0
    dispatch_event_id: int | None = id_column("event.id", index=False, default=None, nullable=True)
    retire_event_id: int | None = id_column("event.id", index=False, default=None, nullable=True)
    merged_into_id: int | None = id_column("assignment.id", index=False, default=None, nullable=True)
    """并入: its unit was merged into another, which holds the same row; the state is ``cancelled``."""
    former_unit_id: int | None = id_column("unit.id", index=False, default=None, nullable=True)
    """The unit from which it came when that was merged into its present one."""


class ProgressReport(Audited, table=True):
    __tablename__ = "progress_report"
    __table_args__ = (
        sa.Index("ix_progress_report_assignment", "assignment_id", "id"),
        # For taking an import back, and for the removal of archived events.
        sa.Index(
            "ix_progress_report_import_event",
            "import_event_id",
            "assignment_id",
            sqlite_where=sa.text("import_event_id IS NOT NULL"),
            postgresql_where=sa.text("import_event_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_progress_report_taken_back",
            "taken_back_event_id",
            sqlite_where=sa.text("taken_back_event_id IS NOT NULL"),
            postgresql_where=sa.text("taken_back_event_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_progress_report_activity",
            *("district_id", "id"),
            sqlite_where=sa.text("place IS NOT NULL"),
            postgresql_where=sa.text("place IS NOT NULL"),
        ),
    )
    audit_name: ClassVar[str] = "progress_report"

    assignment_id: int = id_column("assignment.id", index=False)
    text: str = text_column()
    percent: int
    reported_on: date
    place: str | None = Field(default=None, max_length=100)
    """Of an activity that was held; a report with one stands among the activities (活动台账)."""
    participants: int | None = None
    activity: ActivityKind | None = enum_column(ActivityKind, "activity", default=None, nullable=True)
    user_id: int | None = id_column("user.id", index=False, default=None, nullable=True)
    import_event_id: int | None = id_column("event.id", index=False, default=None, nullable=True)
    """The event of the table that it came in; None: it was filled in by itself."""
    taken_back_event_id: int | None = id_column("event.id", index=False, default=None, nullable=True)
    """The event by which its table was taken back: it counts no more, and its row's history tells of both."""


class Urging(Audited, table=True):
    __tablename__ = "urging"
    __table_args__ = (sa.Index("ix_urging_assignment", "assignment_id", "id"),)
    audit_name: ClassVar[str] = "urging"

    assignment_id: int = id_column("assignment.id", index=False)
    level: int = 1
    note: str = text_column(default="")
    user_id: int | None = id_column("user.id", index=False, default=None, nullable=True)


ASSIGNMENT, REPORT, URGING = (table_of(m) for m in (Assignment, ProgressReport, Urging))
STANDS = REPORT.c.taken_back_event_id.is_(None)
"""A report that counts: its table was not taken back."""
SENT_AT = sa.func.coalesce(ASSIGNMENT.c.sent_at, ASSIGNMENT.c.created_at)
"""From when a row waits to be acknowledged: its last dispatch."""


class AssignmentRead(ReadBase):
    plan_id: int
    plan_item_id: int
    unit_id: int
    period: str
    role: ResponsibilityRole
    state: AssignmentState
    lamp: str
    """``red``, ``amber``, ``green``, ``none`` (the clock stands or there is none) or ``done``."""
    lamp_words: str
    lamp_short: str
    percent: int
    deadline_on: date | None
    original_deadline_on: date | None
    counted: bool
    awaits_decision: bool
    merged_into_id: int | None
    """The row in which this one goes on (并入); its state is ``cancelled``."""
    report_count: int
    item_number: str
    item_title: str
    unit_name: str
    responsible_leader: dict[str, str] | None
    """责任领导: ``{name, post}`` of today, by the appointments that the reader sees."""
    responsible_person: dict[str, str] | None
    """责任人, the same."""
    completed_at: datetime | None
    updated_at: datetime


class AssignmentDetail(AssignmentRead):
    """A row with its item's text, the evidence it requires, its reports, urgings and history, newest first."""

    acknowledged_at: datetime | None
    submitted_at: datetime | None
    submit_count: int
    send_back_count: int
    created_at: datetime
    former_unit_id: int | None
    """The unit from which it came when that was merged into the present one."""
    former_unit_name: str | None
    plan_title: str
    plan_state: PlanState
    area_title: str | None
    measures: str
    cadence: Cadence
    deadline_text: str | None
    unit_kind: UnitKind
    required_evidence: list[dict[str, Any]]
    """``{kind, label, count}``: how many there are of each kind that is wanted."""
    missing_evidence: list[EvidenceKind]
    responsibilities: list[dict[str, Any]]
    progress_reports: list[dict[str, Any]]
    urgings: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    sent_back: dict[str, Any] | None
    """The entry of the timeline that sent it back last, while nothing was handed in after it."""


class ReportRead(ReadBase):
    assignment_id: int
    text: str
    percent: int
    reported_on: date
    place: str | None
    participants: int | None
    activity: ActivityKind | None
    author: str | None
    created_at: datetime


class CameWith(BaseModel):
    """A piece of evidence, of that revision: ``/evidence/{id}/file?revision={revision}``."""

    id: int
    title: str
    kind: EvidenceKind
    revision: int


class ActivityRead(ReadBase):
    """A report of an activity that was held; ``evidence``: the photos and papers that came with it."""

    assignment_id: int
    unit_id: int
    unit_name: str
    plan_item_id: int
    item_title: str
    period: str
    reported_on: date
    place: str
    participants: int | None
    activity: ActivityKind | None
    text: str
    evidence_count: int
    evidence: list[CameWith]
    created_at: datetime
    updated_at: datetime


class UrgingRead(ReadBase):
    assignment_id: int
    level: int
    note: str
    author: str | None
    created_at: datetime


class ReportCreate(Input):
    """``place``, ``participants`` and ``activity`` (what it was) where one was held, on ``reported_on``.

    ``evidence_ids``: what came with it of the evidence that the assignment has.
    """

    text: Text
    percent: Percent
    reported_on: Date | None = None
    """Today, unless said."""
    place: Name | None = None
    participants: whole(1, 100_000) | None = None  # type: ignore[valid-type]
    activity: ActivityKind | None = None
    evidence_ids: list[Id] = Field(default=[], max_length=100)


class ActivityPatch(Input):
    """``evidence_ids`` takes the place of those that came with it."""

    text: Text | None = None
    reported_on: Date | None = None
    place: Name | None = None
    participants: whole(1, 100_000) | None = None  # type: ignore[valid-type]
    activity: ActivityKind | None = None
    evidence_ids: list[Id] | None = Field(default=None, max_length=100)


class RedispatchCreate(Step):
    """``deadline_on``: a new deadline, wanted where the row's has passed and refused where it has not: then it moves by
    an approved extension alone."""

    deadline_on: Date | None = None


class UrgingCreate(Input):
    level: whole(1, 3) = 1  # type: ignore[valid-type]
    note: Note = ""


class DispatchEntry(BaseModel):
    plan_item_id: int
    unit_id: int
    period: str
    role: str


class Dispatched(BaseModel):
    """Rows that a dispatch makes, leaves as they are, and takes back."""

    add: list[DispatchEntry]
    keep: list[DispatchEntry]
    retire: list[DispatchEntry]
