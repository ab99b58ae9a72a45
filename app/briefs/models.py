"""Briefs (简报): highlights, experience, publicity and situation analyses that units send in, of which the bureau
selects some and promotes a few."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Line,
    ReadBase,
    Text,
    clean,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
)


class BriefKind(StrEnum):
    HIGHLIGHT = "highlight"
    EXPERIENCE = "experience"
    PUBLICITY = "publicity"
    SITUATION_ANALYSIS = "situation_analysis"


BRIEF_KIND_LABELS = {
    BriefKind.HIGHLIGHT: "亮点",
    BriefKind.EXPERIENCE: "经验",
    BriefKind.PUBLICITY: "宣传",
    BriefKind.SITUATION_ANALYSIS: "研判",
}


class BriefState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SELECTED = "selected"
    DECLINED = "declined"
    PROMOTED = "promoted"


BRIEF_STATE_LABELS = {
    BriefState.DRAFT: "草稿",
    BriefState.SUBMITTED: "待选",
    BriefState.SELECTED: "已选用",
    BriefState.DECLINED: "未选用",
    BriefState.PROMOTED: "已推广",
}


class BriefSource(StrEnum):
    """The resource of what a brief was made of, as the API and its pages call it."""

    ACTIVITIES = "activities"
    VENUE_ACTIVITIES = "venue-activities"
    ASSIGNMENTS = "assignments"


BRIEF_SOURCE_LABELS = {
    BriefSource.ACTIVITIES: "活动",
    BriefSource.VENUE_ACTIVITIES: "阵地活动",
    BriefSource.ASSIGNMENTS: "任务进展",
}


class Brief(Audited, table=True):
    __tablename__ = "brief"
    __table_args__ = (
        sa.CheckConstraint("(promoted_from IS NULL) = (promoted_from_id IS NULL)", name="source"),
        sa.Index("ix_brief_promoted_from", "promoted_from_id", "promoted_from"),
        sa.Index("ix_brief_district", "district_id", "id"),
        sa.Index("ix_brief_state", "district_id", "state", "id"),
        sa.Index("ix_brief_written", "district_id", "written_on", "id"),
        sa.Index("ix_brief_unit", "unit_id", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "brief"

    unit_id: int = id_column("unit.id", index=False)
    kind: BriefKind = enum_column(BriefKind, "kind")
    title: str = Field(max_length=500)
    text: str = text_column()
    written_on: date
    link: str | None = Field(default=None, max_length=500)
    """Where it was published: an https address."""
    plan_id: int | None = id_column("plan.id", default=None, nullable=True)
    plan_item_id: int | None = id_column("plan_item.id", default=None, nullable=True)
    promoted_from: BriefSource | None = enum_column(BriefSource, "promoted_from", default=None, nullable=True)
    promoted_from_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    """The activity, or the task reported on, that it was made of: ``/{promoted_from}/{promoted_from_id}``."""
    state: BriefState = enum_column(BriefState, "state", default=BriefState.DRAFT)
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    submitted_at: datetime | None = instant_column(default=None, nullable=True)
    decided_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    decided_at: datetime | None = instant_column(default=None, nullable=True)
    promoted_at: datetime | None = instant_column(default=None, nullable=True)
    adopted_plan_id: int | None = id_column("plan.id", default=None, nullable=True)
    """Of a situation analysis: the plan that took it up while it was drawn up, a next edition or the next year's."""
    adopted_plan_item_id: int | None = id_column("plan_item.id", default=None, nullable=True)
    adopted_at: datetime | None = instant_column(default=None, nullable=True)


class BriefReviewer(Audited, table=True):
    """An office that looks through a kind, beside the supervision office."""

    __tablename__ = "brief_reviewer"
    __table_args__ = (sa.UniqueConstraint("district_id", "kind", "office_id"), IDS_ONCE)
    audit_name: ClassVar[str] = "brief_reviewer"

    kind: BriefKind = enum_column(BriefKind, "kind")
    office_id: int = id_column("unit.id")


BRIEF, REVIEWER = table_of(Brief), table_of(BriefReviewer)

WRONG_LINK = "请填写以 https:// 开头的完整网址，如 https://www.example.com/a.html"
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


def _https(value: str) -> str:
    """A web address as browsers take it: no other scheme, no name or password, no space in it."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(WRONG_LINK) from None
    plain = parts.scheme == "https" and "." in host.strip(".") and set(host) <= _HOST and port != 0
    if not plain or "@" in parts.netloc or any(c.isspace() or c in '\\"<>' for c in value):
        raise ValueError(WRONG_LINK)
    return value


Link = Annotated[str, BeforeValidator(clean), StringConstraints(min_length=1, max_length=500), AfterValidator(_https)]


MADE_OF = rf"^({'|'.join(BriefSource)})/[1-9][0-9]{{0,14}}$"
MadeOf = Annotated[str, BeforeValidator(clean), StringConstraints(pattern=MADE_OF)]
"""``activities/12``, ``venue-activities/3`` or ``assignments/7``."""


class BriefCreate(Input):
    """``unit_id`` is needed where the user has several units; ``link`` where the kind is publicity. Naming an item
    names its plan. ``promoted_from``: what it was made of, a held activity or a reported task of one's own units."""

    unit_id: Id | None = None
    kind: BriefKind
    title: Line
    text: Text
    written_on: Date
    link: Link | None = None
    plan_id: Id | None = None
    plan_item_id: Id | None = None
    promoted_from: MadeOf | None = None


class BriefPatch(Input):
    """By its unit, while a draft."""

    kind: BriefKind | None = None
    title: Line | None = None
    text: Text | None = None
    written_on: Date | None = None
    link: Link | None = None
    plan_id: Id | None = None
    plan_item_id: Id | None = None
    promoted_from: MadeOf | None = None


class BriefAdopt(Input):
    """The draft that takes the analysis up, and in which of its items; without one it is taken up by none after all."""

    plan_id: Id | None = None
    plan_item_id: Id | None = None


class BriefRead(ReadBase):
    unit_id: int
    unit_name: str
    kind: BriefKind
    title: str
    written_on: date
    link: str | None
    plan_id: int | None
    plan_title: str | None
    plan_item_id: int | None
    item_title: str | None
    promoted_from: str | None
    """What it was made of, as ``venue-activities/12``: its address under /api/v1 and on the pages; for whoever may read
    that, as is what it is called."""
    promoted_from_title: str | None
    state: BriefState
    submitted_at: datetime | None
    submitted_by_name: str | None
    decided_at: datetime | None
    """When it was selected or declined."""
    decided_by_name: str | None
    promoted_at: datetime | None
    adopted_plan_id: int | None
    adopted_plan_title: str | None
    adopted_plan_item_id: int | None
    adopted_item_title: str | None
    adopted_at: datetime | None
    created_at: datetime
    updated_at: datetime


class BriefDetail(BriefRead):
    """With its text, its files, and why it was declined."""

    text: str
    declined_note: str | None
    evidence: list[dict[str, Any]]


class BriefCount(BaseModel):
    """A unit's briefs that were submitted, whatever became of them: each figure is that of the list's rows."""

    unit_id: int
    unit_name: str
    submitted: int
    """All that were handed in and not withdrawn."""
    selected: int
    """Selected, the promoted ones among them."""
    promoted: int
    declined: int
    adopted: int


class BriefCounts(BaseModel):
    data: list[BriefCount]


class BriefReviewerCreate(Input):
    kind: BriefKind
    office_id: Id


class BriefReviewerRead(ReadBase):
    kind: BriefKind
    office_id: int
    office_name: str
    updated_at: datetime
