"""The audit log over JSON."""

from fastapi import Response

from app.core.http import Context, api_router, path_id
from app.core.openapi import lists
from app.events import queries
from app.events.models import EventRead

router = api_router("/events", "审计日志")


@router.get("", **lists(queries.LIST, EventRead))
async def list_(ctx: Context) -> Response:
    """Newest first. Auditors alone see events; for others the list is empty."""
    return await ctx.page(queries.LIST, queries.present)


@router.get("/{id}", responses={200: {"model": EventRead}})
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))
