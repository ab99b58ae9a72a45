"""Robots over JSON: made, tested and looked after by the security administrator."""

from typing import Any

from fastapi import Response

from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.robots import operations as ops
from app.robots import queries, tables
from app.robots.models import RobotCreate, RobotPatch, RobotRead
from app.robots.rules import WORKFLOW

router = api_router("/robots", "群机器人")
READ: dict[int | str, dict[str, Any]] = {200: {"model": RobotRead}}


@router.get("", **lists(queries.LIST, RobotRead))
async def list_(ctx: Context) -> Response:
    """Robots of chat groups, each with how its last message went."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(router, "", tables.ROBOTS)


@router.post("", status_code=201, responses={201: {"model": RobotRead}})
@performs(ops.create)
async def create(ctx: Context, body: RobotCreate) -> Response:
    """The address and the secret are never shown again."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@router.get("/{id}", responses=READ)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.patch("/{id}", responses=READ)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: RobotPatch) -> Response:
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


STEPS = {"test": ops.test, "disable": ops.disable, "enable": ops.enable}
add_steps(router, WORKFLOW, STEPS, queries.one, RobotRead)
