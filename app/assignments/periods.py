"""The periods of recurring work: their names, their first and last days, and which are due."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from app.calendars.models import TERM
from app.core.operation import Reader
from app.plans.models import CADENCE_LABELS, Cadence, DeadlineKind
from app.plans.parser import place_in

ONCE = "once"
_KINDS = {
    Cadence.ONCE: re.compile(r"once"),
    Cadence.STANDING: re.compile(r"once"),
    Cadence.MONTHLY: re.compile(r"\d{4}-\d{2}"),
    Cadence.QUARTERLY: re.compile(r"\d{4}-Q[1-4]"),
    Cadence.TERMLY: re.compile(r"\d{4}-T\d"),
    Cadence.YEARLY: re.compile(r"\d{4}"),
}
_MOST = 120
"""Periods that one dispatch makes up for at the most: ten years of months."""


class Period(NamedTuple):
    """``name`` as assignments store it; ``once`` has neither first nor last day."""

    name: str
    starts_on: date | None = None
    ends_on: date | None = None


class Stated(NamedTuple):
    """What an item says of its deadline: a date, its kind, and the plan's words."""

    on: date | None = None
    kind: DeadlineKind | None = None
    words: str | None = None


Terms = Sequence[Period]
_TERMS = (
    sa.select(TERM.c.name, TERM.c.starts_on, TERM.c.ends_on)
    .where(TERM.c.district_id == sa.bindparam("district"))
    .order_by(TERM.c.starts_on)
)


def terms(see: Reader) -> Terms:
    """The district's school terms, in order; empty where the default division holds."""
    rows = see.connection.execute(_TERMS, {"district": see.actor.district_id}).all()
    return [Period(row.name, row.starts_on, row.ends_on) for row in rows]


def recurs(cadence: Cadence) -> bool:
    return cadence not in (Cadence.ONCE, Cadence.STANDING)


def fits(cadence: Cadence, name: str) -> bool:
    """Whether a period's name is one that this cadence gives."""
    return _KINDS[cadence].fullmatch(name) is not None


def cadence_of(name: str) -> Cadence | None:
    """The cadence that gives periods of that name; None where nothing recurs."""
    return next((each for each in _KINDS if recurs(each) and fits(each, name)), None)


def moved(cadence: Cadence, old: Period, new: Period, day: date) -> date:
    """The day of a period that is in its place in another one: terms are of any length and go by days, all else by
    months, whose last day stands for one that a month does not have."""
    if old.starts_on is None or new.starts_on is None:
        return day
    if cadence == Cadence.TERMLY:
        return day + (new.starts_on - old.starts_on)
    later = (new.starts_on.year - old.starts_on.year) * 12 + new.starts_on.month - old.starts_on.month
    last = _before_month(day.year, day.month + later + 1)
    return last.replace(day=min(day.day, last.day))


def deadline(cadence: Cadence, period: Period, stated: Stated, terms: Terms = ()) -> date | None:
    """The item's date where it falls into the period or nothing recurs; the day that the plan's words name in each
    (每月25日前); of a single date its day moved to each later period; else the period's last day.
    """
    if period.starts_on is None or period.ends_on is None:
        return stated.on
    if stated.on and period.starts_on <= stated.on <= period.ends_on:
        return stated.on
    if stated.kind in _OF_EACH and stated.words:
        return _placed(cadence, period, stated.words, terms) or period.ends_on
    if stated.on and stated.on < period.starts_on and stated.kind not in _ENDS_IT_ALL:
        return _in_its_place(cadence, period, stated.on, terms)
    return period.ends_on


_OF_EACH = (DeadlineKind.RECURRING, DeadlineKind.COMPOUND)
"""Kinds whose words may name a day of each period."""
_ENDS_IT_ALL = (DeadlineKind.RANGE, DeadlineKind.COMPOUND)
"""Kinds whose date is no period's: 2026年9月至12月, or the first of several."""


def _in_its_place(cadence: Cadence, period: Period, day: date, terms: Terms) -> date | None:
    own = current(cadence, day, terms)
    assert period.ends_on is not None
    if own.starts_on is None or day < own.starts_on or day == own.ends_on:
        return period.ends_on
    return min(moved(cadence, own, period, day), period.ends_on)


def _placed(cadence: Cadence, period: Period, words: str, terms: Terms) -> date | None:
    place, start, end = place_in(cadence, words), period.starts_on, period.ends_on
    if place is None or start is None or end is None:
        return None
    if place.from_end is not None:
        return end + timedelta(days=place.from_end)
    if place.from_start is not None:
        # Without a table nobody knows when school begins.
        return min(start + timedelta(days=place.from_start), end) if period in terms else None
    last = _before_month(start.year, start.month + (place.month or 0) + 1)
    return last.replace(day=min(place.day, last.day))


