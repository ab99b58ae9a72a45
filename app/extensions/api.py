"""Extensions over JSON: asked for at the row, decided on by a leader."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_responsible
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.extensions import operations as ops
from app.extensions import queries, tables
from app.extensions.models import ExtensionCreate, ExtensionRead
from app.extensions.rules import WORKFLOW

TAG = "延期"
extensions = api_router("/extensions", TAG)
targets = api_router("", TAG)
LISTED = answered(ExtensionRead)
READ: dict[int | str, dict[str, Any]] = {200: {"model": LISTED}}


@extensions.get("", **lists(queries.LIST, LISTED))
async def list_(ctx: Context) -> Response:
    return await ctx.page(queries.LIST, queries.present, with_responsible)


@extensions.get("/{id}", responses=READ)
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


add_steps(extensions, WORKFLOW, {"approve": ops.approve, "refuse": ops.refuse}, queries.one, LISTED)


@targets.post("/assignments/{id}/extensions", status_code=201, responses={201: {"model": LISTED}})
@performs(ops.request_for_assignment)
async def request_for_assignment(ctx: Context, id: int, body: ExtensionCreate) -> Response:
    """Before the deadline has passed, and only where there is one (409)."""
    return await ctx.perform(ops.request_for_assignment, path_id(id), body, show=queries.one, status=201)


@targets.post("/rectifications/{id}/extensions", status_code=201, responses={201: {"model": LISTED}})
@performs(ops.request_for_rectification)
async def request_for_rectification(ctx: Context, id: int, body: ExtensionCreate) -> Response:
    """As for assignments."""
    return await ctx.perform(ops.request_for_rectification, path_id(id), body, show=queries.one, status=201)


add_exports(extensions, "", tables.EXTENSIONS)

router = APIRouter()
for part in (extensions, targets):
    router.include_router(part)
