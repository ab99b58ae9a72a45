"""Who holds which post and which duty, for a time: dated, ended, never deleted."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, create_model
from pydantic import Field as Constraint
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Line,
    Name,
    ReadBase,
    Step,
    enum_column,
    id_column,
    json_column,
    table_of,
)


class AppointmentDuty(StrEnum):
    PRIMARY_RESPONSIBLE_PERSON = "primary_responsible_person"
    IMPORTANT_RESPONSIBLE_PERSON = "important_responsible_person"
    DUAL_DUTY = "dual_duty"
    DIRECT_RESPONSIBLE_PERSON = "direct_responsible_person"


APPOINTMENT_DUTY_LABELS = {
    AppointmentDuty.PRIMARY_RESPONSIBLE_PERSON: "第一责任人",
    AppointmentDuty.IMPORTANT_RESPONSIBLE_PERSON: "重要责任人",
    AppointmentDuty.DUAL_DUTY: "一岗双责",
    AppointmentDuty.DIRECT_RESPONSIBLE_PERSON: "具体责任人",
}


class Appointment(Audited, table=True):
    __tablename__ = "appointment"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "name", "post", "valid_from"),
        sa.Index("ix_appointment_district", "district_id", "unit_id", "id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "appointment"
    changes_access: ClassVar[bool] = True
    """Who answers for a unit is kept with the actors that were shown it."""

    unit_id: int = id_column("unit.id", index=False)
    name: str = Field(max_length=100)
    """The person's."""
    post: str = Field(max_length=100)
    duty: AppointmentDuty = enum_column(AppointmentDuty, "duty")
    in_charge_of: str | None = Field(default=None, max_length=500)
    """分管, in words."""
    in_charge_unit_ids: list[int] = json_column(default_factory=list, nullable=False)
    """The offices that a leader of the bureau is in charge of."""
    valid_from: date
    valid_to: date | None = None
    """The last day."""
    user_id: int | None = id_column("user.id", default=None, nullable=True)
    """The person's account, where they have one."""


APPOINTMENT = table_of(Appointment)
MOST_IN_CHARGE = 50


class AppointmentCreate(Input):
    """``unit_id`` is needed where the user has several units or none; it begins today unless said."""

    unit_id: Id | None = None
    name: Name
    post: Name
    duty: AppointmentDuty
    in_charge_of: Line | None = None
    in_charge_unit_ids: list[Id] = Constraint(default_factory=list, max_length=MOST_IN_CHARGE)
    valid_from: Date | None = None
    valid_to: Date | None = None
    user_id: Id | None = None


class AppointmentPatch(Input):
    """What was written wrongly, or is divided anew. A successor is another appointment, after this one is ended."""

    name: Name | None = None
    post: Name | None = None
    duty: AppointmentDuty | None = None
    in_charge_of: Line | None = None
    in_charge_unit_ids: list[Id] | None = Constraint(default=None, max_length=MOST_IN_CHARGE)
    valid_from: Date | None = None
    valid_to: Date | None = None
    user_id: Id | None = None


class AppointmentEnd(Step):
    """``on`` is the last day, today unless said."""

    on: Date | None = None


class AnsweredFor(BaseModel):
    """Who answers for a row today, by the appointments that the reader sees: ``{name, post}``."""

    responsible_leader: dict[str, str] | None
    """责任领导."""
    responsible_person: dict[str, str] | None
    """责任人."""


def answered(row: type[BaseModel]) -> type[BaseModel]:
    """A row as its list shows it: with who answers for it."""
    name = f"{row.__name__.removesuffix('Read')}Listed"
    return create_model(name, __base__=(AnsweredFor, row), __module__=row.__module__, __doc__=row.__doc__)


class AppointmentRead(ReadBase):
    unit_id: int
    unit_name: str
    name: str
    post: str
    duty: AppointmentDuty
    in_charge_of: str | None
    in_charge_unit_ids: list[int]
    in_charge_unit_names: list[str]
    valid_from: date
    valid_to: date | None
    ended: bool
    user_id: int | None
    user_name: str | None
    created_at: datetime
    updated_at: datetime
