"""Restores, as the log tells of them: each chain goes on with an event that says how old the backup was.

What was sealed between a backup and its restore is not in the log any more, and a head that was kept meanwhile is
missing for good. The event tells such heads from those that a forger cut off: it is signed, names the last seal of each
lane that the backup held, and explains only what was sealed behind these and kept between the two instants.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.core.audit import Outcome
from app.core.calendar import SHANGHAI
from app.events.signing import is_signed

RESTORE = "audit.restore"
Ends = tuple[tuple[int, int, str], ...]
"""(lane, seq, hash) of seals."""


class Restore(NamedTuple):
    """``at``: when it was done, by the event itself. The rest only where this installation signed it: the instant of
    the backup, that of the restore, and the last seals that the backup held.
    """

    at: datetime
    taken_at: datetime | None = None
    until: datetime | None = None
    ends: Ends = ()

    @property
    def words(self) -> str:
        if self.taken_at is None:
            return f"{_second(self.at)} 从备份恢复过，但这条记录没有本系统的签名，不能说明留存的封条为什么不在"
        return f"{_second(self.at)} 恢复到 {_second(self.taken_at)} 的备份，其后至恢复时的记录不在日志里"

    def explains(self, at: datetime, lane: int, seq: int) -> bool:
        """Why a seal is missing that was there at an instant."""
        if self.taken_at is None or self.until is None:
            return False
        held = {of: last for of, last, _ in self.ends}.get(lane, 0)
        return self.taken_at <= at <= self.until and seq > held


def restore_of(event: Mapping[str, Any] | sa.RowMapping, district_id: int, public: bytes | None) -> Restore | None:
    """What an event of a chain tells, where it is of a restore."""
    if event["operation"] != RESTORE or event["outcome"] != Outcome.DONE:
        return None
    at, told = event["at"], event["after"]
    if not isinstance(told, dict) or not is_signed(public, RESTORE, district_id, told):
        return Restore(at)
    taken_at, until = (datetime.fromisoformat(told[name]) for name in ("taken_at", "restored_at"))
    return Restore(at, taken_at, until, tuple((lane, seq, sha) for lane, seq, sha in told["ends"]))


def _second(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
