"""Every read of indicators and of their figures, but for the units of a period: these are in ``units``."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.appointments.holders import with_responsible
from app.assignments.periods import Period, terms
from app.assignments.words import dated
from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, Sort, by_id, equals, one_of
from app.core.params import parse_choice, parse_date, parse_number, parse_text
from app.core.policy import Role, Roles
from app.core.within import many, within
from app.indicators import periods
from app.indicators.amounts import hundredths, share, written
from app.indicators.models import (
    EARLIER,
    INDICATOR,
    VALUE,
    IndicatorCadence,
    IndicatorDirection,
    IndicatorMeasure,
    ValueStatus,
)
from app.indicators.rules import OF_INDICATOR, POLICY, UNITS, VALUES
from app.notifications.queries import titled
from app.units.groups import members_by_day
from app.units.models import GROUP, UNIT
from app.units.queries import offices

# Aliases: the conditions bring the plain tables with them.
AT, OFFICE, TOLD = UNIT.alias("at"), UNIT.alias("office"), INDICATOR.alias("told")


def target(indicator: sa.FromClause, period: sa.ColumnElement[Any] = VALUE.c.period) -> sa.ColumnElement[Any]:
    """The one that holds in a period: that before the first change which came after it, else the newest."""
    changed = EARLIER.c.indicator_id == indicator.c.id, EARLIER.c.before_period > period
    before = sa.select(EARLIER.c.target).where(*changed).order_by(EARLIER.c.before_period).limit(1)
    return sa.func.coalesce(before.correlate(VALUE, indicator).scalar_subquery(), indicator.c.target)


def _reached(indicator: sa.FromClause) -> sa.ColumnElement[bool]:
    """In whole numbers: as exact as the figures are. numerator / denominator against the target, multiplied out."""
    above, below, number = (hundredths(VALUE.c[name]) for name in ("numerator", "denominator", "number"))
    counts, whole = indicator.c.measure == IndicatorMeasure.COUNT, sa.literal(1, sa.BigInteger)
    counted = sa.case(
        (counts, number), (indicator.c.measure == IndicatorMeasure.PERCENT, above * 10_000), else_=above * 100
    )
    ahead = counted - hundredths(target(indicator)) * sa.case((counts, whole), else_=below)
    return ahead * sa.case((indicator.c.direction == IndicatorDirection.AT_LEAST, whole), else_=-whole) >= 0


_NO_NEED = sa.and_(VALUE.c.denominator.is_not(None), VALUE.c.denominator == 0)
"""Never unknown, so that it may be denied: a count has no denominator."""


def status(indicator: sa.FromClause) -> sa.ColumnElement[str]:
    """Of a value against what its indicator wants; ``missing`` where there is no value."""
    return sa.case(
        (VALUE.c.id.is_(None), sa.literal_column("'missing'", sa.String)),
        (_NO_NEED, sa.literal_column("'no_need'", sa.String)),
        (_reached(indicator), sa.literal_column("'reached'", sa.String)),
        else_=sa.literal_column("'not_reached'", sa.String),
    )


def result_of(row: Any) -> str | None:
    """What the figures of a row come to; None where there are none, or where they are 0 of 0."""
    if row.number is not None:
        return written(row.number)
    if not row.denominator:
        return None
    hundredfold = row.measure == IndicatorMeasure.PERCENT
    at_least = row.direction == IndicatorDirection.AT_LEAST
    return written(share(row.numerator, row.denominator, hundredfold, at_least))


# Indicators

AMOUNTS = ("numerator", "denominator", "number")
_FIGURES = VALUE.alias("figures")
_NAMES = (
    *("id", "version", "code", "name", "definition", "measure", "numerator_name", "denominator_name", "direction"),
    *("target", "cadence", "unit_group_id", "office_id", "valid_from", "valid_to", "created_at", "updated_at"),
)
_JOINED = ("unit_group_name", "office_name")
_COLUMNS = [
    *(INDICATOR.c[name] for name in _NAMES),
    GROUP.c.name.label("unit_group_name"),
    OFFICE.c.name.label("office_name"),
    sa.select(sa.literal(1)).where(_FIGURES.c.indicator_id == INDICATOR.c.id).exists().label("reported"),
]
_SOURCE = INDICATOR.join(GROUP, GROUP.c.id == INDICATOR.c.unit_group_id).join(
    OFFICE, OFFICE.c.id == INDICATOR.c.office_id
)
_DAY = sa.bindparam("f_valid_on", type_=sa.Date)
_VALID = sa.and_(INDICATOR.c.valid_from <= _DAY, sa.or_(INDICATOR.c.valid_to.is_(None), INDICATOR.c.valid_to >= _DAY))
LIST = Listing(
    policy=POLICY,
    source=_SOURCE,
    columns=_COLUMNS,
    sorts={"code": Sort(INDICATOR.c.code), "id": by_id(INDICATOR)},
    filters={
        "code": equals(INDICATOR.c.code, "code", parse_text),
        "office_id": equals(INDICATOR.c.office_id, "office_id"),
        "unit_group_id": equals(INDICATOR.c.unit_group_id, "unit_group_id"),
        "measure": one_of(INDICATOR.c.measure, "measure", IndicatorMeasure),
        "cadence": one_of(INDICATOR.c.cadence, "cadence", IndicatorCadence),
        "valid_on": Filter(_VALID, parse_date),
    },
    search=[INDICATOR.c.name, INDICATOR.c.code, INDICATOR.c.definition],
)


def present(see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_NAMES, *_JOINED)}
    ended = row.valid_to is not None and row.valid_to < see.today
    allowed = ["edit"] if row.reported else ["edit", "delete"]
    return shown | {"target": written(row.target), "ended": ended, "allowed_actions": allowed if row.may_edit else []}


class Opened(NamedTuple):
    """An indicator, its periods, and who reports for each; ``members`` by the period's name."""

    row: Any
    periods: Sequence[Period]
    members: dict[str, frozenset[int]]


