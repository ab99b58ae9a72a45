"""Leading groups (领导小组) of the bureau and of its units, with their offices: formed, changed by dated versions, and
dissolved."""

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel
from pydantic import Field as Constraint
from sqlmodel import Field

from app.core.models import (
    IDS_ONCE,
    Audited,
    Date,
    Id,
    Input,
    Name,
    Owned,
    ReadBase,
    Step,
    Text,
    id_column,
    json_column,
    table_of,
    text_column,
)
from app.units.models import UnitKind


class LeadingGroup(Audited, table=True):
    """The group as it is; how it was before stands in its versions."""

    __tablename__ = "leading_group"
    __table_args__ = (
        sa.Index("ix_leading_group_district", "district_id", "unit_id", "id"),
        sa.Index("ix_leading_group_unit", "unit_id", "id"),
        sa.Index(
            "uq_leading_group_standing",
            "unit_id",
            "name",
            unique=True,
            sqlite_where=sa.text("valid_to IS NULL"),
            postgresql_where=sa.text("valid_to IS NULL"),
        ),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "leading_group"

    unit_id: int = id_column("unit.id", index=False)
    name: str = Field(max_length=100)
    leader: str = Field(max_length=100)
    deputies: list[str] = json_column(default_factory=list, nullable=False)
    members: list[str] = json_column(default_factory=list, nullable=False)
    office_unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    """Where its office is."""
    office_director: str | None = Field(default=None, max_length=100)
    basis: str | None = text_column(default=None, nullable=True)
    """The document that forms or changes it."""
    valid_from: date
    """When it was formed."""
    since: date
    """From when on it is as it is now."""
    valid_to: date | None = None
    """Its last day, once it is dissolved."""
    number: int = 1
    """Of the version that it is now."""


class LeadingGroupVersion(Owned, table=True):
    """How a group was from one day to another."""

    __tablename__ = "leading_group_version"
    __table_args__ = (sa.UniqueConstraint("leading_group_id", "number"), IDS_ONCE)

    district_id: int = id_column("unit.id", index=False)
    leading_group_id: int = id_column("leading_group.id", index=False)
    number: int
    content: dict[str, Any] = json_column(nullable=False)
    valid_from: date
    valid_to: date


LEADING_GROUP, VERSION = table_of(LeadingGroup), table_of(LeadingGroupVersion)
CONTENT = ("name", "leader", "deputies", "members", "office_unit_id", "office_director", "basis")
"""What a version keeps."""
MOST_PEOPLE = 200


class LeadingGroupCreate(Input):
    """``unit_id`` is needed where the user has several units or none; it is formed today unless said."""

    unit_id: Id | None = None
    name: Name
    leader: Name
    deputies: list[Name] = Constraint(default_factory=list, max_length=MOST_PEOPLE)
    members: list[Name] = Constraint(default_factory=list, max_length=MOST_PEOPLE)
    office_unit_id: Id | None = None
    office_director: Name | None = None
    basis: Text | None = None
    valid_from: Date | None = None


class LeadingGroupPatch(Input):
    """A new version from ``since`` on, today unless said; the same day as the present one's puts that right instead."""

    name: Name | None = None
    leader: Name | None = None
    deputies: list[Name] | None = Constraint(default=None, max_length=MOST_PEOPLE)
    members: list[Name] | None = Constraint(default=None, max_length=MOST_PEOPLE)
    office_unit_id: Id | None = None
    office_director: Name | None = None
    basis: Text | None = None
    since: Date | None = None


class Dissolve(Step):
    """``on`` is the last day, today unless said."""

    on: Date | None = None


class LeadingGroupRead(ReadBase):
    unit_id: int
    unit_name: str
    name: str
    leader: str
    deputies: list[str]
    members: list[str]
    office_unit_id: int | None
    office_unit_name: str | None
    office_director: str | None
    basis: str | None
    valid_from: date
    since: date
    valid_to: date | None
    ended: bool
    number: int
    created_at: datetime
    updated_at: datetime


class VersionRead(BaseModel):
    number: int
    content: dict[str, Any]
    valid_from: date
    valid_to: date


class LeadingGroupDetail(LeadingGroupRead):
    """With the posts of its people at the unit, by name, and its earlier versions, newest first."""

    posts: dict[str, str]
    versions: list[VersionRead]


class WithoutGroup(BaseModel):
    """A school or kindergarten that has no leading group today."""

    id: int
    """The unit's."""
    code: str
    name: str
    kind: UnitKind
    parent_name: str | None
