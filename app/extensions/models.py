"""A request for a later deadline, of an assignment or of a rectification."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlmodel import Field

from app.core.models import (
    Audited,
    Date,
    Input,
    Note,
    ReadBase,
    enum_column,
    id_column,
    instant_column,
    table_of,
    text_column,
)


class ExtensionState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


EXTENSION_STATE_LABELS = {
    ExtensionState.REQUESTED: "待批准",
    ExtensionState.APPROVED: "已批准",
    ExtensionState.REFUSED: "未批准",
}


class Extension(Audited, table=True):
    __tablename__ = "extension"
    __table_args__ = (
        sa.CheckConstraint("(assignment_id IS NULL) <> (rectification_id IS NULL)", name="one_target"),
        sa.Index("ix_extension_district", "district_id", "state", "id"),
    )
    audit_name: ClassVar[str] = "extension"

    assignment_id: int | None = id_column("assignment.id", default=None, nullable=True)
    rectification_id: int | None = id_column("rectification.id", default=None, nullable=True)
    unit_id: int = id_column("unit.id")
    """The unit that asks."""
    from_deadline_on: date
    deadline_on: date
    reason: str = text_column()
    state: ExtensionState = enum_column(ExtensionState, "state", default=ExtensionState.REQUESTED)
    requested_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    decided_by: int | None = id_column("user.id", index=False, default=None, nullable=True)
    decided_at: datetime | None = instant_column(default=None, nullable=True)
    decision_note: str | None = Field(default=None, sa_type=sa.Text)


EXTENSION = table_of(Extension)


class ExtensionCreate(Input):
    deadline_on: Date
    reason: Note = Field(min_length=1)


class ExtensionRead(ReadBase):
    assignment_id: int | None
    rectification_id: int | None
    unit_id: int
    unit_name: str
    title: str
    """Of the task or the problem that it is asked for."""
    from_deadline_on: date
    deadline_on: date
    reason: str
    state: ExtensionState
    requested_by_name: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    decision_note: str | None
    created_at: datetime
    updated_at: datetime
