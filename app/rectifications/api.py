"""JSON routes of rectifications, and of issuing a finding, which opens one."""

from typing import Any

from fastapi import APIRouter, Response

from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists
from app.core.operation import performs
from app.inspections.found import one_finding
from app.inspections.models import FindingRead
from app.rectifications import operations as ops
from app.rectifications import queries, tables
from app.rectifications.models import RectificationCreate, RectificationDetail, RectificationPatch, RectificationRead
from app.rectifications.rules import WORKFLOW

DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": RectificationDetail}}
rectifications = api_router("/rectifications", "问题整改")
findings = api_router("/findings", "督查问题")


@findings.post("/{id}/issue", responses={200: {"model": FindingRead}})
@performs(ops.issue)
async def issue(ctx: Context, id: int, body: Step | None = None) -> Response:
    """Issue a finding: it gets its number and deadline, and its unit a rectification.

    Of an announced inspection from the day it goes on; of an unannounced one after its release (409).
    """
    note = body.note if body else None
    return await ctx.perform(ops.issue, path_id(id), note or None, show=one_finding)


@rectifications.get("", **lists(queries.LIST, RectificationRead))
async def list_(ctx: Context) -> Response:
    """The ledger, newest first; ``lamp`` is red, amber, green, none or done."""
    return await ctx.page(queries.LIST, queries.present)


@rectifications.post("", status_code=201, responses={201: {"model": RectificationDetail}})
@performs(ops.create)
async def create(ctx: Context, body: RectificationCreate) -> Response:
    """Register a problem of the unit's own check; the supervisor also those of complaints and audits."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@rectifications.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@rectifications.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: RectificationPatch) -> Response:
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


add_steps(rectifications, WORKFLOW, ops.STEPS, queries.one, RectificationDetail)

add_exports(rectifications, "", tables.LEDGER)

router = APIRouter()
for part in (rectifications, findings):
    router.include_router(part)
