"""The rounds in which the bureau has units search for integrity risks, and what a unit says that found none."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Line,
    Note,
    ReadBase,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
    whole,
)


class RoundState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


ROUND_STATE_LABELS = {RoundState.OPEN: "进行中", RoundState.CLOSED: "已结束"}


class RiskRound(Audited, table=True):
    """A search that the bureau asks of a group's units; who belongs is told by the group's rule."""

    __tablename__ = "risk_round"
    __table_args__ = (sa.UniqueConstraint("district_id", "year", "title"),)
    audit_name: ClassVar[str] = "risk_round"

    year: int
    title: str = Field(max_length=500)
    deadline_on: date
    unit_group_id: int = id_column("unit_group.id")
    office_id: int | None = id_column("unit.id", default=None, nullable=True)
    """That reviews what is found; the supervisor may always."""
    state: RoundState = enum_column(RoundState, "state", default=RoundState.OPEN)
    closed_at: datetime | None = instant_column(default=None, nullable=True)


class RiskNilReport(Audited, table=True):
    """A unit has searched and found nothing (零报告)."""

    __tablename__ = "risk_nil_report"
    __table_args__ = (sa.UniqueConstraint("round_id", "unit_id"), IDS_ONCE)
    audit_name: ClassVar[str] = "risk_nil_report"

    round_id: int = id_column("risk_round.id", index=False)
    unit_id: int = id_column("unit.id")
    note: str | None = text_column(default=None, nullable=True)


ROUND, NIL = table_of(RiskRound), table_of(RiskNilReport)


class RoundCreate(Input):
    """Open from the moment it is made."""

    year: whole(1949, 2199)  # type: ignore[valid-type]
    title: Line
    deadline_on: Date
    unit_group_id: Id
    office_id: Id | None = None


class RoundPatch(Input):
    """While it is open."""

    title: Line | None = None
    deadline_on: Date | None = None
    unit_group_id: Id | None = None
    office_id: Id | None = None


class RoundRead(ReadBase):
    year: int
    title: str
    deadline_on: date
    unit_group_id: int
    unit_group_name: str
    office_id: int | None
    office_name: str | None
    state: RoundState
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Standing(StrEnum):
    """How a unit stands in a round."""

    RISKS = "risks"
    NIL = "nil"
    MISSING = "missing"


STANDING_LABELS = {Standing.RISKS: "已报风险点", Standing.NIL: "零报告", Standing.MISSING: "未报"}


class RoundDetail(RoundRead):
    """With how many of the units asked have reported, as far as the reader sees them: as many as
    ``/risk-rounds/{id}/units?standing=`` lists; and the reader's own units that have not."""

    asked: int
    risks: int
    nil: int
    missing: int
    risk_count: int
    """Risk points of the round, as many as ``/integrity-risks?round_id=`` lists."""
    own_missing: list[dict[str, Any]]


class UnitOfRound(BaseModel):
    id: int
    code: str
    name: str
    standing: Standing
    risk_count: int
    """As many as ``/integrity-risks?round_id=&unit_id=`` lists."""
    nil_note: str | None
    first_responsible_person: str | None
    """第一责任人, as far as the reader may know."""


class NilReportCreate(Input):
    """``unit_id`` is needed where the user has several units."""

    unit_id: Id | None = None
    note: Note | None = None


class CarryOver(Input):
    """Risk points of earlier rounds that still stand: as many as ``/integrity-risks?carry_into=`` lists."""

    risk_ids: list[Id] = Field(max_length=200)