def opened(see: Reader, indicator_id: int, period: str | None = None) -> Opened:
    """``period``: one that is asked for; 422 where the indicator has none of that name."""
    row = LIST.one(see, indicator_id)
    known = terms(see)
    shown = periods.begun(row, see.today, known)
    asked = [] if period is None else [periods.of_name(row, period, see.today, known)]
    days = {each.name: periods.day_of(each, see.today) for each in (*shown, *asked)}
    members = members_by_day(see, row.unit_group_id, days.values())
    return Opened(row, shown, {name: members[day] for name, day in days.items()})


def row(see: Reader, indicator_id: int) -> dict[str, Any]:
    """An indicator without its periods."""
    return present(see, LIST.one(see, indicator_id))


@unbounded
def one(see: Reader, indicator_id: int) -> dict[str, Any]:
    """An indicator with its periods, as far as the actor sees units."""
    return detail(see, opened(see, indicator_id))


# Periods


@cache
def _seen_statement(roles: Roles) -> sa.Select[Any]:
    return sa.select(UNIT.c.id).where(UNITS.read(roles))


@cache
def _figures_statement(roles: Roles) -> sa.Select[Any]:
    figures = (VALUE.c[name] for name in ("period", "unit_id", *AMOUNTS))
    rows = sa.select(*figures, status(TOLD).label("status")).join_from(VALUE, TOLD, TOLD.c.id == VALUE.c.indicator_id)
    named = VALUE.c.period.in_(sa.bindparam("periods", expanding=True))
    return rows.where(VALUE.c.indicator_id == OF_INDICATOR, named, VALUES.read(roles))


def detail(see: Reader, of: Opened) -> dict[str, Any]:
    """With counts of the rows that ``units`` lists for each period."""
    binds = {**see.actor.binds, "f_indicator": of.row.id}
    seen = set(see.connection.execute(_seen_statement(see.actor.roles), binds).scalars())
    reported: dict[str, list[Any]] = defaultdict(list)
    names = [period.name for period in of.periods]
    for row in see.connection.execute(_figures_statement(see.actor.roles), {**binds, "periods": names}):
        reported[row.period].append(row)
    earlier = see.connection.execute(EARLIER_TARGETS, binds).all()
    figures = [_figures(of.row, each, reported[each.name], of.members[each.name] & seen) for each in of.periods]
    for each in figures:
        each["target"] = written(target_in(of.row, earlier, each["period"]))
    return present(see, of.row) | {"periods": figures}


