"""A plan's text and what was found in it: areas, items, and who is responsible in the plan's own words."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import (
    Audited,
    Date,
    Flag,
    Id,
    Input,
    Line,
    Name,
    Note,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    json_column,
    table_of,
    text_column,
    whole,
)


class PlanState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"


PLAN_STATE_LABELS = {
    PlanState.DRAFT: "草稿",
    PlanState.ISSUED: "印发",
    PlanState.ARCHIVED: "归档",
    PlanState.WITHDRAWN: "停止执行",
}


class Cadence(StrEnum):
    ONCE = "once"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    TERMLY = "termly"
    YEARLY = "yearly"
    STANDING = "standing"


CADENCE_LABELS = {
    Cadence.ONCE: "一次",
    Cadence.MONTHLY: "每月",
    Cadence.QUARTERLY: "每季度",
    Cadence.TERMLY: "每学期",
    Cadence.YEARLY: "每年",
    Cadence.STANDING: "长期坚持",
}


class DeadlineKind(StrEnum):
    DATE = "date"
    RANGE = "range"
    RECURRING = "recurring"
    STANDING = "standing"
    SCHOOL_CALENDAR = "school_calendar"
    UNDETERMINED = "undetermined"
    COMPOUND = "compound"


class ResponsibilityRole(StrEnum):
    """In order of strength: a unit named twice gets one row with the strongest."""

    LEAD = "lead"
    RESPONSIBLE = "responsible"
    COOPERATE = "cooperate"


ROLE_WORDS = {
    ResponsibilityRole.LEAD: "牵头",
    ResponsibilityRole.RESPONSIBLE: "责任",
    ResponsibilityRole.COOPERATE: "配合",
}


class EvidenceKind(StrEnum):
    POLICY = "policy"
    SCHEME = "scheme"
    MEETING = "meeting"
    ACTIVITY = "activity"
    INSPECTION = "inspection"
    RECTIFICATION = "rectification"
    SUMMARY = "summary"


EVIDENCE_KIND_LABELS = {
    EvidenceKind.POLICY: "制度",
    EvidenceKind.SCHEME: "方案",
    EvidenceKind.MEETING: "会议",
    EvidenceKind.ACTIVITY: "活动",
    EvidenceKind.INSPECTION: "检查",
    EvidenceKind.RECTIFICATION: "整改",
    EvidenceKind.SUMMARY: "总结",
}


_ISSUED = sa.text("state = 'issued'")


class Plan(Audited, table=True):
    __tablename__ = "plan"
    __table_args__ = (
        sa.UniqueConstraint("issuer_unit_id", "source_sha256"),
        sa.Index("ix_plan_district", "district_id", "id"),
        sa.Index("uq_plan_next", "previous_id", unique=True, sqlite_where=_ISSUED, postgresql_where=_ISSUED),
    )
    audit_name: ClassVar[str] = "plan"

    issuer_unit_id: int = id_column("unit.id", index=False)
    title: str = Field(max_length=500)
    year: int | None = None
    edition: int = 1
    """第 n 版."""
    previous_id: int | None = id_column("plan.id", default=None, nullable=True)
    """The plan that this one takes the place of when it is dispatched; of one plan only one edition is issued."""
    document_number: str | None = Field(default=None, max_length=100)
    state: PlanState = enum_column(PlanState, "state", default=PlanState.DRAFT)
    source_name: str = Field(max_length=300)
    source_sha256: str = Field(max_length=64)
    source_text: str = text_column()
    """The text that spans refer to; immutable once issued."""
    outline: dict[str, Any] = json_column(default_factory=dict)
    """Everything as the parser gave it: basis, organization, sections, areas, items, table_rows, requirements …"""
    uses_table_rows: bool = False
    """Whether review took the rows of its tables for the items."""
    issued_on: date | None = None
    created_by: int | None = id_column("user.id", index=False, default=None, nullable=True)


class PlanArea(Owned, table=True):
    __tablename__ = "plan_area"

    district_id: int = id_column("unit.id", index=False)
    plan_id: int = id_column("plan.id")
    number: str | None = Field(default=None, max_length=40)
    section: str | None = Field(default=None, max_length=40)
    title: str = Field(max_length=500)
    position: int


class PlanItem(Audited, table=True):
    __tablename__ = "plan_item"
    __table_args__ = (
        sa.Index("ix_plan_item_plan", "plan_id", "position", "id"),
        sa.Index("ix_plan_item_district", "district_id", "id"),
    )
    audit_name: ClassVar[str] = "plan_item"

    plan_id: int = id_column("plan.id", index=False)
    area_id: int | None = id_column("plan_area.id", default=None, nullable=True)
    key: str = Field(max_length=80)
    """Stable across the plan's versions."""
    number: str = Field(max_length=40)
    section: str | None = Field(default=None, max_length=40)
    title: str = Field(max_length=1000)
    measures: str = text_column(default="")
    position: int
    cadence: Cadence = enum_column(Cadence, "cadence", default=Cadence.ONCE)
    deadline_text: str | None = Field(default=None, max_length=500)
    deadline_kind: DeadlineKind | None = enum_column(DeadlineKind, "deadline_kind", default=None, nullable=True)
    deadline_on: date | None = None
    weight: int = 1
    required_evidence: list[str] = json_column(default_factory=list)
    """Evidence kinds that must be linked before submitting; empty asks for none."""
    for_information: bool = False
    """Stands in the plan but gives nobody work."""
    span_start: int = 0
    span_end: int = 0
    """Code points of the plan's ``source_text``."""


