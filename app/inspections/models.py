"""Inspections, announced and unannounced: targets, teams, draws, visits and findings."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Code,
    Date,
    Flag,
    Id,
    Input,
    Name,
    Note,
    Owned,
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


class InspectionState(StrEnum):
    PLANNED = "planned"
    ONGOING = "ongoing"
    REPORTED = "reported"
    RELEASED = "released"
    CANCELLED = "cancelled"


INSPECTION_STATE_LABELS = {
    InspectionState.PLANNED: "已计划",
    InspectionState.ONGOING: "检查中",
    InspectionState.REPORTED: "已报告",
    InspectionState.RELEASED: "已发布",
    InspectionState.CANCELLED: "已取消",
}


class Mode(StrEnum):
    ANNOUNCED = "announced"
    UNANNOUNCED = "unannounced"


MODE_LABELS = {Mode.ANNOUNCED: "明察", Mode.UNANNOUNCED: "暗访"}


class InspectionKind(StrEnum):
    ROUTINE = "routine"
    LIAISON = "liaison"
    JOINT = "joint"
    SPECIAL_CAMPAIGN = "special_campaign"


INSPECTION_KIND_LABELS = {
    InspectionKind.ROUTINE: "常规督查",
    InspectionKind.LIAISON: "包联督查",
    InspectionKind.JOINT: "联合检查",
    InspectionKind.SPECIAL_CAMPAIGN: "专项治理",
}


class Severity(StrEnum):
    MINOR = "minor"
    MAJOR = "major"
    SERIOUS = "serious"


SEVERITY_LABELS = {Severity.MINOR: "一般", Severity.MAJOR: "较重", Severity.SERIOUS: "严重"}
SEVERITY_WORKDAYS = {Severity.MINOR: 30, Severity.MAJOR: 15, Severity.SERIOUS: 7}
"""Default deadline of a finding, in workdays from the day it is issued."""
CATEGORIES = (
    "制度建设",
    "意识形态",
    "师德师风",
    "教育收费",
    "招生考试",
    "课后服务",
    "廉政风险",
    "资料归档",
    "安全稳定",
    "其他",
)


class FindingState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"


FINDING_STATE_LABELS = {FindingState.DRAFT: "草稿", FindingState.ISSUED: "已下达"}


class Answer(StrEnum):
    CONFORMS = "conforms"
    FAILS = "fails"
    NOT_APPLICABLE = "not_applicable"


ANSWER_LABELS = {Answer.CONFORMS: "符合", Answer.FAILS: "不符", Answer.NOT_APPLICABLE: "不涉及"}


class Inspection(Audited, table=True):
    __tablename__ = "inspection"
    __table_args__ = (sa.Index("ix_inspection_district", "district_id", "id"),)
    audit_name: ClassVar[str] = "inspection"

    unit_id: int = id_column("unit.id")
    """The unit that inspects: the creator's."""
    title: str = Field(max_length=200)
    mode: Mode = enum_column(Mode, "mode")
    kind: InspectionKind = enum_column(InspectionKind, "kind")
    state: InspectionState = enum_column(InspectionState, "state", default=InspectionState.PLANNED)
    starts_on: date
    ends_on: date
    checklist_id: int | None = id_column("checklist.id", default=None, nullable=True)
    campaign_id: int | None = id_column("campaign.id", default=None, nullable=True)
    """The special campaign it belongs to."""
    liaison_visit_id: int | None = id_column("liaison_visit.id", default=None, nullable=True)
    """The liaison visit (包联走访) that led to it."""
    summary: str = text_column(default="")
    created_by: int | None = id_column("user.id", index=False, default=None, nullable=True)


class InspectionTarget(Owned, table=True):
    __tablename__ = "inspection_target"
    __table_args__ = (
        sa.UniqueConstraint("inspection_id", "unit_id"),
        sa.Index("ix_inspection_target_unit", "unit_id", "inspection_id"),
        IDS_ONCE,
    )

    district_id: int = id_column("unit.id", index=False)
    inspection_id: int = id_column("inspection.id", index=False)
    unit_id: int = id_column("unit.id", index=False)


class InspectionMember(Owned, table=True):
    """A unit or a person of the team."""

    __tablename__ = "inspection_member"
    __table_args__ = (
        sa.CheckConstraint("(unit_id IS NULL) <> (user_id IS NULL)", name="unit_or_person"),
        sa.Index("ix_inspection_member_inspection", "inspection_id"),
        IDS_ONCE,
    )

    district_id: int = id_column("unit.id", index=False)
    inspection_id: int = id_column("inspection.id", index=False)
    unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    user_id: int | None = id_column("user.id", default=None, nullable=True)


class InspectionDraw(Owned, table=True):
    """A double-random draw, kept so that anyone can repeat it: seed, frame, strata, result."""

    __tablename__ = "inspection_draw"
    __table_args__ = (sa.UniqueConstraint("inspection_id", "number"),)

    district_id: int = id_column("unit.id", index=False)
    inspection_id: int = id_column("inspection.id", index=False)
    number: int
    seed: str = Field(max_length=64)
    frame: dict[str, Any] = json_column(nullable=False)
    result: dict[str, Any] = json_column(nullable=False)
    reason: str | None = text_column(default=None, nullable=True)
    drawn_at: datetime = instant_column(nullable=False)
    drawn_by: int | None = id_column("user.id", index=False, default=None, nullable=True)


