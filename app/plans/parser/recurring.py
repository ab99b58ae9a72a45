"""Which day of each period words like 每月25日前 name; the period itself (monthly, yearly …) was told before.

- 每月25日前, 每月中旬, 次月5日前; of several days (每月10日、25日) none; a range ends with its last
  (每月25日至次月5日).
- 每季度末月20日前, 每季度第二个月底, 次季度首月10日前; a day without its month (每季度20日前) names none.
- 每年11月底前, 每年9月至10月, 次年1月15日前; of several months none.
- 每学期开学后两周内, 每学期第三周; 每季度结束后10日内 of whatever recurs.
- What begins on a day (每月25日后, 每年3月1日起) is not due on it.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from .deadlines import POINT, day_in, in_figures, is_joined
from .folding import FOLD

LAST = 31
"""The month's last day, however many it has."""
_LEAP = 2000
_FIGURES = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}


class Place(NamedTuple):
    """A day of each period: of its n-th month (0 is the first), or so many days after its start or its end."""

    month: int | None = None
    day: int = LAST
    from_start: int | None = None
    from_end: int | None = None


_BEGINS = r"(?:[以之]?后|起|开始)"
_DAY = (
    rf"的?(?:(?:\d{{1,2}}[日号]?{_BEGINS}?(?:至|到|-))?(?P<day>\d{{1,2}})[日号]|(?P<part>[上中下]旬|[底末初]))"
    rf"(?!前?[、和及,]\d{{1,2}}[日号]|{_BEGINS}|至|到|-)"
)
_MONTHLY = re.compile(rf"(?:每个?月份?|逐月|按月|(?P<next>次月|下个?月)){_DAY}")
_QUARTERLY = re.compile(
    r"(?:每个?季度?|逐季度?|按季度?|(?P<next>次季度?|下个?季度?))的?"
    r"(?:(?P<first>首月|第[一1]个?月)|(?P<second>第[二2]个?月)|(?P<third>末月|最后[一1]个月|第[三3]个?月|末))" + _DAY
)
_YEARLY = re.compile(r"每学?年度?的?")
_NEXT_YEAR = re.compile(r"(?<![\d一两三四五六每])(?:[次翌来]|下一?|第二)年度?的?")
_BEGINNING = re.compile(rf"{_BEGINS}(?!至|到|-)")
_BOUND = re.compile(r"[。;]|每")
_OPENING = re.compile(r"开学(?:以?后)?的?(?P<n>\d{1,2}|[一两二三四五六])个?(?P<unit>[周月日天])之?内")
_WEEK = re.compile(r"第(?P<n>\d{1,2}|[一二三四五六])周")
_ENDED = re.compile(r"(?:终了|结束)(?:以?后)?的?(?P<n>\d{1,2})[日天]之?内")
_DAYS = {"周": 7, "月": 30, "日": 1, "天": 1}


@lru_cache(maxsize=1024)
def place_in(cadence: str, words: str) -> Place | None:
    """The day that the words name in each period of that cadence; None where they name none."""
    flat = in_figures(words.translate(FOLD)[:200])
    if (ended := _ENDED.search(flat)) and cadence in _READERS:
        return Place(from_end=int(ended["n"]))
    reader = _READERS.get(cadence)
    return reader(flat) if reader is not None else None


def _of_month(found: re.Match[str], month: int) -> Place | None:
    day = int(found["day"]) if found["day"] else {"上": 10, "初": 10, "中": 20}.get(found["part"][0], LAST)
    return Place(month, day) if 1 <= day <= LAST else None


def _only(places: Iterable[Place | None]) -> Place | None:
    named = set(places)
    return named.pop() if len(named) == 1 else None


def _monthly(flat: str) -> Place | None:
    return _only(_of_month(found, 1 if found["next"] else 0) for found in _MONTHLY.finditer(flat))


def _quarterly(flat: str) -> Place | None:
    return _only(
        _of_month(found, (0 if found["first"] else 1 if found["second"] else 2) + (3 if found["next"] else 0))
        for found in _QUARTERLY.finditer(flat)
    )


def _yearly(flat: str) -> Place | None:
    begins = _YEARLY.search(flat)
    if begins is None:
        return None
    said = _BOUND.split(flat[begins.end() :], maxsplit=1)[0]
    points = [point for point in POINT.finditer(said) if not _BEGINNING.match(said, point.end())]
    if len(points) > 1 and not (len(points) == 2 and is_joined(said, *points)):
        return None
    day = day_in(points[-1], _LEAP) if points else None
    if day is None or day.year != _LEAP:
        return None
    # The 年 of 次年底 is the point's own.
    later = any(found.start() < points[-1].start() <= found.end() for found in _NEXT_YEAR.finditer(said))
    last = day.day == monthrange(_LEAP, day.month)[1]
    return Place(day.month - 1 + (12 if later else 0), LAST if last else day.day)


def _termly(flat: str) -> Place | None:
    if found := _OPENING.search(flat):
        return Place(from_start=_figure(found["n"]) * _DAYS[found["unit"]])
    week = _WEEK.search(flat)
    return Place(from_start=_figure(week["n"]) * 7 - 1) if week else None


def _figure(written: str) -> int:
    return _FIGURES.get(written) or int(written)


_READERS = {"monthly": _monthly, "quarterly": _quarterly, "yearly": _yearly, "termly": _termly}
