"""Everyone in the district reads its directory of units; sysadmin keeps it, supervisor names groups and
pairs, and ends units with what they have at work."""

from app.core.policy import Policy, Role, by, of_district
from app.units.models import ALIAS, GROUP, LIAISON, UNIT

UNITS = Policy(UNIT, of_district(UNIT), {"edit": by(Role.SYSADMIN, UNIT), "end": by(Role.SUPERVISOR, UNIT)})
GROUPS = Policy(GROUP, of_district(GROUP), {"edit": by(Role.SUPERVISOR, GROUP)})
ALIASES = Policy(ALIAS, of_district(ALIAS), {"delete": by(Role.SUPERVISOR, ALIAS)})
LIAISONS = Policy(LIAISON, of_district(LIAISON), {"end": by(Role.SUPERVISOR, LIAISON)})
