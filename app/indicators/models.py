"""Indicators that the bureau defines, and the figures that units report for them, period by period."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Code,
    Date,
    Id,
    Input,
    Line,
    Name,
    Owned,
    ReadBase,
    Text,
    enum_column,
    id_column,
    table_of,
    text_column,
)
from app.indicators.amounts import Amount, Figure, Hundredths
from app.plans.models import CADENCE_LABELS, Cadence


class IndicatorMeasure(StrEnum):
    PERCENT = "percent"
    RATIO = "ratio"
    COUNT = "count"


class IndicatorDirection(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class IndicatorCadence(StrEnum):
    TERMLY = "termly"
    YEARLY = "yearly"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


class ValueStatus(StrEnum):
    """Computed from the figures and the target, never stored."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NO_NEED = "no_need"
    """0 of 0: reported, and nothing there that a target could be held against."""
    MISSING = "missing"


MEASURE_LABELS = {
    IndicatorMeasure.PERCENT: "百分比",
    IndicatorMeasure.RATIO: "比值",
    IndicatorMeasure.COUNT: "数量",
}
DIRECTION_LABELS = {IndicatorDirection.AT_LEAST: "不低于", IndicatorDirection.AT_MOST: "不高于"}
INDICATOR_CADENCE_LABELS = {each: CADENCE_LABELS[Cadence(each.value)] for each in IndicatorCadence}
STATUS_LABELS = {
    ValueStatus.REACHED: "达标",
    ValueStatus.NOT_REACHED: "未达标",
    ValueStatus.NO_NEED: "无需求",
    ValueStatus.MISSING: "未填报",
}
MOST_OF_A_SHARE = Decimal(10_000)
"""The highest target of a percentage or ratio: the reckoning in whole numbers stays within 64 bits."""


def _amount_column(**options: Any) -> Any:
    return Field(sa_type=Hundredths, **options)


