"""Everyone in the district reads its directory of units; sysadmin keeps it, supervisor names groups and pairs."""

import sqlalchemy as sa

from app.core.policy import Condition, Policy, Role, in_district
from app.units.models import ALIAS, GROUP, LIAISON, UNIT


def _of_district(table: sa.Table) -> Condition:
    return lambda roles: in_district(table)


def _by(role: Role, table: sa.Table) -> Condition:
    return lambda roles: in_district(table) if role in roles else sa.false()


UNITS = Policy(UNIT, _of_district(UNIT), {"edit": _by(Role.SYSADMIN, UNIT)})
GROUPS = Policy(GROUP, _of_district(GROUP), {"edit": _by(Role.SUPERVISOR, GROUP)})
ALIASES = Policy(ALIAS, _of_district(ALIAS), {"delete": _by(Role.SUPERVISOR, ALIAS)})
LIAISONS = Policy(LIAISON, _of_district(LIAISON), {"end": _by(Role.SUPERVISOR, LIAISON)})
