"""Appointments over JSON."""

from typing import Any

from fastapi import Response

from app.appointments import operations as ops
from app.appointments import queries, tables
from app.appointments.models import AppointmentCreate, AppointmentEnd, AppointmentPatch, AppointmentRead
from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs

router = api_router("/appointments", "任职")
ONE: dict[int | str, dict[str, Any]] = {200: {"model": AppointmentRead}}


@router.get("", **lists(queries.LIST, AppointmentRead))
async def list_(ctx: Context) -> Response:
    """Posts and duties, unit by unit; those of a day by ``valid_on``, past ones too without it."""
    return await ctx.page(queries.LIST, queries.present, queries.with_charges)


add_exports(router, "", tables.APPOINTMENTS)


@router.post("", status_code=201, responses={201: {"model": AppointmentRead}})
@performs(ops.create)
async def create(ctx: Context, body: AppointmentCreate) -> Response:
    """A person's post at a unit, with its duty. 409 for the same post from the same day twice."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@router.get("/{id}", responses=ONE)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.patch("/{id}", responses=ONE)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: AppointmentPatch) -> Response:
    """What was written wrongly, or is divided anew. 409 once it has ended."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@router.post("/{id}/end", responses=ONE)
@performs(ops.end)
async def end(ctx: Context, id: int, body: AppointmentEnd | None = None) -> Response:
    """Its last day, today unless said; it stays readable."""
    return await ctx.perform(ops.end, path_id(id), body or AppointmentEnd(), show=queries.one)
