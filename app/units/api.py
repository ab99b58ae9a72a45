"""JSON routes of units, aliases, groups and liaison pairs."""

from typing import Any

from fastapi import Response

from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists
from app.core.operation import performs
from app.units import operations, queries, tables
from app.units.models import (
    AliasCreate,
    AliasRead,
    GroupCreate,
    GroupPatch,
    GroupRead,
    GroupRow,
    LiaisonCreate,
    LiaisonRead,
    UnitCreate,
    UnitPatch,
    UnitRead,
    UnitRow,
)

router = api_router("", "单位")
Responses = dict[int | str, dict[str, Any]]
UNIT: Responses = {200: {"model": UnitRead}}
GROUP: Responses = {200: {"model": GroupRead}}
PAIR: Responses = {200: {"model": LiaisonRead}}


@router.get("/units", **lists(queries.LIST, UnitRow))
async def list_units(ctx: Context) -> Response:
    """Units of the district. ``valid_on`` keeps those that exist on a day."""
    return await ctx.page(queries.LIST, queries.present)


@router.post("/units", status_code=201, responses={201: {"model": UnitRead}})
@performs(operations.create)
async def create_unit(ctx: Context, body: UnitCreate) -> Response:
    return await ctx.perform(operations.create, body, show=queries.one, status=201)


@router.get("/units/{id}", responses=UNIT)
async def read_unit(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.patch("/units/{id}", responses=UNIT)
@performs(operations.edit)
async def edit_unit(ctx: Context, id: int, body: UnitPatch) -> Response:
    return await ctx.perform(operations.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@router.get("/unit-aliases", **lists(queries.ALIAS_LIST, AliasRead))
async def list_aliases(ctx: Context) -> Response:
    return await ctx.page(queries.ALIAS_LIST, queries.present_alias)


@router.post("/unit-aliases", status_code=201, responses={201: {"model": AliasRead}})
@performs(operations.create_alias)
async def create_alias(ctx: Context, body: AliasCreate) -> Response:
    return await ctx.perform(operations.create_alias, body, show=queries.one_alias, status=201)


@router.delete("/unit-aliases/{id}", status_code=204)
@performs(operations.delete_alias)
async def delete_alias(ctx: Context, id: int) -> Response:
    return await ctx.perform(operations.delete_alias, path_id(id))


@router.get("/unit-groups", **lists(queries.GROUP_LIST, GroupRow))
async def list_groups(ctx: Context) -> Response:
    return await ctx.page(queries.GROUP_LIST, queries.present_group)


@router.post("/unit-groups", status_code=201, responses={201: {"model": GroupRead}})
@performs(operations.create_group)
async def create_group(ctx: Context, body: GroupCreate) -> Response:
    return await ctx.perform(operations.create_group, body, show=queries.one_group, status=201)


@router.get("/unit-groups/{id}", responses=GROUP)
async def read_group(ctx: Context, id: int) -> Response:
    """A group's rule and the units that belong today."""
    return await ctx.one(queries.one_group, path_id(id))


@router.patch("/unit-groups/{id}", responses=GROUP)
@performs(operations.edit_group)
async def edit_group(ctx: Context, id: int, body: GroupPatch) -> Response:
    return await ctx.perform(operations.edit_group, path_id(id), body, ctx.if_match(), show=queries.one_group)


@router.get("/liaisons", **lists(queries.LIAISON_LIST, LiaisonRead))
async def list_liaisons(ctx: Context) -> Response:
    return await ctx.page(queries.LIAISON_LIST, queries.present_liaison)


@router.post("/liaisons", status_code=201, responses={201: {"model": LiaisonRead}})
@performs(operations.create_liaison)
async def create_liaison(ctx: Context, body: LiaisonCreate) -> Response:
    return await ctx.perform(operations.create_liaison, body, show=queries.one_liaison, status=201)


@router.get("/liaisons/{id}", responses=PAIR)
async def read_liaison(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_liaison, path_id(id))


@router.post("/liaisons/{id}/end", responses=PAIR)
@performs(operations.end_liaison)
async def end_liaison(ctx: Context, id: int, body: Step | None = None) -> Response:
    note = body.note if body else None
    return await ctx.perform(operations.end_liaison, path_id(id), note, show=queries.one_liaison)


add_exports(router, "/units", tables.UNITS)
add_exports(router, "/unit-aliases", tables.ALIASES)
add_exports(router, "/unit-groups", tables.GROUPS)
add_exports(router, "/liaisons", tables.LIAISONS)