EARLIER_TARGETS = (
    sa.select(EARLIER.c.before_period, EARLIER.c.target)
    .where(EARLIER.c.indicator_id == OF_INDICATOR)
    .order_by(EARLIER.c.before_period)
)


def target_in(indicator: Any, earlier: Sequence[Any], period: str) -> Decimal:
    """As ``target`` says it, for a period of which nothing may have been reported."""
    held: Decimal = next((row.target for row in earlier if row.before_period > period), indicator.target)
    return held


def _figures(indicator: Any, period: Period, rows: Sequence[Any], members: frozenset[int]) -> dict[str, Any]:
    """A unit that reported and left the group since is still counted: its figures stand."""
    times = Counter(row.status for row in rows)
    missing = len(members - {row.unit_id for row in rows})
    return {
        "period": period.name,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "expected": len(rows) + missing,
        **{name: times[name] for name in STATUS},
        "missing": missing,
        "result": _together(indicator, rows),
    }


def _together(indicator: Any, rows: Sequence[Any]) -> str | None:
    if not rows:
        return None
    if indicator.measure == IndicatorMeasure.COUNT:
        mean: Decimal = sum((row.number for row in rows), Decimal()) / len(rows)
        return written(mean.quantize(Decimal("0.01"), ROUND_HALF_UP))
    above = sum((row.numerator for row in rows), Decimal())
    below = sum((row.denominator for row in rows), Decimal())
    if not below:
        return None
    hundredfold = indicator.measure == IndicatorMeasure.PERCENT
    return written(share(above, below, hundredfold, indicator.direction == IndicatorDirection.AT_LEAST))


# Figures

_VALUE_NAMES = (
    *("id", "version", "indicator_id", "unit_id", "period", "numerator", "denominator", "number", "reported_on"),
    *("note", "created_at", "updated_at"),
)
_TOLD = ("code", "name", "measure", "direction")
STATUS = {
    ValueStatus.REACHED.value: sa.and_(sa.not_(_NO_NEED), _reached(TOLD)),
    ValueStatus.NOT_REACHED.value: sa.and_(sa.not_(_NO_NEED), sa.not_(_reached(TOLD))),
    ValueStatus.NO_NEED.value: _NO_NEED,
}
_FIGURES_SOURCE = VALUE.join(TOLD, TOLD.c.id == VALUE.c.indicator_id).join(AT, AT.c.id == VALUE.c.unit_id)


class _OfYear(Listing):
    """The periods that begin in the year named: a term has the name of its school year, not of the one it is in."""

    def binds(self, see: Reader, asked: Asked) -> dict[str, Any]:
        binds = super().binds(see, asked)
        if (year := asked.filters.get("year")) is not None:
            binds["periods_of_year"] = periods.of_year(year, terms(see))
        return binds


FIGURES = _OfYear(
    policy=VALUES,
    source=_FIGURES_SOURCE,
    columns=[
        *(VALUE.c[name] for name in _VALUE_NAMES),
        TOLD.c.code.label("indicator_code"),
        TOLD.c.name.label("indicator_name"),
        TOLD.c.measure,
        TOLD.c.direction,
        AT.c.name.label("unit_name"),
        target(TOLD).label("target"),
        status(TOLD).label("status"),
    ],
    sorts={"id": by_id(VALUE)},
    filters={
        "indicator_id": equals(VALUE.c.indicator_id, "indicator_id"),
        "unit_id": equals(VALUE.c.unit_id, "unit_id"),
        "period": equals(VALUE.c.period, "period", parse_text),
        "year": Filter(
            VALUE.c.period.in_(sa.bindparam("periods_of_year", expanding=True)),
            parse_number(1949, 2199),
            description="周期开始的年份：2025-T2 属 2026 年",
        ),
        "status": Filter(STATUS, parse_choice(list(STATUS))),
    },
    search=[AT.c.name, TOLD.c.name],
)


