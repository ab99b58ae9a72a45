"""Yearly summaries over JSON: the whole with its figures by plan, and the part that a person writes."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from app.core.exports import SANDBOXED, add_exports
from app.core.http import Context, Ctx, add_steps, answer, api_router, path_id
from app.core.openapi import lists, query_docs
from app.core.operation import Reader, performs
from app.documents.layout import MEDIA_TYPE, docx_of
from app.summaries import operations as ops
from app.summaries import queries, tables
from app.summaries.models import PlanSummary, SummaryCreate, SummaryPatch, SummaryRead
from app.summaries.paper import paper_of
from app.summaries.rules import WORKFLOW

TAG = "年度总结"
of_plans = api_router("/plans", TAG)
summaries = api_router("/summaries", TAG)
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": SummaryRead}}
DOCS = {"parameters": [query_docs(name, parse) for name, parse in queries.PARSERS.items()]}


@of_plans.get("/{id}/summary", responses={200: {"model": PlanSummary}}, openapi_extra=DOCS)
async def whole(ctx: Context, id: int) -> Response:
    """What was done in the plan's year, section by section, over what the actor may see. Each figure with ``href``
    is the number of rows of that list."""
    return answer(await ctx.read(queries.whole, path_id(id), ctx.request.query_params))


@of_plans.get(
    "/{id}/summary.docx",
    response_class=Response,
    responses={
        200: {
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            "description": "年度工作总结",
        }
    },
    openapi_extra=DOCS,
)
async def paper(ctx: Context, id: int) -> Response:
    """The same figures and prose as a paper."""
    return await paper_file(ctx, path_id(id))


async def paper_file(ctx: Ctx, plan_id: int) -> Response:
    def draw_up(see: Reader) -> Any:
        told = queries.whole(see, plan_id, ctx.request.query_params)
        return paper_of(see, told), told["snapshot_at"]

    draw_up.__dict__["unbounded"] = True
    made, at = await ctx.read(draw_up)
    content = await ctx.database.aside(docx_of, made, at)
    headers = SANDBOXED | {
        "cache-control": "private, no-cache",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(f'{made.title}.docx', safe='')}",
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


# The written part


@summaries.get("", **lists(queries.LIST, SummaryRead))
async def list_(ctx: Context) -> Response:
    """Those of the district, for its overseers; empty for others, who read figures by plan."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(summaries, "", tables.SUMMARIES)


@summaries.post("", status_code=201, responses={201: {"model": SummaryRead}})
@performs(ops.create)
async def create(ctx: Context, body: SummaryCreate) -> Response:
    """Begun for an issued plan; a plan has one."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@summaries.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """The prose of its sections. The figures: ``GET /plans/{id}/summary``."""
    return await ctx.one(queries.one, path_id(id))


@summaries.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: SummaryPatch) -> Response:
    """The prose of the sections that are named, while it is a draft."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


add_steps(summaries, WORKFLOW, ops.STEPS, queries.one, SummaryRead)

router = APIRouter()
for part in (of_plans, summaries):
    router.include_router(part)
