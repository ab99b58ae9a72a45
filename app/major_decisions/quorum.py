"""How many must be present for a meeting to decide: the bureau's own setting, as its rules of procedure have it."""

from typing import NamedTuple

from app.settings import Settings

_DIGITS = "〇一二三四五六七八九"


class Quorum(NamedTuple):
    """A share of those expected."""

    part: int
    whole: int

    def least(self, expected: int) -> int:
        return -(-expected * self.part // self.whole)

    @property
    def words(self) -> str:
        return f"{_DIGITS[self.whole]}分之{_DIGITS[self.part]}"


def quorum_of(settings: Settings) -> Quorum:
    part, whole = settings.decision_quorum.split("/")
    return Quorum(int(part), int(whole))