class Visit(Audited, table=True):
    """One visit per target, with the checklist's answers."""

    __tablename__ = "visit"
    __table_args__ = (sa.UniqueConstraint("inspection_id", "unit_id"), IDS_ONCE)
    audit_name: ClassVar[str] = "visit"

    inspection_id: int = id_column("inspection.id", index=False)
    unit_id: int = id_column("unit.id")
    visited_on: date
    note: str = text_column(default="")
    answers: dict[str, Any] = json_column(default_factory=dict)
    """``{point key: {"answer", "score"}}``."""
    score: int | None = None
    max_score: int | None = None
    """Points that do not apply count in neither."""


class Finding(Audited, table=True):
    __tablename__ = "finding"
    __table_args__ = (
        sa.Index("ix_finding_inspection", "inspection_id", "id"),
        sa.Index("ix_finding_district", "district_id", "id"),
        sa.Index("ix_finding_unit", "unit_id", "id"),
        sa.UniqueConstraint("district_id", "year", "number"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "finding"

    inspection_id: int = id_column("inspection.id", index=False)
    visit_id: int = id_column("visit.id")
    unit_id: int = id_column("unit.id", index=False)
    year: int | None = None
    number: int | None = None
    """Given when it is issued, gapless by year: 2023-督-017."""
    category: str = Field(max_length=100)
    severity: Severity = enum_column(Severity, "severity")
    description: str = text_column()
    correction: str = text_column()
    basis: str | None = text_column(default=None, nullable=True)
    point_key: str | None = Field(default=None, max_length=40)
    immediate: bool = False
    """立行立改: to be put right on the spot."""
    deadline_on: date | None = None
    state: FindingState = enum_column(FindingState, "state", default=FindingState.DRAFT)


INSPECTION, TARGET, MEMBER, DRAW, VISIT, FINDING = (
    table_of(m) for m in (Inspection, InspectionTarget, InspectionMember, InspectionDraw, Visit, Finding)
)


class Sample(Input):
    """A double-random draw: ``size`` units of a group, ``team_size`` inspectors of a unit."""

    group_id: Id
    size: whole(1, 1000)  # type: ignore[valid-type]
    inspector_unit_id: Id
    team_size: whole(1, 100)  # type: ignore[valid-type]


class InspectionCreate(Input):
    """Targets by hand (``unit_ids``) or drawn (``sample``); the team defaults to the creator's unit."""

    mode: Mode
    kind: InspectionKind
    title: Name
    starts_on: Date
    ends_on: Date
    unit_ids: list[Id] = Field(default=[], max_length=2000)
    sample: Sample | None = None
    unit_id: Id | None = None
    team_unit_ids: list[Id] = Field(default=[], max_length=200)
    team_user_ids: list[Id] = Field(default=[], max_length=200)
    checklist_id: Id | None = None
    liaison_visit_id: Id | None = None
    """The liaison visit that led to it; its school is among the targets."""


class InspectionPatch(Input):
    title: Name | None = None
    starts_on: Date | None = None
    ends_on: Date | None = None
    summary: Note | None = None


class Redraw(Input):
    reason: Note = Field(min_length=1)


class PointAnswer(Input):
    answer: Answer
    score: whole(0, 1000) | None = None  # type: ignore[valid-type]


class VisitCreate(Input):
    """Recording a target's visit again changes the points that are given; others stay as they were."""

    unit_id: Id
    visited_on: Date | None = None
    note: Note = ""
    answers: dict[str, PointAnswer] = Field(default={}, max_length=500)


class FindingCreate(Input):
    """A problem found at a target; the first one there makes its visit."""

    unit_id: Id
    category: Name
    severity: Severity
    description: Text
    correction: Text
    basis: Text | None = None
    deadline_on: Date | None = None
    """Absent, it follows from the severity on the day the finding is issued."""
    immediate: Flag = False
    visit_id: Id | None = None
    point_key: Code | None = None
    """The point of the checklist that it failed."""


class FindingPatch(Input):
    category: Name | None = None
    severity: Severity | None = None
    description: Text | None = None
    correction: Text | None = None
    basis: Text | None = None
    deadline_on: Date | None = None
    immediate: Flag | None = None


class InspectionRead(ReadBase):
    unit_id: int
    unit_name: str
    title: str
    mode: Mode
    kind: InspectionKind
    state: InspectionState
    starts_on: date
    ends_on: date
    checklist_id: int | None
    campaign_id: int | None
    """The special campaign it belongs to."""
    summary: str | None
    """For those inspected, once it is released."""
    target_count: int
    visit_count: int | None
    """None for those inspected."""
    finding_count: int | None
    """None for those inspected."""
    draw_count: int
    inside: bool
    """Whether the whole of it is open to who asks."""
    updated_at: datetime


class InspectionDetail(InspectionRead):
    team: list[dict[str, Any]]
    """``{unit_id, user_id, name}``: a unit or a person."""
    liaison_visit: dict[str, Any] | None
    """``{id, school_id, visited_on, problems}`` of the visit that led to it, for whoever may read that."""


class VisitRead(ReadBase):
    inspection_id: int
    unit_id: int
    unit_name: str
    visited_on: date
    note: str
    answers: dict[str, PointAnswer]
    score: int | None
    max_score: int | None
    updated_at: datetime


class FindingRead(ReadBase):
    inspection_id: int
    inspection_title: str
    inspection_mode: Mode
    inspector_name: str
    visit_id: int
    visited_on: date
    unit_id: int
    unit_name: str
    number: str | None
    """Such as 2023-督-017, from the day it is issued."""
    category: str
    severity: Severity
    description: str
    correction: str
    basis: str | None
    point_key: str | None
    immediate: bool
    deadline_on: date | None
    state: FindingState
    created_at: datetime
    updated_at: datetime