def present_value(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in (*_VALUE_NAMES, "indicator_code", "indicator_name", "unit_name")}
    shown |= {name: written(getattr(row, name)) for name in (*AMOUNTS, "target")}
    return shown | {
        "measure": row.measure,
        "result": result_of(row),
        "status": ValueStatus(row.status),
        "allowed_actions": [action for action in ("edit", "delete") if getattr(row, f"may_{action}")],
    }


def value(see: Reader, value_id: int) -> dict[str, Any]:
    shown = present_value(see, FIGURES.one(see, value_id))
    with_responsible(see, [shown])
    return shown


# For forms

MOST_CHOICES = 500


def target_choices(see: Reader, indicator_id: int) -> list[tuple[str, str]]:
    """(name, words) of the periods before the present one from which a new target may be made to hold."""
    row, known = LIST.one(see, indicator_id), terms(see)
    now = periods.present(row, see.today, known)
    begun = reversed(periods.begun(row, see.today, known))
    return [(each.name, f"从{dated(each.name)}起，已填报的重新计算") for each in begun if each.name < now]


def last_figures(see: Reader, indicator_id: int, unit_id: int) -> dict[str, str | None]:
    """What a unit reported last, for a form to begin with; empty where the actor may not read it."""
    mine = VALUE.c.indicator_id == indicator_id, VALUE.c.unit_id == unit_id
    rows = sa.select(*(VALUE.c[name] for name in AMOUNTS)).where(*mine, VALUES.read(see.actor.roles))
    row = see.connection.execute(rows.order_by(VALUE.c.period.desc()).limit(1), see.actor.binds).one_or_none()
    return {} if row is None else {name: written(getattr(row, name)) for name in AMOUNTS}


def indicator_choices(see: Reader) -> list[tuple[int, str]]:
    """(id, name) of those that hold today, and of those that have ended."""
    rows = sa.select(INDICATOR.c.id, INDICATOR.c.name).where(POLICY.read(see.actor.roles)).order_by(INDICATOR.c.code)
    return [(row.id, row.name) for row in see.connection.execute(rows.limit(MOST_CHOICES), see.actor.binds)]


def period_choices(see: Reader) -> list[tuple[str, str]]:
    """(name, words) of the periods that have begun, the newest first: off the definitions, not off all figures."""
    held = sa.select(*(INDICATOR.c[name] for name in ("cadence", "valid_from", "valid_to"))).distinct()
    rows = see.connection.execute(held.where(POLICY.read(see.actor.roles)).limit(MOST_CHOICES), see.actor.binds)
    known = terms(see)
    begun = {each.name: each for row in rows for each in periods.begun(row, see.today, known)}
    newest = sorted(begun.values(), key=lambda each: (str(each.starts_on), each.name), reverse=True)
    return [(each.name, dated(each.name)) for each in newest]


def reporting_units(see: Reader, of: Opened) -> list[tuple[int, str]]:
    """(id, name) of the units for which the actor may report, whichever period they belong to."""
    ids = sorted(frozenset().union(*of.members.values()))
    mine = UNITS.may(see.actor.roles, "report")
    rows = sa.select(UNIT.c.id, UNIT.c.name).where(within(UNIT.c.id, many("units")), mine)
    asked = {**see.actor.binds, "f_indicator": of.row.id, "units": ids}
    return [(row.id, row.name) for row in see.connection.execute(rows.order_by(UNIT.c.id), asked)]


def keeping_offices(see: Reader) -> list[tuple[int, str]]:
    """The offices whose indicators the actor may define."""
    everywhere = see.actor.has(Role.SUPERVISOR)
    return [each for each in offices(see) if everywhere or each[0] in see.actor.offices]


# What notices call one

titled(INDICATOR, INDICATOR.c.name)
