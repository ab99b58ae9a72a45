"""A plan's text and what was found in it: areas, items, and who is responsible in the plan's own words."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import IDS_ONCE, Audited, Owned, enum_column, id_column, json_column, table_of, text_column


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
        IDS_ONCE,
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
    __table_args__ = IDS_ONCE

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
        sa.UniqueConstraint("plan_id", "continues_id"),
        IDS_ONCE,
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
    continues_id: int | None = id_column("plan_item.id", default=None, nullable=True)
    """The item of the edition before that it goes on from, where a person said so."""
    paired: bool = False
    """A person said what it continues, or that it continues none: what it would be taken for does not count."""
    span_start: int = 0
    span_end: int = 0
    """Code points of the plan's ``source_text``."""


class Responsibility(Audited, table=True):
    """Item → unit or group, with the words as written. Unresolved until it names one or is dropped."""

    __tablename__ = "responsibility"
    __table_args__ = (sa.Index("ix_responsibility_item", "plan_item_id", "position"), IDS_ONCE)
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
