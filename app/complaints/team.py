"""Complaints about the stationed discipline team (派驻组) or a person of it: nobody in the district may handle one, the
commission that sent the team hears it. They are refused wherever one comes in, with the way out.

The team is told by its names and by what such teams are called; its people by the roles and posts that they hold today.
"""

import re
from typing import Any

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT
from app.appointments.queries import lasting
from app.complaints.forms import Reported
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.policy import Role
from app.identity.models import GRANT
from app.identity.models import USER as USERS
from app.units.models import ALIAS, UNIT, UnitKind
from app.units.names import fold

REFUSED = (
    "反映派驻组及其人员的，本区任何人都不得办理，这里不收：请拨打 12388，或登录 www.12388.gov.cn，向上级纪委监委反映"
)
NAMESAKE = "；只是与派驻组人员同名的，请把这里留空，把姓名写在具体情况里"
TO_TRANSFER = "反映的是派驻组或其人员，本区任何人都不得办理：请“移送”上级纪委监委（12388），写明去向，举报人会看到"

_CALLED = re.compile(r"派驻(?:组|纪检|机构)|驻.{0,12}纪检|纪检监察组")
_TEAMS = sa.select(UNIT.c.id).where(
    UNIT.c.district_id == sa.bindparam("team_district", type_=sa.BigInteger), UNIT.c.kind == UnitKind.DISCIPLINE_TEAM
)
_NAMES = sa.union_all(
    sa.select(UNIT.c.name).where(UNIT.c.id.in_(_TEAMS)), sa.select(ALIAS.c.name).where(ALIAS.c.unit_id.in_(_TEAMS))
)
_TODAY = sa.bindparam("team_day", type_=sa.Date)
_ACCOUNTS = (
    sa.select(USERS.c.id, USERS.c.name)
    .join(GRANT, GRANT.c.user_id == USERS.c.id)
    .where(
        USERS.c.district_id == sa.bindparam("team_district", type_=sa.BigInteger),
        lasting(GRANT, _TODAY),
        sa.or_(GRANT.c.role == Role.DISCIPLINE, GRANT.c.unit_id.in_(_TEAMS)),
    )
    .distinct()
)
_POSTS = sa.select(APPOINTMENT.c.name).where(APPOINTMENT.c.unit_id.in_(_TEAMS), lasting(APPOINTMENT, _TODAY))


def refuse(see: Reader, district_id: int, given: Reported) -> None:
    """422 at the field that names the team, or a person of it."""
    binds = {"team_district": district_id, "team_day": see.today}
    for name, said in (("unit_named", given.unit_named), ("accused", given.accused)):
        if said is not None and _is_called(see, said, binds):
            raise invalid(name, REFUSED)
    if given.accused is not None:
        accused = "".join(given.accused.split())
        people = {row.name for rows in (_ACCOUNTS, _POSTS) for row in see.connection.execute(rows, binds)}
        if any("".join(name.split()) in accused for name in people):
            raise invalid("accused", REFUSED + NAMESAKE)


def _is_called(see: Reader, said: str, binds: dict[str, Any]) -> bool:
    if _CALLED.search("".join(said.split())):
        return True
    folded = fold(said)
    return any(fold(name) in folded for name in see.connection.execute(_NAMES, binds).scalars())


def refuse_found(see: Reader, unit: Any | None, user_id: int | None) -> None:
    """422 where what was taken in turns out to be about the team: all that is left is to hand it on."""
    if unit is not None and unit.kind == UnitKind.DISCIPLINE_TEAM:
        raise invalid("unit_id", TO_TRANSFER)
    binds = {"team_district": see.actor.district_id, "team_day": see.today}
    if user_id is not None and user_id in {row.id for row in see.connection.execute(_ACCOUNTS, binds)}:
        raise invalid("accused_user_id", TO_TRANSFER)
