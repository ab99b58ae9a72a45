"""Figures that a person's own units have not reported: of the period that lasts, and of the one before it. What is
missing from longer ago is history, for the office that keeps the indicator to look at."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.assignments.periods import Period
from app.calendars.models import TERM
from app.core.operation import Reader
from app.core.policy import OWN, in_district
from app.core.within import within
from app.indicators import periods
from app.indicators.models import INDICATOR, VALUE, IndicatorCadence
from app.indicators.rules import REPORTERS
from app.units import groups
from app.units.models import GROUP, UNIT


class Awaited(NamedTuple):
    indicator_id: int
    unit_id: int
    unit_name: str
    period: str
    due_on: date
    """The period's last day."""


_REPORTED = (
    sa.select(sa.func.aggregate_strings(VALUE.c.period, ","))
    .where(VALUE.c.indicator_id == INDICATOR.c.id, VALUE.c.unit_id == UNIT.c.id)
    .where(VALUE.c.period >= sa.bindparam("f_since", type_=sa.String))
    .correlate(INDICATOR, UNIT)
    .scalar_subquery()
)
_WRITTEN = TERM.c.name + " " + sa.cast(TERM.c.starts_on, sa.String) + " " + sa.cast(TERM.c.ends_on, sa.String)
_TERMS = sa.select(sa.func.aggregate_strings(_WRITTEN, ",")).where(in_district(TERM)).scalar_subquery()
_ASKED = (
    sa.select(
        *(INDICATOR.c[name].label(f"its_{name}") for name in ("id", "cadence", "valid_from", "valid_to")),
        *(UNIT.c[name] for name in ("id", "name", "valid_from", "valid_to")),
        _REPORTED.label("reported"),
        _TERMS.label("terms"),
    )
    .select_from(
        INDICATOR.join(GROUP, GROUP.c.id == INDICATOR.c.unit_group_id).join(
            UNIT, UNIT.c.district_id == INDICATOR.c.district_id
        )
    )
    .where(in_district(INDICATOR), within(UNIT.c.id, OWN), groups.belonging(UNIT, GROUP.c.rule))
    .order_by(INDICATOR.c.id, UNIT.c.id)
)
"""One statement, terms and figures with it: the navigation of every page asks it."""


def awaited(see: Reader) -> list[Awaited]:
    """In the order of time."""
    if not see.actor.has(*REPORTERS):
        return []
    since = {"f_since": str(see.today.year - 2)}
    found = [each for row in see.connection.execute(_ASKED, {**see.actor.binds, **since}) for each in _of(see, row)]
    return sorted(found, key=lambda each: (each.due_on, each.indicator_id, each.unit_id))


def _of(see: Reader, row: Any) -> Iterator[Awaited]:
    reported = set((row.reported or "").split(","))
    for period in _recent(row.its_cadence, see.today, row.terms):
        assert period.starts_on is not None and period.ends_on is not None
        begun = period.ends_on >= row.its_valid_from and (not row.its_valid_to or period.starts_on <= row.its_valid_to)
        asked = begun and groups.exists_on(row, periods.day_of(period, see.today))
        if asked and period.name not in reported:
            yield Awaited(row.its_id, row.id, row.name, period.name, period.ends_on)


@lru_cache(maxsize=64)
def _recent(cadence: IndicatorCadence, today: date, terms: str | None) -> list[Period]:
    """Of thousands of units that are asked it is the same."""
    return periods.recent(cadence, today, _terms(terms))


def _terms(written: str | None) -> list[Period]:
    parts = [each.split(" ") for each in (written or "").split(",") if each]
    named = [Period(name, date.fromisoformat(first), date.fromisoformat(last)) for name, first, last in parts]
    return sorted(named, key=lambda term: str(term.starts_on))
