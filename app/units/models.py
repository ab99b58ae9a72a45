"""The bureau's tree of units, the groups plans name by rule, and who is paired with whom."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel
from sqlmodel import Field, SQLModel

from app.core.models import (
    IDS_ONCE,
    Audited,
    Code,
    Date,
    Id,
    Input,
    Name,
    ReadBase,
    enum_column,
    id_column,
    json_column,
    table_of,
)
from app.units.succession_models import SuccessionOfUnit


class UnitKind(StrEnum):
    BUREAU = "bureau"
    OFFICE = "office"
    SUBORDINATE_UNIT = "subordinate_unit"
    DISCIPLINE_TEAM = "discipline_team"
    CENTRAL_SCHOOL = "central_school"
    SCHOOL = "school"
    KINDERGARTEN = "kindergarten"
    PARTY_ORGANIZATION = "party_organization"
    TRAINING_INSTITUTION = "training_institution"
    EXTERNAL_BODY = "external_body"


KIND_LABELS = {
    UnitKind.BUREAU: "教育局",
    UnitKind.OFFICE: "股室",
    UnitKind.SUBORDINATE_UNIT: "二级单位",
    UnitKind.DISCIPLINE_TEAM: "派驻组",
    UnitKind.CENTRAL_SCHOOL: "中心校",
    UnitKind.SCHOOL: "学校",
    UnitKind.KINDERGARTEN: "幼儿园",
    UnitKind.PARTY_ORGANIZATION: "基层党组织",
    UnitKind.TRAINING_INSTITUTION: "校外培训机构",
    UnitKind.EXTERNAL_BODY: "外部单位",
}
SCHOOLS = (UnitKind.CENTRAL_SCHOOL, UnitKind.SCHOOL, UnitKind.KINDERGARTEN)
OFFICES = (UnitKind.OFFICE, UnitKind.SUBORDINATE_UNIT)
NEVER_ENDING = (UnitKind.BUREAU, UnitKind.DISCIPLINE_TEAM)
WITHOUT_ACCOUNT = (UnitKind.TRAINING_INSTITUTION, UnitKind.EXTERNAL_BODY)


class Stage(StrEnum):
    KINDERGARTEN = "kindergarten"
    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"
    VOCATIONAL = "vocational"
    SPECIAL = "special"


STAGE_LABELS = {
    Stage.KINDERGARTEN: "学前",
    Stage.PRIMARY: "小学",
    Stage.JUNIOR: "初中",
    Stage.SENIOR: "高中",
    Stage.VOCATIONAL: "中职",
    Stage.SPECIAL: "特教",
}


class Ownership(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


OWNERSHIP_LABELS = {Ownership.PUBLIC: "公办", Ownership.PRIVATE: "民办"}


class Duty(StrEnum):
    """A duty that rules refer to: who supervises, and whose rows a leader reviews."""

    SUPERVISION = "supervision"
    EDUCATION_SUPERVISION = "education_supervision"


DUTY_LABELS = {
    Duty.SUPERVISION: "督查（领导小组办公室）",
    Duty.EDUCATION_SUPERVISION: "教育督导",
}


_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_school_code(code: str) -> str:
    if not (len(code) == 10 and code.isascii() and code.isdigit()):
        raise ValueError("学校标识码须为 10 位数字")
    return code


def check_credit_code(code: str) -> str:
    """18 characters, the last a check character by weights 3^i mod 31 (GB 32100-2015)."""
    if len(code) != 18 or any(c not in _CREDIT for c in code):
        raise ValueError("统一社会信用代码须为 18 位数字或大写字母（不含 I、O、S、V、Z）")
    if credit_check(code[:17]) != code[17]:
        raise ValueError("统一社会信用代码的校验位不符，请核对")
    return code


def credit_check(first_17: str) -> str:
    """The check character of a credit code that begins so."""
    total = sum(_CREDIT.index(c) * pow(3, i, 31) for i, c in enumerate(first_17))
    return _CREDIT[(31 - total % 31) % 31]


SchoolCode = Annotated[str, AfterValidator(check_school_code)]
CreditCode = Annotated[str, AfterValidator(check_credit_code)]


class UnitFields(SQLModel):
    code: Code
    """The natural key of imports, unique in the district."""
    name: Name
    kind: UnitKind = enum_column(UnitKind, "kind")
    stages: list[Stage] = json_column(default_factory=list, nullable=False)
    ownership: Ownership = enum_column(Ownership, "ownership", default=Ownership.PUBLIC)
    valid_from: Date | None = None
    valid_to: Date | None = None
    """The last day it exists; afterwards it keeps its history and gets nothing new."""
    school_code: SchoolCode | None = None
    credit_code: CreditCode | None = None
    duty: Duty | None = enum_column(Duty, "duty", default=None, nullable=True)


class Unit(UnitFields, Audited, table=True):
    __tablename__ = "unit"
    __table_args__ = (
        sa.UniqueConstraint("district_id", "code"),
        sa.Index("ix_unit_district_kind", "district_id", "kind", "id"),
        sa.Index("ix_unit_district_name", "district_id", "name", "id"),
        # Each step asks which unit is the supervision office.
        sa.Index(
            "ix_unit_duty",
            *("district_id", "duty"),
            sqlite_where=sa.text("duty IS NOT NULL"),
            postgresql_where=sa.text("duty IS NOT NULL"),
        ),
        sa.Index(
            "uq_unit_bureau_code",
            "code",
            unique=True,
            sqlite_where=sa.text("kind = 'bureau'"),
            postgresql_where=sa.text("kind = 'bureau'"),
        ),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "unit"
    changes_access: ClassVar[bool] = True

    district_id: int | None = id_column("unit.id", index=False, default=None, nullable=True)  # type: ignore[assignment]
    """The bureau above it; the bureau's own row names itself."""
    parent_id: int | None = id_column("unit.id", default=None, nullable=True)
    answering_unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    """The office that answers for a unit without an account (an external body)."""


