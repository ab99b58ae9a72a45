"""Briefs over JSON, the collection to print, and how many each unit has."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from app.briefs import operations as ops
from app.briefs import queries, reviewing, sources, tables
from app.briefs.collection import PARSERS, collected
from app.briefs.models import (
    BriefAdopt,
    BriefCounts,
    BriefCreate,
    BriefDetail,
    BriefPatch,
    BriefRead,
    BriefReviewerCreate,
    BriefReviewerRead,
)
from app.briefs.rules import WORKFLOW
from app.core.exports import SANDBOXED, add_exports
from app.core.http import Context, Ctx, add_bulk, add_steps, answer, api_router, path_id
from app.core.openapi import lists, query_docs
from app.core.operation import performs
from app.documents.layout import MEDIA_TYPE, docx_of

briefs = api_router("/briefs", "简报")
reviewers = api_router("/brief-reviewers", "简报审阅分工")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": BriefDetail}}


@briefs.get("", **lists(queries.LIST, BriefRead))
async def list_(ctx: Context) -> Response:
    """One's own, what was promoted, and what was submitted: for the overseers of the district all, for an office the
    kinds that it looks through. ``promoted_from`` and ``promoted_from_id`` ask for those made of what one may read."""
    return await ctx.page(queries.LIST, queries.present, sources.with_sources)


add_exports(briefs, "", tables.BRIEFS)


@briefs.post("", status_code=201, responses={201: {"model": BriefDetail}})
@performs(ops.create)
async def create(ctx: Context, body: BriefCreate) -> Response:
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@briefs.get(
    "/counts",
    responses={200: {"model": BriefCounts}},
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in queries.PARSERS.items()]},
)
async def counts(ctx: Context) -> Response:
    """Unit by unit: how many were handed in and what became of them; all units for the overseers, else one's own."""
    return answer({"data": await ctx.read(queries.counts, ctx.request.query_params)})


add_exports(briefs, "/counts", tables.COUNTS)


@briefs.get(
    "/collection.docx",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "选编"}
    },
    openapi_extra={"parameters": [query_docs(name, parse) for name, parse in PARSERS.items()]},
)
async def collection(ctx: Context) -> Response:
    """Selected and promoted briefs of a period, by kind, as a paper."""
    return await collection_file(ctx)


async def collection_file(ctx: Ctx) -> Response:
    paper, at, _ = await ctx.read(collected, ctx.request.query_params)
    content = await ctx.database.aside(docx_of, paper, at)
    headers = SANDBOXED | {
        "cache-control": "private, no-cache",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(f'{paper.title}.docx', safe='')}",
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


@briefs.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A brief with its text and files."""
    return await ctx.one(queries.one, path_id(id))


@briefs.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: BriefPatch) -> Response:
    """While it is a draft."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@briefs.delete("/{id}", status_code=204)
@performs(ops.delete)
async def delete(ctx: Context, id: int) -> Response:
    """While it is a draft."""
    return await ctx.perform(ops.delete, path_id(id))


@briefs.post("/{id}/adopt", responses=DETAIL)
@performs(ops.adopt)
async def adopt(ctx: Context, id: int, body: BriefAdopt) -> Response:
    """A situation analysis is taken up by a plan, in its next version; without a plan by none after all."""
    return await ctx.perform(ops.adopt, path_id(id), body, show=queries.one)


add_steps(briefs, WORKFLOW, ops.STEPS, queries.one, BriefDetail)
add_bulk(briefs, WORKFLOW, ops.BULK, ops.bulk)


# Who looks through which kind


@reviewers.get("", **lists(reviewing.LIST, BriefReviewerRead))
async def list_reviewers(ctx: Context) -> Response:
    """Offices that look through a kind beside the supervision office."""
    return await ctx.page(reviewing.LIST, reviewing.present)


add_exports(reviewers, "", tables.REVIEWERS)


@reviewers.post("", status_code=201, responses={201: {"model": BriefReviewerRead}})
@performs(reviewing.create)
async def create_reviewer(ctx: Context, body: BriefReviewerCreate) -> Response:
    """By the supervisor; a kind may have several. 409 where the office has it already."""
    return await ctx.perform(reviewing.create, body, show=reviewing.one, status=201)


@reviewers.delete("/{id}", status_code=204)
@performs(reviewing.delete)
async def delete_reviewer(ctx: Context, id: int) -> Response:
    return await ctx.perform(reviewing.delete, path_id(id))


router = APIRouter()
for part in (briefs, reviewers):
    router.include_router(part)
