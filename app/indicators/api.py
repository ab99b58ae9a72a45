"""Indicators and their figures over JSON."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, answer, api_router, path_id
from app.core.models import Page
from app.core.openapi import lists, query_docs
from app.core.operation import performs
from app.indicators import operations as ops
from app.indicators import queries, tables
from app.indicators import units as listed
from app.indicators.models import (
    IndicatorCreate,
    IndicatorDetail,
    IndicatorPatch,
    IndicatorRead,
    UnitFigures,
    ValueCreate,
    ValuePatch,
    ValueRead,
)

router = api_router("/indicators", "指标")
values = api_router("/indicator-values", "指标填报")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": IndicatorDetail}}
LISTED = answered(ValueRead)
VALUE: dict[int | str, dict[str, Any]] = {200: {"model": LISTED}}


@router.get("", **lists(queries.LIST, IndicatorRead))
async def list_(ctx: Context) -> Response:
    """What the bureau counts, by code; ended ones too unless ``valid_on`` names a day."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(router, "", tables.INDICATORS)


@router.post("", status_code=201, responses={201: {"model": IndicatorDetail}})
@performs(ops.create)
async def create(ctx: Context, body: IndicatorCreate) -> Response:
    """Define an indicator. 409 where the code is taken."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@router.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """An indicator with what was reached, period by period, over the units that the reader sees."""
    return await ctx.one(queries.one, path_id(id))


@router.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: IndicatorPatch) -> Response:
    """Another wording, target or time. A target holds from the present period on, unless ``target_from`` names an
    earlier one. 409 for another measure, direction or cadence once figures were reported."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@router.delete("/{id}", status_code=204)
@performs(ops.delete)
async def delete(ctx: Context, id: int) -> Response:
    """One defined by mistake, by whoever may edit it. 409 once figures were reported; 412 where If-Match is sent and
    does not fit."""
    return await ctx.perform(ops.delete, path_id(id), ctx.seen())


@router.get(
    "/{id}/units",
    responses={200: {"model": Page[answered(UnitFigures)]}},  # type: ignore[misc]
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in listed.ASKED.items()]},
)
async def units(ctx: Context, id: int) -> Response:
    """Every unit that reports for a ``period``, the newest unless said, with its figures; ``status=missing``: those
    that have not reported. As many rows as the period's counts say."""
    return answer(await ctx.read(listed.units, path_id(id), ctx.request.query_params))


add_exports(router, "/{id}/units", tables.UNITS)


@values.get("", **lists(queries.FIGURES, LISTED))
async def list_values(ctx: Context) -> Response:
    """What was reported, the newest first."""
    return await ctx.page(queries.FIGURES, queries.present_value, with_responsible)


add_exports(values, "", tables.FIGURES)


@values.post("", status_code=201, responses={201: {"model": LISTED}})
@performs(ops.report)
async def report(ctx: Context, body: ValueCreate) -> Response:
    """A unit's figures of a period. 409 where it has reported for it already."""
    return await ctx.perform(ops.report, body, show=queries.value, status=201)


@values.get("/{id}", responses=VALUE)
async def read_value(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.value, path_id(id))


@values.patch("/{id}", responses=VALUE)
@performs(ops.edit_value)
async def edit_value(ctx: Context, id: int, body: ValuePatch) -> Response:
    """Figures put right; the earlier ones stay in the log."""
    return await ctx.perform(ops.edit_value, path_id(id), body, ctx.if_match(), show=queries.value)


@values.delete("/{id}", status_code=204)
@performs(ops.delete_value)
async def delete_value(ctx: Context, id: int) -> Response:
    """Figures entered by mistake, by the office that keeps the indicator. 412 where If-Match is sent and does not
    fit."""
    return await ctx.perform(ops.delete_value, path_id(id), ctx.seen())
