"""Complaints about the stationed discipline team (派驻组) or a person of it: nobody in the district may handle one, the
commission that sent the team hears it. They are refused wherever one comes in, with the way out.

The team is told by its names and by what such teams are called; its people by the roles and posts that they hold today.
A person is meant by their whole name, with or without a title. Somebody of a school who is called the same is reported
as anybody is: their name is kept, and whoever is called so never sees it (``rules.IMPARTIAL``).
"""

import re
from typing import Any

import sqlalchemy as sa

from app.appointments.models import APPOINTMENT
from app.complaints.forms import Reported
from app.complaints.rules import OF_BUREAU
from app.core import naming
from app.core.dated import lasting
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.policy import Role
from app.identity.models import GRANT
from app.identity.models import USER as USERS
from app.units.models import ALIAS, HOST, UNIT, UnitKind
from app.units.names import fold

REFUSED = (
    "反映派驻组及其人员的，本区任何人都不得办理，这里不收：请拨打 12388，或登录 www.12388.gov.cn，向上级纪委监委反映"
)
NAMESAKE = "；只是与派驻组人员同名的，请选择其所在的学校（园）或培训机构，或在姓名后写明身份，如“某某老师”"
TO_TRANSFER = "反映的是派驻组或其人员，本区任何人都不得办理：请“移送”上级纪委监委（12388），写明去向，举报人会看到"

_CALLED = re.compile(r"派驻(?:组|纪检|机构)|驻.{0,12}纪检|纪检监察组")
_POST = r"副?组长|纪检(?:监察)?(?:干部|员)?"
"""What people of such a team are called, and a school's hardly."""
_TITLE = rf"(?:{_POST}|副?(?:主任|书记|委员|常委|[科股处室局部]长)|专员|干事|干部|同志|先生|女士|本人|等人?)"
_TEAMS = sa.select(UNIT.c.id).where(
    UNIT.c.district_id == sa.bindparam("team_district", type_=sa.BigInteger), UNIT.c.kind == UnitKind.DISCIPLINE_TEAM
)
_NAMES = sa.union_all(
    sa.select(UNIT.c.name).where(UNIT.c.id.in_(_TEAMS)), sa.select(ALIAS.c.name).where(ALIAS.c.unit_id.in_(_TEAMS))
)
_ITS_OWN = sa.select(UNIT.c.id).where(
    UNIT.c.id == sa.bindparam("team_unit", type_=sa.BigInteger),
    sa.or_(UNIT.c.id.in_(_TEAMS), UNIT.c.id.in_(sa.select(HOST.c.unit_id).where(HOST.c.host_id.in_(_TEAMS)))),
)
"""The team, or the party organisation that it hosts."""
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
    if given.unit_named is not None and _is_called(see, given.unit_named, _binds(see, district_id)):
        raise invalid("unit_named", REFUSED)
    if given.accused is not None:
        refuse_accused(see, district_id, given.unit_id, given.accused)


def refuse_accused(see: Reader, district_id: int, unit_id: int | None, accused: str) -> None:
    """422 where the person complained of is one of the team; not for a namesake at a unit outside the bureau."""
    binds = _binds(see, district_id)
    if _is_called(see, accused, binds):
        raise invalid("accused", REFUSED)
    rows = (row for rows in (_ACCOUNTS, _POSTS) for row in see.connection.execute(rows, binds))
    people = {name for row in rows for name in naming.called(row.name)}
    called = [found for name in people if (found := _named(name, accused)) is not None]
    if called and (_is_of_bureau(see, unit_id) or any(re.search(_POST, titles) for titles in called)):
        raise invalid("accused", REFUSED + NAMESAKE)


def _binds(see: Reader, district_id: int | None) -> dict[str, Any]:
    return {"team_district": district_id, "team_day": see.today}


def _named(name: str, said: str) -> str | None:
    """The titles beside the whole name, where it stands there: 李明 is not 李明华. None where it does not."""
    text, whole = naming.plain(said), naming.pattern(name)
    meant = rf"(?<![^\W和与及的])((?:{_TITLE}\W*)*){whole}((?:\W*{_TITLE})*)(?=$|\W|[和与及].)"
    found = re.search(meant, "".join(text.split())) or re.search(meant, text) if whole else None
    return None if found is None else found[1] + found[2]


def _is_of_bureau(see: Reader, unit_id: int | None) -> bool:
    """As long as no other unit is chosen, the person may be the team's."""
    kind = sa.select(UNIT.c.kind).where(UNIT.c.id == unit_id)
    return unit_id is None or see.connection.execute(kind).scalar_one() in OF_BUREAU


def _is_called(see: Reader, said: str, binds: dict[str, Any]) -> bool:
    if _CALLED.search("".join(said.split())):
        return True
    folded = fold(said)
    return any(fold(name) in folded for name in see.connection.execute(_NAMES, binds).scalars())


def refuse_found(see: Reader, unit: Any | None, user_id: int | None) -> None:
    """422 where what was taken in turns out to be about the team: all that is left is to hand it on."""
    binds = _binds(see, see.actor.district_id)
    if unit is not None and see.connection.execute(_ITS_OWN, {**binds, "team_unit": unit.id}).first():
        raise invalid("unit_id", TO_TRANSFER)
    people = see.connection.execute(_ACCOUNTS, binds)
    if user_id is not None and user_id in {row.id for row in people}:
        raise invalid("accused_user_id", TO_TRANSFER)
