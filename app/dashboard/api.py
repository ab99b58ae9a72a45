"""The dashboard over JSON."""

from fastapi import Response

from app.core.errors import invalid
from app.core.http import Context, Ctx, answer, api_router, query_docs
from app.core.paging import parse_id
from app.dashboard import queries

router = api_router("/dashboard", "统计看板")
DOCS = {"parameters": [query_docs("plan_id", parse_id)], "responses": {"404": {}}}


@router.get("", openapi_extra=DOCS)
async def dashboard(ctx: Context) -> Response:
    """All figures of a plan over what the actor may see: lamps, areas, weeks, units, ranking with its formula."""
    for name in ctx.request.query_params:
        if name != "plan_id":
            raise invalid(name, "没有这个参数，请去掉")
    return answer(await ctx.read(queries.dashboard, plan_asked(ctx)))


def plan_asked(ctx: Ctx) -> int | None:
    value = ctx.request.query_params.get("plan_id", "")
    return parse_id("plan_id", value) if value else None