class UnitHost(SQLModel, table=True):
    """A party organisation and a unit that hosts it (several for a joint branch): a grant on the host covers it."""

    __tablename__ = "unit_host"

    unit_id: int = id_column("unit.id", index=False)
    host_id: int = id_column("unit.id")
    __table_args__ = (sa.PrimaryKeyConstraint("unit_id", "host_id"),)


class UnitAlias(Audited, table=True):
    """Another name by which plans call a unit or a group; compared folded."""

    __tablename__ = "unit_alias"
    __table_args__ = (sa.UniqueConstraint("district_id", "folded"), IDS_ONCE)
    audit_name: ClassVar[str] = "unit_alias"

    district_id: int = id_column("unit.id", index=False, default=None)
    name: str = Field(max_length=100)
    folded: str = Field(max_length=100)
    used_until: date | None = None
    """Of a former name (曾用名): the last day on which it was in use."""
    unit_id: int | None = id_column("unit.id", default=None, nullable=True)
    unit_group_id: int | None = id_column("unit_group.id", default=None, nullable=True)


class GroupRule(Input):
    """Who belongs: every named condition must hold; an empty list stands for any."""

    kinds: list[UnitKind] = []
    stages: list[Stage] = []
    ownership: Ownership | None = None
    under_unit_id: Id | None = None
    includes: list[Id] = []
    excludes: list[Id] = []


class UnitGroup(Audited, table=True):
    """A name as plans write it (各学校（园）) and a rule; never a frozen list of units."""

    __tablename__ = "unit_group"
    __table_args__ = (sa.UniqueConstraint("district_id", "name"),)
    audit_name: ClassVar[str] = "unit_group"

    district_id: int = id_column("unit.id", index=False, default=None)
    name: str = Field(max_length=100)
    rule: dict[str, Any] = json_column(nullable=False)


class Liaison(Audited, table=True):
    """An office paired with a school (包联), for a time."""

    __tablename__ = "liaison"
    __table_args__ = (
        sa.UniqueConstraint("office_id", "school_id", "valid_from"),
        sa.Index("ix_liaison_school", "school_id", "office_id"),
        IDS_ONCE,
    )
    audit_name: ClassVar[str] = "liaison"
    changes_access: ClassVar[bool] = True

    office_id: int = id_column("unit.id", index=False)
    school_id: int = id_column("unit.id", index=False)
    valid_from: date
    valid_to: date | None = None


UNIT, HOST, ALIAS, GROUP, LIAISON = (table_of(m) for m in (Unit, UnitHost, UnitAlias, UnitGroup, Liaison))


class UnitCreate(UnitFields, Input):  # type: ignore[misc]
    parent_id: Id | None = None
    host_ids: list[Id] = []
    answering_unit_id: Id | None = None
    aliases: list[Name] = []


class UnitPatch(Input):
    """``name``: another one renames the unit as of today, and its name until then becomes a former one, as by
    ``rename``, which takes a reason and a day."""

    name: Name | None = None
    stages: list[Stage] | None = None
    ownership: Ownership | None = None
    parent_id: Id | None = None
    valid_from: Date | None = None
    valid_to: Date | None = None
    school_code: SchoolCode | None = None
    credit_code: CreditCode | None = None
    duty: Duty | None = None
    host_ids: list[Id] | None = None
    answering_unit_id: Id | None = None


class UnitRow(ReadBase):
    code: str
    name: str
    kind: UnitKind
    parent_id: int | None
    stages: list[Stage]
    ownership: Ownership
    valid_from: date | None
    valid_to: date | None
    school_code: str | None
    credit_code: str | None
    duty: Duty | None
    answering_unit_id: int | None
    updated_at: datetime


class AliasOfUnit(BaseModel):
    """``used_until`` where it is a former name."""

    id: int
    name: str
    used_until: date | None


class UnitRead(UnitRow):
    """A unit with its hosts, its other names, and what became of it."""

    host_ids: list[int]
    aliases: list[AliasOfUnit]
    history: list[SuccessionOfUnit]
    """What it was merged into, closed or renamed, and what was merged into it; newest first."""


class AliasRead(ReadBase):
    name: str
    used_until: date | None
    unit_id: int | None
    unit_group_id: int | None


class AliasCreate(Input):
    name: Name
    unit_id: Id | None = None
    unit_group_id: Id | None = None


class GroupCreate(Input):
    name: Name
    rule: GroupRule


class GroupPatch(Input):
    name: Name | None = None
    rule: GroupRule | None = None


class GroupRow(ReadBase):
    name: str
    rule: GroupRule


class GroupRead(GroupRow):
    """A group with the units that belong today."""

    unit_ids: list[int]


class LiaisonRead(ReadBase):
    """A pair. The names come with a list."""

    office_id: int
    school_id: int
    office_name: str | None = None
    school_name: str | None = None
    valid_from: date
    valid_to: date | None
    ended: bool


class LiaisonCreate(Input):
    office_id: Id
    school_id: Id
    valid_from: Date | None = None
    valid_to: Date | None = None
