"""What the API of campaigns and self-checks takes and answers."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Constraint

from app.appointments.models import AnsweredFor
from app.campaigns.models import CampaignState, SelfCheckState
from app.core.models import Date, Flag, Id, Input, Name, Note, ReadBase, Text
from app.indicators.amounts import Amount, Figure

MOST_UNITS, MOST_OFFICES = 2000, 200


class GroupOfCampaign(Input):
    """A leading group formed for it: by the supervisor at the bureau, by an office at itself."""

    name: Name
    leader: Name
    deputies: list[Name] = Constraint(default_factory=list, max_length=200)
    members: list[Name] = Constraint(default_factory=list, max_length=200)


class CampaignCreate(Input):
    """``unit_id``: the office that leads it, needed where the user has several or none. Units by a group's rule, by
    hand, or both. The leading group is chosen (``leading_group_id``) or formed (``leading_group``); it may follow until
    the start. Each phase ends before the next begins."""

    unit_id: Id | None = None
    title: Name
    basis: Text
    purpose: Text
    fees: Flag = False
    unit_group_id: Id | None = None
    unit_ids: list[Id] = Constraint(default_factory=list, max_length=MOST_UNITS)
    office_ids: list[Id] = Constraint(default_factory=list, max_length=MOST_OFFICES)
    leading_group_id: Id | None = None
    leading_group: GroupOfCampaign | None = None
    self_check_from: Date
    self_check_to: Date
    inspection_from: Date
    inspection_to: Date
    rectification_from: Date
    rectification_to: Date
    summary_from: Date
    summary_to: Date


class CampaignPatch(Input):
    """Once it runs ``fees`` and ``unit_group_id`` stand, and units are only added. ``conclusion``, the final summary,
    is written in the summary phase."""

    title: Name | None = None
    basis: Text | None = None
    purpose: Text | None = None
    fees: Flag | None = None
    unit_group_id: Id | None = None
    unit_ids: list[Id] | None = Constraint(default=None, max_length=MOST_UNITS)
    office_ids: list[Id] | None = Constraint(default=None, max_length=MOST_OFFICES)
    leading_group_id: Id | None = None
    self_check_from: Date | None = None
    self_check_to: Date | None = None
    inspection_from: Date | None = None
    inspection_to: Date | None = None
    rectification_from: Date | None = None
    rectification_to: Date | None = None
    summary_from: Date | None = None
    summary_to: Date | None = None
    conclusion: Text | None = None


class OfficeSummary(Input):
    """``unit_id``: which of the user's offices, where several take part. Again, it takes the place of the former."""

    unit_id: Id | None = None
    text: Text


class Attached(Input):
    inspection_id: Id


class CampaignRead(ReadBase):
    unit_id: int
    unit_name: str
    title: str
    basis: str
    purpose: str
    fees: bool
    unit_group_id: int | None
    unit_group_name: str | None
    unit_ids: list[int]
    """Chosen by hand; empty for units that are asked."""
    leading_group_id: int | None
    self_check_from: date
    self_check_to: date
    inspection_from: date
    inspection_to: date
    rectification_from: date
    rectification_to: date
    summary_from: date
    summary_to: date
    conclusion: str | None
    """For units that are asked, once it is closed."""
    state: CampaignState
    inside: bool
    """Whether the actor leads it, takes part, or sees the whole district."""
    started_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class OfficeOfCampaign(BaseModel):
    unit_id: int
    unit_name: str
    summary: str | None
    summary_at: datetime | None


class CampaignDetail(CampaignRead):
    """With the offices that take part, their summaries for those inside, and the leading group's people."""

    offices: list[OfficeOfCampaign]
    leading_group: dict[str, Any] | None


# Figures


class BySeverity(BaseModel):
    total: int
    minor: int
    major: int
    serious: int


class Rectifications(BaseModel):
    total: int
    open: int
    closed: int
    overdue: int


class OfficeFigures(BaseModel):
    """Of the inspections that the office conducts."""

    unit_id: int
    unit_name: str
    leads: bool
    inspections: int
    findings: int
    rectifications: Rectifications
    summarized: bool | None
    """Null where it neither leads nor takes part: 派驻组 has inspections of its own counted in."""


class Rollup(BaseModel):
    """Each as many as its list shows the actor: ``/self-checks``, ``/inspections``, ``/findings`` and
    ``/rectifications`` with ``campaign_id``. What the actor may not see is in none of them."""

    targets: int
    pending: int
    handed_in: int
    confirmed: int
    problems: int
    amount_involved: Figure
    amount_returned: Figure
    inspections: int
    findings: BySeverity
    rectifications: Rectifications
    offices: list[OfficeFigures]


# Self-checks


class SelfCheckPatch(Input):
    """By its unit. Amounts, in yuan, where the campaign concerns fees; ``problem`` where there is one."""

    situation: Text | None = None
    has_problem: Flag | None = None
    problem: Text | None = None
    amount_involved: Amount | None = None
    amount_returned: Amount | None = None


class SelfCheckRead(ReadBase):
    campaign_id: int
    campaign_title: str
    campaign_state: CampaignState
    fees: bool
    unit_id: int
    unit_name: str
    state: SelfCheckState
    deadline_on: date
    overdue: bool
    situation: str | None
    has_problem: bool | None
    problem: str | None
    amount_involved: Figure | None
    amount_returned: Figure | None
    submitted_at: datetime | None
    submitted_by_name: str | None
    reviewed_at: datetime | None
    reviewed_by_name: str | None
    rectification_id: int | None
    created_at: datetime
    updated_at: datetime


class SelfCheckLine(AnsweredFor, SelfCheckRead):
    """With what the campaign came to at the unit, as far as the actor sees it."""

    inspection_count: int
    finding_count: int
    rectifications: Rectifications


class SelfCheckDetail(AnsweredFor, SelfCheckRead):
    """With what it was sent back for, and its papers."""

    said: Note | None
    evidence: list[dict[str, Any]]
