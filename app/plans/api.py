"""JSON routes of plans and plan items. Dispatch and withdrawal: ``app.assignments``."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute

from app.core.exports import add_exports
from app.core.http import Context, add_steps, answer, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.plans import items, operations, queries, review, tables
from app.plans.comparison import ComparisonRead
from app.plans.review import UnresolvedNames
from app.plans.rules import WORKFLOW
from app.plans.schemas import (
    PlanItemDetail,
    PlanItemPatch,
    PlanItemRead,
    PlanItemsPatch,
    PlanPatch,
    PlanRead,
    PlanRow,
    Resolutions,
    SourceText,
    TableRows,
)
from app.plans.uploads import ROUTE_LIMIT, received_plan

plans = api_router("/plans", "方案")
plan_items = api_router("/plan-items", "方案任务")
_READ: dict[int | str, dict[str, Any]] = {200: {"model": PlanRead}}
_ITEM: dict[int | str, dict[str, Any]] = {200: {"model": PlanItemDetail}}
_FORM = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}, "issuer_unit_id": {"type": "integer"}},
    "required": ["file"],
}


@plans.get("", **lists(queries.LIST, PlanRow))
async def list_plans(ctx: Context) -> Response:
    """Issued plans of the district, newest first; drafts too for supervisor and leader."""
    return await ctx.page(queries.LIST, queries.present)


@performs(operations.import_)
async def import_plan(ctx: Context) -> Response:
    """Read a plan (docx, or txt in UTF-8 or GB18030) and keep it as a draft.

    409 ``plan_exists`` with ``plan_id`` for the same bytes from the same issuer; 413 above 20 MB; 422
    ``unreadable_document`` or ``no_items``. Then nothing is stored.
    """
    reading, issuer = await received_plan(ctx)
    identity = f"{reading.sha256}/{issuer}/{reading.name}".encode()
    return await ctx.perform(operations.import_, reading, issuer, show=queries.one, status=201, identity=identity)


# The route reads its multipart body itself: the strict JSON route would read it whole.
plans.add_api_route(
    "/import",
    import_plan,
    methods=["POST"],
    status_code=201,
    responses={201: {"model": PlanRead}},
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
    route_class_override=APIRoute,
    max_body_size=ROUTE_LIMIT,
)


@plans.get("/{id}", responses=_READ)
async def read_plan(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@plans.patch("/{id}", responses=_READ)
@performs(operations.edit)
async def edit_plan(ctx: Context, id: int, body: PlanPatch) -> Response:
    """Title, year and number of a draft."""
    return await ctx.perform(operations.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@plans.delete("/{id}", status_code=204)
@performs(operations.delete)
async def delete_plan(ctx: Context, id: int) -> Response:
    """Remove a draft; an issued plan is withdrawn or archived instead (409)."""
    return await ctx.perform(operations.delete, path_id(id))


@plans.get("/{id}/source-text", responses={200: {"model": SourceText}})
async def read_source_text(ctx: Context, id: int) -> Response:
    """The text that the items' ``span`` counts in (code points)."""
    return await ctx.one(queries.source_text, path_id(id))


@plans.get("/{id}/comparison", responses={200: {"model": ComparisonRead}, 409: {}})
async def compare(ctx: Context, id: int) -> Response:
    """What this edition adds, changes and removes of the one before, item by item; 409 ``no_previous`` without one."""
    return answer(await ctx.read(queries.compared, path_id(id)))


@plans.get("/{id}/outline", responses={200: {"model": dict[str, Any]}})
async def read_outline(ctx: Context, id: int) -> Response:
    """What the parser found, as ``qinglian plan parse --json`` prints it."""
    return await ctx.one(queries.outline, path_id(id))


@plans.get("/{id}/unresolved", responses={200: {"model": UnresolvedNames}})
async def list_unresolved(ctx: Context, id: int) -> Response:
    """Names of a draft that nothing in the directory answers to, with suggestions. Unpaged."""
    return await ctx.one(review.unresolved, path_id(id))


@plans.post("/{id}/resolve", responses=_READ)
@performs(operations.resolve)
async def resolve(ctx: Context, id: int, body: Resolutions) -> Response:
    """Say what names stand for. Each resolution has one of unit_id, unit_group_id, drop_reason. All or none."""
    return await ctx.perform(operations.resolve, path_id(id), body, show=queries.one)


@plans.post("/{id}/table-rows", responses=_READ)
@performs(operations.use_table_rows)
async def use_table_rows(ctx: Context, id: int, body: TableRows) -> Response:
    """Take the rows of a draft's tables for its items, or go back to the numbered ones."""
    return await ctx.perform(operations.use_table_rows, path_id(id), body.use, show=queries.one)


@plans.patch("/{id}/items", responses=_READ)
@performs(items.edit_many)
async def edit_items(ctx: Context, id: int, body: PlanItemsPatch) -> Response:
    """Set deadline, cadence, required evidence or lead for ``ids``, or for all items. If-Match: the plan's ETag."""
    return await ctx.perform(items.edit_many, path_id(id), body, ctx.if_match(), show=queries.one)


add_steps(plans, WORKFLOW, {"issue": operations.issue, "archive": operations.archive}, queries.one, PlanRead)


@plan_items.get("", **lists(queries.ITEM_LIST, PlanItemRead))
async def list_items(ctx: Context) -> Response:
    """Items of the plans the actor may read, in the plan's order, with their responsibilities."""
    return await ctx.page(queries.ITEM_LIST, queries.present_item, queries.with_responsibilities)


@plan_items.get("/{id}", responses=_ITEM)
async def read_item(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_item, path_id(id))


@plan_items.patch("/{id}", responses=_ITEM)
@performs(items.edit)
async def edit_item(ctx: Context, id: int, body: PlanItemPatch) -> Response:
    """Change an item of a draft; of an issued plan all but its text, with ``reason``."""
    return await ctx.perform(items.edit, path_id(id), body, ctx.if_match(), show=queries.one_item)


add_exports(plans, "", tables.PLANS)
add_exports(plans, "/{id}/comparison", tables.COMPARISON)
add_exports(plans, "/{id}/unresolved", tables.UNRESOLVED)
add_exports(plan_items, "", tables.ITEMS)

router = APIRouter()
for part in (plans, plan_items):
    router.include_router(part)