class Responsibility(Audited, table=True):
    """Item → unit or group, with the words as written. Unresolved until it names one or is dropped."""

    __tablename__ = "responsibility"
    __table_args__ = (sa.Index("ix_responsibility_item", "plan_item_id", "position"),)
    audit_name: ClassVar[str] = "responsibility"

    plan_id: int = id_column("plan.id")
    plan_item_id: int = id_column("plan_item.id", index=False)
    name: str = Field(max_length=200)
    role: ResponsibilityRole = enum_column(ResponsibilityRole, "role")
    is_group: bool = False
    position: int = 0
    unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    unit_group_id: int | None = id_column("unit_group.id", default=None, nullable=True)
    dropped_reason: str | None = Field(default=None, max_length=2000)


PLAN, AREA, ITEM, RESPONSIBILITY = (table_of(m) for m in (Plan, PlanArea, PlanItem, Responsibility))


class IssuerField(Input):
    """The fields beside an import's file."""

    issuer_unit_id: Id | None = None
    """The bureau itself, unless said."""


class PlanPatch(Input):
    """``previous_id``: the issued plan whose next edition this is; null where it is a plan of its own."""

    title: Line | None = None
    year: whole(1949, 2199) | None = None  # type: ignore[valid-type]
    document_number: Name | None = None
    previous_id: Id | None = None


class ResponsibilitySet(Input):
    """One responsible unit or group of an item, as review or a later change sets it."""

    unit_id: Id | None = None
    unit_group_id: Id | None = None
    role: ResponsibilityRole


class PlanItemPatch(Input):
    """``reason`` is required once the plan is issued. ``lead_unit_ids`` makes those units lead, the others not.

    ``responsibilities`` is the whole set: names that are not in it are dropped, with ``reason``; those still
    unresolved stay.
    """

    title: Line | None = None
    measures: Text | None = None
    cadence: Cadence | None = None
    deadline_on: Date | None = None
    deadline_kind: DeadlineKind | None = None
    deadline_text: Line | None = None
    weight: whole(0, 1000) | None = None  # type: ignore[valid-type]
    required_evidence: list[EvidenceKind] | None = Field(default=None, max_length=20)
    for_information: Flag | None = None
    lead_unit_ids: list[Id] | None = Field(default=None, max_length=100)
    responsibilities: list[ResponsibilitySet] | None = Field(default=None, max_length=100)
    reason: Note | None = None


