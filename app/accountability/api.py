"""Accountability over JSON: actions on their way, and the ladder that proposes them."""

from typing import Any

from fastapi import APIRouter, Response

from app.accountability import ladder, queries, tables
from app.accountability import operations as ops
from app.accountability.models import (
    ActionCreate,
    ActionDetail,
    ActionPatch,
    ActionRead,
    PreviewRead,
    RungCreate,
    RungPatch,
    RungRead,
    RunRead,
)
from app.accountability.rules import WORKFLOW
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, add_bulk, add_steps, answer, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs

actions = api_router("/accountability-actions", "问责")
rungs = api_router("/accountability-rungs", "问责阶梯")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": ActionDetail}}
RUNG: dict[int | str, dict[str, Any]] = {200: {"model": RungRead}}


@actions.get("", **lists(queries.LIST, answered(ActionRead)))
async def list_(ctx: Context) -> Response:
    """问责台账, newest first. ``trigger``: what they cite; ``overdue=true``: a reply is awaited past its day."""
    return await ctx.page(queries.LIST, queries.present, queries.complete)


add_exports(actions, "", tables.LEDGER)


@actions.get("/preview", responses={200: {"model": PreviewRead}})
async def preview(ctx: Context) -> Response:
    """What a run of the ladder would propose now."""
    return answer(await ctx.read(ladder.preview))


@actions.post("/run", responses={200: {"model": RunRead}})
@performs(ladder.run)
async def run(ctx: Context) -> Response:
    """Propose it, as the schedule does each day. What was proposed before is not again."""
    return await ctx.perform(ladder.run, show=lambda tx, proposed: {"proposed": proposed})


@actions.post("", status_code=201, responses={201: {"model": ActionDetail}})
@performs(ops.create)
async def create(ctx: Context, body: ActionCreate) -> Response:
    """Propose one by hand, citing what gives rise to it."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@actions.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """One with what it cites and its evidence; for its unit from the day it was served."""
    return await ctx.one(queries.one, path_id(id))


@actions.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: ActionPatch) -> Response:
    """While it waits to be approved."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


add_steps(actions, WORKFLOW, ops.STEPS, queries.one, ActionDetail)
add_bulk(actions, WORKFLOW, ops.BULK, ops.bulk)


# The ladder


@rungs.get("", **lists(queries.RUNG_LIST, RungRead))
async def list_rungs(ctx: Context) -> Response:
    return await ctx.page(queries.RUNG_LIST, queries.present_rung)


add_exports(rungs, "", tables.RUNGS)


@rungs.post("", status_code=201, responses={201: {"model": RungRead}})
@performs(ladder.create)
async def create_rung(ctx: Context, body: RungCreate) -> Response:
    """From which figure on what is proposed. 409 where that rung is there."""
    return await ctx.perform(ladder.create, body, show=queries.one_rung, status=201)


@rungs.get("/{id}", responses=RUNG)
async def read_rung(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_rung, path_id(id))


@rungs.patch("/{id}", responses=RUNG)
@performs(ladder.edit)
async def edit_rung(ctx: Context, id: int, body: RungPatch) -> Response:
    """From now on; a rung that is not enabled proposes nothing."""
    return await ctx.perform(ladder.edit, path_id(id), body, ctx.if_match(), show=queries.one_rung)


router = APIRouter()
for part in (actions, rungs):
    router.include_router(part)
