"""Days as the bureau counts them: in Asia/Shanghai, with its own table of workdays."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import ClassVar, Literal, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Field

from app.core.models import IDS_ONCE, Audited, id_column, table_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
LampColour = Literal["green", "amber", "red", "done", "none"]


class CalendarDay(Audited, table=True):
    """A day that differs from the rule Monday to Friday: a holiday, or a weekend worked instead (调休)."""

    __tablename__ = "calendar_day"
    __table_args__ = (sa.UniqueConstraint("district_id", "on"), IDS_ONCE)
    audit_name: ClassVar[str] = "calendar_day"
    changes_access: ClassVar[bool] = True
    """Actors are kept with their district's workdays: the same counter tells when to read these anew."""

    district_id: int = id_column("unit.id", index=False, default=None)
    on: date
    is_workday: bool
    name: str = Field(default="", max_length=100)


def now() -> datetime:
    return datetime.now(UTC)


def today_of(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


class Workdays(NamedTuple):
    """A district's calendar: Monday to Friday but for the days in its table."""

    worked: frozenset[date]
    free: frozenset[date]

    def is_workday(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.free)

    def add(self, day: date, workdays: int) -> date:
        """The day ``workdays`` workdays after ``day`` (negative: before)."""
        step = timedelta(days=1 if workdays >= 0 else -1)
        left = abs(workdays)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    @lru_cache(maxsize=4096)  # noqa: B019 - few calendars, and small ones
    def between(self, start: date, end: date) -> int:
        """Workdays after ``start`` up to and including ``end``; 0 when ``end`` is not later."""
        if end <= start:
            return 0
        days = (end - start).days
        if days > 400:
            return days * 5 // 7
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, days + 1))

    def last_within(self, day: date, workdays: int) -> date:
        """The last date to which no more than ``workdays`` workdays are left: a lamp is amber up to it."""
        return self.add(day, workdays + 1) - timedelta(days=1)


PLAIN = Workdays(frozenset(), frozenset())


_DAY = table_of(CalendarDay).c
_DAYS = sa.select(_DAY.on, _DAY.is_workday).where(_DAY.district_id == sa.bindparam("district"))


def workdays(connection: Connection, district_id: int) -> Workdays:
    rows = connection.execute(_DAYS, {"district": district_id}).all()
    return _workdays(tuple((row.on, row.is_workday) for row in rows))


def long_day(day: date | None) -> str:
    """2023年10月9日, as it stands in prose and in documents."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "—"


@lru_cache(maxsize=256)
def _workdays(days: Collection[tuple[date, bool]]) -> Workdays:
    return Workdays(frozenset(d for d, w in days if w), frozenset(d for d, w in days if not w))


class Lamp(NamedTuple):
    """How a deadline stands today: a colour and the words beside it (a lamp is never colour alone)."""

    colour: LampColour
    words: str
    short: str


@lru_cache(maxsize=4096)
def lamp(deadline: date | None, today: date, days: Workdays, amber_within: int, *, finished: bool = False) -> Lamp:
    """The lamp of an open row; ``finished`` rows no longer run. A row is overdue from the day after its deadline."""
    if finished:
        return Lamp("done", "办结", "办结")
    if deadline is None:
        return Lamp("none", "不计时限", "不计时限")
    if deadline < today:
        late = max(days.between(deadline, today), 1)
        return Lamp("red", f"逾期 {late} 个工作日", f"逾期 {late} 日")
    if deadline == today:
        return Lamp("amber", "今日到期", "今日到期")
    left = days.between(today, deadline)
    if not left:  # No workday comes before it any more.
        return Lamp("amber", "休息日到期", "休息日到期")
    if left <= amber_within:
        return Lamp("amber", f"剩 {left} 个工作日", f"剩 {left} 日")
    return Lamp("green", "正常", "正常")
