"""Notices over JSON: what is there for whoever asks."""

from fastapi import Response

from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.notifications import operations as ops
from app.notifications import queries, tables
from app.notifications.models import AllRead, NoticeRead

router = api_router("/notifications", "通知")


@router.get("", **lists(queries.LIST, NoticeRead))
async def list_(ctx: Context) -> Response:
    """Those of one's units and one's own, newest first; ``unread=true`` for what one has not read."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(router, "", tables.NOTICES)


@router.post("/read-all", responses={200: {"model": AllRead}})
@performs(ops.mark_all_read)
async def mark_all_read(ctx: Context) -> Response:
    """All of them; ``count`` were unread."""
    return await ctx.perform(ops.mark_all_read, show=lambda tx, count: {"count": count})


@router.get("/{id}", responses={200: {"model": NoticeRead}})
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.post("/{id}/mark-read", responses={200: {"model": NoticeRead}})
@performs(ops.mark_read)
async def mark_read(ctx: Context, id: int) -> Response:
    """By oneself alone; the unit's others still have it before them."""
    return await ctx.perform(ops.mark_read, path_id(id), show=queries.one)
