"""Filings over JSON, with who has filed what, and what is asked of whom."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_responsible, with_responsible_for_units
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, add_bulk, add_steps, answer, api_router, path_id
from app.core.openapi import lists, query_docs
from app.core.operation import performs
from app.filings import matrix, queries, tables
from app.filings import operations as ops
from app.filings.models import (
    FilingCreate,
    FilingDetail,
    FilingPatch,
    FilingRead,
    MatrixRead,
    MissingFiling,
    RequirementCreate,
    RequirementPatch,
    RequirementRead,
)
from app.filings.rules import WORKFLOW

filings = api_router("/filings", "备案")
asked = api_router("/filing-requirements", "备案要求")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": FilingDetail}}
ASKED: dict[int | str, dict[str, Any]] = {200: {"model": RequirementRead}}


@filings.get("", **lists(queries.LIST, answered(FilingRead)))
async def list_(ctx: Context) -> Response:
    """Every version, newest first; ``reviewed=false&state=filed``: those that wait to be looked through."""
    return await ctx.page(queries.LIST, queries.present, with_responsible)


add_exports(filings, "", tables.FILINGS)


@filings.post("", status_code=201, responses={201: {"model": FilingDetail}})
@performs(ops.create)
async def create(ctx: Context, body: FilingCreate) -> Response:
    """A draft of the unit's next version. 409 while it has one of the kind (and year)."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@filings.get(
    "/matrix",
    responses={200: {"model": MatrixRead}},
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in matrix.PARSERS.items()]},
)
async def table(ctx: Context) -> Response:
    """Units by the kinds asked of them, and how they stand with each; sums over all units that the actor sees."""
    return answer(await ctx.read(matrix.matrix, ctx.request.query_params))


add_exports(filings, "/matrix", tables.MATRIX)


@filings.get("/missing", **lists(matrix.MISSING, answered(MissingFiling)))
async def missing(ctx: Context) -> Response:
    """Units that have nothing of a kind that is asked of them, in ``year`` (this one unless said)."""
    return await ctx.page(matrix.MISSING, matrix.present_missing, with_responsible_for_units)


add_exports(filings, "/missing", tables.MISSING)


@filings.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A version with its files and the unit's others of the kind."""
    return await ctx.one(queries.one, path_id(id))


@filings.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: FilingPatch) -> Response:
    """While it is a draft or sent back."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@filings.delete("/{id}", status_code=204)
@performs(ops.delete)
async def delete(ctx: Context, id: int) -> Response:
    """While it is a draft."""
    return await ctx.perform(ops.delete, path_id(id))


add_steps(filings, WORKFLOW, ops.STEPS, queries.one, FilingDetail)
add_bulk(filings, WORKFLOW, ops.BULK, ops.bulk)


# What is asked of whom


@asked.get("", **lists(queries.REQUIREMENT_LIST, RequirementRead))
async def list_requirements(ctx: Context) -> Response:
    return await ctx.page(queries.REQUIREMENT_LIST, queries.present_requirement)


add_exports(asked, "", tables.REQUIREMENTS)


@asked.post("", status_code=201, responses={201: {"model": RequirementRead}})
@performs(ops.create_requirement)
async def create_requirement(ctx: Context, body: RequirementCreate) -> Response:
    """A kind is asked of the units of a group, of another group's until another day. 409 where it is asked of that
    group already."""
    return await ctx.perform(ops.create_requirement, body, show=queries.one_requirement, status=201)


@asked.get("/{id}", responses=ASKED)
async def read_requirement(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_requirement, path_id(id))


@asked.patch("/{id}", responses=ASKED)
@performs(ops.edit_requirement)
async def edit_requirement(ctx: Context, id: int, body: RequirementPatch) -> Response:
    return await ctx.perform(ops.edit_requirement, path_id(id), body, ctx.if_match(), show=queries.one_requirement)


@asked.delete("/{id}", status_code=204)
@performs(ops.delete_requirement)
async def delete_requirement(ctx: Context, id: int) -> Response:
    """Asked for no more; what was filed stays."""
    return await ctx.perform(ops.delete_requirement, path_id(id))


router = APIRouter()
for part in (filings, asked):
    router.include_router(part)
