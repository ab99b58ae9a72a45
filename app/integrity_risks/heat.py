"""The heat map: risk points by likelihood and impact, and by unit or department. Every figure is the number of rows
that the list shows under the same filters with ``ended=false``."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import QueryParams

from app.core.db import unbounded
from app.core.operation import Reader
from app.core.paging import Asked
from app.core.params import parse_choice, read_params
from app.core.policy import Roles
from app.integrity_risks.models import RISK, SCALE, RiskLevel, level_of
from app.integrity_risks.queries import AT, LIST, SOURCE

BY = ("unit", "department")
PARSERS = {
    name: parse for name, parse in LIST.parsers.items() if name not in ("sort", "limit", "cursor", "count", "ended")
} | {"by": parse_choice(BY)}
STANDING = {"ended": "false"}
"""What was struck off is on no map."""
MOST = 200
"""Lines of the table by unit or department."""


@lru_cache(maxsize=256)
def _cells_statement(roles: Roles, shape: tuple[str, ...]) -> sa.Select[Any]:
    place = (RISK.c.likelihood, RISK.c.impact)
    by_rule = sa.func.count().filter(RISK.c.by_rule).label("by_rule")
    rows = sa.select(*place, sa.func.count().label("pieces"), by_rule).select_from(SOURCE)
    return rows.where(*LIST.where(roles, shape)).group_by(*place)


@lru_cache(maxsize=256)
def _lines_statement(roles: Roles, shape: tuple[str, ...], by: str) -> sa.Select[Any]:
    which = (
        (RISK.c.unit_id, AT.c.name) if by == "unit" else (sa.null().label("unit_id"), RISK.c.department.label("name"))
    )
    levels = [sa.func.count().filter(RISK.c.level == level).label(level.value) for level in RiskLevel]
    total = sa.func.count().label("total")
    rows = sa.select(*which, *levels, total).select_from(SOURCE).where(*LIST.where(roles, shape))
    rows = rows.group_by(*(which if by == "unit" else which[1:]))
    return rows.order_by(*(count.desc() for count in levels), which[1]).limit(MOST)


@unbounded
def heat(see: Reader, params: QueryParams | Mapping[str, str]) -> dict[str, Any]:
    given = read_params(params, PARSERS)
    by = given.pop("by", BY[0])
    return drawn(see, LIST.asked({name: value for name, value in params.items() if name != "by"} | STANDING), by)


def drawn(see: Reader, asked: Asked, by: str) -> dict[str, Any]:
    roles, shape = see.actor.roles, LIST.shape(asked)
    binds = {**see.actor.binds, **LIST.binds(see, asked)}
    found = {
        (row.likelihood, row.impact): (row.pieces, row.by_rule)
        for row in see.connection.execute(_cells_statement(roles, shape), binds)
    }
    cells = [_cell(high, wide, *found.get((high, wide), (0, 0))) for high in reversed(SCALE) for wide in SCALE]
    lines = see.connection.execute(_lines_statement(roles, shape, by), binds)
    total = sum(pieces for pieces, _ in found.values())
    return {"total": total, "cells": cells, "lines": [dict(row._mapping) for row in lines]}


def _cell(likelihood: int, impact: int, pieces: int, by_rule: int) -> dict[str, Any]:
    """``level`` is that of the product; those by rule are of the first level wherever they stand."""
    place = {"likelihood": likelihood, "impact": impact, "level": level_of(likelihood, impact)}
    return place | {"count": pieces, "by_rule": by_rule}
