"""Indicators, their figures and a period's units as tables; that of the figures is the one that is imported."""

from collections import Counter
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.appointments.holders import RESPONSIBLE, with_responsible, with_responsible_for_units
from app.core.operation import Reader
from app.core.tables import Column, Row, labelled, of_list
from app.imports.columns import alike
from app.indicators import queries, units
from app.indicators.importing import COLUMNS, figure
from app.indicators.models import (
    DIRECTION_LABELS,
    INDICATOR,
    INDICATOR_CADENCE_LABELS,
    MEASURE_LABELS,
    STATUS_LABELS,
    ValueStatus,
)
from app.indicators.rules import POLICY
from app.units.models import UNIT

_STATUS = Column("达标情况", "status", labelled(STATUS_LABELS), 10)
_TARGET = Column("目标值", "target", figure, 10)
INDICATORS = of_list(
    "指标",
    (
        Column("编码", "code", width=12),
        Column("指标", "name", width=24),
        Column("口径", "definition", width=60),
        Column("计量方式", "measure", labelled(MEASURE_LABELS), 10),
        Column("分子", "numerator_name", width=20),
        Column("分母", "denominator_name", width=20),
        Column("要求", "direction", labelled(DIRECTION_LABELS), 10),
        _TARGET,
        Column("周期", "cadence", labelled(INDICATOR_CADENCE_LABELS), 10),
        Column("填报单位", "unit_group_name", width=20),
        Column("主管股室", "office_name", width=20),
        Column("起", "valid_from"),
        Column("止", "valid_to"),
    ),
    queries.LIST,
    queries.present,
)


class Told(NamedTuple):
    """What the columns of an import show names with."""

    titles: dict[int, str]
    indicators: dict[int, Any]
    times: Counter[str]


def _told(see: Reader) -> Told:
    named = sa.select(UNIT.c.id, UNIT.c.name).where(UNIT.c.district_id == see.actor.district_id)
    rows = sa.select(INDICATOR.c.id, INDICATOR.c.code, INDICATOR.c.name).where(POLICY.read(see.actor.roles))
    indicators = {row.id: row for row in see.connection.execute(rows, see.actor.binds)}
    titles = {row.id: row.name for row in see.connection.execute(named)}
    return Told(titles, indicators, Counter(alike(row.name) for row in indicators.values()))


def _present(_see: Reader, row: Any) -> Row:
    shown = {name: getattr(row, name) for name in ("period", "numerator", "denominator", "number", "reported_on")}
    told = {"indicator": row.indicator_id, "unit": row.unit_id, "note": row.note}
    return shown | told | {"result": queries.result_of(row), "target": row.target, "status": ValueStatus(row.status)}


FIGURES = of_list(
    "指标数据",
    (*COLUMNS, *RESPONSIBLE, Column("结果", "result", figure, 10), _TARGET, _STATUS),
    queries.FIGURES,
    _present,
    partial(with_responsible, unit="unit"),
    known=_told,
)
UNITS = of_list(
    "指标填报情况",
    (
        Column("单位", "name", width=24),
        *RESPONSIBLE,
        Column("分子", "numerator", figure, 10),
        Column("分母", "denominator", figure, 10),
        Column("数值", "number", figure, 10),
        Column("结果", "result", figure, 10),
        _TARGET,
        _STATUS,
        Column("填报日期", "reported_on"),
        Column("说明", "note", width=40),
    ),
    units.LISTED,
    units.present_unit,
    with_responsible_for_units,
    within=units.for_indicator,
    grounds=frozenset({"report"}),
)