def current(cadence: Cadence, day: date, terms: Terms = ()) -> Period:
    """The period that ``day`` falls into; between two terms of the table, the one that comes next."""
    if cadence == Cadence.MONTHLY:
        first = day.replace(day=1)
        return Period(f"{day.year}-{day.month:02}", first, _before_month(day.year, day.month + 1))
    if cadence == Cadence.QUARTERLY:
        quarter = (day.month - 1) // 3 + 1
        start = date(day.year, quarter * 3 - 2, 1)
        return Period(f"{day.year}-Q{quarter}", start, _before_month(day.year, quarter * 3 + 1))
    if cadence == Cadence.TERMLY:
        return next((term for term in terms if term.ends_on and term.ends_on >= day), None) or _default_term(day)
    if cadence == Cadence.YEARLY:
        return Period(f"{day.year}", date(day.year, 1, 1), date(day.year, 12, 31))
    return Period(ONCE)


_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月份?|[-/.月]0?1日?)?")
_QUARTER = re.compile(r"(\d{4})(?:年|-)?(?:第?([一二三四1-4])季度?|Q([1-4]))", re.IGNORECASE)
_TERM = re.compile(r"(\d{4})(?:-\d{4})?(?:学年)?(?:-?T([12])|第?([一二上下])学期)", re.IGNORECASE)
_YEAR = re.compile(r"(\d{4})(?:年度?)?")
_FIGURES = {"一": 1, "二": 2, "三": 3, "四": 4, "上": 1, "下": 2}


def read(cadence: Cadence, words: str) -> str:
    """The name of the period that is written ``2023年10月``, ``2023年第四季度``, ``2022学年下学期`` or by its name.

    Words that are no period of this cadence come back as they are: no row has one of that name.
    """
    flat = "".join(words.split())
    if not recurs(cadence):
        return ONCE if flat in ("一次", CADENCE_LABELS[cadence]) else flat
    if cadence == Cadence.MONTHLY and (found := _MONTH.fullmatch(flat)):
        return f"{found[1]}-{int(found[2]):02}"
    if cadence == Cadence.QUARTERLY and (found := _QUARTER.fullmatch(flat)):
        return f"{found[1]}-Q{_FIGURES.get(found[2]) or found[2] or found[3]}"
    if cadence == Cadence.TERMLY and (found := _TERM.fullmatch(flat)):
        return f"{found[1]}-T{found[2] or _FIGURES[found[3]]}"
    if cadence == Cadence.YEARLY and (found := _YEAR.fullmatch(flat)):
        return found[1]
    return flat


def due(cadence: Cadence, last: date | None, day: date, terms: Terms = ()) -> list[Period]:
    """The periods after the one that ended on ``last``, up to ``day``'s own; without ``last`` that one alone.

    What follows another is due when it begins: in the holidays nobody signs for the term to come.
    """
    now = current(cadence, day, terms)
    if last is None or now.ends_on is None:
        return [now]
    if last >= now.ends_on:
        return [now]
    return [step for step in _between(cadence, last, now, terms) if step.starts_on is None or step.starts_on <= day]


def named(cadence: Cadence, name: str, terms: Terms = ()) -> Period:
    """The period of that name; ``fits(cadence, name)`` holds."""
    year = int(name[:4]) if recurs(cadence) else 0
    if cadence == Cadence.TERMLY:
        known = next((term for term in terms if term.name == name), None)
        return known or _default_term(date(year, 9, 1) if name.endswith("1") else date(year + 1, 2, 1))
    if cadence == Cadence.MONTHLY:
        return current(cadence, date(year, int(name[5:]), 1))
    if cadence == Cadence.QUARTERLY:
        return current(cadence, date(year, int(name[-1]) * 3, 1))
    return current(cadence, date(year, 1, 1)) if cadence == Cadence.YEARLY else Period(ONCE)


def begun_in(year: int, terms: Terms = ()) -> list[Period]:
    """The terms that begin in a calendar year, in order: ``2025-T2`` is the spring of 2026."""
    usual = (named(Cadence.TERMLY, name, terms) for name in (f"{year - 1}-T2", f"{year}-T1"))
    found = {term.name: term for term in (*usual, *terms) if term.starts_on and term.starts_on.year == year}
    return sorted(found.values(), key=lambda term: str(term.starts_on))


def _between(cadence: Cadence, last: date, now: Period, terms: Terms) -> Iterator[Period]:
    for _ in range(_MOST):
        step = current(cadence, last + timedelta(days=1), terms)
        yield step
        if step == now or step.ends_on is None:
            return
        last = step.ends_on


def _before_month(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1) - timedelta(days=1)


def _default_term(day: date) -> Period:
    """Without a table: the first term from 1 September to 31 January, the second from 1 February to 31 August.

    Both carry the year in which the school year began.
    """
    year = day.year if day.month >= 9 else day.year - 1
    if day.month >= 9 or day.month == 1:
        return Period(f"{year}-T1", date(year, 9, 1), date(year + 1, 1, 31))
    return Period(f"{year}-T2", date(year + 1, 2, 1), date(year + 1, 8, 31))
