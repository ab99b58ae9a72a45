"""Special campaigns (专项行动): their phases, the offices that take part, and the self-check of each unit asked."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    text_column,
)
from app.indicators.amounts import Hundredths


class CampaignState(StrEnum):
    """Between draft and closed it runs: these states are its phases."""

    DRAFT = "draft"
    SELF_CHECK = "self_check"
    INSPECTION = "inspection"
    RECTIFICATION = "rectification"
    SUMMARY = "summary"
    CLOSED = "closed"
    CANCELLED = "cancelled"


CAMPAIGN_STATE_LABELS = {
    CampaignState.DRAFT: "未启动",
    CampaignState.SELF_CHECK: "自查",
    CampaignState.INSPECTION: "检查",
    CampaignState.RECTIFICATION: "整改",
    CampaignState.SUMMARY: "总结",
    CampaignState.CLOSED: "已结束",
    CampaignState.CANCELLED: "已撤销",
}
PHASES = (CampaignState.SELF_CHECK, CampaignState.INSPECTION, CampaignState.RECTIFICATION, CampaignState.SUMMARY)
"""In order; each has a first and a last day."""
DAYS = tuple(f"{phase}_{end}" for phase in PHASES for end in ("from", "to"))
_ORDERED = " AND ".join(
    [f"{phase}_from <= {phase}_to" for phase in PHASES]
    + [f"{one}_to < {following}_from" for one, following in pairwise(PHASES)]
)


class SelfCheckState(StrEnum):
    PENDING = "pending"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    CONFIRMED = "confirmed"


SELF_CHECK_STATE_LABELS = {
    SelfCheckState.PENDING: "待自查",
    SelfCheckState.SUBMITTED: "待审核",
    SelfCheckState.SENT_BACK: "退回补报",
    SelfCheckState.CONFIRMED: "已确认",
}
HANDED_IN = (SelfCheckState.SUBMITTED, SelfCheckState.CONFIRMED)


class Campaign(Audited, table=True):
    """Which units it asks follows from ``unit_ids`` and the group's rule; from its start on each has a self-check."""

    __tablename__ = "campaign"
    __table_args__ = (
        sa.CheckConstraint(_ORDERED, name="phases"),
        sa.Index("ix_campaign_district", "district_id", "id"),
        sa.Index("ix_campaign_state", "district_id", "state"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "campaign"

    unit_id: int = id_column("unit.id")
    """The office that leads it."""
    title: str = Field(max_length=100)
    basis: str = text_column()
    purpose: str = text_column()
    fees: bool = False
    """Its self-checks ask for amounts."""
    unit_group_id: int | None = id_column("unit_group.id", default=None, nullable=True)
    unit_ids: list[int] = json_column(default_factory=list, nullable=False)
    """Chosen by hand."""
    leading_group_id: int | None = id_column("leading_group.id", default=None, nullable=True)
    self_check_from: date
    self_check_to: date
    inspection_from: date
    inspection_to: date
    rectification_from: date
    rectification_to: date
    summary_from: date
    summary_to: date
    conclusion: str | None = text_column(default=None, nullable=True)
    """The lead office's final summary."""
    state: CampaignState = enum_column(CampaignState, "state", default=CampaignState.DRAFT)
    started_at: datetime | None = instant_column(default=None, nullable=True)
    closed_at: datetime | None = instant_column(default=None, nullable=True)


class CampaignOffice(Audited, table=True):
    """An office that takes part beside the lead, with the summary that it hands in."""

    __tablename__ = "campaign_office"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "unit_id"),
        sa.Index("ix_campaign_office_unit", "unit_id", "campaign_id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "campaign_office"

    campaign_id: int = id_column("campaign.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    summary: str | None = text_column(default=None, nullable=True)
    summary_at: datetime | None = instant_column(default=None, nullable=True)


class SelfCheck(Audited, table=True):
    """What a unit says of itself in a campaign; made when the campaign starts, or when the unit is taken in."""

    __tablename__ = "self_check"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "unit_id"),
        sa.Index("ix_self_check_district", "district_id", "id"),
        sa.Index("ix_self_check_unit", "unit_id", "id"),
    )
    audit_name: ClassVar[str] = "self_check"

    campaign_id: int = id_column("campaign.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    state: SelfCheckState = enum_column(SelfCheckState, "state", default=SelfCheckState.PENDING)
    situation: str | None = text_column(default=None, nullable=True)
    has_problem: bool | None = Field(default=None, nullable=True)
    problem: str | None = text_column(default=None, nullable=True)
    amount_involved: Decimal | None = Field(default=None, sa_type=Hundredths, nullable=True)
    amount_returned: Decimal | None = Field(default=None, sa_type=Hundredths, nullable=True)
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    submitted_at: datetime | None = instant_column(default=None, nullable=True)
    reviewed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    reviewed_at: datetime | None = instant_column(default=None, nullable=True)
    rectification_id: int | None = id_column("rectification.id", default=None, nullable=True)
    """Opened when a problem was confirmed."""


CAMPAIGN, OFFICE, SELF_CHECK = (table_of(model) for model in (Campaign, CampaignOffice, SelfCheck))
