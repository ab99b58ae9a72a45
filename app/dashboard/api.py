"""The dashboard over JSON."""

from fastapi import Response

from app.core.errors import invalid
from app.core.http import Context, Ctx, answer, api_router
from app.core.paging import parse_id
from app.dashboard import queries

router = api_router("/dashboard", "统计看板")
DOCS = {"parameters": [{"name": "plan_id", "in": "query", "required": False, "schema": {"type": "integer"}}]}


@router.get("", openapi_extra=DOCS)
async def dashboard(ctx: Context) -> Response:
    """All figures of a plan over what the actor may see: lamps, areas, weeks, units, ranking with its formula."""
    for name in ctx.request.query_params:
        if name != "plan_id":
            raise invalid(name, f"没有参数 {name[:40]}")
    return answer(await ctx.read(queries.dashboard, plan_asked(ctx)))


def plan_asked(ctx: Ctx) -> int | None:
    value = ctx.request.query_params.get("plan_id", "")
    return parse_id("plan_id", value) if value else None
