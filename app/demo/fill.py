"""From an empty database to a bureau at work, in the order in which things happened."""

from datetime import datetime, time, timedelta

from app.core.calendar import SHANGHAI, now, today_of
from app.demo.bureau import found
from app.installation import Installation
from app.plans.reading import Reading

FOUNDED_DAYS_AGO = 60


def fill(installation: Installation, reading: Reading | None) -> None:
    today = today_of(now())
    founded = datetime.combine(today - timedelta(days=FOUNDED_DAYS_AGO), time(9), SHANGHAI)
    found(installation, founded)
