"""The yearly summary (年度工作总结) of a plan: what a person wrote in its sections, and what was kept of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from pydantic import BaseModel, create_model

from app.core.models import (
    Audited,
    Id,
    Input,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
)
from app.summaries.sections import LABELS


class SummaryState(StrEnum):
    DRAFT = "draft"
    FROZEN = "frozen"


SUMMARY_STATE_LABELS = {SummaryState.DRAFT: "草稿", SummaryState.FROZEN: "已定稿"}


class Summary(Audited, table=True):
    __tablename__ = "summary"
    __table_args__ = (sa.UniqueConstraint("plan_id"), sa.Index("ix_summary_district", "district_id", "id"))
    audit_name: ClassVar[str] = "summary"

    plan_id: int = id_column("plan.id", index=False)
    state: SummaryState = enum_column(SummaryState, "state", default=SummaryState.DRAFT)
    texts: dict[str, str] = json_column(default_factory=dict)
    """A section's prose by its key."""
    frozen_at: datetime | None = instant_column(default=None, nullable=True)
    frozen_by: int | None = id_column("user.id", index=False, default=None, nullable=True)


class SummarySnapshot(Owned, table=True):
    """What was handed up: written once each time it is made final, never changed."""

    __tablename__ = "summary_snapshot"
    __table_args__ = (sa.UniqueConstraint("summary_id", "number"),)

    summary_id: int = id_column("summary.id", index=False)
    number: int
    taken_at: datetime = instant_column(nullable=False)
    sections: list[Any] = json_column(default_factory=list)
    texts: dict[str, str] = json_column(default_factory=dict)
    complaint_ids: list[int] = json_column(default_factory=list)
    """The complaints that were counted: whoever may not read all of them is not shown that section's figures."""


SUMMARY, SNAPSHOT = table_of(Summary), table_of(SummarySnapshot)


class SummaryCreate(Input):
    """For a plan that was issued; one plan has one."""

    plan_id: Id


SummaryPatch = create_model("SummaryPatch", __base__=Input, **{key: (Text | None, None) for key in LABELS})  # type: ignore[call-overload]
SummaryPatch.__doc__ = "A section's prose by its key, while it is a draft; null takes it away."


class SummaryRead(ReadBase):
    """``texts``: the prose of each section that has any. ``snapshots``: how often it was made final."""

    plan_id: int
    plan_title: str
    state: SummaryState
    texts: dict[str, str]
    frozen_at: datetime | None
    frozen_by_name: str | None
    snapshots: int
    created_at: datetime
    updated_at: datetime


class CellTold(BaseModel):
    text: str
    href: str | None
    """The list whose rows are counted, on the pages and under /api/v1; null in a snapshot."""


class FigureTold(CellTold):
    label: str
    now: str | None = None
    """With ``figures=compare``: what it is now, where that differs."""


class ProposalTold(CellTold):
    by: str


class TableTold(BaseModel):
    headings: list[str]
    lines: list[list[CellTold]]


class BarTold(BaseModel):
    label: str
    value: float


class PlotTold(BaseModel):
    title: str
    unit: str
    bars: list[BarTold]


class SectionTold(BaseModel):
    key: str
    title: str
    sentences: list[str]
    figures: list[FigureTold]
    table: TableTold | None
    plot: PlotTold | None
    notes: list[str]
    proposals: list[ProposalTold]
    text: str | None
    """What a person wrote; for the overseers of the district."""


class PlanSummary(BaseModel):
    """``figures``: ``frozen`` as they were kept at ``snapshot_at``, ``live`` as they are, ``compare`` the kept ones
    with what they are now. ``summary``: the written part, for the overseers of the district."""

    plan_id: int
    plan_title: str
    year: int
    figures: Literal["frozen", "live", "compare"]
    number: int | None
    """Of the snapshot that is shown."""
    snapshot_at: datetime
    sections: list[SectionTold]
    summary: SummaryRead | None
