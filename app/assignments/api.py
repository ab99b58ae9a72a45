"""Assignments over JSON, and the dispatch that makes them."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_responsible
from app.assignments import activities, dispatch, queries, tables
from app.assignments import operations as ops
from app.assignments.models import (
    ActivityPatch,
    ActivityRead,
    AssignmentDetail,
    AssignmentRead,
    Dispatched,
    RedispatchCreate,
    ReportCreate,
    ReportRead,
    UrgingCreate,
    UrgingRead,
)
from app.assignments.rules import WORKFLOW
from app.core.exports import add_exports
from app.core.http import Context, add_bulk, add_steps, answer, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists
from app.core.operation import performs
from app.core.paging import Listing
from app.plans.queries import one as one_plan
from app.plans.schemas import PlanRead

assignments = api_router("/assignments", "任务")
plans = api_router("/plans", "下发")
READ: dict[int | str, dict[str, Any]] = {200: {"model": AssignmentDetail}}
ACTIVITY: dict[int | str, dict[str, Any]] = {200: {"model": ActivityRead}}


@assignments.get("", **lists(queries.LIST, AssignmentRead))
async def list_(ctx: Context) -> Response:
    """The ledger. ``state`` takes several, comma-separated; ``lamp`` is red, amber, green, none or done;
    ``dispatch_id`` is what a notice of new rows names."""
    return await ctx.page(queries.LIST, queries.present, with_responsible)


add_bulk(assignments, WORKFLOW, ops.BULK, ops.bulk)


@assignments.get("/{id}", responses=READ)
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


add_steps(assignments, WORKFLOW, ops.STEPS, queries.row, AssignmentRead)


@assignments.post("/{id}/redispatch", responses={200: {"model": AssignmentRead}})
@performs(ops.redispatch)
async def redispatch(ctx: Context, id: int, body: RedispatchCreate | None = None) -> Response:
    """重新下发 of a declined row. 422 on ``deadline_on`` where its deadline has passed and no new one is given."""
    return await ctx.perform(ops.redispatch, path_id(id), body, show=lambda tx, _: queries.row(tx, id))


# What belongs to a row


async def _parts(ctx: Context, listing: Listing, assignment_id: int) -> Response:
    asked = ctx.asked(listing)
    return answer(await ctx.read(queries.parts_of, listing, assignment_id, asked))


@assignments.get("/{id}/progress-reports", **lists(queries.REPORTS, ReportRead))
async def reports(ctx: Context, id: int) -> Response:
    """Newest first."""
    return await _parts(ctx, queries.REPORTS, path_id(id))


@assignments.post("/{id}/progress-reports", status_code=201, responses={201: {"model": ReportRead}})
@performs(ops.report)
async def report(ctx: Context, id: int, body: ReportCreate) -> Response:
    return await ctx.perform(
        ops.report, path_id(id), body, show=lambda tx, made: queries.part(tx, queries.REPORTS, made), status=201
    )


@assignments.get("/{id}/urgings", **lists(queries.URGINGS, UrgingRead))
async def urgings(ctx: Context, id: int) -> Response:
    """Newest first."""
    return await _parts(ctx, queries.URGINGS, path_id(id))


@assignments.post("/{id}/urgings", status_code=201, responses={201: {"model": UrgingRead}})
@performs(ops.urge)
async def urge(ctx: Context, id: int, body: UrgingCreate | None = None) -> Response:
    given = body or UrgingCreate()
    return await ctx.perform(
        ops.urge, path_id(id), given, show=lambda tx, made: queries.part(tx, queries.URGINGS, made), status=201
    )


# Dispatch


@plans.get("/{id}/dispatch", responses={200: {"model": Dispatched}, 409: {}})
async def preview(ctx: Context, id: int) -> Response:
    """What a dispatch now would do: ``{"add": […], "keep": […], "retire": […]}``, each entry
    ``{plan_item_id, unit_id, period, role}``."""
    return await ctx.one(dispatch.preview, path_id(id))


@plans.post("/{id}/dispatch", responses={200: {"model": Dispatched}})
@performs(dispatch.dispatch)
async def carry_out(ctx: Context, id: int, body: Step | None = None) -> Response:
    """Do it; the answer says what was done, in the preview's shape. The same again adds nothing."""
    note = body.note if body else None
    return await ctx.perform(dispatch.dispatch, path_id(id), note or None, show=lambda _, run: dispatch.shape(run))


@plans.post("/{id}/withdraw", responses={200: {"model": PlanRead}})
@performs(dispatch.withdraw)
async def withdraw(ctx: Context, id: int, body: Step | None = None) -> Response:
    """停止执行: open rows are cancelled."""
    note = body.note if body else None
    return await ctx.perform(dispatch.withdraw, path_id(id), note or None, show=one_plan)


held = api_router("/activities", "活动")


@held.get("", **lists(activities.LIST, ActivityRead))
async def list_activities(ctx: Context) -> Response:
    """What was held where, by how many: reports of progress that name a place, newest first."""
    return await ctx.page(activities.LIST, activities.present, activities.with_evidence)


add_exports(held, "", activities.ACTIVITIES)


@held.get("/{id}", responses=ACTIVITY)
async def read_activity(ctx: Context, id: int) -> Response:
    return await ctx.one(activities.one, path_id(id))


@held.patch("/{id}", responses=ACTIVITY)
@performs(ops.correct)
async def correct(ctx: Context, id: int, body: ActivityPatch) -> Response:
    """What was told wrongly put right, by its unit, while it may still report. 409 once the row is handed in."""
    return await ctx.perform(ops.correct, path_id(id), body, ctx.if_match(), show=activities.one)


add_exports(assignments, "", tables.ROWS)
add_exports(assignments, "/{id}/progress-reports", tables.REPORTS)
add_exports(assignments, "/{id}/urgings", tables.URGINGS)
add_exports(plans, "/{id}/ledger", tables.TASKS)
add_exports(plans, "/{id}/dispatch", tables.DISPATCH)

router = APIRouter()
for part in (assignments, plans, held):
    router.include_router(part)
