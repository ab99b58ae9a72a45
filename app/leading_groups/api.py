"""Leading groups over JSON."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible_for_units
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.leading_groups import operations as ops
from app.leading_groups import queries, tables
from app.leading_groups.models import (
    Dissolve,
    LeadingGroupCreate,
    LeadingGroupDetail,
    LeadingGroupPatch,
    LeadingGroupRead,
    WithoutGroup,
)

router = api_router("/leading-groups", "领导小组")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": LeadingGroupDetail}}


@router.get("", **lists(queries.LIST, LeadingGroupRead))
async def list_(ctx: Context) -> Response:
    """Groups, unit by unit; dissolved ones too unless ``valid_on`` names a day."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(router, "", tables.GROUPS)


@router.post("", status_code=201, responses={201: {"model": LeadingGroupDetail}})
@performs(ops.create)
async def create(ctx: Context, body: LeadingGroupCreate) -> Response:
    """Form a group. 409 where the unit has one of that name."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@router.get("/missing", **lists(queries.MISSING, answered(WithoutGroup)))
async def missing(ctx: Context) -> Response:
    """Schools and kindergartens that have no leading group today."""
    return await ctx.page(queries.MISSING, queries.present_missing, with_responsible_for_units)


add_exports(router, "/missing", tables.MISSING)


@router.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A group with its earlier versions."""
    return await ctx.one(queries.one, path_id(id))


@router.patch("/{id}", responses=DETAIL)
@performs(ops.change)
async def change(ctx: Context, id: int, body: LeadingGroupPatch) -> Response:
    """A new version from ``since`` on, today unless said; how it was until then is kept. 409 once dissolved."""
    return await ctx.perform(ops.change, path_id(id), body, ctx.if_match(), show=queries.one)


@router.post("/{id}/dissolve", responses=DETAIL)
@performs(ops.dissolve)
async def dissolve(ctx: Context, id: int, body: Dissolve | None = None) -> Response:
    """Its last day, today unless said; it stays readable with its versions."""
    return await ctx.perform(ops.dissolve, path_id(id), body or Dissolve(), show=queries.one)
