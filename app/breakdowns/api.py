"""Breakdowns over JSON, their steps and measures line by line, and which assignments have none."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_leader, with_responsible
from app.appointments.models import answered
from app.breakdowns import measure_list, queries, step_list, tables
from app.breakdowns import operations as ops
from app.breakdowns.models import (
    BreakdownCreate,
    BreakdownDetail,
    BreakdownPatch,
    BreakdownRead,
    MeasureOfTable,
    MissingBreakdown,
    StepMark,
    StepOfTable,
)
from app.breakdowns.rules import WORKFLOW
from app.core.exports import add_exports
from app.core.http import Context, add_bulk, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs

breakdowns = api_router("/breakdowns", "任务分解")
measures = api_router("/breakdown-measures", "自定考核指标")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": BreakdownDetail}}


@breakdowns.get("", **lists(queries.LIST, answered(BreakdownRead)))
async def list_(ctx: Context) -> Response:
    """Every version, newest first; ``state=confirmed``: those that serve."""
    return await ctx.page(queries.LIST, queries.present, with_responsible)


add_exports(breakdowns, "", tables.BREAKDOWNS)


@breakdowns.post("", status_code=201, responses={201: {"model": BreakdownDetail}})
@performs(ops.create)
async def create(ctx: Context, body: BreakdownCreate) -> Response:
    """A draft of the assignment's next version. 409 while one is worked on."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@breakdowns.get("/missing", **lists(queries.MISSING, answered(MissingBreakdown)))
async def missing(ctx: Context) -> Response:
    """Open assignments of schools and party branches without a confirmed breakdown."""
    return await ctx.page(queries.MISSING, queries.present_missing, with_responsible)


add_exports(breakdowns, "/missing", tables.MISSING)


@breakdowns.get("/steps", **lists(step_list.LIST, StepOfTable))
async def steps(ctx: Context) -> Response:
    """Every step of the versions that are worked on or serve, in the order of their making; as files 任务分解表."""
    return await ctx.page(step_list.LIST, step_list.present, with_leader)


add_exports(breakdowns, "/steps", tables.STEPS)


@breakdowns.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A version with its steps and the assignment's others."""
    return await ctx.one(queries.one, path_id(id))


@breakdowns.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: BreakdownPatch) -> Response:
    """While it is a draft or sent back."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@breakdowns.delete("/{id}", status_code=204)
@performs(ops.delete)
async def delete(ctx: Context, id: int) -> Response:
    """While it is a draft."""
    return await ctx.perform(ops.delete, path_id(id))


@breakdowns.post("/{id}/mark", responses=DETAIL)
@performs(ops.mark)
async def mark(ctx: Context, id: int, body: StepMark) -> Response:
    """A step of the version that serves is done, or is not after all."""
    return await ctx.perform(ops.mark, path_id(id), body, show=queries.one)


add_steps(breakdowns, WORKFLOW, ops.STEPS, queries.one, BreakdownDetail)
add_bulk(breakdowns, WORKFLOW, ops.BULK, ops.bulk)


# By what units assess themselves


@measures.get("", **lists(measure_list.LIST, answered(MeasureOfTable)))
async def list_measures(ctx: Context) -> Response:
    """Every measure of the versions that are worked on or serve, in the order of their making; as files 考核指标表,
    which imports back."""
    return await ctx.page(measure_list.LIST, measure_list.present, with_responsible)


add_exports(measures, "", tables.MEASURES)

router = APIRouter()
for part in (breakdowns, measures):
    router.include_router(part)
