"""The queue over JSON, for the system administrator: how work stands, never what it is about."""

from fastapi import Response

from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists
from app.core.operation import performs
from app.jobs import operations as ops
from app.jobs import queries, tables
from app.jobs.models import JobRead, QueueRead

router = api_router("/jobs", "后台工作")


@router.get("", **lists(queries.LIST, JobRead))
async def list_(ctx: Context) -> Response:
    """Newest first; what ended longer ago than 30 days is forgotten. For others than system administrators empty."""
    return await ctx.page(queries.LIST, queries.present)


@router.get("/standing", responses={200: {"model": QueueRead}})
async def standing(ctx: Context) -> Response:
    """What recurs, with its last and its next time, and since when nobody has worked on the queue. System
    administrators alone."""
    return await ctx.one(queries.standing)


@router.get("/{id}", responses={200: {"model": JobRead}})
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.post("/{id}/retry", responses={200: {"model": JobRead}})
@performs(ops.retry)
async def retry(ctx: Context, id: int, body: Step | None = None) -> Response:
    """A failed job once more, with all its attempts: 409 `wrong_state` unless it failed, `overtaken` where what it was
    about has moved on since."""
    return await ctx.perform(ops.retry, path_id(id), (body.note if body else None) or None, show=queries.one)


add_exports(router, "", tables.JOBS)
