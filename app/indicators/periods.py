"""The periods of an indicator: those that assignments have, as far as it holds."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.assignments.periods import Period, Terms, begun_in, current, due, fits, named
from app.assignments.words import dated
from app.core.errors import invalid
from app.core.models import EARLIEST, LATEST
from app.indicators.models import INDICATOR_CADENCE_LABELS, IndicatorCadence
from app.plans.models import Cadence

MOST_SHOWN = 12
_DAYS = {
    IndicatorCadence.MONTHLY: 31,
    IndicatorCadence.QUARTERLY: 92,
    IndicatorCadence.TERMLY: 215,
    IndicatorCadence.YEARLY: 366,
}
_LIKE = {
    IndicatorCadence.MONTHLY: "2026-09",
    IndicatorCadence.QUARTERLY: "2026-Q3",
    IndicatorCadence.TERMLY: "2026-T1",
    IndicatorCadence.YEARLY: "2026",
}


def begun(indicator: Any, today: date, terms: Terms) -> list[Period]:
    """Those that have begun, the newest last; of a long row the newest."""
    last = min(today, indicator.valid_to or today)
    if indicator.valid_from > last:
        return []
    since = max(indicator.valid_from, last - timedelta(days=_DAYS[indicator.cadence] * MOST_SHOWN))
    found = due(Cadence(indicator.cadence), since - timedelta(days=1), last, terms)
    return [period for period in found if period.starts_on and period.starts_on <= today][-MOST_SHOWN:]


def of_name(indicator: Any, name: str, today: date, terms: Terms, field: str = "period") -> Period:
    """The period of that name; 422 where the indicator has none, or it has not begun."""
    cadence, like = Cadence(indicator.cadence), _LIKE[indicator.cadence]
    plain = name.isascii() and fits(cadence, name) and EARLIEST.year <= int(name[:4]) < LATEST.year
    try:
        period = named(cadence, name, terms) if plain else None
    except ValueError:
        period = None
    if period is None or period.name != name or period.starts_on is None or period.ends_on is None:
        words = INDICATOR_CADENCE_LABELS[indicator.cadence]
        raise invalid(field, f"没有这一周期；这一指标{words}填报一次，请按 {like} 的格式填写")
    if period.starts_on > today:
        raise invalid(field, f"{dated(name)}从 {period.starts_on} 开始，还不能填报")
    if period.ends_on < indicator.valid_from or (indicator.valid_to and period.starts_on > indicator.valid_to):
        raise invalid(field, f"{dated(name)}不在这一指标的有效期（{_span(indicator)}）之内")
    return period


def _span(indicator: Any) -> str:
    return f"{indicator.valid_from} 至 {indicator.valid_to}" if indicator.valid_to else f"{indicator.valid_from} 起"


def present(indicator: Any, today: date, terms: Terms) -> str:
    """The name of the period that lasts; in the holidays between two terms, of the one that comes."""
    return current(Cadence(indicator.cadence), today, terms).name


def recent(cadence: IndicatorCadence, today: date, terms: Terms) -> list[Period]:
    """The last two that have begun, the newer last."""
    since = today - timedelta(days=2 * _DAYS[cadence])
    found = due(Cadence(cadence), since, today, terms)
    return [period for period in found if period.starts_on and period.starts_on <= today][-2:]


def of_year(year: int, terms: Terms) -> list[str]:
    """The names of the periods of every cadence that begin in a calendar year."""
    months = [f"{year}-{month:02}" for month in range(1, 13)]
    quarters = [f"{year}-Q{quarter}" for quarter in range(1, 5)]
    return [str(year), *quarters, *months, *(term.name for term in begun_in(year, terms))]


def day_of(period: Period, today: date) -> date:
    """The day whose units report for a period: its last, or today while it lasts."""
    assert period.ends_on is not None
    return min(period.ends_on, today)


def newest(periods: Sequence[Period]) -> str | None:
    return periods[-1].name if periods else None
