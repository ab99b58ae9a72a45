"""Campaigns over JSON, with their figures, and the self-checks of the units they ask."""

from typing import Any

from fastapi import APIRouter, Response

from app.campaigns import inspecting, queries, rollup, self_check_queries, self_checks, tables
from app.campaigns import operations as ops
from app.campaigns.rules import SELF_CHECK_WORKFLOW, WORKFLOW
from app.campaigns.schemas import (
    Attached,
    CampaignCreate,
    CampaignDetail,
    CampaignPatch,
    CampaignRead,
    OfficeSummary,
    Rollup,
    SelfCheckDetail,
    SelfCheckLine,
    SelfCheckPatch,
)
from app.core.db import unbounded
from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import Reader, performs
from app.inspections import queries as inspections
from app.inspections.models import InspectionCreate, InspectionDetail

campaigns = api_router("/campaigns", "专项行动")
checks = api_router("/self-checks", "专项自查")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": CampaignDetail}}
CHECK: dict[int | str, dict[str, Any]] = {200: {"model": SelfCheckDetail}}


@campaigns.get("", **lists(queries.LIST, CampaignRead))
async def list_(ctx: Context) -> Response:
    """Newest first: those that the account's offices lead or take part in, and those that ask its units."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(campaigns, "", tables.CAMPAIGNS)


@campaigns.post("", status_code=201, responses={201: {"model": CampaignDetail}})
@performs(ops.create)
async def create(ctx: Context, body: CampaignCreate) -> Response:
    """A draft: the units do not see it before its start."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@campaigns.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@unbounded
def _figures(see: Reader, campaign_id: int) -> dict[str, Any]:
    return rollup.rollup(see, queries.one(see, campaign_id))


@campaigns.get("/{id}/rollup", responses={200: {"model": Rollup}})
async def figures(ctx: Context, id: int) -> Response:
    """What it has come to, as far as the account sees it."""
    return await ctx.one(_figures, path_id(id))


add_exports(campaigns, "/{id}/rollup", tables.OFFICES)


@campaigns.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: CampaignPatch) -> Response:
    """Until it is closed; units that are added while it runs are asked at once."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@campaigns.post("/{id}/inspect", status_code=201, responses={201: {"model": InspectionDetail}})
@performs(inspecting.inspect)
async def inspect(ctx: Context, id: int, body: InspectionCreate) -> Response:
    """An inspection of units that it asks, part of it from the start; by an office that leads it or takes part."""
    return await ctx.perform(inspecting.inspect, path_id(id), body, show=inspections.one, status=201)


@campaigns.post("/{id}/attach", responses=DETAIL)
@performs(ops.attach)
async def attach(ctx: Context, id: int, body: Attached) -> Response:
    """An inspection that the account manages becomes part of it."""
    return await ctx.perform(ops.attach, path_id(id), body, show=queries.one)


@campaigns.post("/{id}/detach", responses=DETAIL)
@performs(ops.detach)
async def detach(ctx: Context, id: int, body: Attached) -> Response:
    """It is no part of it any more."""
    return await ctx.perform(ops.detach, path_id(id), body, show=queries.one)


@campaigns.post("/{id}/summarize", responses=DETAIL)
@performs(ops.summarize)
async def summarize(ctx: Context, id: int, body: OfficeSummary) -> Response:
    """The summary of an office that takes part, in the summary phase."""
    return await ctx.perform(ops.summarize, path_id(id), body, show=queries.one)


add_steps(campaigns, WORKFLOW, ops.STEPS, queries.one, CampaignDetail)


# Self-checks


@checks.get("", **lists(self_check_queries.LIST, SelfCheckLine))
async def list_checks(ctx: Context) -> Response:
    """``campaign_id``: that campaign unit by unit; ``state=submitted,confirmed``: those that were handed in."""
    return await ctx.page(self_check_queries.LIST, self_check_queries.present, self_check_queries.complete)


add_exports(checks, "", tables.SELF_CHECKS)


@checks.get("/{id}", responses=CHECK)
async def read_check(ctx: Context, id: int) -> Response:
    return await ctx.one(self_check_queries.one, path_id(id))


@checks.patch("/{id}", responses=CHECK)
@performs(self_checks.edit)
async def edit_check(ctx: Context, id: int, body: SelfCheckPatch) -> Response:
    """By its unit, until it is submitted, and after it was sent back."""
    return await ctx.perform(self_checks.edit, path_id(id), body, ctx.if_match(), show=self_check_queries.one)


add_steps(checks, SELF_CHECK_WORKFLOW, self_checks.STEPS, self_check_queries.one, SelfCheckDetail)

router = APIRouter()
for part in (campaigns, checks):
    router.include_router(part)
