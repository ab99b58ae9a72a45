"""Everyone of the district reads its calendar; the supervision office keeps it."""

import sqlalchemy as sa

from app.calendars.models import DAY, TERM
from app.core.policy import Condition, Policy, Role, in_district


def _of_district(table: sa.Table) -> Condition:
    return lambda roles: in_district(table)


def _by_supervisor(table: sa.Table) -> Condition:
    return lambda roles: in_district(table) if Role.SUPERVISOR in roles else sa.false()


DAYS = Policy(DAY, _of_district(DAY), {"delete": _by_supervisor(DAY)})
TERMS = Policy(TERM, _of_district(TERM), {"delete": _by_supervisor(TERM)})
