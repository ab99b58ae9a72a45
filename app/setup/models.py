"""How far a new bureau is set up: one row a bureau, and what the pages and the API of its beginning say."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from app.core.models import Audited, Flag, Input, Name, id_column, instant_column, table_of
from app.core.policy import Role


class Setup(Audited, table=True):
    """Laid down when a bureau is founded. A bureau without a row, of a release that knew of none, is set up."""

    __tablename__ = "setup"
    __table_args__ = (sa.UniqueConstraint("district_id"),)
    audit_name: ClassVar[str] = "setup"

    enabled_at: datetime | None = instant_column(default=None, nullable=True)
    """From then on nobody holds the right that its first administrator had."""
    enabled_by: int | None = id_column("user.id", default=None, nullable=True)


SETUP = table_of(Setup)


class Step(StrEnum):
    ADMINISTRATORS = "administrators"
    BUREAU = "bureau"
    UNITS = "units"
    NAMES = "names"
    CALENDAR = "calendar"
    ENABLE = "enable"


STEP_LABELS = {
    Step.ADMINISTRATORS: "管理员",
    Step.BUREAU: "本局信息",
    Step.UNITS: "单位名录",
    Step.NAMES: "别名与单位组",
    Step.CALENDAR: "工作日历",
    Step.ENABLE: "核对并启用",
}


class AdministratorsName(Input):
    """The three persons; ``reissue`` asks for a new one-time password for each who has not logged in yet."""

    sysadmin: Name
    secadmin: Name
    auditor: Name
    reissue: Flag = False


class Shown(BaseModel):
    """No field is answered that is not described."""

    model_config = ConfigDict(extra="forbid")


class AdministratorRead(Shown):
    role: Role
    user_id: int
    username: str
    name: str
    has_logged_in: bool
    """Whether the person has a password of their own; until then their name brings a new one-time password."""
    named: bool
    """False while the account still bears the name of its duty."""


class AdministratorNamed(AdministratorRead):
    one_time_password: str | None
    """Shown this once; null where none was issued."""


class AdministratorsNamed(Shown):
    data: list[AdministratorNamed]


class StepRead(Shown):
    step: Step
    label: str
    done: bool
    count: int
    """What it is done with: persons, units, groups that have units, days of this year."""


class MissingRead(Shown):
    step: Step
    words: str
    blocks: bool
    """Whether the bureau cannot be enabled without it."""


class SetupRead(Shown):
    district_id: int
    enabled: bool
    enabled_at: datetime | None
    """Null before; for a bureau that was there before there was a setup, when it was founded."""
    enabled_by: str | None
    steps: list[StepRead]
    administrators: list[AdministratorRead]
    missing: list[MissingRead]
    """What is lacking, in the order of the steps; nothing once the bureau is enabled."""
    allowed_actions: list[str]