class PlanItemsPatch(Input):
    """The same for several items of a plan at once: ``ids``, or all of them."""

    ids: list[Id] | None = Field(default=None, min_length=1, max_length=2000)
    cadence: Cadence | None = None
    deadline_on: Date | None = None
    deadline_kind: DeadlineKind | None = None
    weight: whole(0, 1000) | None = None  # type: ignore[valid-type]
    required_evidence: list[EvidenceKind] | None = Field(default=None, max_length=20)
    for_information: Flag | None = None
    lead_unit_ids: list[Id] | None = Field(default=None, max_length=100)
    """Each leads the items that name it."""
    reason: Note | None = None


class Resolution(Input):
    """What a name stands for: a unit, a group, or nothing (with a reason)."""

    name: Name
    unit_id: Id | None = None
    unit_group_id: Id | None = None
    drop_reason: Note | None = None
    remember: Flag = False
    """Keep the name as an alias, so that it is recognised from now on."""


class Resolutions(Input):
    resolutions: list[Resolution] = Field(min_length=1, max_length=500)


class TableRows(Input):
    """``use``: the rows of the plan's tables are its items; false goes back to the numbered items."""

    use: Flag


class Remark(BaseModel):
    """A remark about a plan. ``code``: no_deadline, no_cadence, no_lead, or parser."""

    code: str
    text: str
    item_ids: list[int]


class AreaRead(BaseModel):
    id: int
    number: str | None
    section: str | None
    title: str
    position: int


class PlanRow(ReadBase):
    issuer_unit_id: int
    issuer_name: str
    title: str
    year: int | None
    edition: int
    previous_id: int | None
    """The plan whose next edition it is."""
    document_number: str | None
    state: PlanState
    source_name: str
    issued_on: date | None
    created_at: datetime
    updated_at: datetime


class SourceText(ReadBase):
    """``text``: what the items' ``span`` counts in, by code points."""

    source_name: str
    text: str


class EditionRead(BaseModel):
    """The edition before or after."""

    id: int
    title: str
    year: int | None
    edition: int
    state: PlanState


class PlanRead(PlanRow):
    """A plan with what was found in it. ``blockers`` keep it from being issued, ``warnings`` do not."""

    previous: EditionRead | None
    next: EditionRead | None
    """Once that is issued."""
    uses_table_rows: bool
    table_row_count: int
    item_count: int
    responsibility_count: int
    unresolved_count: int
    areas: list[AreaRead]
    basis: list[dict[str, Any]]
    organization: dict[str, Any] | None
    sections: list[dict[str, Any]]
    requirements: list[dict[str, Any]]
    warnings: list[Remark]
    blockers: list[Remark]


class ResponsibilityRead(BaseModel):
    """``name`` is the plan's own word. Unresolved while both ids and ``dropped_reason`` are null."""

    id: int
    name: str
    role: ResponsibilityRole
    is_group: bool
    unit_id: int | None
    unit_group_id: int | None
    dropped_reason: str | None
    unit_name: str | None
    """The unit's or group's name today."""


class PlanItemRead(ReadBase):
    plan_id: int
    area_id: int | None
    area_number: str | None
    area_title: str | None
    key: str
    number: str
    section: str | None
    title: str
    measures: str
    position: int
    cadence: Cadence
    deadline_text: str | None
    deadline_kind: DeadlineKind | None
    deadline_on: date | None
    weight: int
    required_evidence: list[EvidenceKind]
    for_information: bool
    span: tuple[int, int]
    """Where it stands in the plan's source text, in code points."""
    updated_at: datetime
    responsibilities: list[ResponsibilityRead]


class PlanItemDetail(PlanItemRead):
    plan_title: str
    plan_state: PlanState
    source_excerpt: str
