"""The audit log over JSON."""

from fastapi import Response

from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.openapi import listing_docs, lists
from app.core.operation import performs
from app.events import operations, queries, tables
from app.events.auditing import LINES, checked, exported
from app.events.models import CheckRead, EventRead

router = api_router("/events", "审计日志")


@router.get("", **lists(queries.LIST, EventRead))
async def list_(ctx: Context) -> Response:
    """Newest first. Auditors alone see events; for others the list is empty."""
    return await ctx.page(queries.LIST, queries.present)


@router.get(
    "/export",
    response_class=Response,
    openapi_extra=listing_docs(queries.LIST),
    responses={200: {"content": {LINES: {"schema": {"type": "string"}}}, "description": "一行一个 JSON"}},
)
async def export(ctx: Context) -> Response:
    """The whole list by the same filters as JSON lines, newest first: each event with its ``fingerprint`` as its seal
    holds it, at the end ``{"end": count}``. The export is an event itself. Auditors alone.
    """
    return await exported(ctx)


@router.post("/verify", responses={200: {"model": CheckRead}})
@performs(operations.note_check)
async def verify(ctx: Context) -> Response:
    """Walk the chain of the district from its beginning: ``ok``, or the first ``fault`` in words. Auditors alone."""
    found = await checked(ctx)
    return await ctx.perform(operations.note_check, found, show=queries.present_check)


@router.get("/{id}", responses={200: {"model": EventRead}})
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


add_exports(router, "", tables.EVENTS, operations.note_table)
