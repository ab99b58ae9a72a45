"""The audit log over JSON."""

from fastapi import Response

from app.core.http import Context, api_router, listing_docs, path_id
from app.events import queries

router = api_router("/events", "审计日志")


@router.get("", openapi_extra=listing_docs(queries.LIST))
async def list_(ctx: Context) -> Response:
    """Newest first. Auditors alone see events; for others the list is empty."""
    return await ctx.page(queries.LIST, queries.present)


@router.get("/{id}")
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))
