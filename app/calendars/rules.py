"""Everyone of the district reads its calendar; the supervision office keeps it."""

from app.calendars.models import DAY, TERM
from app.core.policy import Policy, Role, by, of_district

DAYS = Policy(DAY, of_district(DAY), {"delete": by(Role.SUPERVISOR, DAY)})
TERMS = Policy(TERM, of_district(TERM), {"delete": by(Role.SUPERVISOR, TERM)})
