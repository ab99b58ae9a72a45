"""Venue activities over JSON, and who approves them."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_responsible
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.venue_activities import operations as ops
from app.venue_activities import queries, tables
from app.venue_activities.models import (
    ActivityCreate,
    ActivityDetail,
    ActivityPatch,
    ActivityRead,
    Held,
    ReviewerPut,
    ReviewerRead,
)
from app.venue_activities.rules import WORKFLOW

activities = api_router("/venue-activities", "阵地活动")
reviewers = api_router("/venue-reviewers", "活动审批分工")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": ActivityDetail}}


@activities.get("", **lists(queries.LIST, answered(ActivityRead)))
async def list_(ctx: Context) -> Response:
    """Newest first; ``unreported=true``: approved, their day is over, and nobody has said that they were held."""
    return await ctx.page(queries.LIST, queries.present, with_responsible)


add_exports(activities, "", tables.ACTIVITIES)


@activities.post("", status_code=201, responses={201: {"model": ActivityDetail}})
@performs(ops.create)
async def create(ctx: Context, body: ActivityCreate) -> Response:
    """Registered for approval, before its day."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@activities.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@activities.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: ActivityPatch) -> Response:
    """Until it is decided; its content check too."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@activities.post("/{id}/hold", responses=DETAIL)
@performs(ops.hold)
async def hold(ctx: Context, id: int, body: Held) -> Response:
    """It was held, and how many came. From approved to held, on its day or after; a paper that shows it is needed."""
    return await ctx.perform(ops.hold, path_id(id), body, show=queries.one)


add_steps(activities, WORKFLOW, ops.STEPS, queries.one, ActivityDetail)


@reviewers.get("", **lists(queries.REVIEWER_LIST, ReviewerRead))
async def list_reviewers(ctx: Context) -> Response:
    """The kinds for which an office was named; all others the supervision office approves."""
    return await ctx.page(queries.REVIEWER_LIST, queries.present_reviewer)


add_exports(reviewers, "", tables.REVIEWERS)


@reviewers.post("", status_code=201, responses={200: {"model": ReviewerRead}, 201: {"model": ReviewerRead}})
@performs(ops.put_reviewer)
async def put_reviewer(ctx: Context, body: ReviewerPut) -> Response:
    """201 where the kind had no row, 200 where it had and now is as given."""
    return await ctx.perform(
        ops.put_reviewer,
        body,
        show=lambda see, put: queries.one_reviewer(see, put.row_id),
        status=lambda put: 201 if put.created else 200,
    )


router = APIRouter()
for part in (activities, reviewers):
    router.include_router(part)
