"""What everyone did and when, noted in any order and carried out in the order of time."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from app.core.calendar import SHANGHAI, now, today_of
from app.core.operation import Tx
from app.core.policy import Actor
from app.installation import Act, Installation

CHUNK = 400
"""Acts in one transaction: a commit costs as much as several acts."""


class Diary:
    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.now = now()
        self.today: date = today_of(self.now)
        self._noted: list[tuple[datetime, int, Act]] = []

    def day(self, ahead: int) -> date:
        """So many days from today; negative ones are past."""
        return self.today + timedelta(days=ahead)

    def instant(self, ahead: int, minutes: int = 0) -> datetime:
        """That day at 08:30 and so many minutes; never in the future."""
        begun = datetime.combine(self.day(ahead), time(8, 30), SHANGHAI)
        return min(begun + timedelta(minutes=minutes), self.now)

    def note(self, ahead: int, minutes: int, actor: Actor, do: Callable[[Tx], Any]) -> None:
        instant = self.instant(ahead, minutes)
        self._noted.append((instant, len(self._noted), Act(actor, instant, do)))

    def perform(self, before: datetime | None = None) -> None:
        """Carry out what is noted (up to ``before``), in order of time; what was noted first comes first."""
        until = before or self.now + timedelta(seconds=1)
        due = sorted((entry for entry in self._noted if entry[0] < until), key=lambda entry: entry[:2])
        self._noted = [entry for entry in self._noted if entry[0] >= until]
        for start in range(0, len(due), CHUNK):
            self.installation.perform_all([act for _, _, act in due[start : start + CHUNK]])
