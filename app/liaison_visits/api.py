"""Liaison visits over JSON, with what was urged, and how the pairs stand in a term."""

from typing import Any

from fastapi import APIRouter, Response

from app.appointments.holders import with_responsible
from app.appointments.models import answered
from app.core.exports import add_exports
from app.core.http import Context, add_steps, answer, api_router, path_id
from app.core.openapi import lists, query_docs
from app.core.operation import performs
from app.liaison_visits import coverage, queries, tables
from app.liaison_visits import operations as ops
from app.liaison_visits.models import (
    CoverageSummary,
    CoveredPair,
    MatterCreate,
    MatterRead,
    QuotaPut,
    QuotaRead,
    UnpairedSchool,
    VisitCreate,
    VisitDetail,
    VisitPatch,
    VisitRead,
)
from app.liaison_visits.rules import MATTER_WORKFLOW, WORKFLOW

TAG = "包联走访"
visits = api_router("/liaison-visits", TAG)
matters = api_router("/liaison-matters", TAG)
quotas = api_router("/liaison-quotas", TAG)
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": VisitDetail}}
MATTER = answered(MatterRead)


@visits.get("", **lists(queries.LIST, answered(VisitRead)))
async def list_(ctx: Context) -> Response:
    """Visits, newest first: all of the district, or those of the actor's offices and schools."""
    return await ctx.page(queries.LIST, queries.present, with_responsible)


add_exports(visits, "", tables.VISITS)


@visits.post("", status_code=201, responses={201: {"model": VisitDetail}})
@performs(ops.create)
async def create(ctx: Context, body: VisitCreate) -> Response:
    """By the office of the pair."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@visits.get("/coverage", **lists(coverage.COVERAGE, answered(CoveredPair)))
async def list_coverage(ctx: Context) -> Response:
    """Pairs with what they owe and have made in ``term`` (the one that goes on, unless said)."""
    return await ctx.page(coverage.COVERAGE, coverage.present_pair, coverage.with_responsible)


add_exports(visits, "/coverage", tables.COVERAGE)


@visits.get("/unpaired", **lists(coverage.UNPAIRED, UnpairedSchool))
async def list_unpaired(ctx: Context) -> Response:
    """Schools that no office is paired with today."""
    return await ctx.page(coverage.UNPAIRED, coverage.present_unpaired)


add_exports(visits, "/unpaired", tables.UNPAIRED)


@visits.get(
    "/summary",
    responses={200: {"model": CoverageSummary}},
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in coverage.PARSERS.items()]},
)
async def summary(ctx: Context) -> Response:
    return answer(await ctx.read(coverage.summary, ctx.request.query_params))


@visits.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A visit with its papers and what was urged."""
    return await ctx.one(queries.one, path_id(id))


@visits.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: VisitPatch) -> Response:
    """Until the school has confirmed it."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@visits.post("/{id}/urge", status_code=201, responses={201: {"model": MATTER}})
@performs(ops.urge)
async def urge(ctx: Context, id: int, body: MatterCreate) -> Response:
    """Something that the school is to see to until a day."""
    return await ctx.perform(ops.urge, path_id(id), body, show=queries.one_matter, status=201)


add_steps(visits, WORKFLOW, ops.STEPS, queries.one, VisitDetail)


@matters.get("", **lists(queries.MATTER_LIST, MATTER))
async def list_matters(ctx: Context) -> Response:
    """``late=true``: those that were not answered in time."""
    return await ctx.page(queries.MATTER_LIST, queries.present_matter, queries.with_answering)


add_exports(matters, "", tables.MATTERS)


@matters.get("/{id}", responses={200: {"model": MATTER}})
async def read_matter(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_matter, path_id(id))


add_steps(matters, MATTER_WORKFLOW, ops.MATTER_STEPS, queries.one_matter, MATTER)


@quotas.get("", **lists(queries.QUOTA_LIST, QuotaRead))
async def list_quotas(ctx: Context) -> Response:
    """How many visits a term are owed, where the bureau has said so; else one."""
    return await ctx.page(queries.QUOTA_LIST, queries.present_quota)


add_exports(quotas, "", tables.QUOTAS)


@quotas.post("", status_code=201, responses={200: {"model": QuotaRead}, 201: {"model": QuotaRead}})
@performs(ops.put_quota)
async def put_quota(ctx: Context, body: QuotaPut) -> Response:
    """201 where nothing was said before, 200 where it was and now is as given."""
    return await ctx.perform(
        ops.put_quota,
        body,
        show=lambda see, put: queries.one_quota(see, put.row_id),
        status=lambda put: 201 if put.created else 200,
    )


router = APIRouter()
for part in (visits, matters, quotas):
    router.include_router(part)
