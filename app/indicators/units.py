"""The units of an indicator in a period, whether they have reported or not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.appointments.holders import with_responsible_for_units
from app.assignments.words import dated
from app.core.db import unbounded
from app.core.errors import invalid
from app.core.operation import Reader
from app.core.paging import Asked, Filter, Listing, by_id
from app.core.params import parse_choice, parse_text
from app.core.policy import Roles
from app.core.within import many, within
from app.indicators import periods
from app.indicators.amounts import written
from app.indicators.models import DIRECTION_LABELS, VALUE, IndicatorMeasure, ValueStatus
from app.indicators.queries import (
    AMOUNTS,
    EARLIER_TARGETS,
    STATUS,
    TOLD,
    Opened,
    opened,
    result_of,
    status,
    target,
    target_in,
)
from app.indicators.rules import OF_INDICATOR, UNITS, VALUES
from app.units.models import UNIT

_PERIOD = sa.bindparam("f_period", type_=sa.String)
_OF_UNIT = sa.and_(VALUE.c.indicator_id == OF_INDICATOR, VALUE.c.unit_id == UNIT.c.id, VALUE.c.period == _PERIOD)
_STATUS_OF_UNIT = STATUS | {ValueStatus.MISSING.value: VALUE.c.id.is_(None)}
LISTED = Listing(
    policy=UNITS,
    source=UNIT.join(TOLD, TOLD.c.id == OF_INDICATOR).outerjoin(VALUE, _OF_UNIT),
    columns=[
        UNIT.c.id,
        UNIT.c.name,
        VALUE.c.id.label("value_id"),
        *(VALUE.c[name] for name in (*AMOUNTS, "reported_on", "note")),
        TOLD.c.measure,
        TOLD.c.direction,
        target(TOLD, _PERIOD).label("target"),
        status(TOLD).label("status"),
    ],
    sorts={"id": by_id(UNIT, descending=False)},
    filters={
        "period": Filter(sa.true(), parse_text, description="缺省为最近一期"),
        "status": Filter(_STATUS_OF_UNIT, parse_choice(list(_STATUS_OF_UNIT))),
        "indicator": Filter(sa.true()),
        "members": Filter(sa.or_(within(UNIT.c.id, many("f_members")), VALUE.c.id.is_not(None))),
    },
    search=[UNIT.c.name],
)
_OURS = ("indicator", "members", "updated_since")
"""What the question itself says, and what is not of the figures."""
ASKED = {name: parse for name, parse in LISTED.parsers.items() if name not in _OURS}


def narrowed(asked: Asked, of: Opened) -> Asked:
    """To the units of that indicator in the period asked for, the newest unless said."""
    for name in _OURS:
        if name in asked.filters or (name == "updated_since" and asked.updated_since is not None):
            raise invalid(name, "没有这个参数，请去掉")
    period = asked.filters.get("period") or periods.newest(of.periods)
    ids = sorted(of.members.get(period or "", ()))
    # Before its first period an indicator has no units: none is of the empty name.
    ours = {"period": period or "", "indicator": of.row.id, "members": ids}
    return replace(asked, filters={**asked.filters, **ours})


def for_indicator(see: Reader, asked: Asked, indicator_id: int) -> Asked:
    return narrowed(asked, opened(see, indicator_id, asked.filters.get("period")))


@unbounded
def units(see: Reader, indicator_id: int, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    """The units of one period, reported or not, in the order of the directory."""
    asked = LISTED.asked(params)
    of = opened(see, indicator_id, asked.filters.get("period"))
    body = LISTED.body(see, narrowed(asked, of), present_unit)
    with_earlier(see, of, asked.filters.get("period"), body["data"])
    with_responsible_for_units(see, body["data"])
    return body


def sheet_title(see: Reader, asked: Asked, indicator_id: int) -> str:
    """课后服务覆盖率 2026学年第一学期（不低于 98%）."""
    of = opened(see, indicator_id, asked.filters.get("period"))
    period = asked.filters.get("period") or periods.newest(of.periods) or ""
    earlier = see.connection.execute(EARLIER_TARGETS, {"f_indicator": indicator_id}).all()
    unit = "%" if of.row.measure == IndicatorMeasure.PERCENT else ""
    goal = f"{DIRECTION_LABELS[of.row.direction]} {written(target_in(of.row, earlier, period))}{unit}"
    return f"{of.row.name} {dated(period)}（{goal}）"


def present_unit(_see: Reader, row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "name", "value_id", "reported_on", "note")}
    shown |= {name: written(getattr(row, name)) for name in (*AMOUNTS, "target")}
    return shown | {"result": result_of(row), "status": ValueStatus(row.status), "may_report": bool(row.may_report)}


MOST_EARLIER = 2


@cache
def _earlier_statement(roles: Roles) -> sa.Select[Any]:
    figures = (VALUE.c[name] for name in ("unit_id", "period", *AMOUNTS))
    rows = sa.select(*figures, TOLD.c.measure, TOLD.c.direction, status(TOLD).label("status"))
    rows = rows.join_from(VALUE, TOLD, TOLD.c.id == VALUE.c.indicator_id)
    named = VALUE.c.period.in_(sa.bindparam("periods", expanding=True))
    mine = VALUE.c.indicator_id == OF_INDICATOR, within(VALUE.c.unit_id, many("units"))
    return rows.where(*mine, named, VALUES.read(roles))


def earlier_periods(of: Opened, period: str | None) -> list[str]:
    """The two before that one, the newest last."""
    names = [each.name for each in of.periods]
    at = names.index(period) if period in names else len(names) - 1
    return names[max(at - MOST_EARLIER, 0) : max(at, 0)]


def with_earlier(see: Reader, of: Opened, period: str | None, rows: Sequence[dict[str, Any]]) -> None:
    """Give presented units what they reported for the periods before: one statement for them all."""
    names = earlier_periods(of, period)
    found: dict[tuple[int, str], dict[str, Any]] = {}
    if names and rows:
        asked = {"f_indicator": of.row.id, "periods": names, "units": [row["id"] for row in rows]}
        for row in see.connection.execute(_earlier_statement(see.actor.roles), {**see.actor.binds, **asked}):
            found[row.unit_id, row.period] = {"result": result_of(row), "status": ValueStatus(row.status)}
    nothing: dict[str, Any] = {"result": None, "status": ValueStatus.MISSING}
    for shown in rows:
        shown["earlier"] = [{"period": name, **found.get((shown["id"], name), nothing)} for name in names]
