"""How a bureau begins: its district, and the three administrators who make everything else."""

from typing import NamedTuple

import sqlalchemy as sa

from app.calendars.operations import load_year
from app.core.models import Code, Input, Name
from app.core.operation import Tx, operation
from app.core.policy import ROLE_LABELS, Role, system_within
from app.identity.models import GrantCreate
from app.identity.operations import add_grant, add_user
from app.identity.passwords import hash_one_time, one_time_password
from app.units import operations as units
from app.units.models import UNIT, UnitKind

ADMINISTRATORS = (Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR)


class BureauCreate(Input):
    """A new bureau: its full name, and the code that is unique among the installation's bureaus."""

    bureau: Name
    code: Code


class Administrator(NamedTuple):
    username: str
    label: str
    password: str
    """To be used once, shown once."""


@operation("bureau.found")
def found(tx: Tx, given: BureauCreate) -> list[Administrator]:
    """A bureau with its system, security and audit administrators and the public holidays of this year and the next;
    409 when there is one of that code.

    On an installation that has a bureau already their usernames begin with the new one's code.
    """
    first = tx.connection.execute(sa.select(UNIT.c.id).where(UNIT.c.kind == UnitKind.BUREAU)).first() is None
    district_id = units.found_bureau(tx, given.bureau, given.code)
    tx.actor = system_within(district_id)
    for year in (tx.today.year, tx.today.year + 1):
        load_year(tx, year)
    founded = []
    for role in ADMINISTRATORS:
        username = role.value if first else f"{given.code.lower()}-{role.value}"
        one = Administrator(username, ROLE_LABELS[role], one_time_password())
        user_id = add_user(tx, username, one.label, hash_one_time(one.password), must_change_password=True)
        add_grant(tx, user_id, GrantCreate(role=role, unit_id=district_id))
        founded.append(one)
    return founded