class Indicator(Audited, table=True):
    __tablename__ = "indicator"
    __table_args__ = (
        sa.UniqueConstraint("district_id", "code"),
        sa.Index("ix_indicator_office", "office_id", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "indicator"

    code: str = Field(max_length=40)
    name: str = Field(max_length=100)
    definition: str = text_column()
    """What is counted and what the target means, in the bureau's own words."""
    measure: IndicatorMeasure = enum_column(IndicatorMeasure, "measure")
    numerator_name: str | None = Field(default=None, max_length=100)
    """With ``denominator_name`` where it is a share: a percentage or a ratio."""
    denominator_name: str | None = Field(default=None, max_length=100)
    direction: IndicatorDirection = enum_column(IndicatorDirection, "direction")
    target: Decimal = _amount_column(nullable=False)
    cadence: IndicatorCadence = enum_column(IndicatorCadence, "cadence")
    unit_group_id: int = id_column("unit_group.id")
    """Which units report."""
    office_id: int = id_column("unit.id", index=False)
    """Who keeps it: defines it, looks after the figures and may enter them."""
    valid_from: date
    valid_to: date | None = None
    """The last day."""


class IndicatorValue(Audited, table=True):
    __tablename__ = "indicator_value"
    __table_args__ = (
        sa.UniqueConstraint("indicator_id", "unit_id", "period"),
        sa.CheckConstraint(
            "(numerator IS NULL) = (denominator IS NULL) AND (numerator IS NULL) <> (number IS NULL)", name="figures"
        ),
        sa.CheckConstraint("denominator > 0 OR (denominator = 0 AND numerator = 0)", name="denominator"),
        sa.Index("ix_indicator_value_unit", "unit_id", "id"),
        sa.Index("ix_indicator_value_district", "district_id", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "indicator_value"

    indicator_id: int = id_column("indicator.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    period: str = Field(max_length=20)
    """``2026-T1``, as assignments name it."""
    numerator: Decimal | None = _amount_column(default=None, nullable=True)
    denominator: Decimal | None = _amount_column(default=None, nullable=True)
    number: Decimal | None = _amount_column(default=None, nullable=True)
    """Of a count."""
    reported_on: date
    note: str | None = Field(default=None, max_length=500)


class EarlierTarget(Owned, table=True):
    """What an indicator wanted before a period. Of several the first that comes after a period holds in it; where none
    comes after it, the indicator's own target does.
    """

    __tablename__ = "indicator_target"
    __table_args__ = (sa.UniqueConstraint("indicator_id", "before_period"), IDS_ONCE)

    indicator_id: int = id_column("indicator.id", index=False)
    before_period: str = Field(max_length=20)
    """Names of one cadence's periods come in the order of time."""
    target: Decimal = _amount_column(nullable=False)


INDICATOR, VALUE, EARLIER = (table_of(model) for model in (Indicator, IndicatorValue, EarlierTarget))


class IndicatorCreate(Input):
    """``office_id`` is needed of whoever has several offices or none. A share names what is counted above and below the
    line, a count neither. It begins today unless said."""

    code: Code
    name: Name
    definition: Text
    measure: IndicatorMeasure
    numerator_name: Name | None = None
    denominator_name: Name | None = None
    direction: IndicatorDirection
    target: Amount
    cadence: IndicatorCadence
    unit_group_id: Id
    office_id: Id | None = None
    valid_from: Date | None = None
    valid_to: Date | None = None


class IndicatorPatch(Input):
    """Measure, direction and cadence stay as they are once figures were reported: what these say depends on them.

    Another target holds from the present period on; ``target_from`` names an earlier one, from which those that were
    reported are reckoned anew.
    """

    code: Code | None = None
    name: Name | None = None
    definition: Text | None = None
    measure: IndicatorMeasure | None = None
    numerator_name: Name | None = None
    denominator_name: Name | None = None
    direction: IndicatorDirection | None = None
    target: Amount | None = None
    target_from: Name | None = None
    cadence: IndicatorCadence | None = None
    unit_group_id: Id | None = None
    office_id: Id | None = None
    valid_from: Date | None = None
    valid_to: Date | None = None


class ValueCreate(Input):
    """Numerator and denominator of a share (0 of 0: there is no need), the number of a count. ``unit_id`` is needed of
    whoever has several units or none; ``period`` is the present one unless said. Counts alone: no pupil is named."""

    indicator_id: Id
    unit_id: Id | None = None
    period: Name | None = None
    numerator: Amount | None = None
    denominator: Amount | None = None
    number: Amount | None = None
    reported_on: Date | None = None
    note: Line | None = None


class ValuePatch(Input):
    numerator: Amount | None = None
    denominator: Amount | None = None
    number: Amount | None = None
    reported_on: Date | None = None
    note: Line | None = None


class IndicatorRead(ReadBase):
    code: str
    name: str
    definition: str
    measure: IndicatorMeasure
    numerator_name: str | None
    denominator_name: str | None
    direction: IndicatorDirection
    target: Figure
    cadence: IndicatorCadence
    unit_group_id: int
    unit_group_name: str
    office_id: int
    office_name: str
    valid_from: date
    valid_to: date | None
    ended: bool
    created_at: datetime
    updated_at: datetime


class PeriodFigures(BaseModel):
    """One period over the units that the reader sees: ``expected`` = reached + not_reached + no_need + missing.

    ``result``: all of them together, sum over sum of a share and the mean of a count; null where nothing was reported,
    or none of those that reported has a need. ``target``: the one that holds in this period.
    """

    period: str
    starts_on: date
    ends_on: date
    target: Figure
    expected: int
    reached: int
    not_reached: int
    no_need: int
    missing: int
    result: Figure | None


class IndicatorDetail(IndicatorRead):
    """``periods``: the newest last, twelve at the most."""

    periods: list[PeriodFigures]


class ValueRead(ReadBase):
    indicator_id: int
    indicator_code: str
    indicator_name: str
    measure: IndicatorMeasure
    unit_id: int
    unit_name: str
    period: str
    numerator: Figure | None
    denominator: Figure | None
    number: Figure | None
    result: Figure | None
    """Null of 0 of 0."""
    target: Figure
    """The one that holds in this period."""
    status: ValueStatus
    reported_on: date
    note: str | None
    created_at: datetime
    updated_at: datetime


class EarlierFigures(BaseModel):
    period: str
    result: Figure | None
    status: ValueStatus


class UnitFigures(BaseModel):
    """A unit in a period; ``value_id`` and the figures are null while it has not reported."""

    id: int
    name: str
    value_id: int | None
    numerator: Figure | None
    denominator: Figure | None
    number: Figure | None
    result: Figure | None
    target: Figure
    status: ValueStatus
    reported_on: date | None
    note: str | None
    may_report: bool
    earlier: list[EarlierFigures]
