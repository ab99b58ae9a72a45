"""Breakdowns (分解): how a unit carries out an assignment, step by step, and by what it assesses itself."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field

from app.appointments.models import AnsweredFor
from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Flag,
    Id,
    Input,
    Line,
    Name,
    Owned,
    Percent,
    ReadBase,
    enum_column,
    id_column,
    instant_column,
    json_column,
    table_of,
    whole,
)
from app.units.models import UnitKind

MOST_STEPS, MOST_MEASURES = 50, 30


class BreakdownState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"


BREAKDOWN_STATE_LABELS = {
    BreakdownState.DRAFT: "草稿",
    BreakdownState.SUBMITTED: "待审核",
    BreakdownState.SENT_BACK: "已退回",
    BreakdownState.CONFIRMED: "已确认",
    BreakdownState.SUPERSEDED: "已被取代",
}
_SERVING = sa.text("state = 'confirmed'")
_WORKING = sa.text("state IN ('draft', 'submitted', 'sent_back')")


class Breakdown(Audited, table=True):
    """One version. Of an assignment's versions at most one is confirmed and serves, and at most one is worked on."""

    __tablename__ = "breakdown"
    __table_args__ = (
        sa.UniqueConstraint("assignment_id", "number"),
        sa.Index("ix_breakdown_district", "district_id", "id"),
        sa.Index("ix_breakdown_state", "district_id", "state", "id"),
        sa.Index("ix_breakdown_unit", "unit_id", "id"),
        sa.Index(
            "uq_breakdown_serving", "assignment_id", unique=True, sqlite_where=_SERVING, postgresql_where=_SERVING
        ),
        sa.Index(
            "uq_breakdown_working", "assignment_id", unique=True, sqlite_where=_WORKING, postgresql_where=_WORKING
        ),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "breakdown"

    assignment_id: int = id_column("assignment.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    number: int
    """Of the version, among the assignment's."""
    measures: list[dict[str, Any]] = json_column(nullable=False)
    """考核指标, the unit's own: ``{text, weight, standard}``."""
    state: BreakdownState = enum_column(BreakdownState, "state", default=BreakdownState.DRAFT)
    submitted_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    submitted_at: datetime | None = instant_column(default=None, nullable=True)
    reviewed_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    reviewed_at: datetime | None = instant_column(default=None, nullable=True)


class BreakdownStep(Owned, table=True):
    """One step of a version. Its ``line`` is the same in each version that it is carried over to."""

    __tablename__ = "breakdown_step"
    __table_args__ = (
        sa.UniqueConstraint("breakdown_id", "line"),
        sa.Index("ix_breakdown_step_unit", "unit_id", "deadline_on"),
        IDS_ONCE,
    )

    breakdown_id: int = id_column("breakdown.id", index=False)
    unit_id: int = id_column("unit.id", index=False)
    line: int
    position: int
    text: str = Field(max_length=500)
    person: str | None = Field(default=None, max_length=100)
    deadline_on: date | None = None
    """Both are there from submitting on."""
    done_on: date | None = None
    created_at: datetime = instant_column(nullable=False)


BREAKDOWN, STEP = table_of(Breakdown), table_of(BreakdownStep)


class StepInput(Input):
    """``line``: of a step that stood before and is kept; without it the step is new. Person and day may be left open
    until it is submitted."""

    line: whole(1, 9999) | None = None  # type: ignore[valid-type]
    text: Line
    person: Name | None = None
    deadline_on: Date | None = None


class MeasureInput(Input):
    """An indicator of the unit's own: what is looked at, with a weight in per cent or a standard."""

    text: Line
    weight: Percent | None = None
    standard: Line | None = None


class BreakdownCreate(Input):
    """What is left out is taken from the version that serves, if there is one; with ``take_previous`` from the one that
    served in the period before, else of a unit merged into this one: its steps with their persons, their days moved to
    the new period, and its measures."""

    assignment_id: Id
    steps: list[StepInput] | None = Field(default=None, max_length=MOST_STEPS)
    measures: list[MeasureInput] | None = Field(default=None, max_length=MOST_MEASURES)
    take_previous: Flag = False


class BreakdownPatch(Input):
    """Each list that is given takes the place of the one there was."""

    steps: list[StepInput] | None = Field(default=None, max_length=MOST_STEPS)
    measures: list[MeasureInput] | None = Field(default=None, max_length=MOST_MEASURES)


class StepMark(Input):
    """A step by its ``line``; without ``done_on`` it is not done after all."""

    line: whole(1, 9999)  # type: ignore[valid-type]
    done_on: Date | None = None


class StepRead(BaseModel):
    line: int
    text: str
    person: str | None
    deadline_on: date | None
    done_on: date | None
    lamp: str
    lamp_words: str
    lamp_short: str


class LineOfTable(BaseModel):
    """A line of a breakdown as a table has it: whose, of which task, and of which version that is worked on or
    serves."""

    id: int
    breakdown_id: int
    assignment_id: int
    plan_id: int
    plan_item_id: int
    item_number: str
    item_title: str
    unit_id: int
    unit_name: str
    period: str
    number: int
    state: BreakdownState


class StepOfTable(LineOfTable, StepRead):
    """A step as the table of steps has it; ``person`` is whom the unit named for it."""

    responsible_leader: dict[str, str] | None
    """责任领导 of the unit today, by the appointments that the reader sees: ``{name, post}``."""


class MeasureOfTable(LineOfTable):
    """A measure as the table of measures has it, ``weight`` in per cent. Its id is its place in the version: another
    measure may have it once the version is changed."""

    text: str
    weight: int | None
    standard: str | None


class BreakdownRead(ReadBase):
    assignment_id: int
    plan_id: int
    plan_item_id: int
    item_number: str
    item_title: str
    unit_id: int
    unit_name: str
    period: str
    number: int
    state: BreakdownState
    step_count: int
    done_count: int
    next_deadline_on: date | None
    """The earliest of the steps that are not done."""
    lamp: str
    """Of that deadline, while the version serves."""
    lamp_words: str
    lamp_short: str
    submitted_at: datetime | None
    submitted_by_name: str | None
    reviewed_at: datetime | None
    reviewed_by_name: str | None
    created_at: datetime
    updated_at: datetime


class BreakdownDetail(AnsweredFor, BreakdownRead):
    """With its steps, measures, the assignment's deadline, what it was last sent back for, and its other versions."""

    deadline_on: date | None
    """The assignment's; no step's is later."""
    steps: list[StepRead]
    measures: list[dict[str, Any]]
    sent_back_note: str | None
    versions: list[dict[str, Any]]


class MissingBreakdown(BaseModel):
    """An open assignment of a school or party branch that has no confirmed breakdown."""

    id: int
    """The assignment's."""
    plan_id: int
    plan_item_id: int
    item_number: str
    item_title: str
    unit_id: int
    unit_name: str
    unit_kind: UnitKind
    period: str
    deadline_on: date | None
    breakdown_id: int | None
    """Of the version that is worked on, if any."""
    state: BreakdownState | None
